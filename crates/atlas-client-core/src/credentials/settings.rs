//! [`Settings`]: all that the environment and a profile say.

use super::environment::Environment;
use super::{Credentials, SettingsError};

/// What the environment, or a profile of the official Atlas CLI, says about calling Atlas.
///
/// ```no_run
/// use atlas_client_core::{Settings, Transport};
///
/// // The environment first, and what it leaves open from the profile.
/// let settings = Settings::load(None)?;
/// let mut transport = Transport::builder();
/// if let Some(credentials) = settings.credentials {
///     transport = transport.credentials(credentials);
/// }
/// if let Some(url) = settings.base_url {
///     transport = transport.base_url(url);
/// }
/// # Ok::<(), atlas_client_core::SettingsError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Settings {
    /// As whom to call Atlas.
    pub credentials: Option<Credentials>,
    /// Where to send requests, where that is not Atlas itself.
    pub base_url: Option<String>,
    /// The project to speak of where none is named.
    pub project_id: Option<String>,
    /// The organisation to speak of where none is named.
    pub org_id: Option<String>,
    /// What a person should know, such as that others can read the file of profiles.
    pub warnings: Vec<String>,
}

impl Settings {
    /// What the environment says. [`Credentials::from_env`] lists the variables of the credentials;
    /// beside them there are `MONGODB_ATLAS_OPS_MANAGER_URL` (else `…_BASE_URL`),
    /// `…_PROJECT_ID` and `…_ORG_ID`.
    ///
    /// # Errors
    ///
    /// Half a pair is set, or a variable is not Unicode.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::from_environment(&Environment::of_process())
    }

    /// What a profile of the official Atlas CLI says: a table of `config.toml` in the folder
    /// `atlascli` of the user's configuration folder. With the feature `keyring`, secrets that the CLI
    /// put into the operating system's secret store are read from there.
    ///
    /// # Errors
    ///
    /// There is no such profile, it has half a pair of credentials or a login that is for people, or
    /// the file or the secret store cannot be read.
    #[cfg(feature = "profile")]
    pub fn from_profile(name: &str) -> Result<Self, SettingsError> {
        let environment = Environment::of_process();
        let file = super::profile::file(&environment)?;
        super::profile::read(&file, Some(name))
    }

    /// What the environment says, and what it leaves open from the profile of this name. Without a
    /// name it is the profile that `MONGODB_ATLAS_PROFILE` names, else `default`, else the only one;
    /// that there is none is then no error.
    ///
    /// # Errors
    ///
    /// As of [`from_env`](Self::from_env) and [`from_profile`](Self::from_profile).
    #[cfg(feature = "profile")]
    pub fn load(profile: Option<&str>) -> Result<Self, SettingsError> {
        Self::load_with(&Environment::of_process(), profile)
    }

    #[cfg(feature = "profile")]
    pub(super) fn load_with(
        environment: &Environment,
        profile: Option<&str>,
    ) -> Result<Self, SettingsError> {
        let from_environment = Self::from_environment(environment)?;
        let named = match profile {
            Some(name) => Some(name.to_owned()),
            None => environment.first(&["PROFILE"])?.map(|(_, name)| name),
        };
        let file = match super::profile::file(environment) {
            Err(SettingsError::NoHome) if named.is_none() => return Ok(from_environment),
            file => file?,
        };
        let from_profile = match super::profile::read(&file, named.as_deref()) {
            // A profile that cannot be used is no harm where it is not needed.
            Err(_) if named.is_none() && from_environment.credentials.is_some() => Self::default(),
            settings => settings?,
        };
        Ok(from_environment.or(from_profile))
    }

    pub(super) fn from_environment(environment: &Environment) -> Result<Self, SettingsError> {
        let one = |names: &[&str]| Ok(environment.first(names)?.map(|(_, value)| value));
        let service_account = environment.pair(&["CLIENT_ID"], &["CLIENT_SECRET"])?;
        let api_key = environment
            .pair(&["PUBLIC_API_KEY", "PUBLIC_KEY"], &["PRIVATE_API_KEY", "PRIVATE_KEY"])?;
        let token = one(&["ACCESS_TOKEN"])?;
        let credentials = service_account
            .map(|(id, secret)| Credentials::service_account(id, secret))
            .or_else(|| api_key.map(|(public, private)| Credentials::api_key(public, private)))
            .or_else(|| token.map(Credentials::bearer_token));
        Ok(Self {
            credentials,
            base_url: one(&["OPS_MANAGER_URL", "BASE_URL"])?,
            project_id: one(&["PROJECT_ID"])?,
            org_id: one(&["ORG_ID"])?,
            warnings: Vec::new(),
        })
    }

    /// These settings, with what they leave open from others.
    #[cfg(feature = "profile")]
    fn or(self, other: Self) -> Self {
        Self {
            credentials: self.credentials.or(other.credentials),
            base_url: self.base_url.or(other.base_url),
            project_id: self.project_id.or(other.project_id),
            org_id: self.org_id.or(other.org_id),
            warnings: [self.warnings, other.warnings].concat(),
        }
    }
}
