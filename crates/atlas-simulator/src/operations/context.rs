//! The input and the output of an operation.

use std::ops::RangeInclusive;
use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use crate::api::{ApiError, OperationVersion, PathParameters};
use crate::http::query_parameter;
use crate::scenario::is_object_id;
use crate::state::State;

/// The input of an operation.
pub(crate) struct Context<'a> {
    pub(crate) state: &'a State,
    pub(crate) version: &'a OperationVersion,
    pub(crate) parameters: &'a PathParameters,
    /// The query, undecoded.
    pub(crate) query: Option<&'a str>,
    /// The body, which matches the schema; `null` if the operation has none.
    pub(crate) body: Value,
    pub(crate) now: Duration,
}

impl Context<'_> {
    /// Returns an id in the path other than that of the project or the organization.
    pub(super) fn id(&self, name: &str) -> Result<&str, ApiError> {
        let id = self.parameters.get(name);
        if is_object_id(id) { Ok(id) } else { Err(ApiError::invalid_path_parameter(name)) }
    }

    /// Returns the number in a query parameter, or the default if it is absent.
    pub(super) fn number(
        &self,
        name: &'static str,
        allowed: RangeInclusive<usize>,
        default: usize,
    ) -> Result<usize, ApiError> {
        let Some(text) = query_parameter(self.query, name) else { return Ok(default) };
        let number = text.parse().ok().filter(|number| allowed.contains(number));
        number.ok_or_else(|| ApiError::invalid_query_parameter(name))
    }

    /// Returns an output with the documented status.
    pub(super) fn success(&self, content: Value) -> Output {
        Output { status: self.version.success, content: Some(content) }
    }
}

/// The output of an operation.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) status: StatusCode,
    pub(crate) content: Option<Value>,
}

impl Output {
    /// Sets the status to one of the scenario, which is valid.
    pub(super) fn with_status(self, status: u16) -> Self {
        Self { status: StatusCode::from_u16(status).unwrap_or(self.status), ..self }
    }
}
