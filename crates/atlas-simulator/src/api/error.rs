//! The service's errors, word for word where the words are known.
//!
//! The codes of errors about bodies are documented or were logged. Which code stands for which fault
//! of a body is partly invented, as noted at each.

use std::fmt;
use std::net::IpAddr;

use http::StatusCode;
use serde_json::{Value, json};

use crate::scenario::{RateLimit, RequestLimit};

/// An error as the service reports it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    /// The values in the detail; `null` in the body if `None`.
    pub(crate) parameters: Option<Vec<Value>>,
    pub(crate) retry_after: Option<u64>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { status, code, detail, parameters: Some(Vec::new()), retry_after: None }
    }

    fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    fn with_parameter(mut self, parameter: impl Into<Value>) -> Self {
        self.parameters.get_or_insert_default().push(parameter.into());
        self
    }

    /// Returns the JSON body: the five fields that every error has.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "detail": self.detail,
            "error": self.status.as_u16(),
            "errorCode": self.code,
            "parameters": self.parameters,
            "reason": self.status.canonical_reason(),
        })
    }

    /// Whether the project or the organization was not found. Invented: that responses lack the same
    /// headers in both cases.
    pub(crate) fn is_unknown_owner(&self) -> bool {
        let codes = ["GROUP_NOT_FOUND", "INVALID_GROUP_ID", "ORG_NOT_FOUND", "INVALID_ORG_ID"];
        codes.contains(&self.code)
    }

    pub(crate) fn role_missing() -> Self {
        let detail = "Current user is not authorized to perform this action.";
        Self::new(StatusCode::UNAUTHORIZED, "USER_UNAUTHORIZED", detail)
    }

    pub(crate) fn cannot_access_group() -> Self {
        let detail = "User cannot access this group.";
        Self::new(StatusCode::UNAUTHORIZED, "USER_CANNOT_ACCESS_GROUP", detail)
    }

    pub(crate) fn cannot_access_org() -> Self {
        let detail = "User cannot access this organization.";
        Self::new(StatusCode::UNAUTHORIZED, "USER_CANNOT_ACCESS_ORG", detail)
    }

    pub(crate) fn address_not_allowed(address: IpAddr) -> Self {
        let detail = format!("IP address {address} is not allowed to access this resource.");
        Self::new(StatusCode::FORBIDDEN, "IP_ADDRESS_NOT_ON_ACCESS_LIST", detail)
            .with_parameter(address.to_string())
    }

    pub(crate) fn group_not_found(id: &str) -> Self {
        let detail = format!("No group with ID {id} exists.");
        Self::new(StatusCode::NOT_FOUND, "GROUP_NOT_FOUND", detail).with_parameter(id)
    }

    pub(crate) fn invalid_group_id(id: &str) -> Self {
        let detail = format!("An invalid group ID {id} was specified.");
        Self::new(StatusCode::NOT_FOUND, "INVALID_GROUP_ID", detail).with_parameter(id)
    }

    pub(crate) fn org_not_found(id: &str) -> Self {
        let detail = format!("No organization with ID {id} exists.");
        Self::new(StatusCode::NOT_FOUND, "ORG_NOT_FOUND", detail).with_parameter(id)
    }

    pub(crate) fn invalid_org_id(id: &str) -> Self {
        let detail = format!("An invalid organization ID {id} was specified.");
        Self::new(StatusCode::NOT_FOUND, "INVALID_ORG_ID", detail).with_parameter(id)
    }

    /// Invented: that the parameter is named and its value is not shown.
    pub(crate) fn invalid_path_parameter(name: &str) -> Self {
        let detail = format!("Invalid path parameter {name} specified.");
        Self::bad_request("INVALID_PATH_PARAMETER", detail).with_parameter(name)
    }

    /// Invented: the words, modeled on those for a path parameter.
    pub(crate) fn invalid_query_parameter(name: &str) -> Self {
        let detail = format!("Invalid query parameter {name} specified.");
        Self::bad_request("INVALID_QUERY_PARAMETER", detail).with_parameter(name)
    }

    /// `resource` is a path, or a kind and an id.
    pub(crate) fn resource_not_found(resource: &str) -> Self {
        let detail = format!("Cannot find resource {resource}.");
        Self::new(StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND", detail).with_parameter(resource)
    }

    /// Invented: that similar operations are named.
    pub(crate) fn resource_not_found_near(resource: &str, near: &[String]) -> Self {
        let error = Self::resource_not_found(resource);
        if near.is_empty() {
            return error;
        }
        let detail = format!("{} The document has {}.", error.detail, near.join(", "));
        Self { detail, ..error }
    }

    /// Invented, all of it.
    pub(crate) fn missing_query_parameter(name: &str) -> Self {
        let detail = format!("The required query parameter {name} was not specified.");
        Self::bad_request("MISSING_QUERY_PARAMETER", detail).with_parameter(name)
    }

    /// Invented, all of it.
    pub(crate) fn missing_header(name: &str) -> Self {
        let detail = format!("The required header {name} was not specified.");
        Self::bad_request("MISSING_HEADER", detail).with_parameter(name)
    }

    /// Recorded, including the `null`.
    pub(crate) fn no_link() -> Self {
        let detail = "Could not find the requested external organization link.";
        let error = Self::new(StatusCode::NOT_FOUND, "UNEXPECTED_ERROR", detail);
        Self { parameters: None, ..error }
    }

    /// Invented: how several ids are listed, and that they are the only parameter.
    pub(crate) fn link_in_use(project_ids: &[&str]) -> Self {
        const CODE: &str = "CANNOT_DELETE_ORG_ACTIVE_LIVE_MIGRATION_ATLAS_ORG_LINK";
        let ids = project_ids.join(", ");
        let detail = format!(
            "Cannot delete organization link while there is active migration in following project \
             ids: {ids}"
        );
        Self::new(StatusCode::CONFLICT, CODE, detail).with_parameter(ids)
    }

    /// Invented, all of it: the error of a cutover that comes twice or too late.
    pub(crate) fn cannot_cut_over(reason: impl fmt::Display) -> Self {
        let detail = format!("Cannot cut over the live migration: {reason}.");
        Self::new(StatusCode::CONFLICT, "CANNOT_CUT_OVER_LIVE_MIGRATION", detail)
    }

    /// Invented, all of it: the service has no known limit.
    pub(crate) fn too_many(what: &str, max: usize) -> Self {
        let detail = format!("The simulator keeps no more than {max} {what} per project.");
        Self::bad_request("SIMULATOR_IS_FULL", detail).with_parameter(max)
    }

    pub(crate) fn not_acceptable() -> Self {
        let detail = "Invalid accept header or version date.";
        Self::new(StatusCode::NOT_ACCEPTABLE, "INVALID_VERSION_DATE", detail)
    }

    pub(crate) fn unexpected() -> Self {
        let detail = "Unexpected error.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "UNEXPECTED_ERROR", detail)
    }

    /// Without `retry_after` the header is absent and the text says 0.
    pub(crate) fn rate_limited(path: &str, limit: RateLimit, retry_after: Option<u64>) -> Self {
        let RateLimit { capacity, refill, period_seconds } = limit;
        let path = path.trim_start_matches('/');
        let seconds = retry_after.unwrap_or(0);
        let detail = format!(
            "Rate limit exceeded for {path}. Please retry after {seconds} seconds. \
             Request capacity: {capacity}. Refill rate: {refill} per {period_seconds} seconds. \
             For more information, see: http://dochub.mongodb.org/core/atlas-api-rate-limit."
        );
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED_TOKEN_BUCKET", detail)
            .with_parameter(path)
            .with_parameter(seconds)
            .with_parameter(capacity)
            .with_parameter(refill)
            .with_parameter(period_seconds);
        Self { retry_after, ..error }
    }

    /// The limit of the OAuth endpoints. Invented: that there is a `Retry-After`.
    pub(crate) fn requests_limited(
        path: &str,
        limit: RequestLimit,
        retry_after: Option<u64>,
    ) -> Self {
        let RequestLimit { requests, period_minutes } = limit;
        let detail = format!(
            "Resource {path} is limited to {requests} requests every {period_minutes} minutes."
        );
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", detail)
            .with_parameter(path)
            .with_parameter(requests)
            .with_parameter(period_minutes);
        Self { retry_after, ..error }
    }

    /// Invented, all of it: no response to such a request was ever observed.
    pub(crate) fn unsupported_media_type() -> Self {
        let detail = "The content type is not supported.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNEXPECTED_ERROR", detail)
    }

    /// The body is not JSON. Invented: that this includes an empty body.
    pub(crate) fn malformed_json() -> Self {
        Self::bad_request("MALFORMED_JSON", "Received JSON is malformed.")
    }

    /// The body is JSON but not an object.
    pub(crate) fn invalid_json() -> Self {
        Self::bad_request("INVALID_JSON", "Received JSON does not match expected format.")
    }

    /// A required field is missing. Invented: that a forbidden `null` counts as missing, and that
    /// nested places have dots.
    pub(crate) fn missing_attribute(place: impl fmt::Display) -> Self {
        let detail = format!("The required attribute {place} was not specified.");
        Self::bad_request("MISSING_ATTRIBUTE", detail).with_parameter(place.to_string())
    }

    /// A value has the wrong type. Invented: that this includes malformed ids, and `null` for an
    /// optional field that cannot be `null`.
    pub(crate) fn invalid_json_attribute(place: impl fmt::Display) -> Self {
        let detail =
            format!("Received JSON for the {place} attribute does not match expected format.");
        Self::bad_request("INVALID_JSON_ATTRIBUTE", detail).with_parameter(place.to_string())
    }

    /// A field is unknown. Invented: that this includes fields that only responses have, and texts
    /// and lists that are too short or too long.
    pub(crate) fn invalid_attribute(place: impl fmt::Display) -> Self {
        let detail = format!("Invalid attribute {place} specified.");
        Self::bad_request("INVALID_ATTRIBUTE", detail).with_parameter(place.to_string())
    }

    /// A value is not in the enumeration. Of the two logged forms this is the older one.
    pub(crate) fn invalid_enum_value(value: &str) -> Self {
        let detail = format!("An invalid enumeration value {value} was specified.");
        Self::bad_request("INVALID_ENUM_VALUE", detail).with_parameter(value)
    }

    /// Any other violation. Invented: each message.
    pub(crate) fn validation_error(message: &str) -> Self {
        let detail = format!("The request content produced the validation error: {message}.");
        Self::bad_request("VALIDATION_ERROR", detail).with_parameter(message)
    }
}
