//! The response of a described operation.

use http::{HeaderValue, Method, StatusCode};
use serde_json::Value;

use super::content::{is_json, sample, select};
use super::document::{Description, Path};
use super::near::near;
use super::operation::DescribedOperation;
use super::{body, parameters};
use crate::api::error::ApiError;
use crate::api::response::{Response, ResponseContext, allowed_methods};
use crate::http::Request;

/// What a path is in a document.
#[derive(Clone, Debug)]
pub(crate) struct Described<'a> {
    description: &'a Description,
    path: &'a Path,
}

impl Description {
    /// Returns what a path is in the document, if it is there.
    pub(crate) fn find(&self, path: &str) -> Option<Described<'_>> {
        let found = self.paths.iter().find(|known| known.template.matches(path).is_some())?;
        Some(Described { description: self, path: found })
    }

    /// Returns the error for a path that neither the document nor the simulator has.
    pub(crate) fn not_found(&self, path: &str) -> ApiError {
        ApiError::resource_not_found_near(path, &near(self, path))
    }
}

/// Returns the response to an authenticated request.
pub(crate) fn respond(described: &Described<'_>, request: &Request) -> Response {
    let Described { description, path } = described;
    let method = if request.method == Method::HEAD && !path.methods.contains(&Method::HEAD) {
        &Method::GET
    } else {
        &request.method
    };
    if !path.methods.contains(method) {
        let is_options = request.method == Method::OPTIONS;
        let status = if is_options { StatusCode::OK } else { StatusCode::METHOD_NOT_ALLOWED };
        return allowed_methods(request, status, &allow(path));
    }
    let operation = description.operation(path, method);
    let formats = ["envelope", "pretty"];
    let known: Vec<_> = formats.into_iter().filter(|name| operation.has_query(name)).collect();
    let context = ResponseContext::described(request, &known);
    let values = path.template.matches(request.uri.path()).unwrap_or_default();
    execute(operation, request, &values, &context).unwrap_or_else(|error| context.error(&error))
}

fn execute(
    operation: DescribedOperation<'_>,
    request: &Request,
    path: &[(&str, &str)],
    response: &ResponseContext<'_>,
) -> Result<Response, ApiError> {
    let (status, contents) = operation.success();
    let contents = contents.filter(|contents| !contents.is_empty());
    let selected = match contents {
        Some(contents) => Some(select(request, contents).ok_or_else(ApiError::not_acceptable)?),
        None => None,
    };
    parameters::check(operation, request, path)?;
    if let Some(name) = response.invalid_parameter() {
        return Err(ApiError::invalid_query_parameter(name));
    }
    body::check(operation, request)?;
    let Some((media_type, content)) = selected else {
        return Ok(response.plain(status, None, Vec::new()));
    };
    let content_type = HeaderValue::from_str(media_type).ok();
    let has_body = ["schema", "example", "examples"].iter().any(|name| content.get(name).is_some());
    if !has_body || status == StatusCode::NO_CONTENT {
        return Ok(response.plain(status, content_type, Vec::new()));
    }
    let sample = sample(operation.document, content);
    match (content_type, sample) {
        (Some(content_type), sample) if is_json(media_type) => {
            Ok(response.success(status, &content_type, Some(sample)))
        }
        (content_type, Value::String(text)) => {
            Ok(response.plain(status, content_type, text.into_bytes()))
        }
        (content_type, other) => {
            Ok(response.plain(status, content_type, other.to_string().into_bytes()))
        }
    }
}

fn allow(path: &Path) -> HeaderValue {
    let names = path.methods.iter().map(Method::as_str).chain(["OPTIONS"]).collect::<Vec<_>>();
    HeaderValue::from_str(&names.join(",")).unwrap_or(HeaderValue::from_static("OPTIONS"))
}
