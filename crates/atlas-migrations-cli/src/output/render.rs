//! Prints results.

use serde::Serialize;
use serde_json::Value;

use super::form;
use crate::cli::OutputFormat;
use crate::error::CliError;
use crate::terminal::{self, Line};

/// Prints a response.
pub fn show(
    format: OutputFormat,
    value: &impl Serialize,
    lines: impl FnOnce() -> Vec<Line>,
) -> Result<(), CliError> {
    Ok(terminal::print(render(format, value, lines)?.as_bytes())?)
}

/// Returns a response as it is printed.
pub fn render(
    format: OutputFormat,
    value: &impl Serialize,
    lines: impl FnOnce() -> Vec<Line>,
) -> Result<String, CliError> {
    Ok(match format {
        OutputFormat::Table => terminal::text(&lines()),
        OutputFormat::Json => form::result(value).map_err(CliError::new)?,
    })
}

/// Returns data that has no table, in the form for programs.
pub fn data(value: &impl Serialize) -> Result<String, CliError> {
    form::result(value).map_err(CliError::new)
}

/// Returns what is printed for a response body, or `None` if it is printed as received because no form was chosen.
pub fn body(format: OutputFormat, body: &[u8]) -> Result<Option<String>, CliError> {
    if format == OutputFormat::Table || form::is_json() || body.is_empty() {
        return Ok(None);
    }
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| CliError::new("the response is not JSON").caused_by(&error))?;
    form::result(&value).map(Some).map_err(CliError::new)
}
