//! `atlas-migrations api`: calls any API operation.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use atlas_migrations::{Operation, ParameterLocation, RawResponse, Settings};
use serde::Deserialize;
use serde_json::Value;

use crate::change::{Change, CompletedChange};
use crate::cli::{Api, ApiVersion, GlobalOptions, OutputFormat};
use crate::client::{connect, organization, project, settings};
use crate::error::{CliError, Exit};
use crate::interrupt;
use crate::json_input::DocumentKind;
use crate::output::{self, Destination};
use crate::terminal::{json_text, warn};

/// The request body in a file.
const REQUEST_BODY: DocumentKind =
    DocumentKind { limit: 16 << 20, expected: "the request body as JSON", hint: None };
/// The request body in stdin, which nobody named.
const STDIN_BODY: DocumentKind = DocumentKind {
    hint: Some("without --file, stdin has to have the request body"),
    ..REQUEST_BODY
};

pub async fn run(global: &GlobalOptions, options: Api) -> Result<(), CliError> {
    let Api { operation, mut parameters, file, output_file, version } = options;
    let version = version.or_else(|| version_from_settings(global));
    let operation = version.map_or(Ok(operation), |version| in_version(operation, &version))?;
    let destination = Destination::of(output_file.as_deref())?;
    let settings = settings(global)?;
    for parameter in operation.parameters.iter().filter(|parameter| parameter.required) {
        if !parameters.iter().any(|(name, _)| *name == parameter.name) {
            parameters.push((parameter.name, from_settings(parameter.name, &settings)?));
        }
    }
    let body = operation.content_type.map(|_| body(file.as_deref())).transpose()?;
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
        return write_response(global, &destination, call.await?, has_envelope);
    }
    let change = Change {
        what: operation.id.to_owned(),
        how_to_check: "check whether it took effect before you send it again".to_owned(),
    };
    let response = change.send(call).await?;
    let status = response.status();
    if !status.is_success() {
        let error = write_response(global, &destination, response, has_envelope).err();
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
        Ok(Some(text)) => destination.write(text),
        Ok(None) | Err(_) => destination.write_received(response.body()),
    })?;
    body.map(drop).map_err(|error| done.not_in_form(&error, &destination.name()))
}

/// Reads the request body. It is sent as written, but must be JSON.
fn body(file: Option<&Path>) -> Result<Vec<u8>, CliError> {
    let text = match file {
        Some(file) => REQUEST_BODY.read_text(file)?,
        None if io::stdin().is_terminal() => {
            return Err(CliError::usage("the request body is missing")
                .hint("pass --file FILE, or redirect stdin"));
        }
        None => STDIN_BODY.read_text(Path::new("-"))?,
    };
    Ok(text.into_bytes())
}

/// Returns the version that the environment or the profile sets. What is not a version is ignored with a warning, as in
/// the official CLI: its versions may be words.
fn version_from_settings(global: &GlobalOptions) -> Option<ApiVersion> {
    let (origin, version) = Settings::api_version(global.profile.as_deref())?;
    let version = version.parse();
    let warning = |reason| warn(&format!("{origin} is ignored: {reason}"));
    version.map_err(warning).ok()
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

/// Writes the response body as received, and fails for an error status.
///
/// The body of an error is written for programs and into a file, and for people only if it has an envelope, which contains
/// the status.
fn write_response(
    global: &GlobalOptions,
    destination: &Destination,
    response: RawResponse,
    has_envelope: bool,
) -> Result<(), CliError> {
    if response.status().is_success() {
        match output::body(global.output, response.body())? {
            Some(text) => destination.write(&text)?,
            None => destination.write_received(response.body())?,
        }
    } else if has_envelope || destination.is_file() || global.output == OutputFormat::Json {
        // Not in the form that was chosen for a success: a filter would fail on it.
        match serde_json::from_slice::<Value>(response.body()) {
            Ok(body) if !has_envelope => destination.write(&json_text(&body)?)?,
            _ => destination.write_received(response.body())?,
        }
    }
    response.error_for_status()?;
    Ok(())
}
