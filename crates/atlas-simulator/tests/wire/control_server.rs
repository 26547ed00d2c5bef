//! The control port.

use std::time::{Duration, Instant};

use atlas_simulator::{Clock, Simulator, StartError};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::client::{Connection, GROUP, MIGRATION, PATH, Response, get, in_time, manual, request};
use crate::requests::fetch_token;

async fn start_with_control_port() -> Simulator {
    manual().control_port(0).start().await.unwrap()
}

async fn control_request_with(
    simulator: &Simulator,
    method: &str,
    target: &str,
    headers: &[&str],
    body: &str,
) -> Response {
    let mut connection = Connection::open_at(simulator.control_url().unwrap()).await;
    connection.send_with_body(method, target, headers, body).await;
    connection.receive(method).await.unwrap()
}

async fn control_request(
    simulator: &Simulator,
    method: &str,
    target: &str,
    body: &str,
) -> (u16, Value) {
    let response = control_request_with(simulator, method, target, &[], body).await;
    assert_eq!(response.header("content-type"), Some("application/json"));
    (response.status(), response.json())
}

#[tokio::test]
async fn there_is_no_control_port_by_default() {
    assert_eq!(manual().start().await.unwrap().control_url(), None);
    let simulator = start_with_control_port().await;
    assert!(simulator.control_url().unwrap().starts_with("http://127.0.0.1:"));
    assert_ne!(simulator.control_url(), Some(simulator.base_url()));
}

#[tokio::test]
async fn it_lists_its_endpoints_and_refuses_unknown_ones() {
    let simulator = start_with_control_port().await;
    let (status, list) = control_request(&simulator, "GET", "/", "").await;
    assert_eq!((status, &list["GET /summary"].is_string()), (200, &true));
    for target in ["/nothing", "/faults/1", "/migrations/a/b/pause", "//"] {
        let (status, refusal) = control_request(&simulator, "GET", target, "").await;
        assert_eq!(status, 404, "{target}");
        assert_eq!(refusal, json!({"error": format!("there is no {target}"), "endpoints": list}));
    }
    for (method, target, allow) in [
        ("PUT", "/faults", "GET, POST, DELETE"),
        ("POST", "/", "GET"),
        ("DELETE", "/requests", "GET"),
        ("GET", "/advance", "POST"),
        ("GET", &format!("/migrations/{GROUP}/{MIGRATION}/fail"), "POST"),
    ] {
        let response = control_request_with(&simulator, method, target, &[], "").await;
        assert_eq!((response.status(), response.header("allow")), (405, Some(allow)), "{target}");
    }
    // None of these are requests to the service.
    assert_eq!(simulator.control().request_count(), 0);
}

#[tokio::test]
async fn faults_are_added_listed_and_removed() {
    let simulator = start_with_control_port().await;
    assert_eq!(control_request(&simulator, "GET", "/faults", "").await, (200, json!([])));
    let one = json!({
        "fault": {"delay": {"milliseconds": 1}},
        "when": {"operation": "createToken", "path_contains": null, "method": "POST"},
        "times": 2,
    });
    let every = json!({"operation": null, "path_contains": null, "method": null});
    let two = json!({"fault": "unexpected_error", "when": every, "times": 1});
    let three = json!({"fault": "html_bad_gateway", "when": every, "times": null});
    let added = control_request(&simulator, "POST", "/faults", &one.to_string()).await;
    assert_eq!(added, (200, json!([one])));
    let list = r#" [{"fault": "unexpected_error", "times": 1}, {"fault": "html_bad_gateway"}]"#;
    let added = control_request(&simulator, "POST", "/faults", list).await;
    assert_eq!(added, (200, json!([one, two, three])));

    assert_eq!(get(&simulator).await.status(), 500);
    assert_eq!(control_request(&simulator, "GET", "/faults", "").await, (200, json!([one, three])));
    assert_eq!(get(&simulator).await.status(), 502);
    assert_eq!(control_request(&simulator, "DELETE", "/faults", "").await, (200, json!([])));
    assert_eq!(get(&simulator).await.status(), 200);
}

