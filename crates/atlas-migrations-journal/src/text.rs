//! Text from outside: without secrets, bounded, without control characters.

use std::fmt;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The number of bytes that are kept of a text from outside.
pub const MAX_TEXT_BYTES: usize = 2048;

/// Secrets of fewer bytes are not replaced: they would replace parts of ordinary words.
const MIN_SECRET_BYTES: usize = 4;

/// What is read of a text before secrets are replaced in it; more costs time and is cut anyway.
const MAX_SCANNED_BYTES: usize = 64 * 1024;

const REPLACEMENT: &str = "[redacted]";
const CUT: &str = " [cut]";

/// What a URL's user information and path leave as it is.
const USERINFO: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'?').add(b'`').add(b'%');

/// Text that came from a person or a service. Only a [`Redactor`] makes one.
#[derive(Clone, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ForeignText(String);

impl ForeignText {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ForeignText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl fmt::Display for ForeignText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Replaces the secrets of this process in texts, in plain and in encoded forms.
#[derive(Clone, Default)]
pub struct Redactor {
    /// The longest first, so that a secret which contains another is replaced whole.
    needles: Vec<String>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Redactor").field("needles", &self.needles.len()).finish()
    }
}

impl Redactor {
    /// Creates a redactor that replaces these secrets. Secrets shorter than 4 bytes are ignored.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let mut needles = Vec::new();
        for secret in secrets {
            let secret = secret.as_ref();
            if secret.len() >= MIN_SECRET_BYTES {
                add_forms(secret, &mut needles);
            }
        }
        needles.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        needles.dedup();
        Self { needles }
    }

    /// Replaces secrets and control characters in a text and cuts it to [`MAX_TEXT_BYTES`].
    pub fn text(&self, text: &str) -> ForeignText {
        let mut clean = self.replace(cut(text, MAX_SCANNED_BYTES));
        clean = clean.chars().map(|c| if is_harmless(c) { c } else { '\u{fffd}' }).collect();
        if clean.len() > MAX_TEXT_BYTES {
            let kept = cut(&clean, MAX_TEXT_BYTES - CUT.len()).len();
            clean.truncate(kept);
            clean.push_str(CUT);
        }
        ForeignText(clean)
    }

    /// Replaces secrets in all strings and keys of a JSON value.
    #[must_use]
    pub fn json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.replace(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.json(item)).collect(),
            Value::Object(fields) => Value::Object(
                fields
                    .into_iter()
                    .map(|(key, item)| (self.replace(&key), self.json(item)))
                    .collect(),
            ),
            other => other,
        }
    }

    fn replace(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for needle in &self.needles {
            if text.contains(needle.as_str()) {
                text = text.replace(needle.as_str(), REPLACEMENT);
            }
        }
        text
    }
}

/// Adds the forms in which a text can contain a secret.
fn add_forms(secret: &str, needles: &mut Vec<String>) {
    needles.push(secret.to_owned());
    for set in [NON_ALPHANUMERIC, USERINFO, PATH] {
        let encoded = utf8_percent_encode(secret, set).to_string();
        needles.push(encoded.to_ascii_lowercase());
        needles.push(encoded);
    }
    if let Ok(quoted) = serde_json::to_string(secret) {
        needles.push(quoted.trim_matches('"').to_owned());
        needles.push(quoted.trim_matches('"').replace('/', "\\/"));
    }
    // Base64 of a longer text that contains the secret, such as `user:secret`, has the secret at one of three alignments.
    // The first and the last characters of it depend on the neighbors and are left out.
    for before in 0..3 {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(secret.as_bytes());
        let whole_bits = bytes.len() * 8 / 6;
        let first = (before * 8).div_ceil(6);
        for encoded in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
            if let Some(inner) =
                encoded.get(first..whole_bits).filter(|inner| inner.len() >= MIN_SECRET_BYTES)
            {
                needles.push(inner.to_owned());
            }
        }
    }
}

fn is_harmless(c: char) -> bool {
    c == '\n'
        || c == '\t'
        || !(c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

/// Returns the start of a text that has at most `bytes` bytes.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "p@ss/w\"ord canary";

    #[test]
    fn a_secret_is_replaced_in_plain_percent_base64_and_json_form() {
        let redactor = Redactor::new([SECRET]);
        let forms = [
            SECRET.to_owned(),
            "p%40ss%2Fw%22ord%20canary".to_owned(),
            "p%40ss%2fw%22ord%20canary".to_owned(),
            serde_json::to_string(SECRET).unwrap(),
            STANDARD_NO_PAD.encode(format!("user:{SECRET}")),
            STANDARD_NO_PAD.encode(format!("{SECRET}@host")),
        ];
        for form in forms {
            let clean = redactor.text(&format!("before {form} after"));
            assert!(clean.as_str().contains(REPLACEMENT), "{form} -> {clean}");
            assert!(!clean.as_str().contains("canary"), "{form} -> {clean}");
        }
    }

    #[test]
    fn a_long_text_is_cut_and_control_characters_are_replaced() {
        let clean = Redactor::default().text(&format!("\u{1b}[31m{}", "é".repeat(3000)));
        assert!(clean.as_str().len() <= MAX_TEXT_BYTES);
        assert!(clean.as_str().starts_with("\u{fffd}[31m"));
        assert!(clean.as_str().ends_with(CUT));
    }

    proptest! {
        #[test]
        fn no_secret_survives_at_any_place(secret in "[ -~]{12,40}", before in ".{0,50}", after in ".{0,50}") {
            let redactor = Redactor::new([&secret]);
            let text = format!("{before}{secret}{after}");
            prop_assert!(!redactor.text(&text).as_str().contains(&secret));
            let encoded = STANDARD_NO_PAD.encode(&text);
            let clean = redactor.text(&encoded);
            prop_assert!(clean.as_str() != encoded || encoded.len() > MAX_TEXT_BYTES);
        }
    }
}
