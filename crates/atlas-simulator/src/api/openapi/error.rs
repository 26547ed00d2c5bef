//! The error of reading the OpenAPI fragment.

/// The OpenAPI fragment has something that the simulator does not support.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct OpenApiError(String);

impl OpenApiError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl From<serde_json::Error> for OpenApiError {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}
