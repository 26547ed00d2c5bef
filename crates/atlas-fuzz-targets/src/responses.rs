//! What a server or the environment of a process says.

use atlas_client_core::{ForeignText, fuzzing, sanitize};
use atlas_migrations::{AvailableProject, LiveMigration, Validation};
use atlas_migrations_generated::types::TargetOrg;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Decodes the body of a response. The first line is the operation. What is decoded is encoded to a body that decodes to
/// the same.
pub(crate) fn responses(input: &[u8]) {
    let mut parts = input.splitn(2, |byte| *byte == b'\n');
    let (Some(operation), Some(body)) = (parts.next(), parts.next()) else { return };
    match operation {
        b"migration" => decode::<LiveMigration>(body),
        b"validation" => decode::<Validation>(body),
        b"projects" => decode::<Vec<AvailableProject>>(body),
        b"link" => decode::<TargetOrg>(body),
        _ => {}
    }
}

fn decode<T: DeserializeOwned + Serialize>(body: &[u8]) {
    let Some(value) = fuzzing::decode::<T>(body) else { return };
    let Ok(text) = serde_json::to_string(&value) else { return };
    let again: Option<T> = fuzzing::decode(text.as_bytes());
    let again = again.and_then(|value| serde_json::to_string(&value).ok());
    assert_eq!(again.as_ref(), Some(&text));
}

/// Reads a file of profiles of the official Atlas CLI.
pub(crate) fn profiles(input: &[u8]) {
    if let Ok(text) = str::from_utf8(input) {
        fuzzing::profiles(text);
    }
}

/// Shows a text from outside: on one line, and without characters that control a terminal.
pub(crate) fn shown_text(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let shown = ForeignText::from(text.as_ref()).to_string();
    for shown in [shown, sanitize(&text)] {
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
        assert_eq!(sanitize(&shown), shown);
    }
}
