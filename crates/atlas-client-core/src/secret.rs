//! [`Secret`]: a text that shows itself on purpose only.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq as _;

use crate::open_enum::deserialize_text;

/// A password or a token, as it travels in a body. Generated for every string whose format is
/// `password`.
///
/// [`expose`](Self::expose) shows it, and so does encoding it, which is what it is for. `Debug` does not,
/// and it is overwritten when it is dropped.
///
/// ```
/// use atlas_client_core::Secret;
///
/// let secret = Secret::from("hunter2");
/// assert_eq!(secret.expose(), "hunter2");
/// assert_eq!(format!("{secret:?}"), "Secret(…)");
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The text.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<Secret> for SecretString {
    fn from(secret: Secret) -> Self {
        secret.0
    }
}

impl PartialEq for Secret {
    /// Compares in a time that depends on the lengths only.
    fn eq(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, |text| Self::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_survives_encoding_and_shows_in_nothing_else() {
        let secret: Secret = serde_json::from_str("\"hunter2\"").unwrap();
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"hunter2\"");
        assert!(!format!("{secret:?} {:#?}", Some(&secret)).contains("hunter2"));
        assert_eq!(secret, "hunter2".into());
        assert_ne!(secret, "hunter3".into());
        assert_ne!(secret, "hunter22".into());
        let wrong = serde_json::from_str::<Secret>("{\"x\":\"hunter2\"}").unwrap_err();
        assert!(!wrong.to_string().contains("hunter2"));
    }
}
