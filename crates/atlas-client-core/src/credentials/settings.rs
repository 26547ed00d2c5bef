//! [`Settings`]: what the environment and a profile set.

use super::credential::Credentials;
use super::environment::{Environment, PREFIX, WithOrigin};
use super::error::SettingsError;
use super::service::Service;

/// What the environment or a profile of the official Atlas CLI sets.
///
/// ```no_run
/// use atlas_client_core::{Settings, Transport};
///
/// // The environment has precedence over the profile.
/// let settings = Settings::load(None)?;
/// let transport = Transport::builder().settings(&settings).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Settings {
    /// The credentials.
    pub credentials: Option<Credentials>,
    /// The base URL, if it is not that of Atlas.
    pub base_url: Option<String>,
    /// The default project.
    pub project_id: Option<String>,
    /// The default organization.
    pub org_id: Option<String>,
    /// What a person should know, such as that other users can read the file of profiles.
    pub warnings: Vec<String>,
    /// Why the credentials of a profile cannot be used.
    pub(super) problem: Option<SettingsError>,
    /// The origin of each setting: a variable, or a property of a profile.
    pub(super) origins: Vec<(Setting, String)>,
    /// Why something may be missing.
    pub(super) notes: Vec<String>,
    /// The prefix of the variables, if it is not the usual one.
    pub(super) prefix: Option<&'static str>,
}

/// A setting that has an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Setting {
    /// [`Settings::credentials`].
    Credentials,
    /// [`Settings::base_url`].
    BaseUrl,
    /// [`Settings::project_id`].
    ProjectId,
    /// [`Settings::org_id`].
    OrgId,
}

impl Settings {
    /// Reads the environment.
    ///
    /// [`Credentials::from_env`] lists the variables of the credentials. The others are
    /// `MONGODB_ATLAS_OPS_MANAGER_URL` (else `…_BASE_URL`), `…_SERVICE`, `…_PROJECT_ID` and `…_ORG_ID`.
    ///
    /// # Errors
    ///
    /// Only half of a pair is set, a variable holds another kind of credential, the service is unknown or
    /// contradicts the base URL, or a variable is not Unicode.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::from_environment(&Environment::current())
    }

    pub(super) fn from_environment(environment: &Environment) -> Result<Self, SettingsError> {
        UnresolvedSettings::from_environment(environment)?.resolve(environment)
    }

    /// Returns why there are no credentials. The message names the file and the variables.
    pub fn no_credentials(&self) -> SettingsError {
        self.problem.clone().unwrap_or_else(|| SettingsError::NoCredentials {
            prefix: self.prefix(),
            notes: self.notes.clone(),
        })
    }

    pub(super) fn into_credentials(mut self) -> Result<Credentials, SettingsError> {
        self.credentials.take().ok_or_else(|| self.no_credentials())
    }

    /// Returns the origin of a setting: the name of a variable, or the property and line of a profile.
    pub fn origin(&self, setting: Setting) -> Option<&str> {
        self.origins.iter().find(|(known, _)| *known == setting).map(|(_, origin)| origin.as_str())
    }

    /// Returns the name of the variable for a setting. For the credentials it is that of a bearer token.
    pub fn variable(&self, setting: Setting) -> String {
        let name = match setting {
            Setting::Credentials => "ACCESS_TOKEN",
            Setting::BaseUrl => "BASE_URL",
            Setting::ProjectId => "PROJECT_ID",
            Setting::OrgId => "ORG_ID",
        };
        format!("{}{name}", self.prefix())
    }

    fn prefix(&self) -> &'static str {
        self.prefix.unwrap_or(PREFIX)
    }

    /// Returns why a setting may be missing, such as a profile that cannot be read. One line each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

