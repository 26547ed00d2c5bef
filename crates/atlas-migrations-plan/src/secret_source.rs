//! [`SecretSource`]: where a secret comes from that must not be in the plan file.

use std::{env, fmt, path::Path};

use atlas_client_core::{bounded_file, sanitize};
use atlas_migrations::Secret;
use serde_json::{Value, json};

use crate::secret_error::{SecretError, SecretProblem};

/// The longest secret in bytes.
pub(crate) const MAX_SECRET_BYTES: u64 = 16 * 1024;

/// Where a secret comes from: an environment variable or a file.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SecretSource {
    /// The environment variable of this name.
    Env(String),
    /// The file at this path. A relative path starts at the folder of the plan. One newline at the end is cut.
    File(String),
}

impl SecretSource {
    /// Returns the source as JSON, as in a plan file.
    pub fn canonical(&self) -> Value {
        match self {
            Self::Env(name) => json!({ "env": name }),
            Self::File(path) => json!({ "file": path }),
        }
    }

    /// Reads the secret. Relative paths start at the folder.
    ///
    /// # Errors
    /// The variable is not set, the file cannot be read, or the secret is empty, too long or not text.
    pub fn read(&self, folder: &Path) -> Result<Secret, SecretError> {
        let fail = |problem| SecretError::new(self, problem);
        match self {
            Self::Env(name) => {
                let value = env::var_os(name).ok_or_else(|| fail(SecretProblem::NotSet))?;
                let text = value.into_string().map_err(|_| fail(SecretProblem::NotText))?;
                checked(text.into_bytes()).map_err(fail)
            }
            Self::File(path) => {
                let bytes = bounded_file::read(&folder.join(path), MAX_SECRET_BYTES);
                let bytes = bytes.map_err(|error| fail(SecretProblem::Io(error)))?;
                checked(without_newline(bytes)).map_err(fail)
            }
        }
    }

    /// Returns what is unsafe about the source: a file that every user of the machine can read.
    pub fn warning(&self, folder: &Path) -> Option<String> {
        match self {
            Self::File(path) if others_can_read(&folder.join(path)) => Some(format!(
                "{self} can be read by every user of this machine; expected the mode 0600 (`chmod 600`)"
            )),
            _ => None,
        }
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(formatter, "the environment variable {}", sanitize(name)),
            Self::File(path) => write!(formatter, "the file {}", sanitize(path)),
        }
    }
}

/// Cuts one newline from the end.
pub(crate) fn without_newline(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    bytes
}

/// Makes a secret of bytes.
pub(crate) fn checked(bytes: Vec<u8>) -> Result<Secret, SecretProblem> {
    if bytes.len() as u64 > MAX_SECRET_BYTES {
        return Err(SecretProblem::TooLong(MAX_SECRET_BYTES));
    }
    // The error of the conversion has the bytes, so it is dropped here.
    let text = String::from_utf8(bytes).map_err(|_| SecretProblem::NotText)?;
    if text.trim().is_empty() { Err(SecretProblem::Empty) } else { Ok(Secret::from(text)) }
}

#[cfg(unix)]
fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn others_can_read(_: &Path) -> bool {
    false
}
