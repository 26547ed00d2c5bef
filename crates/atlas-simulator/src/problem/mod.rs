//! The service's own errors: what each says, word for word where the words are known.

use std::fmt;
use std::net::IpAddr;

use http::StatusCode;
use serde_json::{Value, json};

use crate::scenario::{RateLimit, RequestLimit};

mod body;

pub(crate) use body::{
    invalid_attribute, invalid_enum_value, invalid_json, invalid_json_attribute, malformed_json,
    missing_attribute, unsupported_media_type, validation_error,
};

/// An error as the service reports it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    /// The values that the detail speaks of; `null` where there are not even none.
    pub(crate) parameters: Option<Vec<Value>>,
    pub(crate) retry_after: Option<u64>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { status, code, detail, parameters: Some(Vec::new()), retry_after: None }
    }

    fn about(mut self, parameter: impl Into<Value>) -> Self {
        self.parameters.get_or_insert_default().push(parameter.into());
        self
    }

    /// The five fields that every error has.
    pub(crate) fn body(&self) -> Value {
        json!({
            "detail": self.detail,
            "error": self.status.as_u16(),
            "errorCode": self.code,
            "parameters": self.parameters,
            "reason": self.status.canonical_reason(),
        })
    }

    /// Whether the request got no further than looking for its project or organisation. Invented:
    /// that it is so with an organisation.
    pub(crate) fn is_without_owner(&self) -> bool {
        let codes = ["GROUP_NOT_FOUND", "INVALID_GROUP_ID", "ORG_NOT_FOUND", "INVALID_ORG_ID"];
        codes.contains(&self.code)
    }
}

pub(crate) fn role_missing() -> Problem {
    let detail = "Current user is not authorized to perform this action.";
    Problem::new(StatusCode::UNAUTHORIZED, "USER_UNAUTHORIZED", detail)
}

pub(crate) fn cannot_access_group() -> Problem {
    let detail = "User cannot access this group.";
    Problem::new(StatusCode::UNAUTHORIZED, "USER_CANNOT_ACCESS_GROUP", detail)
}

pub(crate) fn cannot_access_org() -> Problem {
    let detail = "User cannot access this organization.";
    Problem::new(StatusCode::UNAUTHORIZED, "USER_CANNOT_ACCESS_ORG", detail)
}

pub(crate) fn address_not_allowed(address: IpAddr) -> Problem {
    let detail = format!("IP address {address} is not allowed to access this resource.");
    Problem::new(StatusCode::FORBIDDEN, "IP_ADDRESS_NOT_ON_ACCESS_LIST", detail)
        .about(address.to_string())
}

pub(crate) fn group_not_found(id: &str) -> Problem {
    let detail = format!("No group with ID {id} exists.");
    Problem::new(StatusCode::NOT_FOUND, "GROUP_NOT_FOUND", detail).about(id)
}

pub(crate) fn invalid_group_id(id: &str) -> Problem {
    let detail = format!("An invalid group ID {id} was specified.");
    Problem::new(StatusCode::NOT_FOUND, "INVALID_GROUP_ID", detail).about(id)
}

pub(crate) fn org_not_found(id: &str) -> Problem {
    let detail = format!("No organization with ID {id} exists.");
    Problem::new(StatusCode::NOT_FOUND, "ORG_NOT_FOUND", detail).about(id)
}

pub(crate) fn invalid_org_id(id: &str) -> Problem {
    let detail = format!("An invalid organization ID {id} was specified.");
    Problem::new(StatusCode::NOT_FOUND, "INVALID_ORG_ID", detail).about(id)
}

/// Invented: that the parameter is named and its value is not shown.
pub(crate) fn invalid_path_parameter(name: &str) -> Problem {
    let detail = format!("Invalid path parameter {name} specified.");
    Problem::new(StatusCode::BAD_REQUEST, "INVALID_PATH_PARAMETER", detail).about(name)
}

/// Invented: the words, after those for a path parameter.
pub(crate) fn invalid_query_parameter(name: &str) -> Problem {
    let detail = format!("Invalid query parameter {name} specified.");
    Problem::new(StatusCode::BAD_REQUEST, "INVALID_QUERY_PARAMETER", detail).about(name)
}

/// `resource` is a path, or a kind and an id.
pub(crate) fn resource_not_found(resource: &str) -> Problem {
    let detail = format!("Cannot find resource {resource}.");
    Problem::new(StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND", detail).about(resource)
}

/// Recorded, to the `null`.
pub(crate) fn no_link() -> Problem {
    let detail = "Could not find the requested external organization link.";
    let problem = Problem::new(StatusCode::NOT_FOUND, "UNEXPECTED_ERROR", detail);
    Problem { parameters: None, ..problem }
}

/// Invented: how several ids are listed, and that they are the one parameter.
pub(crate) fn link_in_use(project_ids: &[&str]) -> Problem {
    const CODE: &str = "CANNOT_DELETE_ORG_ACTIVE_LIVE_MIGRATION_ATLAS_ORG_LINK";
    let ids = project_ids.join(", ");
    let detail = format!(
        "Cannot delete organization link while there is active migration in following project ids: \
         {ids}"
    );
    Problem::new(StatusCode::CONFLICT, CODE, detail).about(ids)
}

/// Invented, all of it: what is said of a cutover that comes twice or too late.
pub(crate) fn cannot_cut_over(why: impl fmt::Display) -> Problem {
    let detail = format!("Cannot cut over the live migration: {why}.");
    Problem::new(StatusCode::CONFLICT, "CANNOT_CUT_OVER_LIVE_MIGRATION", detail)
}

/// Invented, all of it: the service is not known to have such a bound.
pub(crate) fn too_many(what: &str, most: usize) -> Problem {
    let detail = format!("The simulator keeps no more than {most} {what} of a project.");
    Problem::new(StatusCode::BAD_REQUEST, "SIMULATOR_IS_FULL", detail).about(most)
}

pub(crate) fn not_acceptable() -> Problem {
    let detail = "Invalid accept header or version date.";
    Problem::new(StatusCode::NOT_ACCEPTABLE, "INVALID_VERSION_DATE", detail)
}

pub(crate) fn unexpected() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "UNEXPECTED_ERROR", "Unexpected error.")
}

/// Without `retry_after` the header is missing and the text says 0.
pub(crate) fn rate_limited(path: &str, limit: RateLimit, retry_after: Option<u64>) -> Problem {
    let RateLimit { capacity, refill, period_seconds } = limit;
    let path = path.trim_start_matches('/');
    let seconds = retry_after.unwrap_or(0);
    let detail = format!(
        "Rate limit exceeded for {path}. Please retry after {seconds} seconds. \
         Request capacity: {capacity}. Refill rate: {refill} per {period_seconds} seconds. \
         For more information, see: http://dochub.mongodb.org/core/atlas-api-rate-limit."
    );
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED_TOKEN_BUCKET", detail)
        .about(path)
        .about(seconds)
        .about(capacity)
        .about(refill)
        .about(period_seconds);
    Problem { retry_after, ..problem }
}

/// The limit of the token endpoint, which counts otherwise than the rest of the service. Invented:
/// that there is a `Retry-After`.
pub(crate) fn requests_limited(
    path: &'static str,
    limit: RequestLimit,
    retry_after: Option<u64>,
) -> Problem {
    let RequestLimit { requests, period_minutes } = limit;
    let detail = format!(
        "Resource {path} is limited to {requests} requests every {period_minutes} minutes."
    );
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", detail)
        .about(path)
        .about(requests)
        .about(period_minutes);
    Problem { retry_after, ..problem }
}
