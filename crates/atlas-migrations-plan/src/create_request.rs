//! [`CreateRequest`]: the request that starts a migration, as the journal records it.

use atlas_migrations::{
    GroupId, MigrationRequest, generated::operations::CREATE_GROUP_LIVE_MIGRATION,
};
use atlas_migrations_journal::{Hash, event::Operation, without_password};
use serde_json::Value;

/// The request that starts a migration, as the journal records it: with `true` in place of the password.
///
/// The plan and the recorded call use this one type, so that their hashes agree.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateRequest {
    path: String,
    body: Value,
    hash: Hash,
}

impl CreateRequest {
    /// Creates the record of a request to a project.
    pub fn new(project: GroupId, request: &MigrationRequest) -> Self {
        let path = CREATE_GROUP_LIVE_MIGRATION.path.replace("{groupId}", &project.to_string());
        // The type always has a JSON form. `null` would change the hash, and no request has it.
        let body = serde_json::to_value(request.to_json(project)).unwrap_or_default();
        let body = without_password(body);
        let operation = Operation::Create;
        let hash = Hash::of_request(operation.as_str(), &path, Self::api_version(), &body);
        Self { path, body, hash }
    }

    /// Returns the HTTP method.
    pub fn method(&self) -> &'static str {
        CREATE_GROUP_LIVE_MIGRATION.method
    }

    /// Returns the path, without the host.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the API version, such as `2024-05-30`.
    pub fn api_version() -> &'static str {
        let media_type = CREATE_GROUP_LIVE_MIGRATION.accept;
        let version = media_type.strip_prefix("application/vnd.atlas.");
        version.and_then(|version| version.strip_suffix("+json")).unwrap_or(media_type)
    }

    /// Returns the body with `true` in place of the password.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// Returns the hash of operation, path, API version and body.
    pub fn hash(&self) -> &Hash {
        &self.hash
    }
}
