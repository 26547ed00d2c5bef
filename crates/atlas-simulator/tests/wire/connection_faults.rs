//! Responses that are missing, incomplete or late.

use std::time::{Duration, Instant};

use atlas_simulator::{Fault, FaultRule, Simulator};

use crate::client::{ACCEPT, Connection, PATH, authorization, get, in_time, manual};

/// Starts a simulator with the fault and sends a request to it.
async fn send_with_fault(fault: Fault) -> (Simulator, Connection) {
    let simulator = manual().start().await.unwrap();
    simulator.control().inject(FaultRule::new(fault).times(1));
    let mut connection = Connection::open(&simulator).await;
    connection.send("GET", PATH, &[&authorization(&simulator), ACCEPT]).await;
    (simulator, connection)
}

/// Waits until the request is recorded, so that its fault is applied.
async fn wait_until_recorded(simulator: &Simulator) {
    let seen = async {
        while simulator.control().request_count() == 0 {
            tokio::task::yield_now().await;
        }
    };
    in_time(seen).await;
}

/// Asserts that nothing more arrives and that the connection is open.
async fn assert_silent(connection: &mut Connection) {
    let more = tokio::time::timeout(Duration::from_millis(30), connection.receive_rest()).await;
    assert!(more.is_err(), "{more:?}");
}

/// Asserts that stopping does not wait for the connection and closes it.
async fn assert_stops(simulator: Simulator, mut connection: Connection) {
    let started = Instant::now();
    simulator.stop().await;
    assert!(started.elapsed() < Duration::from_secs(1), "a stalled connection held the stop up");
    let _ = in_time(connection.receive_rest()).await;
}

#[tokio::test]
async fn a_stalled_request_is_recorded_and_gets_no_response() {
    let (simulator, mut connection) = send_with_fault(Fault::StallHeaders).await;
    wait_until_recorded(&simulator).await;
    assert_silent(&mut connection).await;
    let requests = simulator.control().requests();
    assert_eq!(requests[0].status(), None);
    assert_eq!(requests[0].operation_id(), Some("getGroupLiveMigration"));
    // Other requests work meanwhile, and the stalled one did not count.
    assert_eq!(get(&simulator).await.header("ratelimit-remaining"), Some("1199"));
    assert_stops(simulator, connection).await;
}

#[tokio::test]
async fn half_of_a_stalled_body_arrives_and_the_connection_stays_open() {
    let (simulator, mut connection) = send_with_fault(Fault::StallBody).await;
    let head = connection.receive_head().await.unwrap();
    assert_eq!((head.status(), head.header("connection")), (200, None));
    let announced: usize = head.header("content-length").unwrap().parse().unwrap();
    let half = connection.receive_exactly(announced / 2).await.unwrap();
    assert!(half.starts_with(br#"{"_id":"6296"#));
    assert_silent(&mut connection).await;
    assert_eq!(simulator.control().requests()[0].status(), Some(200));
    assert_eq!(get(&simulator).await.header("ratelimit-remaining"), Some("1198"));
    assert_stops(simulator, connection).await;
}

#[tokio::test]
async fn slow_headers_arrive_byte_by_byte_and_do_not_end() {
    let (simulator, mut connection) = send_with_fault(Fault::SlowHeaders).await;
    let mut received = Vec::new();
    while received.len() < 20 {
        received.extend(connection.receive_some().await.unwrap());
    }
    assert!(received.starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert!(received.len() < 200, "{}", received.len());
    assert!(!received.ends_with(b"\r\n\r\n"));
    assert_eq!(simulator.control().requests()[0].status(), None);
    assert_stops(simulator, connection).await;
}

#[tokio::test]
async fn a_stall_ends_when_the_simulator_is_dropped() {
    for fault in [Fault::StallHeaders, Fault::StallBody, Fault::SlowHeaders] {
        let (simulator, mut connection) = send_with_fault(fault).await;
        wait_until_recorded(&simulator).await;
        drop(simulator);
        let _ = in_time(connection.receive_rest()).await;
    }
}

#[tokio::test]
async fn a_delayed_response_is_the_normal_one() {
    let started = Instant::now();
    let (simulator, mut connection) = send_with_fault(Fault::Delay { milliseconds: 40 }).await;
    wait_until_recorded(&simulator).await;
    let response = connection.receive("GET").await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(40));
    assert_eq!(response.status(), 200);
    assert_eq!(response.header("ratelimit-remaining"), Some("1199"));
    connection.send("GET", PATH, &[&authorization(&simulator), ACCEPT]).await;
    assert_eq!(connection.receive("GET").await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_delayed_response_is_recorded_even_if_the_client_leaves() {
    let (simulator, connection) = send_with_fault(Fault::Delay { milliseconds: 60_000 }).await;
    wait_until_recorded(&simulator).await;
    drop(connection);
    assert_eq!(simulator.control().requests()[0].status(), Some(200));
}

#[tokio::test]
async fn a_connection_can_close_after_a_response_that_does_not_announce_it() {
    let (simulator, mut connection) = send_with_fault(Fault::CloseAfterResponse).await;
    let response = connection.receive("GET").await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.header("connection"), None);
    assert_eq!(in_time(connection.receive_rest()).await.unwrap(), b"");
    assert_eq!(get(&simulator).await.status(), 200);

    // The same applies to a response without a body.
    simulator.control().inject(FaultRule::new(Fault::CloseAfterResponse).times(1));
    let mut connection = Connection::open(&simulator).await;
    connection.send("DELETE", PATH, &[&authorization(&simulator)]).await;
    let response = connection.receive("DELETE").await.unwrap();
    assert_eq!((response.status(), response.header("connection")), (405, None));
    assert_eq!(in_time(connection.receive_rest()).await.unwrap(), b"");
}
