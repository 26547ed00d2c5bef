//! [`SettingsError`].

use std::fmt::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use crate::foreign_text::{ForeignText, OneLine};

/// Why the environment or a profile does not say what is needed.
///
/// Each message names the file, the line or the variable that decided. It is one line without what steers a
/// terminal, and never has a secret in it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SettingsError {
    /// No credentials are set.
    NoCredentials {
        /// The prefix of the variables in force.
        prefix: &'static str,
        /// What may be the reason, such as a profile without credentials.
        notes: Vec<String>,
    },
    /// One half of a pair is set and the other is not.
    HalfAPair {
        /// The half that is set.
        set: String,
        /// The half that is missing.
        missing: String,
        /// Where that is, or why the other half is not seen.
        note: Option<String>,
    },
    /// A value is half of another kind of credential than its place is for.
    MixedUp {
        /// The variable or the property of the profile.
        origin: String,
        /// What it holds.
        holds: &'static str,
        /// Where that belongs.
        instead: String,
    },
    /// A variable's value is not Unicode.
    NotUnicode {
        /// The variable.
        variable: String,
    },
    /// The profile is not in the file.
    NoProfile {
        /// Its name.
        name: ForeignText,
        /// The variable that names it, where one does.
        named_by: Option<String>,
        /// The file.
        file: PathBuf,
        /// The profiles that are in it.
        known: Vec<ForeignText>,
    },
    /// The home folder, in which the profiles are, is not known.
    NoHome,
    /// The file of profiles cannot be read.
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: Arc<std::io::Error>,
    },
    /// The file of profiles is not what it should be.
    Malformed {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// What is wrong there, without the text of the file.
        reason: String,
    },
    /// The profile's way of logging in is for people.
    Unsupported {
        /// The profile's `auth_type`.
        auth_type: String,
        /// Where it stands.
        origin: String,
    },
    /// This version does not know the profile's way of logging in.
    UnknownAuthType {
        /// The profile's `auth_type`, where it looks like a name.
        auth_type: Option<String>,
        /// Where it stands.
        origin: String,
    },
    /// This version does not know the service.
    UnknownService {
        /// The service, where it looks like a name.
        service: Option<String>,
        /// The variable or the property of the profile.
        origin: String,
    },
    /// The credentials belong to one service, and requests would go to another.
    OtherService {
        /// Where the credentials' service stands.
        origin: String,
        /// That service.
        service: &'static str,
        /// What leads elsewhere.
        elsewhere: String,
    },
    /// The profile's secrets are not in its file, and not to be had from the operating system's secret store.
    SecretStore {
        /// The profile's name.
        profile: ForeignText,
        /// The file of profiles.
        file: PathBuf,
        /// Why the store does not give them.
        problem: SecretStoreProblem,
        /// The variables to set instead.
        instead: String,
    },
}

/// Why the operating system's secret store does not give a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretStoreProblem {
    /// This program was built without the feature `keyring`.
    NotCompiled,
    /// There is no store, or it cannot be reached or unlocked.
    NotAvailable(ForeignText),
    /// The store has no such entry.
    NoEntry {
        /// What the entry is named.
        entry: ForeignText,
    },
    /// The store has an entry that cannot be used.
    Unusable(ForeignText),
}

impl fmt::Display for SecretStoreProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCompiled => f.write_str(
                "which this program cannot read: it was built without the feature `keyring`",
            ),
            Self::NotAvailable(reason) => write!(f, "which is not available because {reason}"),
            Self::NoEntry { entry } => write!(f, "which has no entry {entry}"),
            Self::Unusable(reason) => write!(f, "which has an entry that cannot be used: {reason}"),
        }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whatever a file or a variable holds, it does not steer the terminal.
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
            Self::HalfAPair { set, missing, note } => {
                write!(f, "{set} is set, but {missing} is not: set both or neither")?;
                note.iter().try_for_each(|note| write!(f, " ({note})"))
            }
            Self::MixedUp { origin, holds, instead } => {
                write!(f, "{origin} holds {holds}: set {instead} instead")
            }
            Self::NotUnicode { variable } => write!(f, "the value of {variable} is not Unicode"),
            Self::NoProfile { name, named_by, file, known } => {
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
                "the folder of the Atlas CLI's profiles is not known: HOME is not set to an absolute path",
            ),
            Self::Unreadable { file, .. } => write!(f, "{} cannot be read", file.display()),
            Self::Malformed { file, line, column, reason } => {
                write!(f, "{}, line {line}, column {column}: {reason}", file.display())
            }
            Self::Unsupported { auth_type, origin } => write!(
                f,
                "{origin} is `{auth_type}`, which is a login for people: use a service account or an API key",
            ),
            Self::UnknownAuthType { auth_type, origin } => write!(
                f,
                "{origin} is {}, which is not known to this version: it knows service_account, api_keys, \
                 user_account and no_auth",
                Quoted(auth_type.as_deref()),
            ),
            Self::UnknownService { service, origin } => write!(
                f,
                "{origin} is {}, which is not known to this version: it knows cloud (MongoDB Atlas) and \
                 cloudgov (MongoDB Atlas for Government)",
                Quoted(service.as_deref()),
            ),
            Self::OtherService { origin, service, elsewhere } => write!(
                f,
                "{origin} says that the credentials belong to `{service}`, but {elsewhere}: nothing is sent \
                 before both agree",
            ),
            Self::SecretStore { profile, file, problem, instead } => {
                write!(
                    f,
                    "the profile `{profile}` of {} keeps its secrets in the operating system's secret store, \
                     {problem}; ",
                    file.display(),
                )?;
                match problem {
                    SecretStoreProblem::NoEntry { .. } => {
                        write!(f, "log in with the Atlas CLI again, or set {instead}")
                    }
                    _ => write!(f, "set {instead} instead"),
                }
            }
        }
    }
}

/// A value that is a name. Whatever else was written there might be a secret.
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
