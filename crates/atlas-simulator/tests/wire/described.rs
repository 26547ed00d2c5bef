//! The operations of an OpenAPI document, in the style of a slice of the official one.

use atlas_simulator::{Description, DescriptionError, Simulator};
use serde_json::{Value, json};

use crate::client::{
    ACCEPT, Connection, GROUP, PATH, authorization, manual, request, request_with,
};

const ALERTS: &str = "/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/alertConfigs";

/// Returns a document with what slices of the official one have: references, dated media types, and schemas only.
fn slice() -> Value {
    let dated = |date: &str, schema: &str| {
        let media_type = format!("application/vnd.atlas.{date}+json");
        json!({media_type: {"schema": {"$ref": format!("#/components/schemas/{schema}")}}})
    };
    let mut versions = dated("2023-01-01", "Alerts");
    let newer = dated("2024-08-05", "NewAlerts");
    versions.as_object_mut().unwrap().extend(newer.as_object().unwrap().clone());
    json!({
        "openapi": "3.0.1",
        "info": {"title": "Slice", "version": "2.0"},
        "servers": [{"url": "https://cloud.mongodb.com"}],
        "paths": {
            "/api/atlas/v2/groups/{groupId}/alertConfigs": {
                "parameters": [{"$ref": "#/components/parameters/groupId"}],
                "get": {
                    "operationId": "listGroupAlertConfigs",
                    "parameters": [{"$ref": "#/components/parameters/envelope"},
                        {"in": "query", "name": "itemsPerPage", "schema": {"type": "integer"}},
                        {"in": "query", "name": "kind", "required": true, "schema": {"type": "string", "enum": ["A", "B"]}}],
                    "responses": {"200": {"content": versions}, "401": {"description": "no"}}
                },
                "post": {
                    "operationId": "createGroupAlertConfig",
                    "requestBody": {"required": true, "content": dated("2023-01-01", "Alert")},
                    "responses": {"201": {"content": dated("2023-01-01", "Alert")}}
                }
            },
            "/api/atlas/v2/groups/{groupId}/alertConfigs/{alertConfigId}": {
                "delete": {
                    "operationId": "deleteGroupAlertConfig",
                    "parameters": [{"$ref": "#/components/parameters/groupId"},
                        {"in": "path", "name": "alertConfigId", "required": true, "schema": {"type": "string"}}],
                    "responses": {"204": {"content": {"application/vnd.atlas.2023-01-01+json": {}}}}
                }
            },
            "/api/atlas/v2/groups/{groupId}/clusters/{hostName}/logs/{logName}.gz": {
                "get": {
                    "operationId": "downloadClusterLog",
                    "responses": {"200": {"content": {"application/vnd.atlas.2023-02-01+gzip": {
                        "schema": {"type": "string", "format": "binary"}}}}}
                }
            },
            "/api/atlas/v2/groups/{groupId}/liveMigrations/{liveMigrationId}": {
                "get": {"responses": {"200": {"content": {"application/vnd.atlas.2023-01-01+json": {
                    "example": {"status": "said by the document"}}}}}}
            }
        },
        "components": {
            "parameters": {
                "groupId": {"in": "path", "name": "groupId", "required": true,
                    "schema": {"type": "string", "pattern": "^([a-f0-9]{24})$"}},
                "envelope": {"in": "query", "name": "envelope", "schema": {"type": "boolean", "default": false}}
            },
            "schemas": {
                "Alert": {"type": "object", "required": ["eventTypeName", "id"], "properties": {
                    "id": {"type": "string", "pattern": "^([a-f0-9]{24})$", "readOnly": true},
                    "eventTypeName": {"type": "string", "enum": ["OUTSIDE_METRIC_THRESHOLD"]},
                    "created": {"type": "string", "format": "date-time"},
                    "password": {"type": "string", "writeOnly": true}}},
                "Alerts": {"type": "object", "properties": {"totalCount": {"type": "integer", "minimum": 0},
                    "results": {"type": "array", "items": {"$ref": "#/components/schemas/Alert"}}}},
                "NewAlerts": {"type": "object", "properties": {"results": {"type": "array",
                    "items": {"$ref": "#/components/schemas/Alert"}}}}
            }
        }
    })
}

