//! Faults, down to the socket.

use std::io::ErrorKind;

use atlas_simulator::{Fault, FaultRule, Simulator};

use crate::client::{
    ACCEPT, Connection, PATH, Response, authorization, get, manual, request, request_with, start,
};

async fn start_with(fault: Fault) -> Simulator {
    let simulator = manual().start().await.unwrap();
    simulator.control().inject(FaultRule::new(fault));
    simulator
}

async fn response_with(fault: Fault) -> Response {
    get(&start_with(fault).await).await
}

#[tokio::test]
async fn the_unexpected_error_is_the_recorded_one() {
    let response = response_with(Fault::UnexpectedError).await;
    assert_eq!(response.status_line(), "HTTP/1.1 500 Internal Server Error");
    let body = r#"{"detail":"Unexpected error.","error":500,"errorCode":"UNEXPECTED_ERROR","parameters":[],"reason":"Internal Server Error"}"#;
    assert_eq!(response.body(), body);
    response.assert_service_headers(&[
        "content-length: 122",
        "content-type: application/json",
        "vary: Accept-Encoding",
        "x-frame-options: DENY",
        "x-java-method: SyntheticResource::getGroupLiveMigration",
        "x-java-version: 17.0.19+10-LTS",
        "x-mongodb-service-version: gitHash=0000000000000000000000000000000000000000; versionString=master",
    ]);
}

#[tokio::test]
async fn the_empty_error_has_no_body_and_no_content_type() {
    let response = response_with(Fault::EmptyServerError).await;
    assert_eq!(response.status(), 500);
    response.assert_headers(&["content-length: 0", "date"]);
}

#[tokio::test]
async fn the_gateway_sends_a_page() {
    let response = response_with(Fault::HtmlBadGateway).await;
    assert_eq!(response.status_line(), "HTTP/1.1 502 Bad Gateway");
    assert_eq!(response.header("content-type"), Some("text/html"));
    assert!(response.body().starts_with("<html>"));
}

