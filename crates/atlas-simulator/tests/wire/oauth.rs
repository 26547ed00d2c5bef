//! The OAuth endpoints.

use std::collections::HashSet;

use atlas_simulator::{Fault, FaultRule, Simulator};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::client::{
    ACCEPT, Connection, PATH, Response, advance, manual, post, request, request_with, start,
};

const TOKEN: &str = "/api/oauth/token";
const REVOKE: &str = "/api/oauth/revoke";
const GRANT: &str = "grant_type=client_credentials";
const ID: &str = "mdb_sa_id_deadbeefdeadbeefdeadbeef";
const SECRET: &str = "mdb_sa_sk_not-a-real-secret_not-a-real-secret_0000";

fn basic(id: &str, secret: &str) -> String {
    format!("Authorization: Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

async fn request_token(simulator: &Simulator) -> Response {
    post(simulator, TOKEN, &[&basic(ID, SECRET)], GRANT).await
}

async fn fetch(simulator: &Simulator) -> String {
    let response = request_token(simulator).await;
    assert_eq!(response.status(), 200, "{}", response.body());
    response.json()["access_token"].as_str().unwrap().to_owned()
}

async fn status_with(simulator: &Simulator, token: &str) -> u16 {
    let authorization = format!("Authorization: Bearer {token}");
    request_with(simulator, "GET", PATH, &[&authorization, ACCEPT]).await.status()
}

#[track_caller]
fn assert_refused(response: &Response, status: u16, error: &str, description: &str) {
    assert_eq!(response.status(), status, "{}", response.body());
    let body = format!(r#"{{"error":"{error}","error_description":"{description}"}}"#);
    assert_eq!(response.body(), body);
    assert_eq!(response.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_token_is_fetched_and_used_until_it_expires() {
    let simulator = manual().start().await.unwrap();
    let control = simulator.control();
    let response = request_token(&simulator).await;
    let token = response.json()["access_token"].as_str().unwrap().to_owned();
    let body = format!(r#"{{"access_token":"{token}","expires_in":3600,"token_type":"Bearer"}}"#);
    assert_eq!(response.body(), body);
    response.assert_service_headers(&[
        &format!("content-length: {}", body.len()),
        "content-type: application/json",
        "x-frame-options: DENY",
        "x-mongodb-service-version: gitHash=0000000000000000000000000000000000000000; versionString=master",
    ]);
    assert_eq!(status_with(&simulator, &token).await, 200);
    advance(&control, 3599);
    assert_eq!(status_with(&simulator, &token).await, 200);
    advance(&control, 1);
    assert_eq!(status_with(&simulator, &token).await, 401);
    assert_eq!(status_with(&simulator, &fetch(&simulator).await).await, 200);
    assert_eq!(control.tokens_issued(), 2);
}

#[tokio::test]
async fn the_lifetime_can_be_set() {
    let simulator = start(r#"{"token_lifetime_seconds": 2}"#).await;
    let response = request_token(&simulator).await;
    assert_eq!(response.json()["expires_in"], 2);
    let token = response.json()["access_token"].as_str().unwrap().to_owned();
    advance(&simulator.control(), 1);
    assert_eq!(status_with(&simulator, &token).await, 200);
    advance(&simulator.control(), 1);
    assert_eq!(status_with(&simulator, &token).await, 401);
}

#[tokio::test]
async fn tokens_are_unique_and_look_like_a_jwt() {
    let simulator = manual().start().await.unwrap();
    let mut tokens = HashSet::new();
    for _ in 0..10 {
        tokens.insert(fetch(&simulator).await);
    }
    assert_eq!(tokens.len(), 10);
    for token in tokens {
        let parts: Vec<_> =
            token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
        let [header, claims, signature] = parts.as_slice() else { panic!("{token}") };
        let header: serde_json::Value = serde_json::from_slice(header).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(claims).unwrap();
        assert_eq!((&header["typ"], &claims["sub"]), (&"JWT".into(), &ID.into()));
        assert_eq!(signature, b"not a real signature");
    }
}

#[tokio::test]
async fn the_form_can_carry_the_client_credentials() {
    let simulator = manual().start().await.unwrap();
    let form = format!("{GRANT}&client_id={ID}&client_secret={SECRET}");
    assert_eq!(post(&simulator, TOKEN, &[], &form).await.status(), 200);
    let both = post(&simulator, TOKEN, &[&basic(ID, SECRET)], &form).await;
    let description = "The client is named in the header and in the form.";
    assert_refused(&both, 400, "invalid_request", description);
    let form = format!("{GRANT}&client_id={ID}");
    let named = post(&simulator, TOKEN, &[&basic(ID, SECRET)], &form).await;
    assert_eq!(named.status(), 200);
}

#[tokio::test]
async fn errors_have_the_format_of_oauth() {
    let simulator = manual().start().await.unwrap();
    let good = basic(ID, SECRET);
    for header in [
        "X-Nothing: 1",
        &basic(ID, "wrong"),
        &basic("wrong", SECRET),
        "Authorization: Basic !",
        "Authorization: Bearer not-a-real-bearer-token",
    ] {
        let response = post(&simulator, TOKEN, &[header], GRANT).await;
        assert_refused(&response, 401, "invalid_client", "Invalid credentials provided.");
        assert_eq!(response.header("www-authenticate"), None);
    }
    for (form, error, description) in [
        ("", "invalid_request", "The grant type is missing."),
        ("grant_type=", "invalid_request", "The grant type is missing."),
        ("grant_type=password", "unsupported_grant_type", "The grant type is not supported."),
        (&format!("{GRANT}&{GRANT}"), "invalid_request", "A parameter appears twice."),
    ] {
        let response = post(&simulator, TOKEN, &[&good], form).await;
        assert_refused(&response, 400, error, description);
    }
    let mut connection = Connection::open(&simulator).await;
    let json = ["Content-Type: application/json", &good];
    connection.send_with_body("POST", TOKEN, &json, GRANT).await;
    let response = connection.receive("POST").await.unwrap();
    let description = "The content type is not application/x-www-form-urlencoded.";
    assert_refused(&response, 400, "invalid_request", description);
    assert_eq!(simulator.control().tokens_issued(), 0);
    assert_eq!(request(&simulator, "GET", TOKEN).await.header("allow"), Some("POST,OPTIONS"));
}

#[tokio::test]
async fn beyond_the_limit_the_response_is_the_recorded_one() {
    let simulator = start(r#"{"service_accounts": [{}, {"client_id": "other"}]}"#).await;
    let control = simulator.control();
    for _ in 0..9 {
        fetch(&simulator).await;
    }
    // Requests with a wrong secret count too.
    let wrong = post(&simulator, TOKEN, &[&basic(ID, "wrong")], GRANT).await;
    assert_eq!(wrong.status(), 401);
    advance(&control, 15);
    let response = request_token(&simulator).await;
    assert_eq!(response.status_line(), "HTTP/1.1 429 Too Many Requests");
    let body = r#"{"detail":"Resource /api/oauth/token is limited to 10 requests every 1 minutes.","error":429,"errorCode":"RATE_LIMITED","parameters":["/api/oauth/token",10,1],"reason":"Too Many Requests"}"#;
    assert_eq!(response.body(), body);
    assert_eq!(response.header("retry-after"), Some("45"));
    assert_eq!(response.header("content-type"), Some("application/json"));

    // Other clients and the other endpoint have their own limits.
    let other = post(&simulator, TOKEN, &[&basic("other", SECRET)], GRANT).await;
    assert_eq!(other.status(), 200);
    let revoked = post(&simulator, REVOKE, &[&basic(ID, SECRET)], "token=x").await;
    assert_eq!(revoked.status(), 200);

    advance(&control, 44);
    assert_eq!(request_token(&simulator).await.status(), 429);
    advance(&control, 1);
    assert_eq!(request_token(&simulator).await.status(), 200);
    assert_eq!(control.tokens_issued(), 11);
}

#[tokio::test]
async fn the_limit_can_be_set_and_is_named_in_its_error() {
    let limit = r#"{"rate_limits": {"token_endpoint": {"requests": 1, "period_minutes": 3}}}"#;
    let simulator = start(limit).await;
    fetch(&simulator).await;
    advance(&simulator.control(), 179);
    let response = request_token(&simulator).await;
    assert!(response.body().contains("is limited to 1 requests every 3 minutes."));
    assert!(response.body().contains(r#""parameters":["/api/oauth/token",1,3]"#));
    advance(&simulator.control(), 1);
    fetch(&simulator).await;
}

#[tokio::test]
async fn a_revoked_token_is_no_longer_valid() {
    let simulator = manual().start().await.unwrap();
    let (one, two) = (fetch(&simulator).await, fetch(&simulator).await);
    let form = format!("token={one}&token_type_hint=access_token");
    let response = post(&simulator, REVOKE, &[&basic(ID, SECRET)], &form).await;
    assert_eq!((response.status(), response.body()), (200, ""));
    assert_eq!(response.header("content-type"), None);
    assert_eq!(status_with(&simulator, &one).await, 401);
    assert_eq!(status_with(&simulator, &two).await, 200);
    // Revoking a token twice, or an unknown token, is not an error.
    for form in [form.as_str(), "token=nothing"] {
        let response = post(&simulator, REVOKE, &[&basic(ID, SECRET)], form).await;
        assert_eq!(response.status(), 200);
    }
    let response = post(&simulator, REVOKE, &[&basic(ID, SECRET)], "").await;
    assert_refused(&response, 400, "invalid_request", "The token is missing.");
    let form = format!("token={two}");
    let response = post(&simulator, REVOKE, &[&basic(ID, "wrong")], &form).await;
    assert_refused(&response, 401, "invalid_client", "Invalid credentials provided.");
    assert_eq!(status_with(&simulator, &two).await, 200);
}

#[tokio::test]
async fn a_client_cannot_revoke_the_token_of_another() {
    let simulator = start(r#"{"service_accounts": [{}, {"client_id": "other"}]}"#).await;
    let token = fetch(&simulator).await;
    let form = format!("token={token}");
    let response = post(&simulator, REVOKE, &[&basic("other", SECRET)], &form).await;
    assert_refused(&response, 400, "invalid_grant", "The token belongs to another client.");
    assert_eq!(status_with(&simulator, &token).await, 200);
}

#[tokio::test]
async fn envelope_and_pretty_are_supported() {
    let simulator = manual().start().await.unwrap();
    let headers = basic(ID, SECRET);
    let target = format!("{TOKEN}?envelope=true");
    let response = post(&simulator, &target, &[&headers], GRANT).await;
    assert!(response.body().starts_with(r#"{"content":{"access_token":""#));
    assert!(response.body().ends_with(r#","token_type":"Bearer"},"status":200}"#));
    let response = post(&simulator, &target, &[], GRANT).await;
    let body = r#"{"content":{"error":"invalid_client","error_description":"Invalid credentials provided."},"status":401}"#;
    assert_eq!((response.status(), response.body()), (401, body));
    let target = format!("{TOKEN}?pretty=true");
    let response = post(&simulator, &target, &[], GRANT).await;
    let body = "{\n  \"error\" : \"invalid_client\",\n  \"error_description\" : \"Invalid credentials provided.\"\n}";
    assert_eq!((response.status(), response.body()), (401, body));
    let target = format!("{TOKEN}?pretty=maybe");
    let response = post(&simulator, &target, &[&headers], GRANT).await;
    let description = "Invalid query parameter pretty specified.";
    assert_refused(&response, 400, "invalid_request", description);
    let target = format!("{REVOKE}?envelope=true");
    let response = post(&simulator, &target, &[&headers], "token=x").await;
    assert_eq!(response.body(), r#"{"content":{},"status":200}"#);
}

#[tokio::test]
async fn faults_at_the_endpoints_have_the_format_of_oauth() {
    let simulator = manual().start().await.unwrap();
    let control = simulator.control();
    let fault = |fault| control.inject(FaultRule::new(fault).on_operation("createToken").times(1));

    fault(Fault::UnexpectedError);
    let response = request_token(&simulator).await;
    assert_refused(&response, 500, "server_error", "Unexpected error.");
    fault(Fault::Unauthorized);
    let response = request_token(&simulator).await;
    assert_refused(&response, 401, "invalid_client", "Invalid credentials provided.");
    fault(Fault::Forbidden);
    assert_refused(&request_token(&simulator).await, 403, "access_denied", "Access denied.");
    fault(Fault::RateLimited { retry_after: None });
    let response = request_token(&simulator).await;
    assert!(response.body().contains(r#""errorCode":"RATE_LIMITED","parameters""#));
    assert_eq!((response.status(), response.header("retry-after")), (429, None));
    fault(Fault::RateLimitedUntil { seconds: 5 });
    let response = request_token(&simulator).await;
    assert!(response.header("retry-after").unwrap().ends_with(" GMT"));
    fault(Fault::HtmlBadGateway);
    assert_eq!(request_token(&simulator).await.status(), 502);

    // The rule applies only to the token endpoint, and faults do not count.
    fault(Fault::ResetConnection);
    let revoked = post(&simulator, REVOKE, &[&basic(ID, SECRET)], "token=x").await;
    assert_eq!(revoked.status(), 200);
    control.clear_faults();
    for _ in 0..10 {
        fetch(&simulator).await;
    }
    let operations: HashSet<_> = control
        .requests()
        .iter()
        .map(|request| request.operation_id().unwrap().to_owned())
        .collect();
    assert_eq!(operations, ["createToken", "revokeToken"].map(str::to_owned).into());
}