async fn serve() -> Simulator {
    let description = Description::from_json(&slice().to_string()).unwrap();
    manual().description(description).start().await.unwrap()
}

#[tokio::test]
async fn an_operation_of_the_document_responds_with_a_sample_of_its_schema() {
    let simulator = serve().await;
    let response = request(&simulator, "GET", &format!("{ALERTS}?kind=A")).await;
    assert_eq!(response.status(), 200);
    let version = Some("application/vnd.atlas.2023-01-01+json");
    assert_eq!(response.header("content-type"), version);
    let alert = json!({"id": GROUP, "eventTypeName": "OUTSIDE_METRIC_THRESHOLD",
        "created": "2026-01-02T03:04:05Z"});
    assert_eq!(response.json(), json!({"totalCount": 1, "results": [alert]}));
    // The same request gets the same response, in the format that it asks for.
    let response = request(&simulator, "GET", &format!("{ALERTS}?kind=B&envelope=true")).await;
    assert_eq!(
        response.json(),
        json!({"status": 200, "content": {"totalCount": 1, "results": [alert]}})
    );
    // The log of the simulator shows it like any other request.
    assert_eq!(simulator.control().requests().len(), 2);
}

#[tokio::test]
async fn the_version_follows_from_the_accept_header() {
    let simulator = serve().await;
    let get = async |accept: &str| {
        let headers = [authorization(&simulator), format!("Accept: {accept}")];
        let headers: Vec<_> = headers.iter().map(String::as_str).collect();
        request_with(&simulator, "GET", &format!("{ALERTS}?kind=A"), &headers).await
    };
    let newest = get("application/vnd.atlas.2025-01-01+json").await;
    assert_eq!(newest.header("content-type"), Some("application/vnd.atlas.2024-08-05+json"));
    assert!(newest.json().get("totalCount").is_none());
    for refused in ["*/*", "application/vnd.atlas.2022-01-01+json", "text/html"] {
        let response = get(refused).await;
        assert_eq!(
            (response.status(), response.header("x-error-code")),
            (406, Some("INVALID_VERSION_DATE"))
        );
    }
    let log = format!("/api/atlas/v2/groups/{GROUP}/clusters/h/logs/mongodb.gz");
    let headers = [&*authorization(&simulator), "Accept: application/vnd.atlas.2023-02-01+gzip"];
    let response = request_with(&simulator, "GET", &log, &headers).await;
    assert_eq!((response.status(), response.body()), (200, "example"));
}

#[tokio::test]
async fn what_the_document_requires_is_checked() {
    let simulator = serve().await;
    let code = async |target: &str| {
        let response = request(&simulator, "GET", target).await;
        (response.status(), response.json()["errorCode"].as_str().unwrap().to_owned())
    };
    let is = |status, code: &str| (status, code.to_owned());
    assert_eq!(code(ALERTS).await, is(400, "MISSING_QUERY_PARAMETER"));
    assert_eq!(code(&format!("{ALERTS}?kind=C")).await, is(400, "INVALID_QUERY_PARAMETER"));
    let pages = format!("{ALERTS}?kind=A&itemsPerPage=ten");
    assert_eq!(code(&pages).await, is(400, "INVALID_QUERY_PARAMETER"));
    let project = format!("{}?kind=A", ALERTS.replace(GROUP, "mine"));
    assert_eq!(code(&project).await, is(400, "INVALID_PATH_PARAMETER"));
}

