//! Reads settings from the environment and a profile.

use std::io;
use std::path::Path;

use super::credential::Credentials;
use super::environment::Environment;
use super::error::SettingsError;
use super::profile::{self, Profile, Profiles};
use super::profile_credentials;
use super::secret_store::{self, SecretStore};
use super::service::Service;
use super::settings::{Settings, UnresolvedSettings};
use crate::foreign_text::sanitize;

impl Credentials {
    /// Reads a profile of the official Atlas CLI, as [`Settings::from_profile`] does.
    ///
    /// # Errors
    ///
    /// The profile has no usable credentials, or [`Settings::from_profile`] fails.
    pub fn from_profile(name: &str) -> Result<Self, SettingsError> {
        Settings::from_profile(name)?.into_credentials()
    }
}

impl Settings {
    /// Reads a profile of the official Atlas CLI: a table of `config.toml` in the folder `atlascli` of the
    /// user's configuration folder.
    ///
    /// With the feature `keyring`, secrets that the CLI stored in the operating system's secret store are
    /// read from there. Of the environment only `MONGODB_ATLAS_SERVICE` is used, if the profile does not
    /// name its service.
    ///
    /// # Errors
    ///
    /// The profile does not exist, has only half of a pair of credentials or an unsupported login, its
    /// service is unknown or contradicts the base URL, or the file cannot be read. A secret store that does
    /// not return the credentials is not an error: [`no_credentials`](Self::no_credentials) says why.
    pub fn from_profile(name: &str) -> Result<Self, SettingsError> {
        Self::from_profile_with(&Environment::current(), name, &secret_store::read)
    }

    pub(super) fn from_profile_with(
        environment: &Environment,
        name: &str,
        store: SecretStore<'_>,
    ) -> Result<Self, SettingsError> {
        let file = profile::file(environment)?;
        let mut settings = UnresolvedSettings::default();
        if let Some(profile) = find(&file, Some((name, None)))?.profile {
            settings.add(&profile, environment, store)?;
        }
        if settings.service.is_none() {
            settings.service = environment.service()?;
        }
        settings.resolve(environment)
    }

    /// Reads the environment, and the rest from a profile.
    ///
    /// Without a name, the profile is the one that `MONGODB_ATLAS_PROFILE` names, else `default`, else the
    /// only one. In the last two cases it may be missing.
    ///
    /// # Errors
    ///
    /// The same as those of [`from_env`](Self::from_env) and [`from_profile`](Self::from_profile). If no
    /// profile was named, the file cannot be read and the environment has credentials, this is only a
    /// warning, unless the file may say that they belong to the Government service.
    pub fn load(profile: Option<&str>) -> Result<Self, SettingsError> {
        Self::load_with(&Environment::current(), profile, &secret_store::read)
    }

    /// Returns the output format that the environment (`MONGODB_ATLAS_OUTPUT`) or a profile (`output`) sets for commands,
    /// after what sets it. The profile is found like that of [`load`](Self::load). No secret is read, and what cannot be
    /// read counts as not set.
    pub fn output(profile: Option<&str>) -> Option<(String, String)> {
        Self::output_with(&Environment::current(), profile)
    }

    pub(super) fn output_with(
        environment: &Environment,
        profile: Option<&str>,
    ) -> Option<(String, String)> {
        Self::command_setting(environment, profile, "OUTPUT", "output")
    }

    /// Returns the version of the API that the environment (`MONGODB_ATLAS_API_VERSION`) or a profile (`api_version`) sets
    /// for commands that call any operation, after what sets it. It is found like the [output format](Self::output).
    pub fn api_version(profile: Option<&str>) -> Option<(String, String)> {
        Self::api_version_with(&Environment::current(), profile)
    }

    pub(super) fn api_version_with(
        environment: &Environment,
        profile: Option<&str>,
    ) -> Option<(String, String)> {
        Self::command_setting(environment, profile, "API_VERSION", "api_version")
    }

    /// Returns a setting of a command, after what sets it: a variable, else a property of a profile.
    fn command_setting(
        environment: &Environment,
        profile: Option<&str>,
        variable: &str,
        property: &str,
    ) -> Option<(String, String)> {
        if let Some(variable) = environment.first(&[variable]).ok()? {
            return Some(variable);
        }
        let by_variable = environment.first(&["PROFILE"]).ok()?;
        let name = profile.or_else(|| by_variable.as_ref().map(|(_, name)| name.as_str()));
        let file = profile::file(environment).ok()?;
        let found = find(&file, name.map(|name| (name, None))).ok()?;
        found.profile?.get(property).ok()?
    }

    pub(super) fn load_with(
        environment: &Environment,
        profile: Option<&str>,
        store: SecretStore<'_>,
    ) -> Result<Self, SettingsError> {
        let mut settings = UnresolvedSettings::from_environment(environment)?;
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
            Err(SettingsError::NoHome) if named.is_none() => return settings.resolve(environment),
            file => file?,
        };
        match find(&file, named) {
            Ok(Found { profile, note }) => {
                settings.notes.extend(note);
                if let Some(profile) = profile {
                    settings.add(&profile, environment, store)?;
                }
            }
            Err(error) if named.is_none() && settings.can_ignore_profiles(&file, &error) => {
                let note = format!("{}; no profile is read", with_source(&error));
                settings.warnings.push(note.clone());
                settings.notes.push(note);
            }
            Err(error) => return Err(error),
        }
        settings.resolve(environment)
    }
}

impl UnresolvedSettings {
    /// Adds what is not set yet from a profile.
    pub(super) fn add(
        &mut self,
        profile: &Profile,
        environment: &Environment,
        store: SecretStore<'_>,
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
        // The environment's own credentials and service have precedence.
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

    /// Adds the profile's service, if the environment has none. If both name one for the profile's
    /// credentials, they must agree, unless a base URL is set. With a base URL the Government service has
    /// precedence.
    fn add_service(&mut self, profile: &Profile) -> Result<(), SettingsError> {
        let Some((origin, service)) = profile.service()? else {
            return Ok(());
        };
        match &self.service {
            Some((variable, other)) if *other != service && self.credentials.is_some() => {
                if self.base_url.is_none() {
                    return Err(SettingsError::ServiceMismatch {
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

    /// Returns whether the environment determines where its credentials are sent, although the profiles
    /// cannot be read.
    fn can_ignore_profiles(&self, file: &Path, error: &SettingsError) -> bool {
        let is_forbidden = matches!(
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
                || is_forbidden
                || !names_government())
    }
}

/// The profile that was found.
struct Found {
    profile: Option<Profile>,
    /// Why there is none, if none was named.
    note: Option<String>,
}

/// Returns the profile of this name, with the variable that names it. Without a name returns `default`, else
/// the only one.
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
        (None, Some((name, variable))) => Err(SettingsError::ProfileNotFound {
            name: name.into(),
            named_by: variable.map(str::to_owned),
            file: file.to_owned(),
            known: profiles.names(),
        }),
        (None, None) => {
            let known: Vec<_> = profiles.names().iter().map(ToString::to_string).collect();
            let note = (!known.is_empty()).then(|| {
                format!(
                    "{} has no profile `default`, and no profile was named; its profiles are {}",
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
