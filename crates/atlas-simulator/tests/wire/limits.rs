//! Rate limits and size limits.

use atlas_simulator::{RateLimits, Scenario};

use crate::client::{
    ACCEPT, Connection, GROUP, MIGRATION, PATH, Response, advance, authorization, get, manual,
    post, request, start,
};
use crate::requests::{GRANT, LINK, PROJECTS, VALIDATE, create, create_link};

const SMALL: &str =
    r#"{"rate_limits": {"group": {"capacity": 3, "refill": 2, "period_seconds": 60}}}"#;

fn remaining(response: &Response) -> (u16, &str) {
    (response.status(), response.header("ratelimit-remaining").unwrap())
}

#[tokio::test]
async fn beyond_the_limit_requests_get_429_until_the_next_refill() {
    let simulator = start(SMALL).await;
    let control = simulator.control();
    advance(&control, 7);
    for left in ["2", "1", "0"] {
        assert_eq!(remaining(&get(&simulator).await), (200, left));
    }
    advance(&control, 15);
    let response = get(&simulator).await;
    assert_eq!(response.status_line(), "HTTP/1.1 429 Too Many Requests");
    let path = &PATH[1..];
    let body = format!(
        r#"{{"detail":"Rate limit exceeded for {path}. Please retry after 45 seconds. Request capacity: 3. Refill rate: 2 per 60 seconds. For more information, see: http://dochub.mongodb.org/core/atlas-api-rate-limit.","error":429,"errorCode":"RATE_LIMITED_TOKEN_BUCKET","parameters":["{path}",45,3,2,60],"reason":"Too Many Requests"}}"#
    );
    assert_eq!(response.body(), body);
    response.assert_service_headers(&[
        &format!("content-length: {}", body.len()),
        "content-type: application/json",
        "ratelimit-limit: 3",
        "ratelimit-remaining: 0",
        "retry-after: 45",
        "vary: Accept-Encoding",
        "x-error-code: RATE_LIMITED_TOKEN_BUCKET",
        "x-frame-options: DENY",
        "x-java-method: SyntheticResource::getGroupLiveMigration",
        "x-java-version: 17.0.19+10-LTS",
        "x-mongodb-service-version: gitHash=0000000000000000000000000000000000000000; versionString=master",
    ]);

    control.advance(std::time::Duration::from_millis(44_500)).unwrap();
    assert_eq!(get(&simulator).await.header("retry-after"), Some("0"));
    control.advance(std::time::Duration::from_millis(500)).unwrap();
    assert_eq!(remaining(&get(&simulator).await), (200, "1"));
}

