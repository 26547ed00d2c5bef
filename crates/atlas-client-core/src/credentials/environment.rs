//! [`Environment`]: the variables that the official Atlas CLI reads.

use std::ffi::{OsStr, OsString};

use super::credential::Credentials;
use super::credential_part::CredentialPart;
use super::error::SettingsError;
use super::service::Service;
use crate::foreign_text::sanitize;

/// The prefix of the official Atlas CLI.
pub(super) const PREFIX: &str = "MONGODB_ATLAS_";

/// The prefix of the older CLI. If any variable has it, all variables need it.
const OLD_PREFIX: &str = "MCLI_";

/// A value and its origin: a variable or a property of a profile.
pub(super) type WithOrigin<T> = Option<(String, T)>;

/// The full name of a variable and its value.
type Variable = (String, String);

/// The environment variables of a process.
pub(super) struct Environment {
    variables: Vec<(OsString, OsString)>,
    prefix: &'static str,
}

impl Environment {
    pub(super) fn current() -> Self {
        Self::new(std::env::vars_os().collect())
    }

    /// Ignores empty variables.
    pub(super) fn new(mut variables: Vec<(OsString, OsString)>) -> Self {
        variables.retain(|(_, value)| !value.is_empty());
        let is_old = variables.iter().any(|(name, _)| has_prefix(name, OLD_PREFIX));
        Self { variables, prefix: if is_old { OLD_PREFIX } else { PREFIX } }
    }

    /// Returns a variable by its full name.
    pub(super) fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_os_str())
    }

    pub(super) fn prefix(&self) -> &'static str {
        self.prefix
    }

    /// Returns the full name of a variable.
    pub(super) fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Returns a variable that is ignored because of its prefix.
    pub(super) fn ignored(&self, name: &str) -> Option<&OsStr> {
        let is_ignored = self.prefix == OLD_PREFIX;
        is_ignored.then(|| self.get(&format!("{PREFIX}{name}"))).flatten()
    }

    /// Describes which variables are ignored because of their prefix, and which variable causes that.
    pub(super) fn ignored_note(&self) -> Option<String> {
        let names = |prefix| {
            let mut names: Vec<String> = self
                .variables
                .iter()
                .filter(|(name, _)| has_prefix(name, prefix))
                .map(|(name, _)| sanitize(&name.to_string_lossy()))
                .collect();
            names.sort_unstable();
            names
        };
        let ignored = names(PREFIX);
        if self.prefix == PREFIX || ignored.is_empty() {
            return None;
        }
        let cause = names(OLD_PREFIX).into_iter().next()?;
        Some(format!(
            "{cause} is set, so that all variables need the prefix {OLD_PREFIX}, and those with {PREFIX} are \
             ignored ({}): unset {cause}, or use one prefix for all",
            ignored.join(", "),
        ))
    }

    /// Returns the first of these variables that is set. `names` have no prefix.
    pub(super) fn first(&self, names: &[&str]) -> Result<Option<Variable>, SettingsError> {
        for name in names {
            let name = self.name(name);
            if let Some(value) = self.get(&name) {
                return match value.to_str() {
                    Some(value) => Ok(Some((name, value.to_owned()))),
                    None => Err(SettingsError::NotUnicode { variable: name }),
                };
            }
        }
        Ok(None)
    }

    /// Returns the service that the credentials belong to.
    pub(super) fn service(&self) -> Result<WithOrigin<Service>, SettingsError> {
        let service = self.first(&["SERVICE"])?;
        service.map(|(origin, name)| Service::parse(origin, &name)).transpose()
    }

    /// Returns the credentials, with the first of their variables.
    pub(super) fn credentials(&self) -> Result<WithOrigin<Credentials>, SettingsError> {
        let service_account =
            self.pair(&["CLIENT_ID"], &["CLIENT_SECRET"], CredentialPart::ClientId)?;
        let api_key = self.pair(
            &["PUBLIC_API_KEY", "PUBLIC_KEY"],
            &["PRIVATE_API_KEY", "PRIVATE_KEY"],
            CredentialPart::PublicKey,
        )?;
        let token = self.part(&[CredentialPart::Token.variable()], CredentialPart::Token)?;
        Ok(service_account
            .map(|((origin, id), secret)| (origin, Credentials::service_account(id, secret)))
            .or_else(|| {
                api_key.map(|((origin, public), private)| {
                    (origin, Credentials::api_key(public, private))
                })
            })
            .or_else(|| token.map(|(origin, token)| (origin, Credentials::bearer_token(token)))))
    }

    /// Reads two variables that belong together. Each may have several names.
    fn pair(
        &self,
        one: &[&str],
        other: &[&str],
        part: CredentialPart,
    ) -> Result<Option<(Variable, String)>, SettingsError> {
        let [first, second] = part.pair();
        let incomplete = |set: String, missing: &[&str]| {
            Err(SettingsError::IncompletePair {
                set,
                missing: self.name(missing[0]),
                note: missing
                    .iter()
                    .find_map(|name| self.ignored(name))
                    .and_then(|_| self.ignored_note()),
            })
        };
        match (self.part(one, first)?, self.part(other, second)?) {
            (Some(one), Some((_, other))) => Ok(Some((one, other))),
            (None, None) => Ok(None),
            (Some((set, _)), None) => incomplete(set, other),
            (None, Some((set, _))) => incomplete(set, one),
        }
    }

    fn part(
        &self,
        names: &[&str],
        part: CredentialPart,
    ) -> Result<Option<Variable>, SettingsError> {
        let found = self.first(names)?;
        if let Some((name, value)) = &found {
            part.check(value, || name.clone(), |part| self.name(part.variable()))?;
        }
        Ok(found)
    }
}

fn has_prefix(name: &OsStr, prefix: &str) -> bool {
    name.as_encoded_bytes().starts_with(prefix.as_bytes())
}