#[tokio::test]
async fn a_body_is_checked_for_its_type_and_its_required_fields() {
    let simulator = serve().await;
    let authorization = authorization(&simulator);
    let post = async |content_type: &str, body: &str| {
        let mut connection = Connection::open(&simulator).await;
        let headers = [&*authorization, ACCEPT, content_type];
        connection.send_with_body("POST", ALERTS, &headers, body).await;
        let response = connection.receive("POST").await.unwrap();
        (response.status(), response.json()["errorCode"].as_str().map(str::to_owned))
    };
    let json = "Content-Type: application/json";
    let good = r#"{"eventTypeName": "OUTSIDE_METRIC_THRESHOLD"}"#;
    for content_type in [json, "Content-Type: application/vnd.atlas.2023-01-01+json"] {
        // The id is assigned by the service.
        assert_eq!(post(content_type, good).await, (201, None));
    }
    for (content_type, body, status, code) in [
        (json, "{}", 400, "MISSING_ATTRIBUTE"),
        (json, "[]", 400, "INVALID_JSON"),
        (json, "{", 400, "MALFORMED_JSON"),
        (json, "", 400, "MALFORMED_JSON"),
        ("Content-Type: text/plain", good, 415, "UNEXPECTED_ERROR"),
    ] {
        assert_eq!(post(content_type, body).await, (status, Some(code.to_owned())), "{body}");
    }
}

#[tokio::test]
async fn an_unknown_path_names_operations_like_it() {
    let simulator = serve().await;
    let response =
        request(&simulator, "GET", &format!("/api/atlas/v2/groups/{GROUP}/alerts")).await;
    assert_eq!(
        (response.status(), response.header("x-error-code")),
        (404, Some("RESOURCE_NOT_FOUND"))
    );
    let detail = response.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("GET /api/atlas/v2/groups/{groupId}/alertConfigs"), "{detail}");
    let response = request(&simulator, "PUT", ALERTS).await;
    assert_eq!((response.status(), response.header("allow")), (405, Some("GET,POST,OPTIONS")));
    let target = format!("{ALERTS}/x");
    let response = request(&simulator, "DELETE", &target).await;
    assert_eq!((response.status(), response.body()), (204, ""));
}

#[tokio::test]
async fn a_request_without_a_credential_of_the_scenario_is_refused() {
    let simulator = serve().await;
    let target = format!("{ALERTS}?kind=A");
    for headers in [&[ACCEPT][..], &[ACCEPT, "Authorization: Bearer unknown"]] {
        let response = request_with(&simulator, "GET", &target, headers).await;
        assert_eq!(response.status(), 401);
        assert!(response.header("www-authenticate").is_some());
    }
}

#[tokio::test]
async fn the_document_comes_before_the_simulation_and_everything_else_stays_simulated() {
    let simulator = serve().await;
    let response = request(&simulator, "GET", PATH).await;
    assert_eq!(response.json(), json!({"status": "said by the document"}));
    let clusters = format!("/api/atlas/v2/groups/{GROUP}/clusters");
    let headers = [&*authorization(&simulator), "Accept: application/vnd.atlas.2024-08-05+json"];
    let response = request_with(&simulator, "GET", &clusters, &headers).await;
    assert_eq!(response.status(), 200);
}

#[test]
fn a_document_that_cannot_be_served_is_refused() {
    let error = |text: &str| Description::from_json(text).unwrap_err();
    assert!(matches!(error("openapi: 3.0.3"), DescriptionError::NotJson(_)));
    assert!(matches!(error(r#"{"swagger": "2.0"}"#), DescriptionError::NotOpenApi));
    assert!(matches!(
        error(r#"{"openapi": "3.0.3", "paths": {"/a": {}}}"#),
        DescriptionError::Empty
    ));
    assert!(matches!(error(&" ".repeat((64 << 20) + 1)), DescriptionError::TooLarge));
    let description = Description::from_json(&slice().to_string()).unwrap();
    assert_eq!(description.operations().count(), 5);
    assert!(description.samples().count() >= 3);
}
