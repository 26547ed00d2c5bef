//! An operation of the OpenAPI document, with the constant parts of its responses.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

use http::{HeaderValue, Method, StatusCode};
use serde_json::Value;

use super::openapi::{OpenApiError, elements, header, object, resolve};
use super::request_schema::Schema;
use super::version::Version;
use crate::scenario::{OperationId, Role};

/// An operation.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) id: OperationId,
    pub(crate) method: Method,
    /// The required role.
    pub(crate) role: Role,
    /// The versions by date. The OAuth endpoints have none.
    pub(crate) versions: BTreeMap<Version, OperationVersion>,
    pub(super) takes_envelope: bool,
    pub(super) takes_pretty: bool,
    pub(super) java_method: HeaderValue,
}

/// A version of an operation.
#[derive(Debug)]
pub(crate) struct OperationVersion {
    pub(super) version: Version,
    /// The documented status of a success.
    pub(crate) success: StatusCode,
    /// The content type of a success.
    pub(crate) content_type: HeaderValue,
    /// The schema of the request's body, if there is one.
    pub(super) body: Option<Schema>,
    /// Set if there is a newer version.
    pub(super) deprecation: Option<Deprecation>,
}

/// The headers of a version that has a successor.
#[derive(Debug)]
pub(super) struct Deprecation {
    /// The date of the successor.
    pub(super) deprecation: HeaderValue,
    /// The end of this version, if it is known.
    pub(super) sunset: Option<HeaderValue>,
}

impl Operation {
    /// Reads an operation of the document.
    pub(super) fn read(
        document: &Value,
        description: &Value,
        method: Method,
    ) -> Result<Self, OpenApiError> {
        let id = description["operationId"].as_str().unwrap_or_default();
        let id = OperationId::parse(id)
            .ok_or_else(|| OpenApiError::new(format!("the operation {id:?} is not simulated")))?;
        let versions = versions(document, description)?;
        if versions.is_empty() && !id.is_oauth() {
            let id = id.as_str();
            return Err(OpenApiError::new(format!("the operation {id:?} has no version")));
        }
        let takes = |name: &str| {
            let parameters = elements(&description["parameters"]).iter();
            let mut parameters = parameters.map(|parameter| resolve(document, parameter));
            parameters.any(|parameter| parameter["in"] == "query" && parameter["name"] == name)
        };
        Ok(Self {
            role: role(description)?,
            takes_envelope: takes("envelope"),
            takes_pretty: takes("pretty"),
            java_method: header(&format!("SyntheticResource::{}", id.as_str()))?,
            id,
            method,
            versions,
        })
    }
}

/// Returns the least of the roles that the operation accepts.
fn role(description: &Value) -> Result<Role, OpenApiError> {
    let names = elements(&description["x-rolesRequirements"]).iter().filter_map(Value::as_str);
    let roles = names.map(|name| {
        let role = Role::from_name(name);
        role.ok_or_else(|| OpenApiError::new(format!("the role {name:?} is not simulated")))
    });
    let roles: Vec<_> = roles.collect::<Result<_, _>>()?;
    Ok(roles.into_iter().min().unwrap_or(Role::OrgMember))
}

/// Returns the versions that have a successful response.
fn versions(
    document: &Value,
    description: &Value,
) -> Result<BTreeMap<Version, OperationVersion>, OpenApiError> {
    let mut dated: BTreeMap<Version, (StatusCode, &String, &Value)> = BTreeMap::new();
    for (status, response) in object(description, "/responses")? {
        let status = StatusCode::from_bytes(status.as_bytes()).ok();
        let Some(status) = status.filter(StatusCode::is_success) else { continue };
        let content = resolve(document, response)["content"].as_object();
        for (media_type, content) in content.into_iter().flatten() {
            if let Some(version) = Version::from_media_type(media_type) {
                dated.entry(version).or_insert((status, media_type, content));
            }
        }
    }
    let versions = dated.iter().map(|(version, (success, media_type, content))| {
        let successor = dated.range((Excluded(version), Unbounded)).next();
        let deprecation = successor.map(|(successor, _)| {
            let sunset = content["x-sunset"].as_str().and_then(Version::from_date);
            let sunset = sunset.map(|date| header(&date.http_date())).transpose()?;
            let deprecation = header(&successor.http_date())?;
            Ok::<_, OpenApiError>(Deprecation { deprecation, sunset })
        });
        let operation_version = OperationVersion {
            version: *version,
            success: *success,
            content_type: header(&format!("{media_type};charset=utf-8"))?,
            body: request_body(document, description, *version)?,
            deprecation: deprecation.transpose()?,
        };
        Ok((*version, operation_version))
    });
    versions.collect()
}

/// Returns the schema of the request's body in that version, if there is a body.
fn request_body(
    document: &Value,
    description: &Value,
    version: Version,
) -> Result<Option<Schema>, OpenApiError> {
    let request = resolve(document, &description["requestBody"]);
    let Some(content) = request["content"].as_object() else { return Ok(None) };
    let found = content.iter().find(|(name, _)| Version::from_media_type(name) == Some(version));
    let Some((_, content)) = found else {
        return Err(OpenApiError::new("a version has a response and no request"));
    };
    Schema::read(document, &content["schema"]).map(Some)
}