#[tokio::test]
async fn failed_requests_count_and_projects_have_separate_limits() {
    let other = "0123456789abcdef01234567";
    let simulator =
        start(&format!(r#"{{"projects": [{{}}, {{"id": "{other}", "live_migrations": []}}]}}"#))
            .await;
    let unknown = PATH.replace(MIGRATION, "000000000000000000000000");
    assert_eq!(remaining(&request(&simulator, "GET", &unknown).await), (404, "1199"));
    assert_eq!(remaining(&get(&simulator).await), (200, "1198"));
    let elsewhere = PATH.replace(GROUP, other);
    assert_eq!(remaining(&request(&simulator, "GET", &elsewhere).await), (404, "1199"));
}

#[tokio::test]
async fn the_operations_of_an_organization_share_a_limit() {
    let simulator = start("{}").await;
    let left = async |method: &str, target: &str| {
        let response = request(&simulator, method, target).await;
        let header = |name| response.header(name).unwrap().to_owned();
        (response.status(), header("ratelimit-limit"), header("ratelimit-remaining"))
    };
    let org = |status, left: &str| (status, "500".to_owned(), left.to_owned());
    assert_eq!(left("DELETE", LINK).await, org(404, "499"));
    assert_eq!(create_link(&simulator).await.header("ratelimit-remaining"), Some("498"));
    assert_eq!(left("DELETE", LINK).await, org(204, "497"));
    assert_eq!(left("GET", PROJECTS).await, org(200, "496"));
    let group = |status, left: &str| (status, "1200".to_owned(), left.to_owned());
    assert_eq!(left("GET", PATH).await, group(200, "1199"));
    let validation = format!("{VALIDATE}/507f1f77bcf86cd799439011");
    assert_eq!(left("GET", &validation).await, group(200, "1198"));
    assert_eq!(left("PUT", &format!("{PATH}/cutover")).await, group(400, "1197"));
    assert_eq!(create(&simulator).await.header("ratelimit-remaining"), Some("1196"));
}

#[tokio::test]
async fn the_limit_of_the_organization_can_be_set_and_is_refilled() {
    let simulator = start(r#"{"rate_limits": {"org": {"capacity": 1}}}"#).await;
    assert_eq!(request(&simulator, "GET", PROJECTS).await.status(), 200);
    let limited = create_link(&simulator).await;
    assert_eq!((limited.status(), limited.header("retry-after")), (429, Some("60")));
    let path = &LINK[1..];
    assert_eq!(limited.json()["parameters"], serde_json::json!([path, 60, 1, 250, 60]));
    assert_eq!(simulator.control().link_tokens_issued(), 0);
    advance(&simulator.control(), 60);
    assert_eq!(create_link(&simulator).await.status(), 201);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_and_not_kept() {
    const TOO_LARGE: usize = 1024 * 1024 + 1;
    let simulator = manual().start().await.unwrap();
    let authorization = authorization(&simulator);
    let length = format!("Content-Length: {TOO_LARGE}");
    let mut connection = Connection::open(&simulator).await;
    connection.send("GET", PATH, &[&authorization, ACCEPT, &length]).await;
    connection.send_raw(&vec![b'x'; TOO_LARGE]).await.unwrap();
    let response = connection.receive("GET").await.unwrap();
    assert_eq!(response.status(), 413);
    response.assert_service_headers(&["content-length: 0"]);

    let length = format!("Content-Length: {}", TOO_LARGE - 1);
    connection.send("GET", PATH, &[&authorization, ACCEPT, &length]).await;
    connection.send_raw(&vec![b'x'; TOO_LARGE - 1]).await.unwrap();
    assert_eq!(connection.receive("GET").await.unwrap().status(), 200);

    let requests = simulator.control().requests();
    assert_eq!(requests[0].operation_id(), Some("getGroupLiveMigration"));
    assert_eq!((requests[0].status(), requests[0].body().len()), (Some(413), 0));
    assert_eq!((requests[1].status(), requests[1].body().len()), (Some(200), TOO_LARGE - 1));
}

#[tokio::test]
async fn a_chunked_body_is_limited_too() {
    let simulator = manual().start().await.unwrap();
    let mut connection = Connection::open(&simulator).await;
    let authorization = authorization(&simulator);
    connection.send("GET", PATH, &[&authorization, ACCEPT, "Transfer-Encoding: chunked"]).await;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x1_0000));
    for _ in 0..17 {
        connection.send_raw(chunk.as_bytes()).await.unwrap();
    }
    connection.send_raw(b"0\r\n\r\n").await.unwrap();
    assert_eq!(connection.receive("GET").await.unwrap().status(), 413);
}

#[tokio::test]
async fn an_enormous_length_is_refused_without_reading_the_body() {
    let simulator = manual().start().await.unwrap();
    let mut connection = Connection::open(&simulator).await;
    let length = "Content-Length: 18446744073709551000";
    connection.send("POST", PATH, &[&authorization(&simulator), length]).await;
    assert_eq!(connection.receive("POST").await.unwrap().status(), 413);
}

#[tokio::test]
async fn all_rate_limits_can_be_removed() {
    let scenario = Scenario::from_json(SMALL).unwrap();
    for builder in [
        manual().without_rate_limits().scenario(scenario.clone()),
        manual().scenario(scenario.without_rate_limits()),
    ] {
        let simulator = builder.start().await.unwrap();
        assert_eq!(simulator.scenario().rate_limits, RateLimits::unlimited());
        for _ in 0..20 {
            assert_eq!(get(&simulator).await.status(), 200);
            assert_eq!(request(&simulator, "GET", PROJECTS).await.status(), 200);
            assert_eq!(post(&simulator, "/api/oauth/token", &[], GRANT).await.status(), 200);
        }
    }
    assert_eq!(Scenario::default().without_rate_limits().validate(), Ok(()));
}
