//! Profiles of the official Atlas CLI.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::environment::Environment;
use super::{Credentials, Settings, SettingsError, secret_store};

/// The service whose profiles go elsewhere than `https://cloud.mongodb.com`.
const GOVERNMENT: (&str, &str) = ("cloudgov", "https://cloud.mongodbgov.com");

/// The file of profiles, in the folder that Go's `os.UserConfigDir` names.
pub(super) fn file(environment: &Environment) -> Result<PathBuf, SettingsError> {
    let folder = |name: &str| environment.whole(name).map(PathBuf::from);
    let home = || folder("HOME").ok_or(SettingsError::NoHome);
    let configuration = if cfg!(windows) {
        folder("AppData").or_else(|| folder("APPDATA")).ok_or(SettingsError::NoHome)?
    } else if cfg!(target_os = "macos") {
        home()?.join("Library").join("Application Support")
    } else {
        match folder("XDG_CONFIG_HOME") {
            Some(folder) => folder,
            None => home()?.join(".config"),
        }
    };
    Ok(configuration.join("atlascli").join("config.toml"))
}

/// The settings of a profile. Without a name those of `default`, else of the only one; none at all
/// where there is no such profile or no file.
pub(super) fn read(file: &Path, name: Option<&str>) -> Result<Settings, SettingsError> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound && name.is_none() => {
            return Ok(Settings::default());
        }
        Err(source) => return Err(SettingsError::Unreadable { file: file.to_owned(), source }),
    };
    let malformed = |reason: String| SettingsError::Malformed { file: file.to_owned(), reason };
    // The message alone: a secret may stand in the line that toml would show.
    let profiles: Table =
        text.parse().map_err(|error: toml::de::Error| malformed(error.message().to_owned()))?;
    // The CLI knows profiles by their names in lower case.
    let tables: Vec<(String, &Table)> = profiles
        .iter()
        .filter_map(|(name, value)| Some((name.to_lowercase(), value.as_table()?)))
        .collect();
    let wanted = name.unwrap_or("default").to_lowercase();
    let found = tables.iter().find(|(known, _)| *known == wanted);
    let (name, profile) = match (found, name, tables.as_slice()) {
        (Some(found), ..) | (None, None, [found]) => found,
        (None, None, _) => return Ok(Settings::default()),
        (None, Some(name), _) => {
            return Err(SettingsError::NoProfile {
                name: name.to_owned(),
                file: file.to_owned(),
                known: tables.into_iter().map(|(name, _)| name).collect(),
            });
        }
    };
    let mut settings = Profile { name, table: profile }.settings()?;
    settings.warnings.extend(readable_by_others(file));
    Ok(settings)
}

struct Profile<'a> {
    name: &'a str,
    table: &'a Table,
}

impl Profile<'_> {
    fn settings(&self) -> Result<Settings, SettingsError> {
        let service = self.plain("service");
        let government =
            (service.as_deref() == Some(GOVERNMENT.0)).then(|| GOVERNMENT.1.to_owned());
        Ok(Settings {
            credentials: self.credentials()?,
            base_url: self
                .plain("ops_manager_url")
                .or_else(|| self.plain("base_url"))
                .or(government),
            project_id: self.plain("project_id"),
            org_id: self.plain("org_id"),
            warnings: Vec::new(),
        })
    }

    /// By the profile's `auth_type`; without one, by what is there.
    fn credentials(&self) -> Result<Option<Credentials>, SettingsError> {
        let service_account = || {
            let pair = self.pair("client_id", "client_secret")?;
            Ok(pair.map(|(id, secret)| Credentials::service_account(id, secret)))
        };
        let api_key = || {
            let pair = self.pair("public_api_key", "private_api_key")?;
            Ok(pair.map(|(public, private)| Credentials::api_key(public, private)))
        };
        match self.plain("auth_type").as_deref() {
            Some("service_account") => service_account(),
            Some("api_keys") => api_key(),
            Some("no_auth") => Ok(None),
            // Its token lives for hours at the most and is renewed by a login in a browser.
            Some(other) => Err(SettingsError::Unsupported { auth_type: other.to_owned() }),
            None => Ok(service_account()?.or(api_key()?)),
        }
    }

    fn pair(&self, one: &str, other: &str) -> Result<Option<(String, String)>, SettingsError> {
        let half = |set: &str, missing: &str| {
            let named = |name: &str| format!("{name} of the profile `{}`", self.name);
            Err(SettingsError::HalfAPair { set: named(set), missing: named(missing) })
        };
        match (self.secret(one)?, self.secret(other)?) {
            (Some(one), Some(other)) => Ok(Some((one, other))),
            (None, None) => Ok(None),
            (Some(_), None) => half(one, other),
            (None, Some(_)) => half(other, one),
        }
    }

    /// A property that the CLI keeps in the secret store where it can, and else in the file.
    fn secret(&self, property: &str) -> Result<Option<String>, SettingsError> {
        match self.plain(property) {
            Some(value) => Ok(Some(value)),
            None => secret_store::read(self.name, property),
        }
    }

    fn plain(&self, property: &str) -> Option<String> {
        match self.table.get(property)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            _ => None,
        }
    }
}

#[cfg(unix)]
fn readable_by_others(file: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(file).ok()?.permissions().mode();
    (mode & 0o077 != 0).then(|| {
        format!("others can read {}, which holds secrets: run chmod 600 on it", file.display())
    })
}

#[cfg(not(unix))]
fn readable_by_others(_: &Path) -> Option<String> {
    None
}