#[tokio::test]
async fn a_valid_token_can_be_challenged_and_forbidden() {
    let response = response_with(Fault::Unauthorized).await;
    assert_eq!(response.status(), 401);
    assert!(response.header("www-authenticate").unwrap().starts_with("Digest realm="));
    let response = response_with(Fault::Forbidden).await;
    assert_eq!(response.status(), 403);
    assert_eq!(response.header("x-error-code"), Some("IP_ADDRESS_NOT_ON_ACCESS_LIST"));
    assert!(response.body().contains(r#""parameters":["127.0.0.1"]"#));
}

#[tokio::test]
async fn a_rate_limit_can_be_simulated() {
    for (retry_after, header) in [(Some(0), Some("0")), (Some(17), Some("17")), (None, None)] {
        let response = response_with(Fault::RateLimited { retry_after }).await;
        assert_eq!(response.status(), 429);
        assert_eq!(response.header("retry-after"), header);
        assert_eq!(response.header("ratelimit-remaining"), Some("0"));
        let seconds = retry_after.unwrap_or(0);
        let parameters = format!(r#""parameters":["{}",{seconds},1200,500,60]"#, &PATH[1..]);
        assert!(response.body().contains(&parameters), "{}", response.body());
    }
}

#[tokio::test]
async fn a_truncated_body_is_announced_in_full_and_half_sent() {
    let simulator = start_with(Fault::TruncateBody).await;
    let mut connection = Connection::open(&simulator).await;
    connection.send("GET", PATH, &[&authorization(&simulator), ACCEPT]).await;
    let head = connection.receive_head().await.unwrap();
    assert_eq!(head.status(), 200);
    let announced: usize = head.header("content-length").unwrap().parse().unwrap();
    let sent = connection.receive_rest().await.unwrap();
    assert_eq!(sent.len(), announced / 2);
    assert!(sent.starts_with(br#"{"_id":"6296"#));
}

#[tokio::test]
async fn a_truncated_response_without_a_body_lacks_a_byte() {
    let simulator = start_with(Fault::TruncateBody).await;
    let mut connection = Connection::open(&simulator).await;
    connection.send("DELETE", PATH, &[&authorization(&simulator), ACCEPT]).await;
    let head = connection.receive_head().await.unwrap();
    assert_eq!((head.status(), head.header("content-length")), (405, Some("1")));
    assert_eq!(connection.receive_rest().await.unwrap(), b"");
}

#[tokio::test]
async fn a_huge_body_is_json_of_the_requested_size() {
    for bytes in [0, 2, 3, 16 * 1024 + 2, 1_000_003] {
        let response = response_with(Fault::HugeBody { bytes }).await;
        assert_eq!(response.status(), 200);
        let served = "application/vnd.atlas.2023-01-01+json;charset=utf-8";
        assert_eq!(response.header("content-type"), Some(served));
        assert_eq!(response.header("content-length"), None);
        assert_eq!(response.body().len() as u64, bytes.max(2));
        assert_eq!(response.body().trim_start(), "{}");
    }
}

#[tokio::test]
async fn a_huge_body_is_produced_while_it_is_read() {
    let simulator = start_with(Fault::HugeBody { bytes: u64::MAX }).await;
    let mut connection = Connection::open(&simulator).await;
    connection.send("GET", PATH, &[&authorization(&simulator), ACCEPT]).await;
    assert_eq!(connection.receive_head().await.unwrap().status(), 200);
    let mut read = 0;
    while read < 4_000_000 {
        let chunk = connection.receive_chunk().await.unwrap().unwrap();
        assert!(chunk.iter().all(|byte| *byte == b' '));
        read += chunk.len();
    }
    drop(connection);
    simulator.control().clear_faults();
    assert_eq!(get(&simulator).await.status(), 200);
}

#[tokio::test]
async fn a_reset_is_not_an_end_of_file() {
    let simulator = start_with(Fault::ResetConnection).await;
    let mut connection = Connection::open(&simulator).await;
    connection.send("GET", PATH, &[&authorization(&simulator), ACCEPT]).await;
    let error = connection.receive("GET").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let requests = simulator.control().requests();
    assert_eq!(requests[0].status(), None);
    assert_eq!(requests[0].operation_id(), Some("getGroupLiveMigration"));
}

#[tokio::test]
async fn any_other_response_can_be_configured() {
    let response = response_with(Fault::Respond {
        status: 503,
        content_type: Some("text/plain".to_owned()),
        body: "later".to_owned(),
    })
    .await;
    assert_eq!((response.status(), response.body()), (503, "later"));
    response.assert_headers(&["content-length: 5", "content-type: text/plain", "date"]);
    let bare = Fault::Respond { status: 299, content_type: None, body: "{}".to_owned() };
    response_with(bare).await.assert_headers(&["content-length: 2", "date"]);
}

#[tokio::test]
async fn an_invalid_response_is_an_error_that_says_so() {
    for (status, content_type) in [(99, None), (101, None), (1000, None), (200, Some("a\nb"))] {
        let content_type = content_type.map(str::to_owned);
        let fault = Fault::Respond { status, content_type, body: String::new() };
        let response = response_with(fault).await;
        assert_eq!(response.status(), 500);
        assert!(response.body().starts_with("The simulator cannot respond with the status"));
    }
}

#[tokio::test]
async fn a_fault_precedes_authentication_and_counts_nothing() {
    let simulator = manual().start().await.unwrap();
    let control = simulator.control();
    control.inject(FaultRule::new(Fault::UnexpectedError).times(1));
    assert_eq!(request_with(&simulator, "GET", PATH, &[]).await.status(), 500);
    assert_eq!(get(&simulator).await.header("ratelimit-remaining"), Some("1199"));
}

#[tokio::test]
async fn rules_apply_to_matching_requests_as_often_as_configured() {
    let simulator = manual().start().await.unwrap();
    let control = simulator.control();
    control.inject(FaultRule::new(Fault::HtmlBadGateway).on_path("/settings"));
    control.inject(
        FaultRule::new(Fault::UnexpectedError).on_operation("getGroupLiveMigration").times(2),
    );
    assert_eq!(request(&simulator, "GET", "/settings").await.status(), 502);
    assert_eq!(request(&simulator, "DELETE", PATH).await.status(), 405);
    assert_eq!(get(&simulator).await.status(), 500);
    assert_eq!(get(&simulator).await.status(), 500);
    assert_eq!(get(&simulator).await.status(), 200);
    assert_eq!(request(&simulator, "GET", "/settings").await.status(), 502);
    control.clear_faults();
    assert_eq!(request(&simulator, "GET", "/settings").await.status(), 404);
}

#[tokio::test]
async fn a_request_with_a_truncated_response_counts() {
    let simulator = start("{}").await;
    simulator.control().inject(FaultRule::new(Fault::TruncateBody).times(1));
    let mut connection = Connection::open(&simulator).await;
    connection.send("GET", PATH, &[&authorization(&simulator), ACCEPT]).await;
    connection.receive("GET").await.unwrap_err();
    assert_eq!(get(&simulator).await.header("ratelimit-remaining"), Some("1198"));
}

#[tokio::test]
async fn the_service_can_be_unavailable_with_a_page() {
    for (retry_after, header) in [(Some(30), Some("30")), (None, None)] {
        let response = response_with(Fault::HtmlServiceUnavailable { retry_after }).await;
        assert_eq!(response.status_line(), "HTTP/1.1 503 Service Unavailable");
        assert_eq!(response.header("content-type"), Some("text/html"));
        assert_eq!(response.header("retry-after"), header);
        assert!(response.body().contains("<title>MongoDB Cloud Manager Unavailable</title>"));
    }
}

#[tokio::test]
async fn a_401_and_a_403_can_be_empty() {
    for (fault, status) in [(Fault::EmptyUnauthorized, 401), (Fault::EmptyForbidden, 403)] {
        let response = response_with(fault).await;
        assert_eq!(response.status(), status);
        response.assert_headers(&["content-length: 0", "date"]);
    }
}

#[tokio::test]
async fn retry_after_can_be_a_date() {
    let response = response_with(Fault::RateLimitedUntil { seconds: 90 }).await;
    assert_eq!(response.status(), 429);
    let date = |name| httpdate::parse_http_date(response.header(name).unwrap()).unwrap();
    let wait = date("retry-after").duration_since(date("date")).unwrap().as_secs();
    assert!((88..=92).contains(&wait), "{wait}");
    assert!(response.body().contains("Please retry after 90 seconds."));
    let response = response_with(Fault::RateLimitedUntil { seconds: u64::MAX }).await;
    assert_eq!(response.header("retry-after"), Some("Fri, 31 Dec 9999 23:59:59 GMT"));
}

#[tokio::test]
async fn a_response_can_have_the_wrong_content_type() {
    let response = response_with(Fault::WrongContentType).await;
    assert_eq!(response.headers("content-type"), ["text/plain"]);
    assert_eq!((response.status(), &response.body()[..8]), (200, r#"{"_id":""#));
}

#[tokio::test]
async fn headers_can_be_added_and_replaced() {
    let headers = [
        ("Deprecation", "Thu, 30 May 2024 00:00:00 GMT"),
        ("sunset", "Thu, 1 Jul 2027 00:00:00 GMT"),
        ("ratelimit-remaining", "-1"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let response = response_with(Fault::AddHeaders { headers }).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.header("deprecation"), Some("Thu, 30 May 2024 00:00:00 GMT"));
    assert_eq!(response.header("sunset"), Some("Thu, 1 Jul 2027 00:00:00 GMT"));
    assert_eq!(response.headers("ratelimit-remaining"), ["-1"]);
    assert_eq!(response.header("server"), Some("mdbws"));
}

#[tokio::test]
async fn an_invalid_header_is_an_error_that_says_so() {
    for (name, value) in [("a b", "c"), ("a", "b\nc"), ("Content-Length", "7"), ("", "")] {
        let headers = [(name.to_owned(), value.to_owned())].into();
        let response = response_with(Fault::AddHeaders { headers }).await;
        assert_eq!(response.status(), 500, "{name}");
        assert!(response.body().starts_with("The simulator cannot respond with the header"));
    }
}

#[tokio::test]
async fn a_rule_can_combine_a_method_and_a_path() {
    let simulator = manual().start().await.unwrap();
    let rule = FaultRule::new(Fault::HtmlBadGateway).on_method("delete").on_path("/a");
    simulator.control().inject(rule);
    assert_eq!(request(&simulator, "GET", "/a").await.status(), 404);
    assert_eq!(request(&simulator, "DELETE", "/b").await.status(), 404);
    assert_eq!(request(&simulator, "DELETE", "/a").await.status(), 502);
}

#[tokio::test]
async fn a_scenario_can_start_with_faults() {
    let simulator = start(
        r#"{"faults": [
            {"fault": {"respond": {"status": 418, "body": "short"}}, "times": 1},
            {"fault": "unexpected_error", "when": {"operation": "getGroupLiveMigration"}}
        ]}"#,
    )
    .await;
    assert_eq!(get(&simulator).await.body(), "short");
    assert_eq!(get(&simulator).await.status(), 500);
    assert_eq!(simulator.control().faults().len(), 1);
    simulator.control().clear_faults();
    assert_eq!(get(&simulator).await.status(), 200);
}
