//! JSON that a person wrote, to a typed value, or to what is wrong with it. That never repeats a value: what
//! stands in the wrong place may be a password.

use std::fmt::{self, Write as _};
use std::path::Path;

use atlas_client_core::{ForeignText, bounded_file};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::failure::{Exit, Failure};
use crate::input;

/// What is wrong with a document, and where.
#[derive(Debug)]
pub struct Problem {
    kind: Kind,
    line: usize,
    column: usize,
}

#[derive(Debug)]
enum Kind {
    NotText,
    Syntax(String),
    Trailing,
    /// A value at a path is not what it should be.
    Value {
        path: String,
        expected: String,
    },
}

/// A kind of document that a person writes.
pub struct Form {
    /// How many bytes it may have.
    pub limit: u64,
    /// What it is, for a message.
    pub expected: &'static str,
    /// How it is written, for whom it is not read.
    pub hint: Option<&'static str>,
}

/// The value in a file, or on stdin.
pub fn read<T: DeserializeOwned>(path: &Path, form: &Form) -> Result<T, Failure> {
    value(&text(path, form)?).map_err(|problem| unusable(path, &problem, form))
}

/// The text of a file, or of stdin, that holds one JSON document, whatever is in it.
pub fn read_text(path: &Path, form: &Form) -> Result<String, Failure> {
    let text = text(path, form)?;
    match value::<serde::de::IgnoredAny>(&text) {
        Ok(_) => Ok(text),
        Err(problem) => Err(unusable(path, &problem, form)),
    }
}

/// The value of a text that is one JSON document and nothing else.
pub fn value<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| Problem::new(error.path(), error.inner()))?;
    json.end().map_err(|error| Problem::at(Kind::Trailing, &error))?;
    Ok(value)
}

fn text(path: &Path, form: &Form) -> Result<String, Failure> {
    let not_text = |_| Problem { kind: Kind::NotText, line: 0, column: 0 };
    bounded_file::text(input::read(path, form.limit, form.expected)?)
        .map_err(|error| unusable(path, &not_text(error), form))
}

fn unusable(path: &Path, problem: &Problem, form: &Form) -> Failure {
    let failure = Failure::new(format!("{}: {problem}", input::shown(path))).exit(Exit::Usage);
    match form.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

impl Problem {
    fn new(path: &serde_path_to_error::Path, error: &serde_json::Error) -> Self {
        let message = without_place(error);
        let kind = match error.classify() {
            Category::Data => Kind::Value {
                path: ForeignText::from(path.to_string()).to_string(),
                expected: expectation(&message),
            },
            // These messages are about the form alone.
            Category::Syntax | Category::Eof | Category::Io => Kind::Syntax(message),
        };
        Self::at(kind, error)
    }

    fn at(kind: Kind, error: &serde_json::Error) -> Self {
        Self { kind, line: error.line(), column: error.column() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, line, column } = self;
        match kind {
            Kind::NotText => f.write_str("it is not UTF-8 text"),
            Kind::Syntax(reason) => {
                write!(f, "it is no JSON at line {line}, column {column}: {reason}")
            }
            Kind::Trailing => write!(
                f,
                "there are trailing characters at line {line}, column {column}, after the JSON document",
            ),
            Kind::Value { path, expected } => {
                if *line > 0 {
                    write!(f, "line {line}, column {column}: ")?;
                }
                if path != "." {
                    write!(f, "{path}: ")?;
                }
                f.write_str(expected)
            }
        }
    }
}

/// The decoder's message without the place, which it ends with.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&place).unwrap_or(&message).to_owned()
}

