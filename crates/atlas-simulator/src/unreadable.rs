//! What is said of JSON that cannot be read: the place and what is expected there, never the value
//! that stands there, which may be a secret.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// How many characters of a name out of the JSON are shown.
const LONGEST_NAME: usize = 64;

/// Why JSON cannot be read, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// The place, without a dot at its beginning; empty where it is the whole.
    pub(crate) path: String,
    pub(crate) problem: String,
    /// Whether it is no JSON at all.
    pub(crate) is_syntax: bool,
    /// The line and the column, both from 1 on.
    pub(crate) at: (usize, usize),
}

/// Reads a whole document. Nothing may follow it.
pub(crate) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Unreadable> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let read = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { shown(&path, 4 * LONGEST_NAME) };
        unreadable(path, error.inner())
    })?;
    deserializer.end().map_err(|error| unreadable(String::new(), &error))?;
    Ok(read)
}

fn unreadable(path: String, error: &serde_json::Error) -> Unreadable {
    let problem = match error.classify() {
        Category::Data => without_values(&error.to_string()),
        _ => error.to_string(),
    };
    let is_syntax = error.classify() == Category::Syntax;
    Unreadable { path, problem, is_syntax, at: (error.line(), error.column()) }
}

/// A message of serde's without the value that it quotes; the name of a field stays.
fn without_values(message: &str) -> String {
    // What is expected is of this program and has no value in it, so the last one counts.
    let (found, expected) =
        match message.rfind(", expected ").or_else(|| message.rfind(", there are")) {
            Some(at) => message.split_at(at),
            None => (message, ""),
        };
    if let Some(name) = found.strip_prefix("unknown field `") {
        let name = name.strip_suffix('`').unwrap_or(name);
        return format!("unknown field `{}`{expected}", shown(name, LONGEST_NAME));
    }
    if expected.is_empty() {
        // A field that is missing or there twice: its name is of this program.
        return found.to_owned();
    }
    let kind = found.split(['`', '"']).next().unwrap_or_default().trim_end();
    format!("{kind}{expected}")
}

/// A name out of the JSON as it may be shown.
pub(crate) fn shown(name: &str, most: usize) -> String {
    let mut shown: String = name.chars().take(most).flat_map(char::escape_debug).collect();
    if name.chars().nth(most).is_some() {
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
            #[expect(dead_code, reason = "only reading matters")]
            seconds: u8,
        },
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Example {
        #[expect(dead_code, reason = "only reading matters")]
        kinds: Vec<Kind>,
    }

    fn told(json: &str) -> String {
        let Unreadable { path, problem, .. } = read::<Example>(json.as_bytes()).unwrap_err();
        format!("{path}: {problem}")
    }

    #[test]
    fn the_place_and_the_expectation_are_told_and_no_value() {
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
            let told = told(json);
            assert!(told.starts_with(start), "{told}");
            assert!(!told.contains("hush") && !told.contains("4711"), "{told}");
        }
    }

    #[test]
    fn names_are_short_and_harmless() {
        let json = format!("{{\"\\u001b]0;{}\\u202e\": 1}}", "x".repeat(100_000));
        let told = told(&json);
        assert!(told.len() < 600 && told.contains("\\u{1b}]0;x"), "{told}");
        assert!(!told.contains('\u{1b}') && !told.contains('\u{202e}'), "{told}");
    }
}
