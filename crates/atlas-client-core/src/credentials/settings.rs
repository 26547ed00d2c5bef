//! [`Settings`]: all that the environment and a profile say.

use super::environment::{Environment, PREFIX, Placed};
use super::service::Service;
use super::{Credentials, SettingsError};

/// What the environment, or a profile of the official Atlas CLI, says about calling Atlas.
///
/// ```no_run
/// use atlas_client_core::{Settings, Transport};
///
/// // The environment first, and what it leaves open from the profile.
/// let settings = Settings::load(None)?;
/// let transport = Transport::builder().settings(&settings).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Settings {
    /// As whom to call Atlas.
    pub credentials: Option<Credentials>,
    /// Where to send requests, where that is not Atlas itself.
    pub base_url: Option<String>,
    /// The project to use where none is named.
    pub project_id: Option<String>,
    /// The organization to use where none is named.
    pub org_id: Option<String>,
    /// What a person should know, such as that others can read the file of profiles.
    pub warnings: Vec<String>,
    /// Why there are no credentials, though a profile has some.
    pub(super) problem: Option<SettingsError>,
    /// Where each of them stands.
    pub(super) origins: Origins,
    /// What may be the reason that something is missing.
    pub(super) notes: Vec<String>,
    /// The prefix of the variables in force.
    pub(super) prefix: Prefix,
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

/// Where the settings stand: a variable, or a property of a profile.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins {
    credentials: Option<String>,
    base_url: Option<String>,
    project_id: Option<String>,
    org_id: Option<String>,
}

/// The prefix of the variables in force.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prefix(&'static str);

impl Default for Prefix {
    fn default() -> Self {
        Self(PREFIX)
    }
}

impl Settings {
    /// What the environment says. [`Credentials::from_env`] lists the variables of the credentials;
    /// beside them there are `MONGODB_ATLAS_OPS_MANAGER_URL` (else `…_BASE_URL`), `…_SERVICE`,
    /// `…_PROJECT_ID` and `…_ORG_ID`.
    ///
    /// # Errors
    ///
    /// Half a pair is set, a credential stands in the place of another, the service is not known, the base URL
    /// contradicts it, or a variable is not Unicode.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::from_environment(&Environment::of_process())
    }

    pub(super) fn from_environment(environment: &Environment) -> Result<Self, SettingsError> {
        Said::by_environment(environment)?.resolve(environment)
    }

    /// Why there are no credentials. The message names the file and the variables that were looked at.
    pub fn no_credentials(&self) -> SettingsError {
        let none =
            || SettingsError::NoCredentials { prefix: self.prefix.0, notes: self.notes.clone() };
        self.problem.clone().unwrap_or_else(none)
    }

    /// Where a setting stands: the name of a variable, or the property and line of a profile.
    pub fn origin(&self, setting: Setting) -> Option<&str> {
        match setting {
            Setting::Credentials => self.origins.credentials.as_deref(),
            Setting::BaseUrl => self.origins.base_url.as_deref(),
            Setting::ProjectId => self.origins.project_id.as_deref(),
            Setting::OrgId => self.origins.org_id.as_deref(),
        }
    }

    /// The name of the variable that sets a setting; for the credentials that of a bearer token.
    pub fn variable(&self, setting: Setting) -> String {
        let name = match setting {
            Setting::Credentials => "ACCESS_TOKEN",
            Setting::BaseUrl => "BASE_URL",
            Setting::ProjectId => "PROJECT_ID",
            Setting::OrgId => "ORG_ID",
        };
        format!("{}{name}", self.prefix.0)
    }

    /// What may be the reason that a setting is missing, such as a profile that cannot be read. One line each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// What one source, or several, say, before it is decided what follows.
#[derive(Default)]
pub(super) struct Said {
    pub(super) credentials: Placed<Credentials>,
    /// The service that the credentials belong to.
    pub(super) service: Placed<Service>,
    pub(super) base_url: Placed<String>,
    pub(super) project_id: Placed<String>,
    pub(super) org_id: Placed<String>,
    pub(super) warnings: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) problem: Option<SettingsError>,
}

impl Said {
    pub(super) fn by_environment(environment: &Environment) -> Result<Self, SettingsError> {
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

    /// Decides where the credentials may go.
    ///
    /// # Errors
    ///
    /// They belong to the Government service and would go elsewhere.
    pub(super) fn resolve(self, environment: &Environment) -> Result<Settings, SettingsError> {
        if let Some((origin, service)) = &self.service
            && let Some((url_origin, url)) = &self.base_url
            && host(url).is_some_and(|host| !service.may_send_to(&host))
        {
            return Err(SettingsError::OtherService {
                origin: origin.clone(),
                service: service.name(),
                elsewhere: format!("{url_origin} is the address of MongoDB Atlas"),
            });
        }
        let service = self.service.as_ref().map(|(_, service)| *service);
        let ignored = environment.ignored("SERVICE").is_some_and(|name| name == "cloudgov");
        if ignored && service != Some(Service::Government) && self.base_url.is_none() {
            return Err(SettingsError::OtherService {
                origin: "MONGODB_ATLAS_SERVICE".to_owned(),
                service: Service::Government.name(),
                elsewhere: environment.ignored_note().unwrap_or_default(),
            });
        }
        let (base_url_origin, base_url) = match (self.base_url, self.service) {
            (Some((origin, url)), _) => (Some(origin), Some(url)),
            (None, Some((origin, service @ Service::Government))) => {
                (Some(origin), Some(service.base_url().to_owned()))
            }
            (None, _) => (None, None),
        };
        let (credentials_origin, credentials) = self.credentials.unzip();
        let (project_origin, project_id) = self.project_id.unzip();
        let (org_origin, org_id) = self.org_id.unzip();
        Ok(Settings {
            credentials: credentials.map(|Credentials(kind, _)| Credentials(kind, service)),
            base_url,
            project_id,
            org_id,
            warnings: self.warnings,
            problem: self.problem,
            origins: Origins {
                credentials: credentials_origin,
                base_url: base_url_origin,
                project_id: project_origin,
                org_id: org_origin,
            },
            notes: self.notes,
            prefix: Prefix(environment.prefix()),
        })
    }
}

/// The host of a URL, as far as it has one.
fn host(url: &str) -> Option<String> {
    reqwest::Url::parse(url).ok()?.host_str().map(str::to_owned)
}
