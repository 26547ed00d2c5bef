//! Canonical JSON and the hash of a request without its secret.

use std::{fmt, fmt::Write as _, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Writes JSON in one form only: keys sorted by their bytes, no white space, no duplicate.
///
/// Numbers are written as `serde_json` writes them, so hash values read from JSON, not computed floats.
pub fn canonical_json(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            // The order of a `serde_json` object depends on a feature that another crate can turn on.
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|a, b| a.0.cmp(b.0));
            text.push('{');
            for (at, (key, field)) in fields.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write_canonical(field, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

/// The SHA-256 of a canonical JSON text, as 64 hex digits.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash(String);

impl Hash {
    /// Hashes the canonical form of a JSON value.
    pub fn of(value: &Value) -> Self {
        let mut text = String::with_capacity(64);
        for byte in Sha256::digest(canonical_json(value).as_bytes()) {
            // Writing into a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// Hashes a request. A password in its body does not change the hash: [`without_password`] is applied first.
    pub fn of_request(operation: &str, path: &str, api_version: &str, body: &Value) -> Self {
        Self::of(&json!({
            "operation": operation,
            "path": path,
            "api_version": api_version,
            "body": without_password(body.clone()),
        }))
    }

    /// Returns the 64 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Hash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, InvalidHash> {
        if text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidHash)
        }
    }
}

impl TryFrom<String> for Hash {
    type Error = InvalidHash;

    fn try_from(text: String) -> Result<Self, InvalidHash> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Says that a text is not a hash.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidHash;

impl fmt::Display for InvalidHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("invalid hash: expected 64 lowercase hex digits")
    }
}

impl std::error::Error for InvalidHash {}

/// Replaces `source.password` of a request's body by `true`, wherever an object named `source` stands.
#[must_use]
pub fn without_password(mut body: Value) -> Value {
    strip(&mut body);
    body
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields.iter_mut() {
                if let (true, Some(password)) = (key == "source", field.get_mut("password")) {
                    *password = Value::Bool(true);
                }
                strip(field);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_json_does_not_depend_on_the_order_of_keys() {
        let one: Value =
            serde_json::from_str(r#"{"b":[1,{"y":2,"x":"\u00e9"}],"a":null}"#).unwrap();
        let two: Value =
            serde_json::from_str(r#"{ "a": null, "b": [1, {"x": "é", "y": 2}] }"#).unwrap();
        assert_eq!(canonical_json(&one), r#"{"a":null,"b":[1,{"x":"é","y":2}]}"#);
        assert_eq!(Hash::of(&one), Hash::of(&two));
    }

    #[test]
    fn the_request_hash_ignores_the_password_and_sees_everything_else() {
        let hash = |body: &Value| {
            Hash::of_request("create", "/groups/1/liveMigrations", "2023-01-01", body)
        };
        let first = hash(
            &json!({"source": {"username": "u", "password": "one"}, "dropDestinationData": false}),
        );
        let second = hash(
            &json!({"source": {"username": "u", "password": "two"}, "dropDestinationData": false}),
        );
        let other = hash(
            &json!({"source": {"username": "u", "password": "one"}, "dropDestinationData": true}),
        );
        let without = hash(&json!({"source": {"username": "u"}, "dropDestinationData": false}));
        assert_eq!(first, second);
        assert_ne!(first, other);
        assert_ne!(first, without);
        assert_eq!(first.as_str().parse::<Hash>().unwrap(), first);
    }
}
