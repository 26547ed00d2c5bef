//! JSON without control characters, because a terminal may show it.

use std::fmt::Write as _;

use atlas_client_core::sanitize;
use serde::Serialize;

/// Serializes a value as indented JSON.
pub fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escaped(&serde_json::to_string_pretty(value)?) + "\n")
}

/// Serializes a value as one line of JSON.
pub fn line(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escaped(&serde_json::to_string(value)?) + "\n")
}

/// Escapes all control characters in JSON. JSON itself has escaped those below the space, so the remaining ones stand
/// within strings.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    let mut utf8 = [0; 4];
    for character in json.chars() {
        let is_plain = character == '\n' || (' '..='~').contains(&character) || {
            let text = &*character.encode_utf8(&mut utf8);
            sanitize(text) == text
        };
        if is_plain {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use atlas_hostile_inputs::{check, documents};
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn hostile_text_has_no_control_characters_in_json_and_parses_unchanged() {
        let seeds = &["\x1b[2J\u{9b}2J", "a\u{202e}b\u{e0001}\u{7f}c\n", "\u{1f600}\u{2028}ü"];
        check("json", &documents(seeds), |bytes| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let value = json!({ &text: [text, 1] });
            for json in [pretty(&value).unwrap(), line(&value).unwrap()] {
                for line in json.lines() {
                    proptest::prop_assert_eq!(sanitize(line), line);
                }
                proptest::prop_assert_eq!(&serde_json::from_str::<Value>(&json).unwrap(), &value);
            }
            Ok(())
        });
    }
}
