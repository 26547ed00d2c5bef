//! The variables that the official Atlas CLI and its relatives read.

use std::ffi::{OsStr, OsString};

use super::service::Service;
use super::shape::Slot;
use super::{Credentials, SettingsError};
use crate::foreign_text::sanitize;

/// The prefix of the official Atlas CLI.
pub(super) const PREFIX: &str = "MONGODB_ATLAS_";

/// The prefix of the older CLI. One variable that begins so makes it the prefix of all.
const OLD_PREFIX: &str = "MCLI_";

/// A value, after the place where it stands: a variable or a property of a profile.
pub(super) type Placed<T> = Option<(String, T)>;

/// A variable's name, with its prefix, and its value.
type Variable = (String, String);

/// The variables of a process.
pub(super) struct Environment {
    variables: Vec<(OsString, OsString)>,
    prefix: &'static str,
}

impl Environment {
    pub(super) fn of_process() -> Self {
        Self::new(std::env::vars_os().collect())
    }

    /// Empty is as good as not set.
    pub(super) fn new(mut variables: Vec<(OsString, OsString)>) -> Self {
        variables.retain(|(_, value)| !value.is_empty());
        let is_old = variables.iter().any(|(name, _)| begins(name, OLD_PREFIX));
        Self { variables, prefix: if is_old { OLD_PREFIX } else { PREFIX } }
    }

    /// A variable by its whole name.
    pub(super) fn whole(&self, name: &str) -> Option<&OsStr> {
        self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_os_str())
    }

    pub(super) fn prefix(&self) -> &'static str {
        self.prefix
    }

    /// The name that a variable has with the prefix in force.
    pub(super) fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// A variable that has a value, but is not read because of its prefix.
    pub(super) fn ignored(&self, name: &str) -> Option<&OsStr> {
        let is_ignored = self.prefix == OLD_PREFIX;
        is_ignored.then(|| self.whole(&format!("{PREFIX}{name}"))).flatten()
    }

    /// Which variables are not read because of their prefix, and because of which other one.
    pub(super) fn ignored_note(&self) -> Option<String> {
        let names = |prefix| {
            let mut names: Vec<String> = self
                .variables
                .iter()
                .filter(|(name, _)| begins(name, prefix))
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
            "{cause} is set, which makes {OLD_PREFIX} the prefix of all variables, so that those with \
             {PREFIX} are ignored ({}): unset {cause}, or use one prefix for all",
            ignored.join(", "),
        ))
    }

    /// The first of some variables that is set, by its name without the prefix: that name with the
    /// prefix, and the value.
    pub(super) fn first(&self, names: &[&str]) -> Result<Option<Variable>, SettingsError> {
        for name in names {
            let name = self.name(name);
            if let Some(value) = self.whole(&name) {
                return match value.to_str() {
                    Some(value) => Ok(Some((name, value.to_owned()))),
                    None => Err(SettingsError::NotUnicode { variable: name }),
                };
            }
        }
        Ok(None)
    }

    /// The service that the credentials belong to, and the variable that says so.
    pub(super) fn service(&self) -> Result<Placed<Service>, SettingsError> {
        let service = self.first(&["SERVICE"])?;
        service.map(|(origin, name)| Service::placed(origin, &name)).transpose()
    }

    /// As whom to call Atlas, and the first of the variables that say so.
    pub(super) fn credentials(&self) -> Result<Placed<Credentials>, SettingsError> {
        let service_account = self.pair(&["CLIENT_ID"], &["CLIENT_SECRET"], Slot::ClientId)?;
        let api_key = self.pair(
            &["PUBLIC_API_KEY", "PUBLIC_KEY"],
            &["PRIVATE_API_KEY", "PRIVATE_KEY"],
            Slot::PublicKey,
        )?;
        let token = self.slot(&[Slot::Token.variable()], Slot::Token)?;
        Ok(service_account
            .map(|((origin, id), secret)| (origin, Credentials::service_account(id, secret)))
            .or_else(|| {
                api_key.map(|((origin, public), private)| {
                    (origin, Credentials::api_key(public, private))
                })
            })
            .or_else(|| token.map(|(origin, token)| (origin, Credentials::bearer_token(token)))))
    }

    /// Two variables of which both or neither is set. Each may go by several names.
    fn pair(
        &self,
        one: &[&str],
        other: &[&str],
        slot: Slot,
    ) -> Result<Option<(Variable, String)>, SettingsError> {
        let [first, second] = slot.pair();
        let half = |set: String, missing: &[&str]| {
            Err(SettingsError::HalfAPair {
                set,
                missing: self.name(missing[0]),
                note: missing
                    .iter()
                    .find_map(|name| self.ignored(name))
                    .and_then(|_| self.ignored_note()),
            })
        };
        match (self.slot(one, first)?, self.slot(other, second)?) {
            (Some(one), Some((_, other))) => Ok(Some((one, other))),
            (None, None) => Ok(None),
            (Some((set, _)), None) => half(set, other),
            (None, Some((set, _))) => half(set, one),
        }
    }

    fn slot(&self, names: &[&str], slot: Slot) -> Result<Option<Variable>, SettingsError> {
        let found = self.first(names)?;
        if let Some((name, value)) = &found {
            slot.check(value, || name.clone(), |slot| self.name(slot.variable()))?;
        }
        Ok(found)
    }
}

fn begins(name: &OsStr, prefix: &str) -> bool {
    name.as_encoded_bytes().starts_with(prefix.as_bytes())
}
