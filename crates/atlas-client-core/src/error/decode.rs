//! [`DecodeProblem`]: why and where a body could not be decoded, without its values, which may be
//! secrets.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::foreign_text::ForeignText;

/// Why and where a body could not be decoded. Contains no value of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DecodeProblem {
    /// The path of the field, such as `results[3].name`. Empty for the whole body.
    path: String,
    reason: String,
}

impl DecodeProblem {
    /// A problem with the body as a whole.
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { path: String::new(), reason: reason.into() }
    }
}

impl fmt::Display for DecodeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "at {}: ", self.path)?;
        }
        f.write_str(&self.reason)
    }
}

/// Decodes a JSON body.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeProblem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let reason = reason(error.inner(), body);
        // The path contains keys of the body: sanitized and of bounded length.
        let path = ForeignText::from(error.path().to_string()).to_string();
        // The path of the whole body.
        if path == "." { DecodeProblem::new(reason) } else { DecodeProblem { path, reason } }
    })?;
    json.end().map_err(|error| DecodeProblem::new(reason(&error, body)))?;
    Ok(value)
}

fn reason(error: &serde_json::Error, body: &[u8]) -> String {
    match error.classify() {
        Category::Syntax | Category::Eof => format!(
            "not JSON at line {} column {} of a body of {} bytes",
            error.line(),
            error.column(),
            body.len(),
        ),
        Category::Data | Category::Io => without_value(&error.to_string()),
    }
}

/// Removes the value that a message of serde quotes, as in `invalid type: string "…", expected i64`.
fn without_value(message: &str) -> String {
    // Its quotes are around the name of a field of the type, which is not a value.
    if message.starts_with("missing field `") {
        return message.to_owned();
    }
    let Some((before, quoted)) = message.split_once(['"', '`']) else {
        return message.to_owned();
    };
    match quoted.rsplit_once(", expected ") {
        Some((_, expected)) => format!("{before}…, expected {expected}"),
        None => format!("{before}…"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, serde::Deserialize)]
    struct Example {
        #[serde(rename = "a")]
        _a: Vec<i64>,
    }

    #[test]
    fn a_problem_names_the_field_and_hides_the_value() {
        for (body, problem) in [
            (
                r#"{"token":"hunter2","a":[1,"hunter\"2"]}"#,
                "at a[1]: invalid type: string …, expected i64 at line 1 column 37",
            ),
            ("8.0", "invalid type: floating point …, expected struct Example at line 1 column 3"),
            ("{}", "missing field `a` at line 1 column 2"),
            ("<html>hunter2", "not JSON at line 1 column 1 of a body of 13 bytes"),
            ("", "not JSON at line 1 column 0 of a body of 0 bytes"),
            (r#"{"a":[]} x"#, "not JSON at line 1 column 10 of a body of 10 bytes"),
        ] {
            assert_eq!(decode::<Example>(body.as_bytes()).unwrap_err().to_string(), problem);
        }
    }

    #[test]
    fn a_long_path_is_shortened() {
        let body = serde_json::json!({ "k\u{1b}".repeat(1_000_000): "x" }).to_string();
        let problem = decode::<HashMap<String, i64>>(body.as_bytes()).unwrap_err();
        assert!(!problem.path.contains('\u{1b}') && problem.path.ends_with('…'));
        assert!(problem.path.chars().count() < 2_100);
    }

    proptest! {
        #[test]
        fn no_string_value_is_shown(secret in "[a-z\"\\\\ü]{12,40}", cut in 0..200usize) {
            let body = serde_json::json!({ "a": secret, "b": [secret] }).to_string();
            let body: String = body.chars().take(cut).collect();
            if let Err(problem) = decode::<Example>(body.as_bytes()) {
                let shown = format!("{problem:?}");
                prop_assert!(!shown.contains(&secret[..secret.floor_char_boundary(6)]), "{shown}");
            }
        }
    }
}
