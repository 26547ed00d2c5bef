//! Operations with two versions, and the content types of requests.

use atlas_simulator::{Fault, FaultRule, Simulator};
use serde_json::json;

use crate::client::{GROUP, Response, authorization, manual, start};
use crate::requests::{CREATE, LINK, VALIDATE, migration, send_body};

const OLD: &str = "application/vnd.atlas.2023-01-01+json";
const NEW: &str = "application/vnd.atlas.2024-05-30+json";

/// Returns a migration request of the older version.
fn old_migration() -> String {
    let mut body = migration();
    body["dropEnabled"] = json!(false);
    body.to_string()
}

fn new_migration() -> String {
    let mut body = migration();
    body["dropDestinationData"] = json!(true);
    body.to_string()
}

async fn send(
    simulator: &Simulator,
    target: &str,
    accept: &str,
    content_type: &str,
    body: &str,
) -> Response {
    let headers = [
        authorization(simulator),
        format!("Accept: {accept}"),
        format!("Content-Type: {content_type}"),
    ];
    send_body(simulator, "POST", target, &headers.each_ref().map(String::as_str), body).await
}

/// Returns the status and the headers that depend on the version.
fn version_headers(response: &Response) -> (u16, Option<&str>, Option<&str>, Option<&str>) {
    let header = |name| response.header(name);
    (response.status(), header("content-type"), header("deprecation"), header("sunset"))
}

const DEPRECATED: (Option<&str>, Option<&str>) =
    (Some("Thu, 30 May 2024 00:00:00 GMT"), Some("Thu, 1 Jul 2027 00:00:00 GMT"));

#[tokio::test]
async fn both_versions_are_available_and_the_older_one_is_deprecated() {
    for (target, status) in [(CREATE, 201), (VALIDATE, 200)] {
        let simulator = manual().start().await.unwrap();
        for date in ["2023-01-01", "2023-02-01", "2024-05-29"] {
            let requested = format!("application/vnd.atlas.{date}+json");
            let response = send(&simulator, target, &requested, &requested, &old_migration()).await;
            let vendor = format!("{OLD};charset=utf-8");
            let expected = (status, Some(vendor.as_str()), DEPRECATED.0, DEPRECATED.1);
            assert_eq!(version_headers(&response), expected, "{date} {}", response.body());
        }
        for date in ["2024-05-30", "2024-08-05", "2025-03-12"] {
            let requested = format!("application/vnd.atlas.{date}+json");
            let response = send(&simulator, target, &requested, &requested, &new_migration()).await;
            let vendor = format!("{NEW};charset=utf-8");
            let expected = (status, Some(vendor.as_str()), None, None);
            assert_eq!(version_headers(&response), expected, "{date} {}", response.body());
        }
    }
}

#[tokio::test]
async fn each_version_has_its_own_fields() {
    let simulator = manual().start().await.unwrap();
    let code = async |version: &str, body: &str| {
        let response = send(&simulator, CREATE, version, version, body).await;
        let body = response.json();
        (body["errorCode"].clone(), body["parameters"][0].clone())
    };
    let both = (json!("INVALID_ATTRIBUTE"), json!("dropDestinationData"));
    assert_eq!(code(OLD, &new_migration()).await, both);
    let neither = (json!("MISSING_ATTRIBUTE"), json!("dropEnabled"));
    assert_eq!(code(OLD, &migration().to_string()).await, neither);
    // A rule that only the newer schema contains.
    let nameless = old_migration().replace("vm001.example.com", "");
    let host = (json!("INVALID_ATTRIBUTE"), json!("migrationHosts[0]"));
    assert_eq!(code(OLD, &nameless).await, host);
    let old = (json!("INVALID_ATTRIBUTE"), json!("dropEnabled"));
    assert_eq!(code(NEW, &old_migration()).await, old);
}