/// What was expected, of a decoder's message: `invalid type: string "…", expected a boolean`. Only what the
/// types say is taken from it, and the names of fields.
fn expectation(message: &str) -> String {
    if let Some(rest) = message.strip_prefix("missing field `") {
        return format!("the field {} is missing", name(rest.strip_suffix('`').unwrap_or(rest)));
    }
    if let Some(rest) = message.strip_prefix("duplicate field `") {
        return format!(
            "the field {} is there twice",
            name(rest.strip_suffix('`').unwrap_or(rest))
        );
    }
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let (unknown, known) = rest.rsplit_once("`, expected ").unwrap_or((rest, "another"));
        return format!("the field {} is not known; expected {known}", name(unknown));
    }
    let is_standard = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant `"]
        .iter()
        .any(|start| message.starts_with(start));
    // The value comes before what was expected, whatever is written in it.
    if let Some((_, expected)) = message.rsplit_once(", expected ").filter(|_| is_standard) {
        return format!("expected {}", in_json(expected));
    }
    // The checks of ids have messages of their own, which repeat a character.
    if message.contains("expected 24 lowercase hex digits") {
        return "expected an ID of 24 hexadecimal digits in lower case".to_owned();
    }
    "expected another value".to_owned()
}

/// The name of a field, which the document's writer chose.
fn name(text: &str) -> String {
    let mut shown = "`".to_owned();
    // Writing into a string cannot fail.
    let _ = write!(shown, "{}`", ForeignText::from(text));
    shown
}

/// The words of JSON for those of the types.
fn in_json(expected: &str) -> &str {
    match expected {
        "a sequence" => "a list",
        "a map" => "an object",
        _ if expected.starts_with("struct ") => "an object",
        _ => expected,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use atlas_migrations::GroupId;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "what is read is not looked at")]
    struct Example {
        flag: bool,
        id: Option<GroupId>,
        list: Option<Vec<u8>>,
        map: Option<BTreeMap<String, bool>>,
    }

    #[test]
    fn a_problem_has_a_place_and_an_expectation_and_no_value() {
        for (text, said) in [
            (r#"{"flag": "hunter2"}"#, "line 1, column 18: flag: expected a boolean"),
            (r#"{"flag": "an id has, expected hunter2"}"#, "flag: expected a boolean"),
            (
                "{\n \"flag\": true, \"id\": \"hunter2\"}",
                "line 2, column 31: id: expected an ID of 24",
            ),
            (r#"{"flag": true, "id": "an id has hunter2"}"#, "id: expected an ID of 24"),
            (r#"{"flag": true, "list": [1, 256]}"#, "list[1]: expected u8"),
            (r#"{"flag": true, "list": "hunter2"}"#, "list: expected a list"),
            (r#"{"flag": true, "map": {"k": "hunter2"}}"#, "map.k: expected a boolean"),
            (r#"{"flag": true, "label\u001b": "hunter2"}"#, "the field `label` is not known"),
            (r#"{"flag": true, "flag": false}"#, "the field `flag` is there twice"),
            ("{}", "line 1, column 2: the field `flag` is missing"),
            (r#"["hunter2"]"#, "expected a boolean"),
            ("\"hunter2\"", "line 1, column 9: expected an object"),
            (r#"{"flag": hunter2}"#, "no JSON at line 1, column 10: expected value"),
            (r#"{"flag": "hunter2"#, "no JSON at line 1, column 17: EOF"),
            ("", "no JSON at line 1, column 0: EOF"),
            (r#"{"flag": true} {"flag": "hunter2"}"#, "trailing characters at line 1, column 16,"),
            ("{\"flag\": true}\n]", "trailing characters at line 2, column 1,"),
        ] {
            let problem = value::<Example>(text).unwrap_err().to_string();
            assert!(problem.contains(said), "{text}: {problem}");
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }

    const ANY: Form = Form { limit: 100, expected: "a body", hint: None };

    #[test]
    fn a_message_of_a_type_s_own_is_not_repeated() {
        #[derive(Debug)]
        struct Odd;
        impl<'de> Deserialize<'de> for Odd {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Err(serde::de::Error::custom(format_args!("odd {text}, expected {text}")))
            }
        }
        let problem = value::<Vec<Odd>>(r#"["hunter2"]"#).unwrap_err().to_string();
        assert!(problem.ends_with("[0]: expected another value"), "{problem}");
    }

    #[test]
    fn any_document_is_a_text_and_two_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("body.json");
        for (text, is_good) in
            [("\u{feff}{}", true), ("[1, 2] ", true), ("{} {}", false), ("", false)]
        {
            std::fs::write(&file, text).unwrap();
            assert_eq!(read_text(&file, &ANY).is_ok(), is_good, "{text}");
        }
        std::fs::write(&file, "\u{feff}{}").unwrap();
        assert_eq!(read_text(&file, &ANY).unwrap(), "{}");
    }
}
