//! A request's body: its content type and its content.

use serde_json::Value;

use super::error::ApiError;
use super::operation::{Operation, OperationVersion};
use super::version::{Version, not_after};
use crate::http::{Request, media_type};

/// Refuses a body of a content type that the operation does not accept.
///
/// Invented: that this is checked along with the version, and that a vendor type has to select the
/// same version as the `Accept` header. `application/json` fits every version. Parameters are
/// ignored.
pub(crate) fn check_content_type(
    request: &Request,
    operation: &Operation,
    version: &OperationVersion,
) -> Result<(), ApiError> {
    if version.body.is_none() {
        return Ok(());
    }
    let media_type = media_type(&request.headers);
    let fits = media_type.eq_ignore_ascii_case("application/json")
        || Version::from_media_type(media_type)
            .and_then(|sent| not_after(sent, &operation.versions))
            .is_some_and(|selected| selected.version == version.version);
    if fits { Ok(()) } else { Err(ApiError::unsupported_media_type()) }
}

/// Parses the body and checks it against the schema. Returns `null` if the operation has no body.
pub(crate) fn parse_body(request: &Request, version: &OperationVersion) -> Result<Value, ApiError> {
    let Some(schema) = &version.body else {
        return Ok(Value::Null);
    };
    let body = serde_json::from_slice(&request.body).map_err(|_| ApiError::malformed_json())?;
    schema.check(&body)?;
    Ok(body)
}
