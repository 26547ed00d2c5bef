//! [`Profiles`] of the official Atlas CLI, and the properties of a [`Profile`].

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::environment::Environment;
use super::error::SettingsError;
use super::service::Service;
use crate::foreign_text::{ForeignText, sanitize};
use crate::{bounded_file, user_folders};

/// The limit on the size of the file.
const MAX_BYTES: u64 = 1 << 20;

/// Returns the path of the file of profiles.
pub(super) fn file(environment: &Environment) -> Result<PathBuf, SettingsError> {
    let variable = |name: &str| environment.get(name).map(Into::into);
    let folder = user_folders::configuration(variable).ok_or(SettingsError::NoHome)?;
    Ok(folder.join("atlascli").join("config.toml"))
}

/// Reads the file of profiles. Returns `None` if it does not exist.
pub(super) fn text(file: &Path) -> Result<Option<String>, SettingsError> {
    match bounded_file::read(file, MAX_BYTES).and_then(bounded_file::text) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => {
            Err(SettingsError::Unreadable { file: file.to_owned(), source: Arc::new(source) })
        }
    }
}

/// The profiles of a file.
pub(super) struct Profiles<'a> {
    file: &'a Path,
    text: &'a str,
    table: DeTable<'a>,
}

impl<'a> Profiles<'a> {
    pub(super) fn parse(file: &'a Path, text: &'a str) -> Result<Self, SettingsError> {
        let table = DeTable::parse(text).map_err(|error| {
            let (line, column) = position(text, error.span());
            // Only the message. The line that toml shows may contain a secret.
            let reason = error.message().to_owned();
            SettingsError::Malformed { file: file.to_owned(), line, column, reason }
        })?;
        Ok(Self { file, text, table: table.into_inner() })
    }

    /// Returns a profile by its name.
    pub(super) fn named(&self, name: &str) -> Option<Profile> {
        // The CLI compares names in lowercase.
        let wanted = name.to_lowercase();
        let (_, table) = self.tables().find(|(known, _)| *known == wanted)?;
        Some(self.profile(wanted, table))
    }

    /// Returns `default`, else the only profile.
    pub(super) fn default(&self) -> Option<Profile> {
        self.named("default").or_else(|| {
            let mut tables = self.tables();
            match (tables.next(), tables.next()) {
                (Some((name, table)), None) => Some(self.profile(name, table)),
                _ => None,
            }
        })
    }

    pub(super) fn names(&self) -> Vec<ForeignText> {
        self.tables().map(|(name, _)| name.into()).collect()
    }

    fn tables(&self) -> impl Iterator<Item = (String, &DeTable<'a>)> {
        let entries = self.table.iter();
        entries.filter_map(|(name, value)| {
            Some((name.get_ref().to_lowercase(), value.get_ref().as_table()?))
        })
    }

    fn profile(&self, name: String, table: &DeTable<'_>) -> Profile {
        let properties = table.iter().map(|(property, value)| Property {
            // The CLI ignores case.
            name: property.get_ref().to_lowercase(),
            value: match value.get_ref() {
                DeValue::String(text) => Some(text.clone().into_owned()),
                _ => None,
            },
            position: position(self.text, Some(property.span())),
        });
        Profile { name, path: self.file.to_owned(), properties: properties.collect() }
    }
}

/// A profile.
pub(super) struct Profile {
    pub(super) name: String,
    pub(super) path: PathBuf,
    properties: Vec<Property>,
}

struct Property {
    name: String,
    /// `None` if it is not a string.
    value: Option<String>,
    position: (usize, usize),
}

impl Profile {
    /// Returns a property and its origin. Ignores an empty one.
    ///
    /// # Errors
    ///
    /// It is not a string.
    pub(super) fn get(&self, name: &str) -> Result<Option<(String, String)>, SettingsError> {
        let Some(property) = self.properties.iter().find(|property| property.name == name) else {
            return Ok(None);
        };
        let Some(value) = &property.value else {
            let (line, column) = property.position;
            let reason = format!("{} is not a string", self.named(name));
            return Err(SettingsError::Malformed { file: self.path.clone(), line, column, reason });
        };
        Ok((!value.is_empty()).then(|| (self.origin(name), value.clone())))
    }

    /// Describes a property of this profile.
    pub(super) fn named(&self, property: &str) -> String {
        format!("{property} of the profile `{}`", ForeignText::from(self.name.as_str()))
    }

    /// Describes a property with its place.
    pub(super) fn origin(&self, property: &str) -> String {
        format!("{} ({})", self.named(property), self.place(property))
    }

    /// Describes the file, with the line of a property if it is set.
    pub(super) fn place(&self, property: &str) -> String {
        match self.properties.iter().find(|known| known.name == property) {
            Some(Property { position: (line, _), .. }) => format!("{}, line {line}", self.file()),
            None => self.file(),
        }
    }

    /// Describes the file.
    pub(super) fn file(&self) -> String {
        sanitize(&self.path.to_string_lossy())
    }

    /// Returns the service of the profile's credentials, and its origin.
    pub(super) fn service(&self) -> Result<Option<(String, Service)>, SettingsError> {
        self.get("service")?.map(|(origin, name)| Service::parse(origin, &name)).transpose()
    }

    /// Returns the base URL that the profile sets, and its origin.
    pub(super) fn base_url(&self) -> Result<Option<(String, String)>, SettingsError> {
        match self.get("ops_manager_url")? {
            None => self.get("base_url"),
            found => Ok(found),
        }
    }

    /// Returns what a person should know about the file.
    pub(super) fn warnings(&self) -> Vec<String> {
        readable_by_others(&self.path).into_iter().collect()
    }
}

/// Returns the line and the column of the start of a span. Both count from 1.
fn position(text: &str, span: Option<Range<usize>>) -> (usize, usize) {
    let before = span.and_then(|span| text.get(..span.start)).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (1 + before.matches('\n').count(), 1 + before[line_start..].chars().count())
}

#[cfg(unix)]
fn readable_by_others(file: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(file).ok()?.permissions().mode();
    let file = sanitize(&file.to_string_lossy());
    (mode & 0o077 != 0).then(|| {
        format!("other users can read {file}, which contains secrets: run chmod 600 on it")
    })
}

#[cfg(not(unix))]
fn readable_by_others(_: &Path) -> Option<String> {
    None
}
