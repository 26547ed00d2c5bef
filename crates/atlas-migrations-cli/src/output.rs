//! Prints results as a table or as JSON.

use serde::Serialize;

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
        OutputFormat::Json => terminal::json_text(value)?,
    })
}
