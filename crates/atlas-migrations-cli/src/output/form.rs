//! The form of results for programs. It is set once, when the program starts.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;

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

/// Returns a result in the current form.
///
/// # Errors
///
/// Fails with a reason if the value has no such form, or if the filter fails.
pub fn result(value: &impl Serialize) -> Result<String, String> {
    let form = current();
    if let Form::Json = *form {
        return terminal::json_text(value).map_err(|error| error.to_string());
    }
    let value = serde_json::to_value(value).map_err(|error| error.to_string())?;
    match &*form {
        Form::Json | Form::JsonPath(_) => {
            let value = if let Form::JsonPath(path) = &*form { path.apply(&value)? } else { value };
            terminal::json_text(&value).map_err(|error| error.to_string())
        }
        Form::Yaml => yaml::document(&value),
        Form::Ids => ids::lines(&value),
        Form::Jq(filter) => filter.apply(&value).map(terminal::text_for_stdout),
    }
}

/// Returns an event in the current form: a line of JSON, a YAML document, or what the filter makes of it.
///
/// # Errors
///
/// Fails like [`result`].
pub fn event(value: &impl Serialize) -> Result<String, String> {
    let form = current();
    let line = |value: &Value| terminal::json_line(value).map_err(|error| error.to_string());
    let value = serde_json::to_value(value).map_err(|error| error.to_string())?;
    match &*form {
        Form::Json => line(&value),
        Form::JsonPath(path) => line(&path.apply(&value)?),
        Form::Yaml => yaml::document(&value).map(|text| format!("---\n{text}")),
        Form::Ids => ids::lines(&value),
        Form::Jq(filter) => filter.apply(&value).map(terminal::text_for_stdout),
    }
}

fn current() -> MutexGuard<'static, Form> {
    FORM.lock().unwrap_or_else(PoisonError::into_inner)
}
