//! Hostile requests.

use std::time::{Duration, Instant};

use crate::client::{Connection, PATH, Response, get, in_time, manual, post};

/// The largest request line with headers.
const LARGEST_HEAD: usize = 64 * 1024;

/// Sends a head of exactly that many bytes, mostly in one header.
async fn with_head_of(url: &str, target: &str, bytes: usize) -> Response {
    let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nX-Filler: ");
    let filler = "x".repeat(bytes - head.len() - 4);
    send(url, &format!("{head}{filler}\r\n\r\n")).await
}

async fn send(url: &str, head: &str) -> Response {
    let mut connection = Connection::open_at(url).await;
    connection.send_raw(head.as_bytes()).await.unwrap();
    in_time(connection.receive("GET")).await.unwrap()
}

#[tokio::test]
async fn a_form_with_many_parameters_is_refused_quickly() {
    let simulator = manual().start().await.unwrap();
    let form: Vec<_> = (0..60_000).map(|number| format!("p{number}=x")).collect();
    let started = Instant::now();
    let response = post(&simulator, "/api/oauth/token", &[], &form.join("&")).await;
    assert_eq!(response.status(), 400);
    assert_eq!(response.json()["error"], "invalid_request");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_digest_with_many_parameters_is_refused_quickly() {
    let simulator = manual().start().await.unwrap();
    let list = (0..8_000).fold(String::new(), |list, number| format!("{list},{number:x}=\"\""));
    let head =
        format!("GET {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Digest {list}\r\n\r\n");
    assert!(head.len() < LARGEST_HEAD, "{}", head.len());
    let started = Instant::now();
    let response = send(simulator.base_url(), &head).await;
    assert_eq!(response.status(), 401);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_head_of_64_kib_is_read_and_a_larger_one_is_refused_unrecorded() {
    let simulator = manual().control_port(0).start().await.unwrap();
    for (url, target) in [(simulator.base_url(), PATH), (simulator.control_url().unwrap(), "/")] {
        let status = with_head_of(url, target, LARGEST_HEAD).await.status();
        assert!([200, 401].contains(&status), "{status}");
        for bytes in [LARGEST_HEAD + 1, 70_000, 100_000, 130_000, 1_000_000] {
            let response = with_head_of(url, target, bytes).await;
            assert_eq!((response.status(), response.body()), (431, ""), "{bytes} bytes");
        }
    }
    assert_eq!(simulator.control().request_count(), 1);
}

#[tokio::test]
async fn a_head_is_too_large_wherever_its_bytes_are() {
    let simulator = manual().start().await.unwrap();
    let url = simulator.base_url();
    let (large, spaces) = ("x".repeat(LARGEST_HEAD), " ".repeat(LARGEST_HEAD));
    let many: Vec<_> = (0..90).map(|number| format!("x-{number}: {:x<900}", "")).collect();
    let many = many.join("\r\n");
    for head in [
        format!("GET /{large} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET /?x={large} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {spaces}x\r\n\r\n"),
    ] {
        assert_eq!(send(url, &head).await.status(), 431, "{}", &head[..40]);
    }
    assert_eq!(simulator.control().request_count(), 0);
    assert_eq!(get(&simulator).await.status(), 200);
}