#[tokio::test]
async fn only_errors_of_the_older_version_are_deprecated() {
    let simulator = start(
        r#"{"bearer_tokens": [{"token": "o"}, {"token": "m", "role": "ORG_MEMBER"}],
            "rate_limits": {"group": {"capacity": 6}}}"#,
    )
    .await;
    let unknown = CREATE.replace(GROUP, "111111111111111111111111");
    let post = async |token: &str, target: &str, version: &str, body: &str| {
        let headers = [
            format!("Authorization: Bearer {token}"),
            format!("Accept: {version}"),
            format!("Content-Type: {version}"),
        ];
        send_body(&simulator, "POST", target, &headers.each_ref().map(String::as_str), body).await
    };
    let good = old_migration();
    for (token, target, body, status) in [
        ("m", CREATE, "", 401),
        ("o", &unknown, "", 404),
        ("o", CREATE, "{}", 400),
        ("o", CREATE, "", 400),
        ("o", CREATE, &good, 201),
        ("o", CREATE, &good, 429),
    ] {
        let response = post(token, target, OLD, body).await;
        assert_eq!(response.status(), status, "{}", response.body());
        let (_, _, deprecation, sunset) = version_headers(&response);
        assert_eq!((deprecation, sunset), DEPRECATED, "{status}");
        let newer = post(token, target, NEW, body).await;
        let (_, _, deprecation, sunset) = version_headers(&newer);
        assert_eq!((deprecation, sunset), (None, None), "{status}");
    }
    // These errors precede the choice of a version.
    let challenged = post("nobody", CREATE, OLD, "").await;
    assert_eq!((challenged.status(), challenged.header("deprecation")), (401, None));
    let ended = "application/vnd.atlas.2022-01-01+json";
    let refused = post("o", CREATE, ended, "").await;
    assert_eq!((refused.status(), refused.header("deprecation")), (406, None));
    simulator.control().inject(FaultRule::new(Fault::UnexpectedError));
    let failed = post("o", CREATE, OLD, "").await;
    assert_eq!((failed.status(), failed.header("sunset")), (500, DEPRECATED.1));
    assert_eq!(post("o", CREATE, NEW, "").await.header("sunset"), None);
}

#[tokio::test]
async fn a_huge_body_has_the_content_type_of_the_requested_version() {
    let simulator = manual().start().await.unwrap();
    simulator.control().inject(FaultRule::new(Fault::HugeBody { bytes: 10 }));
    for version in [OLD, NEW] {
        let response = send(&simulator, CREATE, version, version, "").await;
        let vendor = format!("{version};charset=utf-8");
        assert_eq!(response.header("content-type"), Some(vendor.as_str()));
    }
}

#[tokio::test]
async fn a_body_can_be_json_or_of_the_responding_version() {
    let simulator = manual().start().await.unwrap();
    for (accept, content_type, body) in [
        (NEW, "application/json", migration().to_string()),
        (NEW, "Application/JSON; charset=UTF-8", migration().to_string()),
        (NEW, NEW, migration().to_string()),
        (NEW, "application/vnd.atlas.2025-03-12+json;charset=utf-8", migration().to_string()),
        ("application/vnd.atlas.2025-03-12+json", NEW, migration().to_string()),
        (OLD, "application/json", old_migration()),
        (OLD, "application/vnd.atlas.2023-02-01+json", old_migration()),
    ] {
        let response = send(&simulator, CREATE, accept, content_type, &body).await;
        assert_eq!(response.status(), 201, "{content_type}: {}", response.body());
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_415_before_other_checks() {
    let simulator = manual().start().await.unwrap();
    let body = r#"{"detail":"The content type is not supported.","error":415,"errorCode":"UNEXPECTED_ERROR","parameters":[],"reason":"Unsupported Media Type"}"#;
    for (accept, content_type) in [
        (NEW, "text/plain"),
        (NEW, "application/x-www-form-urlencoded"),
        (NEW, "application/jsonp"),
        (NEW, ""),
        (NEW, "application/vnd.atlas.2022-01-01+json"),
        (NEW, "application/vnd.atlas.preview+json"),
        (NEW, OLD),
        (OLD, NEW),
    ] {
        for target in [CREATE, VALIDATE, &CREATE.replace(GROUP, "x")] {
            let response = send(&simulator, target, accept, content_type, "").await;
            assert_eq!((response.status(), response.body()), (415, body), "{content_type}");
            assert_eq!(response.header("x-error-code"), Some("UNEXPECTED_ERROR"));
            assert_eq!(response.header("ratelimit-remaining"), None);
        }
    }
    let accept = format!("Accept: {NEW}");
    let headers = [&authorization(&simulator), accept.as_str()];
    let response = send_body(&simulator, "POST", CREATE, &headers, &new_migration()).await;
    assert_eq!((response.status(), response.body()), (415, body));
    let response = send_body(&simulator, "POST", LINK, &headers, "{}").await;
    assert_eq!(response.status(), 415);
    assert!(!simulator.control().is_linked());
}
