//! The credentials of a profile: from its file, and from the operating system's secret store.

use super::environment::Placed;
use super::error::{SecretStoreProblem, name_only};
use super::profile::Profile;
use super::secret_store::{self, Store};
use super::shape::Slot;
use super::{Credentials, SettingsError};
use crate::foreign_text::ForeignText;

/// What a profile says about credentials.
#[derive(Default)]
pub(super) struct Found {
    /// The credentials, and where they stand.
    pub(super) credentials: Placed<Credentials>,
    /// Why there are none, though the profile has some.
    pub(super) problem: Option<SettingsError>,
    /// What may be the reason that there are none.
    pub(super) note: Option<String>,
}

/// By the profile's `auth_type`; without one, by what is there. The store is asked for what the file lacks, and
/// not asked again once it has a problem. `variable` gives a variable its prefix.
pub(super) fn find(
    profile: &Profile,
    store: Store<'_>,
    variable: impl Fn(&str) -> String,
) -> Result<Found, SettingsError> {
    let auth_type = profile.get("auth_type")?;
    let asked = match &auth_type {
        None => by_what_is_there(profile)?,
        Some((origin, auth_type)) => by_auth_type(auth_type, origin)?,
    };
    let mut problem = None;
    for slot in asked {
        let found = Pair::read(profile, *slot, store, &mut problem)?;
        if let Some(credentials) = found.credentials(profile, problem.as_ref())? {
            return Ok(Found { credentials: Some(credentials), ..Found::default() });
        }
    }
    match (asked, auth_type) {
        // The Atlas CLI has put them into the store.
        ([slot], Some(_)) => {
            let error = not_in_store(profile, *slot, problem, variable);
            Ok(Found { problem: Some(error), ..Found::default() })
        }
        _ => {
            let name = ForeignText::from(profile.name.as_str());
            let note = format!("the profile `{name}` of {} has no credentials", profile.file());
            let note = match problem {
                Some(problem) => {
                    format!("{note}, unless in the operating system's secret store, {problem}")
                }
                None => note,
            };
            Ok(Found { note: Some(note), ..Found::default() })
        }
    }
}

/// The first halves of the pairs that a profile with this `auth_type` has.
fn by_auth_type(auth_type: &str, origin: &str) -> Result<&'static [Slot], SettingsError> {
    let origin = origin.to_owned();
    match auth_type {
        "service_account" => Ok(&[Slot::ClientId]),
        "api_keys" => Ok(&[Slot::PublicKey]),
        "no_auth" => Ok(&[]),
        // Its token lives for hours at the most and is renewed by a login in a browser.
        "user_account" => {
            Err(SettingsError::Unsupported { auth_type: auth_type.to_owned(), origin })
        }
        other => Err(SettingsError::UnknownAuthType { auth_type: name_only(other), origin }),
    }
}

/// The first halves of the pairs of which the file has a half, or of all where it has none.
fn by_what_is_there(profile: &Profile) -> Result<&'static [Slot], SettingsError> {
    for pair in [&[Slot::ClientId], &[Slot::PublicKey]] {
        let [one, other] = pair[0].pair().map(Slot::property);
        if profile.get(one)?.is_some() || profile.get(other)?.is_some() {
            return Ok(pair);
        }
    }
    Ok(&[Slot::ClientId, Slot::PublicKey])
}

fn not_in_store(
    profile: &Profile,
    slot: Slot,
    problem: Option<SecretStoreProblem>,
    variable: impl Fn(&str) -> String,
) -> SettingsError {
    let service = secret_store::service(&profile.name);
    let entry = || format!("`{}` of `{service}`", slot.property()).into();
    SettingsError::SecretStore {
        profile: profile.name.as_str().into(),
        file: profile.path.clone(),
        problem: problem.unwrap_or_else(|| SecretStoreProblem::NoEntry { entry: entry() }),
        instead: slot.pair().map(|slot| variable(slot.variable())).join(" and "),
    }
}

/// Two halves of a credential, as far as they are set.
struct Pair {
    slots: [Slot; 2],
    halves: [Option<String>; 2],
}

impl Pair {
    fn read(
        profile: &Profile,
        slot: Slot,
        store: Store<'_>,
        problem: &mut Option<SecretStoreProblem>,
    ) -> Result<Self, SettingsError> {
        let slots = slot.pair();
        let mut halves = [None, None];
        for (half, slot) in halves.iter_mut().zip(slots) {
            *half = profile.get(slot.property())?.map(|(_, value)| value);
        }
        for (half, slot) in halves.iter_mut().zip(slots) {
            if half.is_none() && problem.is_none() {
                match store(&secret_store::service(&profile.name), slot.property()) {
                    Ok(secret) => *half = secret.filter(|secret| !secret.is_empty()),
                    Err(found) => *problem = Some(found),
                }
            }
            if let Some(value) = half {
                let origin = || profile.origin(slot.property());
                slot.check(value, origin, |slot| slot.property().to_owned())?;
            }
        }
        Ok(Self { slots, halves })
    }

    /// The credentials of both halves, and where they stand; none where neither is set.
    fn credentials(
        self,
        profile: &Profile,
        problem: Option<&SecretStoreProblem>,
    ) -> Result<Placed<Credentials>, SettingsError> {
        let [one, other] = self.slots.map(Slot::property);
        let half = |set: &str, missing: &str| {
            let place = profile.place(set);
            let note = match problem {
                Some(problem) => {
                    format!("{place}, and else in the operating system's secret store, {problem}")
                }
                None => place,
            };
            Err(SettingsError::HalfAPair {
                set: profile.named(set),
                missing: missing.to_owned(),
                note: Some(note),
            })
        };
        match self.halves {
            [Some(public), Some(secret)] => {
                let credentials = match self.slots[0] {
                    Slot::ClientId => Credentials::service_account(public, secret),
                    _ => Credentials::api_key(public, secret),
                };
                Ok(Some((profile.origin(one), credentials)))
            }
            [None, None] => Ok(None),
            [Some(_), None] => half(one, other),
            [None, Some(_)] => half(other, one),
        }
    }
}
