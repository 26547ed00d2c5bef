//! [`SettingsError`].

use std::fmt;
use std::path::PathBuf;

/// Why the environment or a profile does not say what is needed.
#[derive(Debug)]
#[non_exhaustive]
pub enum SettingsError {
    /// No credentials are set.
    NoCredentials,
    /// One half of a pair is set and the other is not.
    HalfAPair {
        /// The half that is set.
        set: String,
        /// The half that is missing.
        missing: String,
    },
    /// A variable's value is not Unicode.
    NotUnicode {
        /// The variable.
        variable: String,
    },
    /// The profile is not in the file.
    NoProfile {
        /// Its name.
        name: String,
        /// The file.
        file: PathBuf,
        /// The profiles that are in it.
        known: Vec<String>,
    },
    /// The home folder, in which the profiles are, is not known.
    NoHome,
    /// The file of profiles cannot be read.
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file of profiles is not what it should be.
    Malformed {
        /// The file.
        file: PathBuf,
        /// What is wrong with it, without the text of the file.
        reason: String,
    },
    /// The profile's way of logging in cannot be used here.
    Unsupported {
        /// The profile's `auth_type`.
        auth_type: String,
    },
    /// The operating system's secret store could not be read.
    SecretStore {
        /// What it says.
        reason: String,
    },
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCredentials => f.write_str(
                "no credentials are set: set MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET (a service \
                 account), MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY (an API key) or \
                 MONGODB_ATLAS_ACCESS_TOKEN, or log in with the Atlas CLI",
            ),
            Self::HalfAPair { set, missing } => {
                write!(f, "{set} is set, but {missing} is not: set both or neither")
            }
            Self::NotUnicode { variable } => write!(f, "the value of {variable} is not Unicode"),
            Self::NoProfile { name, file, known } => {
                write!(f, "{} has no profile `{name}`", file.display())?;
                if known.is_empty() { Ok(()) } else { write!(f, ", only {}", known.join(", ")) }
            }
            Self::NoHome => f.write_str(
                "the folder of the Atlas CLI's profiles is not known: HOME is not set",
            ),
            Self::Unreadable { file, .. } => write!(f, "{} cannot be read", file.display()),
            Self::Malformed { file, reason } => write!(f, "{}: {reason}", file.display()),
            Self::Unsupported { auth_type } => write!(
                f,
                "the profile logs in by `{auth_type}`, which is for people: use a service account or an API key",
            ),
            Self::SecretStore { reason } => {
                write!(f, "the system's secret store could not be read: {reason}")
            }
        }
    }
}

impl std::error::Error for SettingsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { source, .. } => Some(source),
            _ => None,
        }
    }
}
