//! The form of a request that the journal records: method, path, version, hash, and the body without its password.

use atlas_migrations::{GroupId, MigrationRequest, Operation, generated::operations};
use atlas_migrations_journal::{Hash, without_password};
use atlas_migrations_plan::CreateRequest;
use serde_json::{Value, json};

use super::change::Change;

/// A request as the journal records it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RequestForm {
    /// The HTTP method.
    pub method: &'static str,
    /// The path, without the host.
    pub path: String,
    /// The date of the API version.
    pub api_version: String,
    /// The body, with `true` in place of a password; `null` if there is none.
    pub body: Value,
    /// The hash of all of them.
    pub hash: Hash,
}

impl RequestForm {
    /// Returns the form of a change.
    pub fn of(change: &Change) -> Self {
        let word = change.operation();
        match change {
            Change::Validate { group, request } => {
                let body = body(*group, request);
                let operation = &operations::VALIDATE_GROUP_LIVE_MIGRATIONS;
                Self::new(word.as_str(), operation, &[&group.to_string()], body)
            }
            Change::Create { group, request } => Self::create(*group, request),
            Change::Cutover { group, id } => {
                let operation = &operations::CUTOVER_GROUP_LIVE_MIGRATION;
                let ids = [group.to_string(), id.to_string()];
                Self::new(word.as_str(), operation, &[&ids[0], &ids[1]], Value::Null)
            }
            Change::LinkCreate { org, access_list, .. } => {
                let operation = &operations::CREATE_ORG_LIVE_MIGRATION_LINK_TOKEN;
                let body = json!({"accessListIps": access_list});
                Self::new(word.as_str(), operation, &[&org.to_string()], body)
            }
            Change::LinkDelete { org } => {
                let operation = &operations::DELETE_ORG_LIVE_MIGRATION_LINK_TOKENS;
                Self::new(word.as_str(), operation, &[&org.to_string()], Value::Null)
            }
        }
    }

    /// Returns the form of a create request. Its hash is the one that approvals are bound to.
    pub fn create(group: GroupId, request: &MigrationRequest) -> Self {
        // The type that plans use, so that an approval of a plan is one of what is sent.
        let create = CreateRequest::new(group, request);
        Self {
            method: create.method(),
            path: create.path().to_owned(),
            api_version: CreateRequest::api_version().to_owned(),
            body: create.body().clone(),
            hash: create.hash().clone(),
        }
    }

    fn new(word: &str, operation: &'static Operation, ids: &[&str], body: Value) -> Self {
        let path = path(operation.path, ids);
        let api_version = api_version(operation.accept);
        let body = without_password(body);
        let hash = Hash::of_request(word, &path, &api_version, &body);
        Self { method: operation.method, path, api_version, body, hash }
    }
}

/// Returns the body in the JSON of the service. The password is in it.
fn body(group: GroupId, request: &MigrationRequest) -> Value {
    // The types of the API have string keys only, so that writing them cannot fail.
    serde_json::to_value(request.to_json(group)).unwrap_or_default()
}

/// Fills the parameters of a path template in order.
fn path(template: &str, ids: &[&str]) -> String {
    let mut ids = ids.iter();
    template
        .split('/')
        .map(|segment| match segment.strip_prefix('{') {
            Some(_) => ids.next().copied().unwrap_or(segment),
            None => segment,
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// Returns the date in a media type such as `application/vnd.atlas.2024-05-30+json`.
fn api_version(accept: &str) -> String {
    let date = accept.split_once("vnd.atlas.").and_then(|(_, rest)| rest.split_once('+'));
    date.map_or(accept, |(date, _)| date).to_owned()
}

#[cfg(test)]
mod tests {
    use atlas_migrations::{Authentication, Destination, Network, Source};

    use super::*;

    fn request(password: &str) -> MigrationRequest {
        let user = Authentication::user("migrator", password);
        let source = Source::new("5f0a1b2c3d4e5f6071829304".parse().unwrap(), "rs0", user);
        MigrationRequest::new(source, Destination::new("target", Network::Public), "vm001")
    }

    #[test]
    fn the_form_names_path_and_version_and_hides_the_password() {
        let group = "32b6e34b3d91647abb20e7b8".parse().unwrap();
        let form = RequestForm::create(group, &request("first-secret"));
        assert_eq!(
            (form.method, form.path.as_str()),
            ("POST", "/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/liveMigrations")
        );
        assert_eq!(form.api_version, "2024-05-30");
        assert_eq!(form.body["source"]["password"], true);
        assert!(!form.body.to_string().contains("first-secret"));
        // A new password is the same request; a new host is another one.
        assert_eq!(form.hash, RequestForm::create(group, &request("second-secret")).hash);
        let other = "32b6e34b3d91647abb20e7b9".parse().unwrap();
        assert_ne!(form.hash, RequestForm::create(other, &request("first-secret")).hash);
    }

    #[test]
    fn both_ids_of_a_cutover_are_in_its_path() {
        let group = "32b6e34b3d91647abb20e7b8".parse().unwrap();
        let id = "6296fb4c7c7aa997cf94e9a8".parse().unwrap();
        let form = RequestForm::of(&Change::Cutover { group, id });
        assert_eq!(
            form.path,
            "/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/liveMigrations/6296fb4c7c7aa997cf94e9a8/cutover"
        );
        assert_eq!((form.method, form.body), ("PUT", Value::Null));
    }
}
