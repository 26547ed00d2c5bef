//! Why a scenario is refused.

use std::fmt;

use super::json_error::JsonError;

/// Why a scenario was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct ScenarioError {
    path: String,
    message: String,
}

impl ScenarioError {
    pub(super) fn new(path: impl fmt::Display, message: impl Into<String>) -> Self {
        Self { path: path.to_string(), message: message.into() }
    }

    /// Returns the place within the scenario's JSON form, such as `$.projects[0].id`.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl From<JsonError> for ScenarioError {
    fn from(error: JsonError) -> Self {
        let path = match error.path.as_str() {
            "" => "$".to_owned(),
            path => format!("$.{path}"),
        };
        // Near credentials not even the name of a field is shown, as it could be a secret.
        let message = match credential_format(&path) {
            Some(format) if !error.is_syntax => {
                let (line, column) = error.position;
                format!("expected {format}, at line {line} column {column}")
            }
            _ => error.message,
        };
        Self { path, message }
    }
}

/// Returns the expected format of the credentials at that place, if it holds credentials.
pub(super) fn credential_format(path: &str) -> Option<&'static str> {
    [
        ("$.bearer_tokens", r#"[{"token": "…", "access": "member", "role": "ORG_OWNER", "project_ids": ["…"]}]"#),
        (
            "$.api_keys",
            r#"[{"public_key": "…", "private_key": "…", "access": "member", "role": "ORG_OWNER", "project_ids": ["…"]}]"#,
        ),
        (
            "$.service_accounts",
            r#"[{"client_id": "…", "client_secret": "…", "access": "member", "role": "ORG_OWNER", "project_ids": ["…"]}]"#,
        ),
    ]
    .into_iter()
    .find_map(|(place, format)| path.starts_with(place).then_some(format))
}
