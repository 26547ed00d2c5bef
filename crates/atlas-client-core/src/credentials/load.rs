//! Settings of the environment and of a profile, and what follows from both.

use std::io;
use std::path::Path;

use super::environment::Environment;
use super::profile::{self, Profile, Profiles};
use super::secret_store::{self, Store};
use super::service::Service;
use super::settings::Said;
use super::{Settings, SettingsError, profile_credentials};
use crate::foreign_text::sanitize;

impl Settings {
    /// What a profile of the official Atlas CLI says: a table of `config.toml` in the folder
    /// `atlascli` of the user's configuration folder. With the feature `keyring`, secrets that the CLI
    /// put into the operating system's secret store are read from there. Of the environment only
    /// `MONGODB_ATLAS_SERVICE` counts, where the profile does not name its service.
    ///
    /// # Errors
    ///
    /// There is no such profile, it has half a pair of credentials or a login that cannot be used here, the
    /// service is not known, the base URL contradicts it, or the file cannot be read. That the secret store
    /// does not give the credentials is no error before they are needed:
    /// [`no_credentials`](Self::no_credentials) says why.
    pub fn from_profile(name: &str) -> Result<Self, SettingsError> {
        Self::from_profile_with(&Environment::of_process(), name, &secret_store::read)
    }

    pub(super) fn from_profile_with(
        environment: &Environment,
        name: &str,
        store: Store<'_>,
    ) -> Result<Self, SettingsError> {
        let file = profile::file(environment)?;
        let mut said = Said::default();
        if let Some(profile) = find(&file, Some((name, None)))?.profile {
            said.add(&profile, environment, store)?;
        }
        if said.service.is_none() {
            said.service = environment.service()?;
        }
        said.resolve(environment)
    }

    /// What the environment says, and what it leaves open from the profile of this name. Without a
    /// name it is the profile that `MONGODB_ATLAS_PROFILE` names, else `default`, else the only one;
    /// that there is none is then no error.
    ///
    /// # Errors
    ///
    /// As of [`from_env`](Self::from_env) and [`from_profile`](Self::from_profile). A profile that nobody named
    /// and that cannot be read is only a warning where the environment has credentials, unless it may be the
    /// one that says that they belong to the Government service.
    pub fn load(profile: Option<&str>) -> Result<Self, SettingsError> {
        Self::load_with(&Environment::of_process(), profile, &secret_store::read)
    }

    pub(super) fn load_with(
        environment: &Environment,
        profile: Option<&str>,
        store: Store<'_>,
    ) -> Result<Self, SettingsError> {
        let mut said = Said::by_environment(environment)?;
        let by_variable = match profile {
            Some(_) => None,
            None => environment.first(&["PROFILE"])?,
        };
        let named = match (profile, &by_variable) {
            (Some(name), _) => Some((name, None)),
            (None, Some((variable, name))) => Some((name.as_str(), Some(variable.as_str()))),
            (None, None) => None,
        };
        let file = match profile::file(environment) {
            Err(SettingsError::NoHome) if named.is_none() => return said.resolve(environment),
            file => file?,
        };
        match find(&file, named) {
            Ok(Found { profile, note }) => {
                said.notes.extend(note);
                if let Some(profile) = profile {
                    said.add(&profile, environment, store)?;
                }
            }
            Err(error) if named.is_none() && said.can_do_without(&file, &error) => {
                let note = format!("{}, so that no profile is read", with_source(&error));
                said.warnings.push(note.clone());
                said.notes.push(note);
            }
            Err(error) => return Err(error),
        }
        said.resolve(environment)
    }
}

impl Said {
    /// Adds what is still open from a profile.
    pub(super) fn add(
        &mut self,
        profile: &Profile,
        environment: &Environment,
        store: Store<'_>,
    ) -> Result<(), SettingsError> {
        let are_set = self.credentials.is_some();
        if !are_set {
            let found = profile_credentials::find(profile, store, |name| environment.name(name))?;
            self.credentials = found.credentials;
            self.problem = found.problem;
            self.notes.extend(found.note);
        }
        if self.base_url.is_none() {
            self.base_url = profile.base_url()?;
        }
        // What the environment says of its own credentials is not the profile's affair.
        if !(are_set && self.service.is_some()) {
            self.add_service(profile)?;
        }
        if self.project_id.is_none() {
            self.project_id = profile.get("project_id")?;
        }
        if self.org_id.is_none() {
            self.org_id = profile.get("org_id")?;
        }
        self.warnings.extend(profile.warnings());
        Ok(())
    }

    /// The environment's service, else the profile's. Where both name one for the profile's credentials they
    /// must agree, unless a base URL says where to go; what either calls the Government's stays that then.
    fn add_service(&mut self, profile: &Profile) -> Result<(), SettingsError> {
        let Some((origin, service)) = profile.service()? else {
            return Ok(());
        };
        match &self.service {
            Some((variable, other)) if *other != service && self.credentials.is_some() => {
                if self.base_url.is_none() {
                    return Err(SettingsError::OtherService {
                        origin,
                        service: service.name(),
                        elsewhere: format!("{variable} is `{}`", other.name()),
                    });
                }
                if service == Service::Government {
                    self.service = Some((origin, service));
                }
            }
            Some(_) => {}
            None => self.service = Some((origin, service)),
        }
        Ok(())
    }

    /// Whether the environment says all that is needed to know where its credentials may go, though the
    /// profiles cannot be read.
    fn can_do_without(&self, file: &Path, error: &SettingsError) -> bool {
        let is_somebody_elses = matches!(
            error,
            SettingsError::Unreadable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied
        );
        let names_government = || {
            let text = profile::text(file).ok().flatten();
            text.is_none_or(|text| text.contains(Service::Government.name()))
        };
        self.credentials.is_some()
            && (self.service.is_some()
                || self.base_url.is_some()
                || is_somebody_elses
                || !names_government())
    }
}

/// What was found of the profile that is asked for.
struct Found {
    profile: Option<Profile>,
    /// Why there is none, where nobody named one.
    note: Option<String>,
}

/// The profile of a name, which a variable may have named; without one that of `default`, else the only one.
fn find(file: &Path, named: Option<(&str, Option<&str>)>) -> Result<Found, SettingsError> {
    let Some(text) = profile::text(file)? else {
        return match named {
            None => Ok(Found { profile: None, note: None }),
            Some(_) => Err(SettingsError::Unreadable {
                file: file.to_owned(),
                source: io::Error::from(io::ErrorKind::NotFound).into(),
            }),
        };
    };
    let profiles = Profiles::parse(file, &text)?;
    let profile = match named {
        None => profiles.default(),
        Some((name, _)) => profiles.named(name),
    };
    match (profile, named) {
        (None, Some((name, variable))) => Err(SettingsError::NoProfile {
            name: name.into(),
            named_by: variable.map(str::to_owned),
            file: file.to_owned(),
            known: profiles.names(),
        }),
        (None, None) => {
            let known: Vec<_> = profiles.names().iter().map(ToString::to_string).collect();
            let note = (!known.is_empty()).then(|| {
                format!(
                    "none of the profiles of {} is `default`, and none was named: {}",
                    sanitize(&file.to_string_lossy()),
                    known.join(", "),
                )
            });
            Ok(Found { profile: None, note })
        }
        (profile, _) => Ok(Found { profile, note: None }),
    }
}

fn with_source(error: &SettingsError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
