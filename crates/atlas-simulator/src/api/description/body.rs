//! Checks the body of a request.

use serde_json::Value;

use super::content::is_json;
use super::operation::DescribedOperation;
use crate::api::error::ApiError;
use crate::api::openapi::{elements, resolve};
use crate::api::version::Version;
use crate::http::{Request, media_type};

/// Checks the content type of the body, that it is JSON where it has to be, and that its required fields are there.
pub(super) fn check(operation: DescribedOperation<'_>, request: &Request) -> Result<(), ApiError> {
    let body = resolve(operation.document, &operation.operation["requestBody"]);
    let Some(contents) = body["content"].as_object() else { return Ok(()) };
    if request.body.is_empty() && body["required"] != true {
        return Ok(());
    }
    let sent = media_type(&request.headers);
    let found = contents.iter().find(|(known, _)| is_accepted(sent, known));
    let (known, content) = found.ok_or_else(ApiError::unsupported_media_type)?;
    if !is_json(known) {
        return Ok(());
    }
    let value: Value =
        serde_json::from_slice(&request.body).map_err(|_| ApiError::malformed_json())?;
    let schema = resolve(operation.document, &content["schema"]);
    let is_object = schema["type"] == "object" || schema["properties"].is_object();
    if is_object && !value.is_object() {
        return Err(ApiError::invalid_json());
    }
    let missing = elements(&schema["required"]).iter().filter_map(Value::as_str).find(|name| {
        let property = resolve(operation.document, &schema["properties"][*name]);
        value.get(*name).is_none() && property["readOnly"] != true
    });
    missing.map_or(Ok(()), |name| Err(ApiError::missing_attribute(name)))
}

/// Returns whether a content type is one of the document. `application/json` fits every version, and so does the date of
/// another version.
fn is_accepted(sent: &str, known: &str) -> bool {
    let essence = known.split(';').next().unwrap_or_default().trim();
    let is_dated = |media_type| Version::from_media_type(media_type).is_some();
    sent.eq_ignore_ascii_case(essence)
        || (is_json(essence) && sent.eq_ignore_ascii_case("application/json"))
        || (is_dated(sent) && is_dated(essence))
        || essence == "*/*"
}
