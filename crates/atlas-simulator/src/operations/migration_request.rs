//! The body of a migration request: the rules that its schema does not contain.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::context::Context;
use crate::api::ApiError;
use crate::state::Project;

/// The length of a host name. Invented as a rule of the service; the limit is that of DNS.
const HOST_LENGTH: RangeInclusive<usize> = 1..=253;

/// The parts of a migration request that the simulator uses.
pub(super) struct MigrationRequest<'a> {
    pub(super) host: &'a str,
    pub(super) source_group_id: &'a str,
    pub(super) source_cluster: &'a str,
    pub(super) destination_cluster: &'a str,
}

impl<'a> MigrationRequest<'a> {
    /// Reads a body that matches its schema. An empty text counts as missing.
    ///
    /// Invented: the codes, the messages, and their order.
    pub(super) fn read(context: &'a Context<'_>, project: &Project) -> Result<Self, ApiError> {
        let (source, destination) = (&context.body["source"], &context.body["destination"]);
        let host = text(&context.body["migrationHosts"][0]);
        if !HOST_LENGTH.contains(&host.len()) {
            return Err(ApiError::invalid_attribute("migrationHosts[0]"));
        }
        if text(&destination["groupId"]) != project.id() {
            return Err(ApiError::validation_error("the destination is in another project"));
        }
        let is_private = text(&destination["hostnameSchemaType"]) == "PRIVATE_LINK";
        let has_link = !text(&destination["privateLinkId"]).is_empty();
        if is_private && !has_link {
            return Err(ApiError::missing_attribute("destination.privateLinkId"));
        }
        if has_link && !is_private {
            return Err(ApiError::invalid_attribute("destination.privateLinkId"));
        }
        let has_login =
            ["username", "password"].iter().any(|name| !text(&source[*name]).is_empty());
        if source["managedAuthentication"] == true && has_login {
            let message = "managed authentication excludes a user name and a password";
            return Err(ApiError::validation_error(message));
        }
        Ok(Self {
            host,
            source_group_id: text(&source["groupId"]),
            source_cluster: text(&source["clusterName"]),
            destination_cluster: text(&destination["clusterName"]),
        })
    }
}

/// Returns the text, or an empty one if there is none.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
