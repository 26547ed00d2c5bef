//! `atlas-migrations api`: calls any API operation.

use atlas_migrations::{Operation, ParameterLocation, RawResponse, Settings};
use serde::Deserialize;
use serde_json::Value;

use crate::change::{Change, CompletedChange};
use crate::cli::{Api, ApiVersion, GlobalOptions, OutputFormat};
use crate::client::{connect, organization, project, settings};
use crate::error::{CliError, Exit};
use crate::interrupt;
use crate::json_input::DocumentKind;
use crate::output;
use crate::terminal::{json_text, print, print_received};

const REQUEST_BODY: DocumentKind =
    DocumentKind { limit: 16 << 20, expected: "the request body as JSON", hint: None };

pub async fn run(global: &GlobalOptions, options: Api) -> Result<(), CliError> {
    let Api { operation, mut parameters, file, version } = options;
    let operation = version.map_or(Ok(operation), |version| in_version(operation, &version))?;
    let settings = settings(global)?;
    for parameter in operation.parameters.iter().filter(|parameter| parameter.required) {
        if !parameters.iter().any(|(name, _)| *name == parameter.name) {
            parameters.push((parameter.name, from_settings(parameter.name, &settings)?));
        }
    }
    // The body is sent as written, but must be JSON.
    let text = file.as_deref().map(|file| REQUEST_BODY.read_text(file)).transpose()?;
    let body = text.map(String::into_bytes);
    let in_location = |location| {
        let is_in_location = move |name: &str| {
            let mut known = operation.parameters.iter();
            known.any(|known| known.name == name && known.location == location)
        };
        let given = parameters.iter().map(|(name, value)| (*name, value.as_str()));
        given.filter(move |(name, _)| is_in_location(name)).collect::<Vec<_>>()
    };
    let path = in_location(ParameterLocation::Path);
    let query = in_location(ParameterLocation::Query);
    let client = connect(global, &settings)?;
    let call = client.transport().call_raw(operation, &path, &query, body);
    let has_envelope = query.contains(&("envelope", "true"));
    if operation.is_safe() {
        return print_response(global, call.await?, has_envelope);
    }
    let change = Change {
        what: operation.id.to_owned(),
        how_to_check: "check whether it took effect before you send it again".to_owned(),
    };
    let response = change.send(call).await?;
    let status = response.status();
    if !status.is_success() {
        let error = print_response(global, response, has_envelope).err();
        let error = error.unwrap_or_else(|| CliError::new(format!("{} failed", operation.id)));
        let is_interrupted = interrupt::is_requested();
        return Err(if is_interrupted { error.exit(Exit::Interrupted) } else { error });
    }
    let done = CompletedChange {
        what: format!("{} succeeded with {status}", operation.id),
        id: id_of(response.body()),
        hint: change.how_to_check,
    };
    done.note_before_filter(global.output)?;
    let body = output::body(global.output, response.body());
    done.print(global.output, || match &body {
        Ok(Some(text)) => print(text.as_bytes()),
        Ok(None) | Err(_) => print_received(response.body()),
    })?;
    body.map(drop).map_err(|error| done.not_in_form(&error))
}

/// Returns an operation with the media types of another version.
fn in_version(
    operation: &'static Operation,
    version: &ApiVersion,
) -> Result<&'static Operation, CliError> {
    let leak = |media_type: &'static str| {
        let other = version.of_media_type(media_type);
        other.map(|other| &*Box::leak(other.into_boxed_str())).ok_or_else(|| {
            CliError::usage(format!("{} has no other version than {media_type}", operation.id))
        })
    };
    let mut other = operation.clone();
    other.accept = leak(operation.accept)?;
    other.content_type = operation.content_type.map(leak).transpose()?;
    // Operations are static, and this process makes one call.
    Ok(Box::leak(Box::new(other)))
}

/// Returns the `_id` of a response body.
fn id_of(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Resource {
        #[serde(rename = "_id")]
        id: Option<String>,
    }
    serde_json::from_slice::<Resource>(body).ok()?.id
}

/// Returns the value that the settings have for a missing parameter.
fn from_settings(name: &str, settings: &Settings) -> Result<String, CliError> {
    match name {
        "groupId" => project(settings, None).map(|id| id.to_string()),
        "orgId" => organization(settings, None).map(|id| id.to_string()),
        _ => Err(CliError::usage(format!("--{name} is missing"))),
    }
}

/// Prints the response body as received, and fails for an error status.
///
/// The body of an error is printed for programs, and for people only if it has an envelope, which contains the status.
fn print_response(
    global: &GlobalOptions,
    response: RawResponse,
    has_envelope: bool,
) -> Result<(), CliError> {
    if response.status().is_success() {
        match output::body(global.output, response.body())? {
            Some(text) => print(text.as_bytes())?,
            None => print_received(response.body())?,
        }
    } else if has_envelope || global.output == OutputFormat::Json {
        // Not in the form that was chosen for a success: a filter would fail on it.
        match serde_json::from_slice::<Value>(response.body()) {
            Ok(body) if !has_envelope => print(json_text(&body)?.as_bytes())?,
            _ => print_received(response.body())?,
        }
    }
    response.error_for_status()?;
    Ok(())
}