#[tokio::test]
async fn an_invalid_rule_is_refused_with_its_whole_list() {
    let simulator = start_with_control_port().await;
    for (body, start) in [
        ("", "EOF while parsing a value"),
        ("{} {}", "missing field `fault`"),
        (r#"{"fault": "stall_body"} x"#, "trailing characters"),
        (r#"{"fault": "sneeze"}"#, "fault: unknown variant, expected one of `unexpected_error`, "),
        (r#"[{"fault": "stall_body"}, {"fault": 7}]"#, "[1].fault: "),
        (
            r#"[{"fault": "stall_body"},
                {"fault": "stall_body", "when": {"operation": "getNothing"}}]"#,
            "unknown operation \"getNothing\"",
        ),
        (r#"{"fault": {"respond": {"status": 99, "body": ""}}}"#, "The simulator cannot respond"),
        (r#"{"fault": {"add_headers": {"headers": {"a b": ""}}}}"#, "The simulator cannot respond"),
    ] {
        let (status, refusal) = control_request(&simulator, "POST", "/faults", body).await;
        assert_eq!(status, 400, "{body}");
        let message = refusal["error"].as_str().unwrap();
        assert!(message.starts_with(start), "{message}");
    }
    assert_eq!(simulator.control().faults(), []);
}

#[tokio::test]
async fn no_more_than_a_thousand_rules_are_active() {
    let simulator = start_with_control_port().await;
    let rules = |count: usize| {
        let rule = json!({"fault": "stall_body", "when": {"path_contains": "nowhere"}});
        json!(vec![rule; count]).to_string()
    };
    assert_eq!(control_request(&simulator, "POST", "/faults", &rules(999)).await.0, 200);
    assert_eq!(control_request(&simulator, "POST", "/faults", &rules(1)).await.0, 200);
    let (status, refusal) = control_request(&simulator, "POST", "/faults", &rules(1)).await;
    assert_eq!(status, 409);
    assert_eq!(refusal["error"], "no more than 1000 fault rules can be active");
    assert_eq!(simulator.control().faults().len(), 1000);
    assert_eq!(control_request(&simulator, "DELETE", "/faults", "").await.0, 200);
    // Used up rules do not count.
    for _ in 0..3 {
        let used_up = json!(vec![json!({"fault": "stall_body", "times": 0}); 999]).to_string();
        assert_eq!(control_request(&simulator, "POST", "/faults", &used_up).await.0, 200);
    }
    let scenario = format!(r#"{{"faults": {}}}"#, rules(1001));
    let error = atlas_simulator::Scenario::from_json(&scenario).unwrap_err();
    assert_eq!(error.path(), "$.faults");
}

#[tokio::test]
async fn requests_are_listed_without_their_headers() {
    let simulator = start_with_control_port().await;
    request(&simulator, "DELETE", &format!("{PATH}?x=1")).await;
    fetch_token(&simulator).await;
    simulator.control().advance(Duration::from_millis(1500)).unwrap();
    get(&simulator).await;
    let expected = json!([
        {"at_seconds": 0.0, "method": "DELETE", "operation": null, "path": PATH, "query": "x=…",
            "status": 405},
        {"at_seconds": 0.0, "method": "POST", "operation": "createToken",
            "path": "/api/oauth/token", "query": null, "status": 200},
        {"at_seconds": 1.5, "method": "GET", "operation": "getGroupLiveMigration", "path": PATH,
            "query": null, "status": 200},
    ]);
    assert_eq!(control_request(&simulator, "GET", "/requests", "").await, (200, expected));
    let summary = json!({"link_tokens_issued": 0, "linked": false, "requests": 3,
        "simulated_seconds": 1.5, "tokens_issued": 1});
    assert_eq!(control_request(&simulator, "GET", "/summary", "").await, (200, summary));
}

#[tokio::test]
async fn time_is_advanced_and_migrations_are_changed() {
    let simulator = start_with_control_port().await;
    let status = async || get(&simulator).await.json()["status"].clone();
    let cutover = format!("/migrations/{GROUP}/{MIGRATION}/cutover");
    let (refused, response) = control_request(&simulator, "POST", &cutover, "").await;
    assert_eq!(refused, 409);
    assert_eq!(response["error"], "the migration is NEW and not ready for cutover");
    let advanced = control_request(&simulator, "POST", "/advance", r#"{"seconds": 3660}"#).await;
    assert_eq!((advanced.0, &advanced.1["simulated_seconds"]), (200, &json!(3660.0)));
    assert_eq!(control_request(&simulator, "POST", &cutover, "").await.0, 200);
    assert_eq!(status().await, "WORKING");
    let fail = format!("/migrations/{GROUP}/{MIGRATION}/fail");
    assert_eq!(control_request(&simulator, "POST", &fail, "").await.0, 200);
    assert_eq!(status().await, "FAILED");
    assert_eq!(control_request(&simulator, "POST", &fail, "").await.0, 409);
    let unknown = format!("/migrations/{MIGRATION}/{GROUP}/fail");
    let (status, response) = control_request(&simulator, "POST", &unknown, "").await;
    assert_eq!(
        (status, &response["error"]),
        (404, &json!("there is no such migration in that project"))
    );
    for body in [r#"{"seconds": -1}"#, r#"{"minutes": 1}"#, "60", ""] {
        assert_eq!(control_request(&simulator, "POST", "/advance", body).await.0, 400, "{body}");
    }

    let clock = Clock::with_speed(2.0).unwrap();
    let running = Simulator::builder().clock(clock).control_port(0).start().await.unwrap();
    let (status, response) =
        control_request(&running, "POST", "/advance", r#"{"seconds": 1}"#).await;
    assert_eq!((status, &response["error"]), (409, &json!("the clock is not manual")));
}

#[tokio::test]
async fn pages_of_other_sites_are_refused() {
    let simulator = start_with_control_port().await;
    let address = simulator.control_url().unwrap().strip_prefix("http://").unwrap();
    let status = async |lines: &str| {
        let mut connection = Connection::open_at(simulator.control_url().unwrap()).await;
        let request = format!("DELETE /faults HTTP/1.1\r\n{lines}\r\n");
        connection.send_raw(request.as_bytes()).await.unwrap();
        connection.receive("DELETE").await.unwrap().status()
    };
    assert_eq!(status(&format!("Host: {address}\r\n")).await, 200);
    assert_eq!(status("Host: localhost:80\r\nOrigin: http://localhost:3000\r\n").await, 200);
    for lines in [
        "",
        "Host: evil.example\r\n",
        "Host: localhost.evil.example\r\n",
        "Host: localhost\r\nOrigin: https://evil.example\r\n",
        "Host: localhost\r\nOrigin: null\r\n",
    ] {
        assert_eq!(status(lines).await, 403, "{lines}");
    }
}

#[tokio::test]
async fn the_control_port_closes_with_the_simulator() {
    let simulator = start_with_control_port().await;
    let url = simulator.control_url().unwrap().to_owned();
    let mut idle = Connection::open_at(&url).await;
    idle.send("GET", "/", &[]).await;
    idle.receive("GET").await.unwrap();
    let started = Instant::now();
    in_time(simulator.stop()).await;
    assert!(started.elapsed() < Duration::from_secs(1), "an idle connection held the stop up");
    assert_eq!(idle.receive_rest().await.unwrap(), b"");
    assert!(TcpStream::connect(url.strip_prefix("http://").unwrap()).await.is_err());
}

#[tokio::test]
async fn a_control_port_in_use_is_an_error() {
    let simulator = start_with_control_port().await;
    let port = simulator.control_url().unwrap().rsplit(':').next().unwrap().parse().unwrap();
    let error = manual().control_port(port).start().await.unwrap_err();
    assert!(matches!(error, StartError::Listen(_)), "{error}");
}
