//! Reads JSON that a person wrote. Errors say what is wrong and where, but never repeat a value, because a misplaced
//! value may be a password.

use std::path::Path;

use atlas_client_core::ForeignText;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::error::CliError;
use crate::input;

/// A kind of JSON document that the command reads.
pub struct DocumentKind {
    /// The maximum size in bytes.
    pub limit: u64,
    /// What the document is, for error messages.
    pub expected: &'static str,
    /// A hint on how to write the document.
    pub hint: Option<&'static str>,
}

impl DocumentKind {
    /// Reads and deserializes a file; `-` means stdin.
    pub fn read<T: DeserializeOwned>(&self, path: &Path) -> Result<T, CliError> {
        from_str(&self.read_file(path)?).map_err(|error| self.error(path, &error))
    }

    /// Reads the text of a file that contains one JSON document; `-` means stdin.
    pub fn read_text(&self, path: &Path) -> Result<String, CliError> {
        let text = self.read_file(path)?;
        match from_str::<serde::de::IgnoredAny>(&text) {
            Ok(_) => Ok(text),
            Err(error) => Err(self.error(path, &error)),
        }
    }

    fn read_file(&self, path: &Path) -> Result<String, CliError> {
        input::read_text(path, self.limit, self.expected)
    }

    /// Returns the error for a file that cannot be used.
    pub fn error(&self, path: &Path, error: &str) -> CliError {
        let message = format!("{}: {error}", input::display_name(path));
        self.hint.into_iter().fold(CliError::usage(message), CliError::hint)
    }
}

/// Deserializes a text that is exactly one JSON document, or returns what is wrong with it.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| describe(error.path(), error.inner()))?;
    json.end().map_err(|error| {
        format!("trailing characters after the JSON document at {}", position(&error))
    })?;
    Ok(value)
}

fn describe(path: &serde_path_to_error::Path, error: &serde_json::Error) -> String {
    let message = without_position(error);
    if error.classify() != Category::Data {
        // These messages describe only the syntax.
        return format!("invalid JSON at {}: {message}", position(error));
    }
    let position = if error.line() > 0 { position(error) + ": " } else { String::new() };
    match ForeignText::from(path.to_string()).to_string().as_str() {
        "." => format!("{position}{}", expectation(&message)),
        path => format!("{position}{path}: {}", expectation(&message)),
    }
}

fn position(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

/// Returns the message of the decoder without the position at its end.
fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&position).unwrap_or(&message).to_owned()
}

/// Extracts what was expected from a message such as `invalid type: string "…", expected a boolean`. Only texts of the
/// types and names of fields are kept.
fn expectation(message: &str) -> String {
    if let Some(rest) = message.strip_prefix("missing field `") {
        return format!("the field {} is missing", quoted(rest.strip_suffix('`').unwrap_or(rest)));
    }
    if let Some(rest) = message.strip_prefix("duplicate field `") {
        let field = rest.strip_suffix('`').unwrap_or(rest);
        return format!("the field {} appears twice", quoted(field));
    }
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let (unknown, known) = rest.rsplit_once("`, expected ").unwrap_or((rest, "another"));
        return format!("the field {} is unknown; expected {known}", quoted(unknown));
    }
    let is_standard = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant `"]
        .iter()
        .any(|start| message.starts_with(start));
    // The value is before the last `expected`, even if it contains that word.
    if let Some((_, expected)) = message.rsplit_once(", expected ").filter(|_| is_standard) {
        return format!("expected {}", json_term(expected));
    }
    // The errors of IDs have their own messages, which repeat a character.
    let is_of_id = ["an id has", "the hexadecimal digits of an id", "24 lowercase hex digits"];
    if is_of_id.iter().any(|text| message.contains(text)) {
        return "expected an ID of 24 lowercase hex digits".to_owned();
    }
    "expected another value".to_owned()
}

/// Quotes a field name from the document.
fn quoted(name: &str) -> String {
    format!("`{}`", ForeignText::from(name))
}

/// Translates the name of a Rust type to the JSON term.
fn json_term(expected: &str) -> &str {
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
    #[allow(dead_code, reason = "the values are only deserialized")]
    struct Example {
        flag: bool,
        id: Option<GroupId>,
        list: Option<Vec<u8>>,
        map: Option<BTreeMap<String, bool>>,
    }

    #[test]
    fn an_error_has_a_position_and_an_expectation_but_no_value() {
        for (text, expected) in [
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
            (r#"{"flag": true, "label\u001b": "hunter2"}"#, "the field `label` is unknown"),
            (r#"{"flag": true, "flag": false}"#, "the field `flag` appears twice"),
            ("{}", "line 1, column 2: the field `flag` is missing"),
            (r#"["hunter2"]"#, "expected a boolean"),
            ("\"hunter2\"", "line 1, column 9: expected an object"),
            (r#"{"flag": hunter2}"#, "invalid JSON at line 1, column 10: expected value"),
            (r#"{"flag": "hunter2"#, "invalid JSON at line 1, column 17: EOF"),
            ("", "invalid JSON at line 1, column 0: EOF"),
            (r#"{"flag": true} {"flag": "hunter2"}"#, "document at line 1, column 16"),
            ("{\"flag\": true}\n]", "document at line 2, column 1"),
        ] {
            let error = from_str::<Example>(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    const ANY: DocumentKind = DocumentKind { limit: 100, expected: "a body", hint: None };

    #[test]
    fn a_custom_message_of_a_type_is_not_repeated() {
        #[derive(Debug)]
        struct Odd;
        impl<'de> Deserialize<'de> for Odd {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Err(serde::de::Error::custom(format_args!("odd {text}, expected {text}")))
            }
        }
        let error = from_str::<Vec<Odd>>(r#"["hunter2"]"#).unwrap_err();
        assert!(error.ends_with("[0]: expected another value"), "{error}");
    }

    #[test]
    fn one_document_is_read_as_text_and_two_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("body.json");
        for (text, is_good) in
            [("\u{feff}{}", true), ("[1, 2] ", true), ("{} {}", false), ("", false)]
        {
            std::fs::write(&file, text).unwrap();
            assert_eq!(ANY.read_text(&file).is_ok(), is_good, "{text}");
        }
        std::fs::write(&file, "\u{feff}{}").unwrap();
        assert_eq!(ANY.read_text(&file).unwrap(), "{}");
    }
}
