//! [`Secret`]: a text that is shown only on request.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq as _;

use crate::deserialize_text::deserialize_text;

/// A password, a key or a token. Generated for every string whose format is `password`.
///
/// Only [`expose`](Self::expose) and serialization show the text. `Debug` does not. The memory is
/// overwritten on drop. `==` takes a time that depends on the lengths alone.
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
    /// Returns the text.
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

impl PartialEq for Secret {
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
    fn only_serialization_and_expose_show_a_secret() {
        let secret: Secret = serde_json::from_str("\"hunter2\"").unwrap();
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"hunter2\"");
        assert!(!format!("{secret:?} {:#?}", Some(&secret)).contains("hunter2"));
        let wrong = serde_json::from_str::<Secret>("{\"x\":\"hunter2\"}").unwrap_err();
        assert!(!wrong.to_string().contains("hunter2"));
    }

    #[test]
    fn secrets_are_equal_if_their_texts_are() {
        assert_eq!(Secret::from("hunter2"), Secret::from("hunter2".to_owned()));
        for other in ["hunter3", "hunter", "hunter22", ""] {
            assert_ne!(Secret::from("hunter2"), Secret::from(other));
        }
    }
}
