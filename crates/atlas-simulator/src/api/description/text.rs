//! Samples of texts and numbers.

use serde_json::Value;

/// The longest sample of a text.
const MAX_LENGTH: usize = 256;
/// The pattern of Atlas' ids.
const ID: &str = "32b6e34b3d91647abb20e7b8";

/// Returns a text that a schema of texts admits, as far as its format and its lengths say.
pub(super) fn string(schema: &Value) -> String {
    let known = match schema["format"].as_str() {
        Some("date-time") => Some("2026-01-02T03:04:05Z"),
        Some("date") => Some("2026-01-02"),
        Some("time") => Some("03:04:05Z"),
        Some("uri" | "url") => Some("https://example.com/"),
        Some("email") => Some("ana@example.com"),
        Some("hostname") => Some("vm001.example.com"),
        Some("ipv4") => Some("203.0.113.7"),
        Some("ipv6") => Some("2001:db8::7"),
        Some("uuid") => Some("00000000-0000-4000-8000-000000000000"),
        Some("byte") => Some("ZXhhbXBsZQ=="),
        _ => schema["pattern"].as_str().filter(|pattern| is_id(pattern)).map(|_| ID),
    };
    if let Some(known) = known {
        return known.to_owned();
    }
    let bound = |name: &str| schema[name].as_u64().and_then(|bound| usize::try_from(bound).ok());
    let least = bound("minLength").unwrap_or(0).min(MAX_LENGTH);
    let most = bound("maxLength").unwrap_or(MAX_LENGTH).max(least);
    "example".chars().chain(std::iter::repeat('x')).take(least.max(most.min(7))).collect()
}

/// Returns whether a pattern is one of 24 hexadecimal digits.
fn is_id(pattern: &str) -> bool {
    pattern.contains("{24}") && pattern.contains("a-f")
}

/// Returns a number within the bounds of a schema.
pub(super) fn number(schema: &Value) -> Value {
    let at = |name: &str| schema.get(name).filter(|bound| bound.is_number());
    let is_above = |bound: &Value| bound.as_f64().is_some_and(|bound| bound > 1.0);
    let is_below = |bound: &Value| bound.as_f64().is_some_and(|bound| bound < 1.0);
    let least = at("minimum").filter(|bound| is_above(bound));
    let most = at("maximum").filter(|bound| is_below(bound));
    least.or(most).cloned().unwrap_or_else(|| 1.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_has_an_allowed_length() {
        for (schema, expected) in [
            (json!({}), "example"),
            (json!({"maxLength": 3}), "exa"),
            (json!({"minLength": 9}), "examplexx"),
            (json!({"pattern": "^([a-f0-9]{24})$"}), ID),
            (json!({"format": "uuid", "maxLength": 1}), "00000000-0000-4000-8000-000000000000"),
        ] {
            assert_eq!(string(&schema), expected, "{schema}");
        }
        assert_eq!(string(&json!({"minLength": u64::MAX})).len(), MAX_LENGTH);
    }

    #[test]
    fn a_number_is_within_its_bounds() {
        for (schema, expected) in [
            (json!({}), json!(1)),
            (json!({"minimum": 0, "maximum": 100}), json!(1)),
            (json!({"minimum": 7}), json!(7)),
            (json!({"maximum": -2.5}), json!(-2.5)),
        ] {
            assert_eq!(number(&schema), expected, "{schema}");
        }
    }
}
