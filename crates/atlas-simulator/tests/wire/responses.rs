//! Successful responses and their formats.

use crate::client::{
    ACCEPT, PATH, Response, advance, authorization, get, manual, request, request_with,
};

const HEADERS: &[&str] = &[
    "content-type: application/vnd.atlas.2023-01-01+json;charset=utf-8",
    "ratelimit-limit: 1200",
    "ratelimit-remaining: 1199",
    "vary: Accept-Encoding",
    "x-frame-options: DENY",
    "x-java-method: SyntheticResource::getGroupLiveMigration",
    "x-java-version: 17.0.19+10-LTS",
    "x-mongodb-service-version: gitHash=0000000000000000000000000000000000000000; versionString=master",
];

#[tokio::test]
async fn a_success_has_the_headers_of_the_service_and_a_compact_sorted_body() {
    let simulator = manual().start().await.unwrap();
    advance(&simulator.control(), 60);
    let response = get(&simulator).await;
    assert_eq!(response.status_line(), "HTTP/1.1 200 OK");
    let body = r#"{"_id":"6296fb4c7c7aa997cf94e9a8","lagTimeSeconds":900,"migrationHosts":["vm001.example.com"],"readyForCutover":false,"status":"WORKING"}"#;
    assert_eq!(response.body(), body);
    response
        .assert_service_headers(&[HEADERS, &[&format!("content-length: {}", body.len())]].concat());
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let simulator = manual().start().await.unwrap();
    let length = get(&simulator).await.body().len();
    let response = request(&simulator, "HEAD", PATH).await;
    assert_eq!(response.status(), 200);
    let length = format!("content-length: {length}");
    let remaining = "ratelimit-remaining: 1198";
    let headers = HEADERS.iter().copied().filter(|header| !header.starts_with("ratelimit-r"));
    response
        .assert_service_headers(&headers.chain([length.as_str(), remaining]).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_newest_version_not_after_the_requested_one_responds() {
    let simulator = manual().start().await.unwrap();
    let authorization = authorization(&simulator);
    for accept in [
        "Accept: application/vnd.atlas.2025-03-12+json",
        "accept: text/html, application/vnd.atlas.2023-02-01+json;q=0.5",
        "Accept: application/vnd.atlas.2020-01-01+json, application/vnd.atlas.2023-01-01+json;q=0.1",
        "Accept: text/html\r\nAccept: application/vnd.atlas.2023-01-01+json",
    ] {
        let response = request_with(&simulator, "GET", PATH, &[&authorization, accept]).await;
        assert_eq!(response.status(), 200, "{accept}");
        let served = "application/vnd.atlas.2023-01-01+json;charset=utf-8";
        assert_eq!(response.header("content-type"), Some(served), "{accept}");
    }
}

async fn get_query(query: &str) -> Response {
    let simulator = manual().start().await.unwrap();
    request(&simulator, "GET", &format!("{PATH}?{query}")).await
}

#[tokio::test]
async fn pretty_has_the_layout_of_jackson() {
    let body = r#"{
  "_id" : "6296fb4c7c7aa997cf94e9a8",
  "lagTimeSeconds" : null,
  "migrationHosts" : [ "vm001.example.com" ],
  "readyForCutover" : false,
  "status" : "NEW"
}"#;
    assert_eq!(get_query("pretty=true").await.body(), body);
}

#[tokio::test]
async fn envelope_wraps_the_body_and_its_status() {
    let response = get_query("envelope=true&pretty=false").await;
    let body = r#"{"content":{"_id":"6296fb4c7c7aa997cf94e9a8","lagTimeSeconds":null,"migrationHosts":["vm001.example.com"],"readyForCutover":false,"status":"NEW"},"status":200}"#;
    assert_eq!(response.body(), body);
    assert_eq!(response.header("content-type").unwrap(), HEADERS[0].split_once(": ").unwrap().1);
}

#[tokio::test]
async fn envelope_and_pretty_can_be_combined() {
    let body = get_query("envelope=true&pretty=true").await.body().to_owned();
    assert!(body.starts_with("{\n  \"content\" : {\n    \"_id\" : \""), "{body}");
    assert!(body.ends_with("\"NEW\"\n  },\n  \"status\" : 200\n}"), "{body}");
}

#[tokio::test]
async fn an_enveloped_error_keeps_its_status() {
    let simulator = manual().start().await.unwrap();
    let target = PATH.replace("32b6", "0000") + "?envelope=true";
    let response = request(&simulator, "GET", &target).await;
    assert_eq!(response.status(), 404);
    assert_eq!(response.header("content-type"), Some("application/json"));
    let body = r#"{"content":{"detail":"No group with ID 0000e34b3d91647abb20e7b8 exists.","error":404,"errorCode":"GROUP_NOT_FOUND","parameters":["0000e34b3d91647abb20e7b8"],"reason":"Not Found"},"status":404}"#;
    assert_eq!(response.body(), body);
}

#[tokio::test]
async fn values_other_than_true_and_false_are_refused() {
    for (query, name) in [
        ("envelope=yes", "envelope"),
        ("pretty=TRUE", "pretty"),
        ("pretty", "pretty"),
        ("pretty=&envelope=1", "envelope"),
    ] {
        let response = get_query(query).await;
        assert_eq!(response.status(), 400, "{query}");
        let body = format!(
            r#"{{"detail":"Invalid query parameter {name} specified.","error":400,"errorCode":"INVALID_QUERY_PARAMETER","parameters":["{name}"],"reason":"Bad Request"}}"#
        );
        assert_eq!(response.body(), body);
        assert_eq!(response.header("x-error-code"), Some("INVALID_QUERY_PARAMETER"));
        assert_eq!(response.header("ratelimit-remaining"), Some("1199"));
    }
}

#[tokio::test]
async fn other_query_parameters_are_ignored() {
    assert_eq!(get_query("itemsPerPage=1&x").await.status(), 200);
}

#[tokio::test]
async fn options_lists_the_allowed_methods() {
    let simulator = manual().start().await.unwrap();
    let response =
        request_with(&simulator, "OPTIONS", PATH, &[&authorization(&simulator), ACCEPT]).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.header("allow"), Some("GET,OPTIONS"));
    assert_eq!(response.body(), "");
}
