//! One operation of the fragment, with what never changes about its answers.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use http::{HeaderValue, Method, StatusCode};
use serde_json::Value;

use crate::fragment::{self, FragmentError, elements, header, resolve};
use crate::operations::{self, Handler};
use crate::scenario::Role;
use crate::schema::Schema;
use crate::version::Version;

/// An operation, with what never changes about its answers.
pub(crate) struct Operation {
    pub(crate) id: Arc<str>,
    pub(crate) method: Method,
    /// The role that is needed for it.
    pub(crate) role: Role,
    pub(crate) versions: BTreeMap<Version, Served>,
    pub(crate) takes_envelope: bool,
    pub(crate) takes_pretty: bool,
    pub(crate) java_method: HeaderValue,
    pub(crate) handler: Handler,
}

/// A version of an operation.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) version: Version,
    /// The documented status of a success.
    pub(crate) success: StatusCode,
    /// The content type of a success.
    pub(crate) content_type: HeaderValue,
    /// What the request has for a body, where it has one.
    pub(crate) body: Option<Schema>,
    /// Where there is a newer version.
    pub(crate) superseded: Option<Superseded>,
}

/// What the answers of a version that has a successor say of that.
#[derive(Debug)]
pub(crate) struct Superseded {
    /// When the successor came.
    pub(crate) deprecation: HeaderValue,
    /// When the version ends, where that is known.
    pub(crate) sunset: Option<HeaderValue>,
}

impl Operation {
    pub(super) fn read(
        fragment: &Value,
        description: &Value,
        method: Method,
    ) -> Result<Self, FragmentError> {
        let id = description["operationId"].as_str().unwrap_or_default();
        let Some(handler) = operations::handler(id) else {
            return Err(FragmentError::new(format!("the operation {id:?} is not simulated")));
        };
        let versions = versions(fragment, description)?;
        if versions.is_empty() {
            return Err(FragmentError::new(format!("the operation {id:?} has no version")));
        }
        let takes = |name: &str| {
            let parameters = elements(&description["parameters"]).iter();
            let mut parameters = parameters.map(|parameter| resolve(fragment, parameter));
            parameters.any(|parameter| parameter["in"] == "query" && parameter["name"] == name)
        };
        Ok(Self {
            role: role(description)?,
            takes_envelope: takes("envelope"),
            takes_pretty: takes("pretty"),
            java_method: header(&format!("SyntheticResource::{id}"))?,
            id: id.into(),
            method,
            versions,
            handler,
        })
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Of the roles of which the operation needs one, the least.
fn role(description: &Value) -> Result<Role, FragmentError> {
    let names = elements(&description["x-rolesRequirements"]).iter().filter_map(Value::as_str);
    let roles = names.map(|name| {
        let role = Role::of_name(name);
        role.ok_or_else(|| FragmentError::new(format!("the role {name:?} is not simulated")))
    });
    let roles: Vec<_> = roles.collect::<Result<_, _>>()?;
    Ok(roles.into_iter().min().unwrap_or(Role::OrgMember))
}

/// The versions in which the operation answers.
fn versions(
    fragment: &Value,
    description: &Value,
) -> Result<BTreeMap<Version, Served>, FragmentError> {
    let mut dated: BTreeMap<Version, (StatusCode, &String, &Value)> = BTreeMap::new();
    for (status, response) in fragment::object(description, "/responses")? {
        let status = StatusCode::from_bytes(status.as_bytes()).ok();
        let Some(status) = status.filter(StatusCode::is_success) else { continue };
        let content = resolve(fragment, response)["content"].as_object();
        for (media_type, content) in content.into_iter().flatten() {
            if let Some(version) = Version::of_media_type(media_type) {
                dated.entry(version).or_insert((status, media_type, content));
            }
        }
    }
    let served = dated.iter().map(|(version, (success, media_type, content))| {
        let successor = dated.range((Excluded(version), Unbounded)).next();
        let superseded = successor.map(|(successor, _)| {
            let sunset = content["x-sunset"].as_str().and_then(Version::of_date);
            let sunset = sunset.map(|date| header(&date.http_date())).transpose()?;
            Ok::<_, FragmentError>(Superseded {
                deprecation: header(&successor.http_date())?,
                sunset,
            })
        });
        let served = Served {
            version: *version,
            success: *success,
            content_type: header(&format!("{media_type};charset=utf-8"))?,
            body: body(fragment, description, *version)?,
            superseded: superseded.transpose()?,
        };
        Ok((*version, served))
    });
    served.collect()
}

/// What the request's body has to be in that version, where there is to be one.
fn body(
    fragment: &Value,
    description: &Value,
    version: Version,
) -> Result<Option<Schema>, FragmentError> {
    let request = resolve(fragment, &description["requestBody"]);
    let Some(content) = request["content"].as_object() else { return Ok(None) };
    let found = content.iter().find(|(name, _)| Version::of_media_type(name) == Some(version));
    let Some((_, content)) = found else {
        return Err(FragmentError::new("a version has an answer and no request"));
    };
    Schema::read(fragment, &content["schema"]).map(Some)
}
