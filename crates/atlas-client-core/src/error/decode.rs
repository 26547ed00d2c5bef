//! What to say of a body that is not what its operation promises, without repeating its values:
//! they may be secrets.

use std::fmt::Write as _;

use serde::de::DeserializeOwned;
use serde_json::error::Category;

const EXCERPT_LENGTH: usize = 160;

/// Why and where a body could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DecodeProblem {
    /// Where in the body, such as `status` or `results[3].name`; `.` is the whole.
    pub(crate) path: String,
    /// What is wrong there.
    pub(crate) reason: String,
    /// The beginning of the body with every string value masked.
    pub(crate) excerpt: String,
}

impl DecodeProblem {
    /// A problem with a body that is a secret as a whole.
    pub(crate) fn of_secret(reason: &str) -> Self {
        Self {
            path: ".".to_owned(),
            reason: reason.to_owned(),
            excerpt: "a body that is not shown".to_owned(),
        }
    }
}

/// Decodes a JSON body.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeProblem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let problem = |path: String, error: &serde_json::Error| DecodeProblem {
        path,
        reason: match error.classify() {
            Category::Syntax | Category::Eof => {
                format!("not JSON at line {} column {}", error.line(), error.column())
            }
            Category::Data | Category::Io => without_values(&error.to_string()),
        },
        excerpt: excerpt(body),
    };
    let value = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| problem(error.path().to_string(), error.inner()))?;
    json.end().map_err(|error| problem(".".to_owned(), &error))?;
    Ok(value)
}

/// The message of a decoder without the values that it quotes: `invalid type: string "…"`.
fn without_values(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(start) = rest.find(['"', '`']) {
        let (before, quoted) = rest.split_at(start);
        let quote = &quoted[..1];
        out.push_str(before);
        let inner = &quoted[1..];
        let end = end_of_quote(inner, quote);
        // The name of a missing field is the type's, not the body's.
        let kept = if before.ends_with("field ") { &inner[..end] } else { "…" };
        let _ = write!(out, "{quote}{kept}{quote}");
        rest = inner.get(end + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The index of the closing quote, or the length where there is none.
fn end_of_quote(inner: &str, quote: &str) -> usize {
    let mut escaped = false;
    for (index, character) in inner.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if quote.starts_with(character) => return index,
            _ => {}
        }
    }
    inner.len()
}

/// The beginning of a body: of JSON, its names and punctuation with each string value masked; of
/// anything else, just its length.
fn excerpt(body: &[u8]) -> String {
    if body.iter().all(u8::is_ascii_whitespace) {
        return "an empty body".to_owned();
    }
    match str::from_utf8(body) {
        Ok(text) if text.trim_start().starts_with(['{', '[']) => mask(text.trim_start()),
        _ => format!("a body of {} bytes", body.len()),
    }
}

fn mask(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        if out.len() > EXCERPT_LENGTH {
            out.push('…');
            break;
        }
        let Some(inner) = rest.strip_prefix('"') else {
            let end = rest.find('"').unwrap_or(rest.len());
            let cut = rest[..end].chars().take(EXCERPT_LENGTH);
            out.extend(cut.filter(|character| !character.is_whitespace()));
            rest = &rest[end..];
            continue;
        };
        let end = end_of_quote(inner, "\"");
        let after = inner.get(end + 1..).unwrap_or_default();
        let is_name = after.trim_start().starts_with(':');
        let _ = write!(out, "\"{}\"", if is_name { &inner[..end] } else { "…" });
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, serde::Deserialize)]
    struct Example {
        #[serde(rename = "a")]
        _a: Vec<i64>,
    }

    #[test]
    fn a_problem_names_its_place_and_hides_the_values() {
        let problem = decode::<Example>(br#"{"token":"hunter2","a":[1,"hunter\"2"]}"#).unwrap_err();
        assert_eq!(problem.path, "a[1]");
        assert_eq!(problem.reason, "invalid type: string \"…\", expected i64 at line 1 column 37",);
        assert_eq!(problem.excerpt, r#"{"token":"…","a":[1,"…"]}"#);
    }

    #[test]
    fn bodies_that_are_no_json_are_described() {
        for (body, excerpt) in [
            ("", "an empty body"),
            ("<html>hunter2</html>", "a body of 20 bytes"),
            ("8.0", "a body of 3 bytes"),
            (r#"{"a":[1"#, r#"{"a":[1"#),
            (r#"{"a":"hunter2"#, r#"{"a":"…""#),
        ] {
            let problem = decode::<Example>(body.as_bytes()).unwrap_err();
            assert_eq!(problem.excerpt, excerpt);
        }
        assert!(decode::<Example>(br#"{"a":[]} x"#).is_err());
        for (body, reason) in [
            ("8.0", "invalid type: floating point `…`, expected struct Example at line 1 column 3"),
            ("<html>", "not JSON at line 1 column 1"),
            ("", "not JSON at line 1 column 0"),
        ] {
            assert_eq!(decode::<Example>(body.as_bytes()).unwrap_err().reason, reason);
        }
        assert_eq!(
            decode::<Example>(b"{}").unwrap_err().reason,
            "missing field `a` at line 1 column 2",
        );
    }

    proptest! {
        #[test]
        fn no_string_value_shows(secret in "[a-z\"\\\\ü]{12,40}", cut in 0..200usize) {
            let body = serde_json::json!({ "a": secret, "b": [secret] }).to_string();
            let body: String = body.chars().take(cut).collect();
            if let Err(problem) = decode::<Example>(body.as_bytes()) {
                let shown = format!("{problem:?}");
                prop_assert!(!shown.contains(&secret[..secret.floor_char_boundary(6)]), "{shown}");
            }
        }
    }
}
