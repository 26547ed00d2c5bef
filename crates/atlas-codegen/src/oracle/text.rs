//! Text that a schema admits.

use std::collections::HashMap;

use regex::Regex;
use serde_json::{Map, Value};

/// Candidates for a pattern, in this order: the hardest ones for a too narrow type are first.
const CANDIDATES: &[&str] = &[
    "32B6E34B3D91647ABB20E7B8",
    "32b6e34b3d91647abb20e7b8",
    "mdb_sa_id_32b6e34b3d91647abb20e7b8",
    "6b8e1d9a-9c4f-4a53-8f0e-2f7c1f0c9a11",
    "2026-01-31T12:34:56.120+02:00",
    "2026-01-31",
    "PT1H30M",
    "12:30",
    "a text, with \"quotes\" and a \u{fc}",
    "vm001.example.com",
    "vm001.example.com:27017",
    "https://example.com/a?b=c",
    "mongodb+srv://cluster0.example.net",
    "someone@example.com",
    "192.0.2.1",
    "192.0.2.0/24",
    "arn:aws:iam::123456789012:role/name",
    "us-east-1",
    "US_EAST_1",
    "projects/p/locations/l/keyRings/k/cryptoKeys/c/cryptoKeyVersions/1",
    "cluster0",
    "A",
    "a",
    "7",
    "7.0",
    "123456789012",
    "",
];

/// Makes text. Patterns are compiled once.
#[derive(Default)]
pub struct Texts {
    of_pattern: HashMap<String, String>,
}

impl Texts {
    /// Returns a text that fits the pattern, the format and the length of a schema. A pattern that no candidate fits is
    /// ignored: generated types do not check patterns.
    pub fn of(&mut self, schema: &Map<String, Value>) -> String {
        let of = |name: &str| schema.get(name).and_then(Value::as_str);
        if let Some(pattern) = of("pattern") {
            let text = self.of_pattern.entry(pattern.to_owned());
            return text.or_insert_with(|| fitting(pattern)).clone();
        }
        let text = match of("format") {
            // A valid spelling that no type for times would write.
            Some("date-time") => "2026-01-31T12:34:56.120+02:00",
            Some("date") => "2026-01-31",
            Some("uuid") => "6B8E1D9A-9c4f-4a53-8f0e-2f7c1f0c9a11",
            Some("uri" | "url") => "https://example.com/a?b=c",
            Some("email") => "someone@example.com",
            Some("ipv4") => "192.0.2.1",
            Some("byte") => "AQID",
            _ => "a text, with \"quotes\" and a \u{fc}",
        };
        let length = |name: &str| schema.get(name)?.as_u64()?.try_into().ok();
        let shortest: usize = length("minLength").unwrap_or(0);
        let longest: usize = length("maxLength").unwrap_or(usize::MAX);
        let missing = shortest.min(1_000).saturating_sub(text.chars().count());
        text.chars().chain("x".repeat(missing).chars()).take(longest).collect()
    }
}

fn fitting(pattern: &str) -> String {
    let regex = Regex::new(pattern);
    let fits = |text: &&&str| regex.as_ref().is_ok_and(|regex| regex.is_match(text));
    CANDIDATES.iter().find(fits).map_or("a text", |text| text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(schema: &Value) -> String {
        Texts::default().of(schema.as_object().unwrap())
    }

    #[test]
    fn a_text_fits_its_pattern_format_and_length() {
        for (schema, expected) in [
            (json!({ "pattern": "^([a-f0-9]{24})$" }), "32b6e34b3d91647abb20e7b8"),
            (json!({ "pattern": "^[a-fA-F0-9]{24}$" }), "32B6E34B3D91647ABB20E7B8"),
            (json!({ "pattern": "^[0-9]+$" }), "7"),
            (json!({ "pattern": "no such candidate" }), "a text"),
            (json!({ "format": "date-time" }), "2026-01-31T12:34:56.120+02:00"),
            (json!({ "maxLength": 6 }), "a text"),
            (json!({ "minLength": 30 }), "a text, with \"quotes\" and a üx"),
        ] {
            assert_eq!(text(&schema), expected);
        }
    }
}
