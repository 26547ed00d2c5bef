//! Common requests to the operations.

use atlas_simulator::Simulator;
use serde_json::{Value, json};

use crate::client::{ACCEPT, Connection, GROUP, Response, authorization, post, request_with};

pub const CREATE: &str = "/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/liveMigrations";
pub const VALIDATE: &str = "/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/liveMigrations/validate";
pub const LINK: &str = "/api/atlas/v2/orgs/4888442a3354817a7320eb61/liveMigrations/linkTokens";
pub const PROJECTS: &str =
    "/api/atlas/v2/orgs/4888442a3354817a7320eb61/liveMigrations/availableProjects";
pub const READY: &str = "5eed5eed5eed5eed5eed5eed";
pub const SOURCE: &str = "5f0a1b2c3d4e5f6071829304";
/// The newest version.
pub const NEWEST: &str = "application/vnd.atlas.2024-05-30+json";

/// The form of a token request by the default service account.
pub const GRANT: &str = "grant_type=client_credentials&client_id=mdb_sa_id_deadbeefdeadbeefdeadbeef\
                         &client_secret=mdb_sa_sk_not-a-real-secret_not-a-real-secret_0000";

/// Fetches a token as the default service account.
pub async fn fetch_token(simulator: &Simulator) -> String {
    let token = post(simulator, "/api/oauth/token", &[], GRANT).await.json();
    token["access_token"].as_str().unwrap().to_owned()
}

/// Returns a migration request with only the required fields.
pub fn migration() -> Value {
    json!({
        "destination": {
            "clusterName": "target", "groupId": GROUP, "hostnameSchemaType": "PUBLIC",
        },
        "migrationHosts": ["vm001.example.com"],
        "source": {
            "clusterName": "replica-set-0", "groupId": SOURCE, "managedAuthentication": true,
            "ssl": true,
        },
    })
}

/// Returns the migration request with another value at a JSON pointer.
pub fn migration_with(pointer: &str, value: Value) -> Value {
    let mut body = migration();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value;
    body
}

/// Returns the migration request without the field at a JSON pointer.
pub fn migration_without(pointer: &str) -> Value {
    let mut body = migration();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
    body
}

/// Sends a body with only these headers on a new connection.
pub async fn send_body(
    simulator: &Simulator,
    method: &str,
    target: &str,
    headers: &[&str],
    body: &str,
) -> Response {
    let mut connection = Connection::open(simulator).await;
    connection.send_with_body(method, target, headers, body).await;
    connection.receive(method).await.unwrap()
}

/// Posts a body in the newest version.
pub async fn post_json(simulator: &Simulator, target: &str, body: &str) -> Response {
    let accept = format!("Accept: {NEWEST}");
    let content_type = format!("Content-Type: {NEWEST}");
    let headers = [authorization(simulator), accept, content_type];
    send_body(simulator, "POST", target, &headers.each_ref().map(String::as_str), body).await
}

pub async fn create(simulator: &Simulator) -> Response {
    post_json(simulator, CREATE, &migration().to_string()).await
}

/// Creates a migration and returns its id.
pub async fn created(simulator: &Simulator) -> String {
    let response = create(simulator).await;
    assert_eq!(response.status(), 201, "{}", response.body());
    response.json()["_id"].as_str().unwrap().to_owned()
}

pub async fn create_link(simulator: &Simulator) -> Response {
    post_json(simulator, LINK, r#"{"accessListIps":["203.0.113.7"]}"#).await
}

/// Gets a migration of the default project.
pub async fn get_migration(simulator: &Simulator, id: &str) -> Response {
    let headers = [&authorization(simulator), ACCEPT];
    request_with(simulator, "GET", &format!("{CREATE}/{id}"), &headers).await
}

pub async fn cut_over(simulator: &Simulator, id: &str) -> Response {
    let headers = [&authorization(simulator), ACCEPT];
    request_with(simulator, "PUT", &format!("{CREATE}/{id}/cutover"), &headers).await
}

#[track_caller]
pub fn assert_code(response: &Response, status: u16, code: &str) {
    assert_eq!(response.status(), status, "{}", response.body());
    assert_eq!(response.json()["errorCode"], code, "{}", response.body());
    assert_eq!(response.header("x-error-code"), Some(code));
}
