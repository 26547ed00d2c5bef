//! Error responses, word for word.

use atlas_simulator::Simulator;

use crate::client::{
    ACCEPT, GROUP, MIGRATION, PATH, Response, authorization, manual, request, request_with, start,
};

/// The headers of every error of the application on `GET`.
const COMMON: &[&str] =
    &["content-type: application/json", "vary: Accept-Encoding", "x-frame-options: DENY"];
const VERSION: &str = "x-mongodb-service-version: gitHash=0000000000000000000000000000000000000000; versionString=master";
const MATCHED: &[&str] =
    &["x-java-method: SyntheticResource::getGroupLiveMigration", "x-java-version: 17.0.19+10-LTS"];
const COUNTED: &[&str] = &["ratelimit-limit: 1200", "ratelimit-remaining: 1199"];

#[track_caller]
fn assert_error(response: &Response, status: u16, body: &str, headers: &[&[&str]]) {
    assert_eq!(response.status(), status);
    assert_eq!(response.body(), body);
    let length = format!("content-length: {}", body.len());
    let (_, code) = body.split_once(r#""errorCode":""#).unwrap();
    let code = format!("x-error-code: {}", code.split('"').next().unwrap());
    response.assert_service_headers(&[&[COMMON, &[&length, &code]], headers].concat().concat());
}

async fn as_owner_of(access: &str) -> Response {
    let tokens = format!(r#"{{"bearer_tokens": [{{"token": "t", "access": "{access}"}}]}}"#);
    let simulator = start(&tokens).await;
    request_with(&simulator, "GET", PATH, &["Authorization: Bearer t", ACCEPT]).await
}

async fn get_path(path: &str) -> Response {
    request(&manual().start().await.unwrap(), "GET", path).await
}

async fn challenged(simulator: &Simulator, method: &str, target: &str, header: &str) -> Response {
    let response = request_with(simulator, method, target, &[ACCEPT, header]).await;
    assert_eq!(response.status_line(), "HTTP/1.1 401 Unauthorized", "{header}");
    let body = "{\n  \"error\" : 401,\n  \"reason\" : \"Unauthorized\",\n  \"detail\" : \"You are not authorized for this resource.\",\n  \"errorCode\" : \"UNEXPECTED_ERROR\"\n}";
    assert_eq!(response.body(), body);
    response.assert_headers(&[
        "content-length: 142",
        "content-type: application/json",
        "date",
        "server: mdbws",
        "upstream time",
        "vary: Accept-Encoding",
        "www-authenticate: Digest realm=\"MMS Public API\", domain=\"\", nonce, algorithm=MD5, qop=\"auth\", stale=false",
    ]);
    response
}

#[tokio::test]
async fn every_request_without_a_known_credential_is_challenged() {
    let simulator = manual().start().await.unwrap();
    for header in [
        "X-Nothing: 1",
        "Authorization: Bearer unknown",
        "Authorization: Bearer",
        "Authorization: Basic dTpw",
        "Authorization: Digest username=\"u\"",
    ] {
        challenged(&simulator, "GET", PATH, header).await;
    }
    challenged(&simulator, "GET", "/unknown?pretty=maybe", "X-Nothing: 1").await;
    challenged(&simulator, "DELETE", PATH, "X-Nothing: 1").await;
    challenged(&simulator, "OPTIONS", PATH, "X-Nothing: 1").await;
}

#[tokio::test]
async fn every_challenge_has_a_new_nonce() {
    let simulator = manual().start().await.unwrap();
    let one = challenged(&simulator, "GET", PATH, "X-Nothing: 1").await;
    let two = challenged(&simulator, "GET", PATH, "X-Nothing: 1").await;
    assert_ne!(one.header("www-authenticate"), two.header("www-authenticate"));
}

#[tokio::test]
async fn a_missing_role_is_401_and_not_403() {
    let body = r#"{"detail":"Current user is not authorized to perform this action.","error":401,"errorCode":"USER_UNAUTHORIZED","parameters":[],"reason":"Unauthorized"}"#;
    assert_error(&as_owner_of("no_role").await, 401, body, &[MATCHED]);
}

#[tokio::test]
async fn a_token_of_another_project_is_401() {
    let body = r#"{"detail":"User cannot access this group.","error":401,"errorCode":"USER_CANNOT_ACCESS_GROUP","parameters":[],"reason":"Unauthorized"}"#;
    assert_error(&as_owner_of("other_project").await, 401, body, &[MATCHED]);
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_403_and_named() {
    let body = r#"{"detail":"IP address 127.0.0.1 is not allowed to access this resource.","error":403,"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST","parameters":["127.0.0.1"],"reason":"Forbidden"}"#;
    assert_error(&as_owner_of("blocked_address").await, 403, body, &[&[VERSION]]);
}

#[tokio::test]
async fn refused_callers_do_not_count() {
    let simulator = start(
        r#"{"bearer_tokens": [{"token": "member"}, {"token": "none", "access": "no_role"}]}"#,
    )
    .await;
    let refused =
        request_with(&simulator, "GET", PATH, &["Authorization: Bearer none", ACCEPT]).await;
    assert_eq!(refused.status(), 401);
    let response = request(&simulator, "GET", PATH).await;
    assert_eq!(response.header("ratelimit-remaining"), Some("1199"));
}

#[tokio::test]
async fn an_unknown_path_is_404_and_named() {
    let path = format!("/api/atlas/v2/groups/{GROUP}/settings");
    let body = format!(
        r#"{{"detail":"Cannot find resource {path}.","error":404,"errorCode":"RESOURCE_NOT_FOUND","parameters":["{path}"],"reason":"Not Found"}}"#
    );
    assert_error(&get_path(&format!("{path}?pretty=true")).await, 404, &body, &[&[VERSION]]);
    assert_eq!(get_path("/").await.status(), 404);
    assert_eq!(get_path(&format!("{PATH}/")).await.status(), 404);
}

#[tokio::test]
async fn an_unknown_project_is_404_without_version_and_limit() {
    let path = PATH.replace(GROUP, "111111111111111111111111");
    let body = r#"{"detail":"No group with ID 111111111111111111111111 exists.","error":404,"errorCode":"GROUP_NOT_FOUND","parameters":["111111111111111111111111"],"reason":"Not Found"}"#;
    assert_error(&get_path(&path).await, 404, body, &[MATCHED]);
}

#[tokio::test]
async fn a_malformed_project_id_is_404() {
    for (sent, id) in
        [("abc", "abc"), ("32B6E34B3D91647ABB20E7B8", "32B6E34B3D91647ABB20E7B8"), ("a%20b", "a b")]
    {
        let body = format!(
            r#"{{"detail":"An invalid group ID {id} was specified.","error":404,"errorCode":"INVALID_GROUP_ID","parameters":["{id}"],"reason":"Not Found"}}"#
        );
        assert_error(&get_path(&PATH.replace(GROUP, sent)).await, 404, &body, &[MATCHED]);
    }
}

#[tokio::test]
async fn an_unknown_migration_is_404_and_counted() {
    let path = PATH.replace(MIGRATION, "000000000000000000000000");
    let body = r#"{"detail":"Cannot find resource Live migration with id 000000000000000000000000.","error":404,"errorCode":"RESOURCE_NOT_FOUND","parameters":["Live migration with id 000000000000000000000000"],"reason":"Not Found"}"#;
    assert_error(&get_path(&path).await, 404, body, &[MATCHED, COUNTED, &[VERSION]]);
}

#[tokio::test]
async fn a_migration_of_another_project_is_unknown() {
    let simulator =
        start(r#"{"projects": [{}, {"id": "0123456789abcdef01234567", "live_migrations": []}]}"#)
            .await;
    let path = PATH.replace(GROUP, "0123456789abcdef01234567");
    let response = request(&simulator, "GET", &path).await;
    assert_eq!(response.status(), 404);
    assert_eq!(response.header("x-error-code"), Some("RESOURCE_NOT_FOUND"));
}

#[tokio::test]
async fn a_malformed_migration_id_is_400() {
    for id in ["abc", "6296FB4C7C7AA997CF94E9A8", "6296fb4c7c7aa997cf94e9a80"] {
        let body = r#"{"detail":"Invalid path parameter liveMigrationId specified.","error":400,"errorCode":"INVALID_PATH_PARAMETER","parameters":["liveMigrationId"],"reason":"Bad Request"}"#;
        let response = get_path(&PATH.replace(MIGRATION, id)).await;
        assert_error(&response, 400, body, &[MATCHED, COUNTED, &[VERSION]]);
    }
}

#[tokio::test]
async fn an_unknown_method_is_405_without_body_and_content_type() {
    let simulator = manual().start().await.unwrap();
    for method in ["DELETE", "POST", "PUT", "PATCH", "PROPFIND"] {
        let response = request(&simulator, method, PATH).await;
        assert_eq!(response.status_line(), "HTTP/1.1 405 Method Not Allowed");
        assert_eq!(response.body(), "");
        response.assert_service_headers(&["allow: GET,OPTIONS", "content-length: 0"]);
    }
}

#[tokio::test]
async fn an_unknown_version_is_406() {
    let simulator = manual().start().await.unwrap();
    for accept in [
        "X-Nothing: 1",
        "Accept: */*",
        "Accept: application/json",
        "Accept: application/vnd.atlas.2022-12-31+json",
        "Accept: application/vnd.atlas.2023-13-01+json",
        "Accept: application/vnd.atlas.preview+json",
        "Accept: application/vnd.atlas.2023-01-01.upcoming+json",
        "Accept: application/vnd.atlas.2023-01-01+json;q=0",
    ] {
        let headers = [authorization(&simulator), accept.to_owned()];
        let headers = [headers[0].as_str(), headers[1].as_str()];
        let response = request_with(&simulator, "GET", PATH, &headers).await;
        let body = r#"{"detail":"Invalid accept header or version date.","error":406,"errorCode":"INVALID_VERSION_DATE","parameters":[],"reason":"Not Acceptable"}"#;
        assert_error(&response, 406, body, &[&[VERSION]]);
    }
}

#[tokio::test]
async fn the_version_is_checked_before_the_project() {
    let simulator = manual().start().await.unwrap();
    let path = PATH.replace(GROUP, "111111111111111111111111");
    let response = request_with(&simulator, "GET", &path, &[&authorization(&simulator)]).await;
    assert_eq!(response.status(), 406);
}
