//! [`SettingsError`].

use std::fmt::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use crate::foreign_text::{ForeignText, OneLine};

/// Why settings cannot be read from the environment or a profile.
///
/// Each message names the file and line, or the variable. It is one line without terminal control
/// characters, and never contains a secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SettingsError {
    /// No credentials are set.
    #[non_exhaustive]
    NoCredentials {
        /// The prefix of the variables.
        prefix: &'static str,
        /// Possible reasons, such as a profile without credentials.
        notes: Vec<String>,
    },
    /// Only one half of a pair is set.
    #[non_exhaustive]
    IncompletePair {
        /// The half that is set.
        set: String,
        /// The half that is missing.
        missing: String,
        /// Where the first half is set, or why the other half is ignored.
        note: Option<String>,
    },
    /// A value is another kind of credential than expected.
    #[non_exhaustive]
    WrongCredential {
        /// The variable or the property of the profile.
        origin: String,
        /// What it contains.
        found: &'static str,
        /// The variables or properties for that.
        instead: String,
    },
    /// A variable's value is not Unicode.
    #[non_exhaustive]
    NotUnicode {
        /// The variable.
        variable: String,
    },
    /// The file does not contain the profile.
    #[non_exhaustive]
    ProfileNotFound {
        /// Its name.
        name: ForeignText,
        /// The variable that names it, if any.
        named_by: Option<String>,
        /// The file.
        file: PathBuf,
        /// The profiles in the file.
        known: Vec<ForeignText>,
    },
    /// The folder of the profiles is unknown, because the home folder is.
    NoHome,
    /// The file of profiles cannot be read.
    #[non_exhaustive]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: Arc<std::io::Error>,
    },
    /// The file of profiles is malformed.
    #[non_exhaustive]
    Malformed {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// What is wrong, without the text of the file.
        reason: String,
    },
    /// The profile uses a login for people, which a program cannot repeat.
    #[non_exhaustive]
    UnsupportedAuthType {
        /// The profile's `auth_type`.
        auth_type: String,
        /// The property of the profile.
        origin: String,
    },
    /// This version does not know the profile's `auth_type`.
    #[non_exhaustive]
    UnknownAuthType {
        /// The profile's `auth_type`, if it looks like a name.
        auth_type: Option<String>,
        /// The property of the profile.
        origin: String,
    },
    /// This version does not know the service.
    #[non_exhaustive]
    UnknownService {
        /// The service, if it looks like a name.
        service: Option<String>,
        /// The variable or the property of the profile.
        origin: String,
    },
    /// The credentials belong to one service, and requests would be sent to another.
    #[non_exhaustive]
    ServiceMismatch {
        /// The variable or the property that sets the service.
        origin: String,
        /// The service of the credentials.
        service: &'static str,
        /// What sets another service or address.
        elsewhere: String,
    },
    /// The profile's secrets are neither in its file nor available from the operating system's secret store.
    #[non_exhaustive]
    SecretStore {
        /// The profile's name.
        profile: ForeignText,
        /// The file of profiles.
        file: PathBuf,
        /// Why the store does not return them.
        problem: SecretStoreProblem,
        /// The variables to set instead.
        instead: String,
    },
}

/// Why the operating system's secret store does not return a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretStoreProblem {
    /// The feature `keyring` is disabled.
    #[error("cannot be read, because this program was built without the feature `keyring`")]
    NotCompiled,
    /// There is no store, or it cannot be accessed or unlocked.
    #[error("is not available: {0}")]
    NotAvailable(ForeignText),
    /// The store has no such entry.
    #[error("has no entry {entry}")]
    #[non_exhaustive]
    NoEntry {
        /// The name of the entry.
        entry: ForeignText,
    },
    /// The entry cannot be used.
    #[error("has an entry that cannot be used: {0}")]
    Unusable(ForeignText),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Removes control characters of files and variables.
        let f = &mut OneLine::new(f);
        match self {
            Self::NoCredentials { prefix, notes } => {
                write!(
                    f,
                    "no credentials are set: set {prefix}CLIENT_ID and {prefix}CLIENT_SECRET (a \
                     service account), {prefix}PUBLIC_API_KEY and {prefix}PRIVATE_API_KEY (an API \
                     key) or {prefix}ACCESS_TOKEN, or log in with the Atlas CLI",
                )?;
                notes.iter().try_for_each(|note| write!(f, "; {note}"))
            }
            Self::IncompletePair { set, missing, note } => {
                write!(f, "{set} is set, but {missing} is not: set both or neither")?;
                note.iter().try_for_each(|note| write!(f, " ({note})"))
            }
            Self::WrongCredential { origin, found, instead } => {
                write!(f, "{origin} contains {found}: set {instead} instead")
            }
            Self::NotUnicode { variable } => write!(f, "the value of {variable} is not Unicode"),
            Self::ProfileNotFound { name, named_by, file, known } => {
                write!(f, "{} has no profile `{name}`", file.display())?;
                if let Some(variable) = named_by {
                    write!(f, ", which {variable} names")?;
                }
                for (index, known) in known.iter().enumerate() {
                    write!(f, "{}{known}", if index == 0 { "; its profiles are " } else { ", " })?;
                }
                Ok(())
            }
            Self::NoHome => f.write_str(
                "the folder of the Atlas CLI's profiles is unknown: HOME is not set to an absolute path",
            ),
            Self::Unreadable { file, .. } => write!(f, "{} cannot be read", file.display()),
            Self::Malformed { file, line, column, reason } => {
                write!(f, "{}, line {line}, column {column}: {reason}", file.display())
            }
            Self::UnsupportedAuthType { auth_type, origin } => write!(
                f,
                "{origin} is `{auth_type}`, which is a login for people: use a service account or an API key",
            ),
            Self::UnknownAuthType { auth_type, origin } => write!(
                f,
                "{origin} is {}, which this version does not know: expected service_account, api_keys, \
                 user_account or no_auth",
                Quoted(auth_type.as_deref()),
            ),
            Self::UnknownService { service, origin } => write!(
                f,
                "{origin} is {}, which this version does not know: expected cloud (MongoDB Atlas) or cloudgov \
                 (MongoDB Atlas for Government)",
                Quoted(service.as_deref()),
            ),
            Self::ServiceMismatch { origin, service, elsewhere } => write!(
                f,
                "{origin} says that the credentials belong to `{service}`, but {elsewhere}: nothing is sent \
                 until both agree",
            ),
            Self::SecretStore { profile, file, problem, instead } => {
                write!(
                    f,
                    "the secrets of the profile `{profile}` of {} are in the operating system's secret store, which \
                     {problem}; ",
                    file.display(),
                )?;
                match problem {
                    SecretStoreProblem::NoEntry { .. } | SecretStoreProblem::Unusable(_) => {
                        write!(f, "log in with the Atlas CLI again, or set {instead}")
                    }
                    SecretStoreProblem::NotCompiled => write!(
                        f,
                        "set {instead}, or use a build that has this feature; another login with the Atlas CLI stores \
                         them there again",
                    ),
                    SecretStoreProblem::NotAvailable(_) => {
                        write!(f, "start or unlock it, or set {instead}")
                    }
                }
            }
        }
    }
}

/// Returns a value that looks like a name. Any other value might be a secret.
pub(super) fn name_only(value: &str) -> Option<String> {
    let is_name = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-');
    (value.len() <= 30 && value.bytes().all(is_name)).then(|| value.to_owned())
}

struct Quoted<'a>(Option<&'a str>);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, "`{name}`"),
            None => f.write_str("a value"),
        }
    }
}

impl std::error::Error for SettingsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}