impl Credentials {
    /// Reads the environment, in the order of the official CLI: a service account
    /// (`MONGODB_ATLAS_CLIENT_ID`, `…_CLIENT_SECRET`), else an API key (`…_PUBLIC_API_KEY`,
    /// `…_PRIVATE_API_KEY`, also without `API_`), else a bearer token (`…_ACCESS_TOKEN`).
    ///
    /// If any variable begins with `MCLI_`, that prefix replaces `MONGODB_ATLAS_`. `…_SERVICE` names the
    /// service that the credentials belong to.
    ///
    /// # Errors
    ///
    /// None is set, or [`Settings::from_env`] fails.
    pub fn from_env() -> Result<Self, SettingsError> {
        Settings::from_env()?.into_credentials()
    }
}

/// The settings of one or more sources, before contradictions are resolved.
#[derive(Default)]
pub(super) struct UnresolvedSettings {
    pub(super) credentials: WithOrigin<Credentials>,
    /// The service that the credentials belong to.
    pub(super) service: WithOrigin<Service>,
    pub(super) base_url: WithOrigin<String>,
    pub(super) project_id: WithOrigin<String>,
    pub(super) org_id: WithOrigin<String>,
    pub(super) warnings: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) problem: Option<SettingsError>,
}

impl UnresolvedSettings {
    pub(super) fn from_environment(environment: &Environment) -> Result<Self, SettingsError> {
        let ignored = environment.ignored_note();
        Ok(Self {
            credentials: environment.credentials()?,
            service: environment.service()?,
            base_url: environment.first(&["OPS_MANAGER_URL", "BASE_URL"])?,
            project_id: environment.first(&["PROJECT_ID"])?,
            org_id: environment.first(&["ORG_ID"])?,
            warnings: ignored.iter().cloned().collect(),
            notes: ignored.into_iter().collect(),
            problem: None,
        })
    }

    /// Decides where the credentials are sent.
    ///
    /// # Errors
    ///
    /// They belong to the Government service and would be sent elsewhere.
    pub(super) fn resolve(self, environment: &Environment) -> Result<Settings, SettingsError> {
        if let Some((origin, service)) = &self.service
            && let Some((url_origin, url)) = &self.base_url
            && host(url).is_some_and(|host| !service.may_send_to(&host))
        {
            return Err(SettingsError::ServiceMismatch {
                origin: origin.clone(),
                service: service.name(),
                elsewhere: format!("{url_origin} is the address of MongoDB Atlas"),
            });
        }
        let service = self.service.as_ref().map(|(_, service)| *service);
        let ignored = environment.ignored("SERVICE").is_some_and(|name| name == "cloudgov");
        if ignored && service != Some(Service::Government) && self.base_url.is_none() {
            return Err(SettingsError::ServiceMismatch {
                origin: "MONGODB_ATLAS_SERVICE".to_owned(),
                service: Service::Government.name(),
                elsewhere: environment.ignored_note().unwrap_or_default(),
            });
        }
        let base_url = self.base_url.or_else(|| match self.service {
            Some((origin, service @ Service::Government)) => {
                Some((origin, service.base_url().to_owned()))
            }
            _ => None,
        });
        let mut origins = Vec::new();
        let credentials = split(Setting::Credentials, self.credentials, &mut origins);
        Ok(Settings {
            credentials: credentials.map(|credentials| Credentials { service, ..credentials }),
            base_url: split(Setting::BaseUrl, base_url, &mut origins),
            project_id: split(Setting::ProjectId, self.project_id, &mut origins),
            org_id: split(Setting::OrgId, self.org_id, &mut origins),
            warnings: self.warnings,
            problem: self.problem,
            origins,
            notes: self.notes,
            prefix: Some(environment.prefix()),
        })
    }
}

/// Returns the value of a setting, and moves its origin to `origins`.
fn split<T>(
    setting: Setting,
    value: WithOrigin<T>,
    origins: &mut Vec<(Setting, String)>,
) -> Option<T> {
    let (origin, value) = value?;
    origins.push((setting, origin));
    Some(value)
}

/// Returns the host of a URL, if it has one.
fn host(url: &str) -> Option<String> {
    reqwest::Url::parse(url).ok()?.host_str().map(str::to_owned)
}
