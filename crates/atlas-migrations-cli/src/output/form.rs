//! The form of results for programs. It is set once, when the program starts.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::jq::JqFilter;
use super::json_path::JsonPath;
use super::{ids, yaml};
use crate::terminal;

/// The form of results for programs.
#[derive(Default)]
pub enum Form {
    #[default]
    Json,
    Yaml,
    /// Only IDs.
    Ids,
    JsonPath(JsonPath),
    Jq(JqFilter),
}

static FORM: Mutex<Form> = Mutex::new(Form::Json);

/// Sets the form of all results of this process.
pub fn set(form: Form) {
    *current() = form;
}

/// Returns whether results are JSON as it is.
pub fn is_json() -> bool {
    matches!(*current(), Form::Json)
}

/// Returns whether results go through a filter of the user.
pub fn has_filter() -> bool {
    matches!(*current(), Form::Jq(_))
}

/// How JSON is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Indented,
    /// One of many values, on one line.
    Line,
}

/// Returns a result in the current form.
///
/// # Errors
///
/// Fails with a reason if the value has no such form, or if the filter fails.
pub fn result(value: &impl Serialize) -> Result<String, String> {
    formed(value, Layout::Indented)
}

/// Returns an event in the current form: a line of JSON, a YAML document, or what the filter makes of it.
///
/// # Errors
///
/// Fails like [`result`].
pub fn event(value: &impl Serialize) -> Result<String, String> {
    formed(value, Layout::Line)
}

fn formed(value: &impl Serialize, layout: Layout) -> Result<String, String> {
    let form = current();
    if let Form::Json = *form {
        // Keeps the order of the fields.
        return json(value, layout);
    }
    let value = serde_json::to_value(value).map_err(|error| error.to_string())?;
    match &*form {
        Form::Json => json(&value, layout),
        Form::JsonPath(path) => json(&path.apply(&value)?, layout),
        Form::Yaml => {
            let start = if layout == Layout::Line { "---\n" } else { "" };
            yaml::document(&value).map(|text| format!("{start}{text}"))
        }
        Form::Ids => ids::lines(&value),
        Form::Jq(filter) => filter.apply(&value).map(terminal::text_for_stdout),
    }
}

fn json(value: &impl Serialize, layout: Layout) -> Result<String, String> {
    let text = match layout {
        Layout::Indented => terminal::json_text(value),
        Layout::Line => terminal::json_line(value),
    };
    text.map_err(|error| error.to_string())
}

fn current() -> MutexGuard<'static, Form> {
    FORM.lock().unwrap_or_else(PoisonError::into_inner)
}
