//! The variables that the official Atlas CLI and its relatives read.

use std::ffi::{OsStr, OsString};

use super::SettingsError;

const PREFIX: &str = "MONGODB_ATLAS_";

/// The prefix of the older CLI. One variable that begins so makes it the prefix of all.
const OLD_PREFIX: &str = "MCLI_";

/// The variables of a process.
pub(super) struct Environment {
    variables: Vec<(OsString, OsString)>,
    prefix: &'static str,
}

impl Environment {
    pub(super) fn of_process() -> Self {
        Self::new(std::env::vars_os().collect())
    }

    pub(super) fn new(variables: Vec<(OsString, OsString)>) -> Self {
        let is_old = |(name, _): &(OsString, OsString)| {
            name.as_encoded_bytes().starts_with(OLD_PREFIX.as_bytes())
        };
        let prefix = if variables.iter().any(is_old) { OLD_PREFIX } else { PREFIX };
        Self { variables, prefix }
    }

    /// A variable by its whole name. Empty is as good as not set.
    pub(super) fn whole(&self, name: &str) -> Option<&OsStr> {
        let found = self.variables.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_os_str()).filter(|value| !value.is_empty())
    }

    /// The name that a variable has with the prefix in force.
    pub(super) fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The first of some variables that is set, by its name without the prefix: that name with the
    /// prefix, and the value.
    pub(super) fn first(&self, names: &[&str]) -> Result<Option<(String, String)>, SettingsError> {
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

    /// Two variables of which both or neither is set. Each may go by several names.
    pub(super) fn pair(
        &self,
        one: &[&str],
        other: &[&str],
    ) -> Result<Option<(String, String)>, SettingsError> {
        match (self.first(one)?, self.first(other)?) {
            (Some((_, one)), Some((_, other))) => Ok(Some((one, other))),
            (None, None) => Ok(None),
            (Some((set, _)), None) => {
                Err(SettingsError::HalfAPair { set, missing: self.name(other[0]) })
            }
            (None, Some((set, _))) => {
                Err(SettingsError::HalfAPair { set, missing: self.name(one[0]) })
            }
        }
    }
}
