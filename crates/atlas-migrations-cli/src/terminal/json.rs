//! JSON for programs, which a terminal may show all the same.

use std::fmt::Write as _;

use atlas_client_core::sanitize;
use serde::Serialize;

/// A value as JSON that people can read, too.
pub fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escaped(&serde_json::to_string_pretty(value)?) + "\n")
}

/// A value as JSON on one line.
pub fn line(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escaped(&serde_json::to_string(value)?) + "\n")
}

/// The same JSON with whatever could steer a terminal escaped. What JSON itself has escaped already is all
/// that is below the blank, so that what is left can only stand within strings.
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
            // Writing into a string cannot fail.
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
    fn hostile_text_steers_no_terminal_and_reads_as_it_was() {
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
