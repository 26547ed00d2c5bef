//! Reads the credentials of a profile, from its file and from the operating system's secret store.

use super::credential::Credentials;
use super::credential_part::CredentialPart;
use super::environment::WithOrigin;
use super::error::{SecretStoreProblem, SettingsError, name_only};
use super::profile::Profile;
use super::secret_store::{self, SecretStore};
use crate::foreign_text::ForeignText;

/// The credentials of a profile, or why there are none.
#[derive(Default)]
pub(super) struct Found {
    /// The credentials and their origin.
    pub(super) credentials: WithOrigin<Credentials>,
    /// Why the credentials of the profile cannot be used.
    pub(super) problem: Option<SettingsError>,
    /// Why there may be none.
    pub(super) note: Option<String>,
}

/// Finds the credentials by the profile's `auth_type`. Without one, finds those that are there.
///
/// The store is asked for what the file does not have, and not again after a problem. `variable` returns
/// the full name of a variable.
pub(super) fn find(
    profile: &Profile,
    store: SecretStore<'_>,
    variable: impl Fn(&str) -> String,
) -> Result<Found, SettingsError> {
    let auth_type = profile.get("auth_type")?;
    let parts = match &auth_type {
        None => by_content(profile)?,
        Some((origin, auth_type)) => by_auth_type(auth_type, origin)?,
    };
    let mut problem = None;
    for part in parts {
        let found = Pair::read(profile, *part, store, &mut problem)?;
        if let Some(credentials) = found.credentials(profile, problem.as_ref())? {
            return Ok(Found { credentials: Some(credentials), ..Found::default() });
        }
    }
    match (parts, auth_type) {
        // The Atlas CLI stores them in the secret store.
        ([part], Some(_)) => {
            let error = not_in_store(profile, *part, problem, variable);
            Ok(Found { problem: Some(error), ..Found::default() })
        }
        _ => {
            let name = ForeignText::from(profile.name.as_str());
            let note = format!("the profile `{name}` of {} has no credentials", profile.file());
            let note = match problem {
                Some(problem) => format!(
                    "{note} in the file; the Atlas CLI keeps them in the operating system's secret store, which {problem}"
                ),
                None => note,
            };
            Ok(Found { note: Some(note), ..Found::default() })
        }
    }
}

/// Returns the first halves of the pairs that this `auth_type` needs.
fn by_auth_type(auth_type: &str, origin: &str) -> Result<&'static [CredentialPart], SettingsError> {
    let origin = origin.to_owned();
    match auth_type {
        "service_account" => Ok(&[CredentialPart::ClientId]),
        "api_keys" => Ok(&[CredentialPart::PublicKey]),
        "no_auth" => Ok(&[]),
        // Its token expires within hours, and only a login in a browser renews it.
        "user_account" => {
            Err(SettingsError::UnsupportedAuthType { auth_type: auth_type.to_owned(), origin })
        }
        other => Err(SettingsError::UnknownAuthType { auth_type: name_only(other), origin }),
    }
}

/// Returns the first half of the pair that the file has at least half of, or those of all pairs.
fn by_content(profile: &Profile) -> Result<&'static [CredentialPart], SettingsError> {
    for pair in [&[CredentialPart::ClientId], &[CredentialPart::PublicKey]] {
        let [one, other] = pair[0].pair().map(CredentialPart::property);
        if profile.get(one)?.is_some() || profile.get(other)?.is_some() {
            return Ok(pair);
        }
    }
    Ok(&[CredentialPart::ClientId, CredentialPart::PublicKey])
}

fn not_in_store(
    profile: &Profile,
    part: CredentialPart,
    problem: Option<SecretStoreProblem>,
    variable: impl Fn(&str) -> String,
) -> SettingsError {
    let service = secret_store::service(&profile.name);
    let entry = || format!("`{}` of `{service}`", part.property()).into();
    SettingsError::SecretStore {
        profile: profile.name.as_str().into(),
        file: profile.path.clone(),
        problem: problem.unwrap_or_else(|| SecretStoreProblem::NoEntry { entry: entry() }),
        instead: part.pair().map(|part| variable(part.variable())).join(" and "),
    }
}

/// The two halves of a credential, each if it is set.
struct Pair {
    parts: [CredentialPart; 2],
    halves: [Option<String>; 2],
}

impl Pair {
    fn read(
        profile: &Profile,
        part: CredentialPart,
        store: SecretStore<'_>,
        problem: &mut Option<SecretStoreProblem>,
    ) -> Result<Self, SettingsError> {
        let parts = part.pair();
        let mut halves = [None, None];
        for (half, part) in halves.iter_mut().zip(parts) {
            *half = profile.get(part.property())?.map(|(_, value)| value);
        }
        for (half, part) in halves.iter_mut().zip(parts) {
            if half.is_none() && problem.is_none() {
                match store(&secret_store::service(&profile.name), part.property()) {
                    Ok(secret) => *half = secret.filter(|secret| !secret.is_empty()),
                    Err(found) => *problem = Some(found),
                }
            }
            if let Some(value) = half {
                let origin = || profile.origin(part.property());
                part.check(value, origin, |part| part.property().to_owned())?;
            }
        }
        Ok(Self { parts, halves })
    }

    /// Returns the credentials and their origin, or `None` if neither half is set.
    fn credentials(
        self,
        profile: &Profile,
        problem: Option<&SecretStoreProblem>,
    ) -> Result<WithOrigin<Credentials>, SettingsError> {
        let [one, other] = self.parts.map(CredentialPart::property);
        let incomplete = |set: &str, missing: &str| {
            let place = profile.place(set);
            let note = match problem {
                Some(problem) => {
                    format!("{place}; the operating system's secret store {problem}")
                }
                None => place,
            };
            Err(SettingsError::IncompletePair {
                set: profile.named(set),
                missing: missing.to_owned(),
                note: Some(note),
            })
        };
        match self.halves {
            [Some(public), Some(secret)] => {
                let credentials = match self.parts[0] {
                    CredentialPart::ClientId => Credentials::service_account(public, secret),
                    _ => Credentials::api_key(public, secret),
                };
                Ok(Some((profile.origin(one), credentials)))
            }
            [None, None] => Ok(None),
            [Some(_), None] => incomplete(one, other),
            [None, Some(_)] => incomplete(other, one),
        }
    }
}
