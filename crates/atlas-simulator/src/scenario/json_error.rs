//! Errors of unreadable JSON: the place and what is expected there, but never the value, which may be
//! a secret.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// How many characters of a field name are shown.
const MAX_NAME: usize = 64;

/// Why and where JSON cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct JsonError {
    /// The place, without a leading dot. Empty if it is the whole document.
    pub(crate) path: String,
    pub(crate) message: String,
    /// Whether the text is not JSON at all.
    pub(crate) is_syntax: bool,
    /// The line and the column, both starting at 1.
    pub(crate) position: (usize, usize),
}

/// Parses a whole document. Nothing may follow it.
pub(crate) fn parse_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { shortened(&path, 4 * MAX_NAME) };
        JsonError::new(path, error.inner())
    })?;
    deserializer.end().map_err(|error| JsonError::new(String::new(), &error))?;
    Ok(value)
}

impl JsonError {
    fn new(path: String, error: &serde_json::Error) -> Self {
        let message = match error.classify() {
            Category::Data => without_values(&error.to_string()),
            _ => error.to_string(),
        };
        let is_syntax = error.classify() == Category::Syntax;
        Self { path, message, is_syntax, position: (error.line(), error.column()) }
    }
}

/// Removes the value that a serde message quotes. The name of a field stays.
fn without_values(message: &str) -> String {
    // The expectation comes last and is this program's own text, so the last match is the right one.
    let (found, expected) =
        match message.rfind(", expected ").or_else(|| message.rfind(", there are")) {
            Some(at) => message.split_at(at),
            None => (message, ""),
        };
    if let Some(name) = found.strip_prefix("unknown field `") {
        let name = name.strip_suffix('`').unwrap_or(name);
        return format!("unknown field `{}`{expected}", shortened(name, MAX_NAME));
    }
    if expected.is_empty() {
        // A missing or duplicate field: its name is this program's own text.
        return found.to_owned();
    }
    let kind = found.split(['`', '"']).next().unwrap_or_default().trim_end();
    format!("{kind}{expected}")
}

/// Escapes a name from outside and cuts it to `max` characters.
pub(crate) fn shortened(name: &str, max: usize) -> String {
    let mut shown: String = name.chars().take(max).flat_map(char::escape_debug).collect();
    if name.chars().nth(max).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "snake_case")]
    enum Kind {
        Plain,
        With {
            #[expect(dead_code, reason = "only parsing matters")]
            seconds: u8,
        },
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Example {
        #[expect(dead_code, reason = "only parsing matters")]
        kinds: Vec<Kind>,
    }

    fn message(json: &str) -> String {
        let JsonError { path, message, .. } = parse_json::<Example>(json.as_bytes()).unwrap_err();
        format!("{path}: {message}")
    }

    #[test]
    fn errors_name_the_place_and_the_expectation_but_no_value() {
        for (json, start) in [
            (r#"{"kinds": "hush"}"#, "kinds: invalid type: string, expected a sequence at line 1"),
            (r#"{"kinds": ["hush"]}"#, "kinds[0]: unknown variant, expected `plain` or `with`"),
            (
                r#"{"kinds": [{"with": {"seconds": "hush, expected \"hush\""}}]}"#,
                "kinds[0].with.seconds: invalid type: string, expected u8",
            ),
            (
                r#"{"kinds": [{"with": {"seconds": 4711}}]}"#,
                "kinds[0].with.seconds: invalid value: integer, expected u8 at line 1",
            ),
            (r#"{"kind": "hush"}"#, "kind: unknown field `kind`, expected `kinds` at line 1"),
            ("{}", ": missing field `kinds` at line 1 column 2"),
            (r#"{"kinds": [], "kinds": []}"#, ": duplicate field `kinds`"),
            (r#"{"kinds": []} "hush""#, ": trailing characters at line 1 column 15"),
            (r#"{"kinds": [}"#, "kinds[0]: expected value at line 1 column 12"),
        ] {
            let message = message(json);
            assert!(message.starts_with(start), "{message}");
            assert!(!message.contains("hush") && !message.contains("4711"), "{message}");
        }
    }

    #[test]
    fn long_names_are_shortened_and_escaped() {
        let json = format!("{{\"\\u001b]0;{}\\u202e\": 1}}", "x".repeat(100_000));
        let message = message(&json);
        assert!(message.len() < 600 && message.contains("\\u{1b}]0;x"), "{message}");
        assert!(!message.contains('\u{1b}') && !message.contains('\u{202e}'), "{message}");
    }
}
