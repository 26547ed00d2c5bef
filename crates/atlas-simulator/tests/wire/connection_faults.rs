//! Answers that do not come, or not to their end.

use std::time::{Duration, Instant};

use atlas_simulator::{Fault, FaultRule, Simulator};

use crate::client::{ACCEPT, Connection, PATH, authorization, get, in_time, manual};

/// A simulator with that fault on its next request, and a connection on which that was sent.
async fn asked(fault: Fault) -> (Simulator, Connection) {
    let simulator = manual().start().await.unwrap();
    simulator.control().inject(FaultRule::new(fault).times(1));
    let mut connection = Connection::open(&simulator).await;
    connection.send("GET", PATH, &[&authorization(&simulator), ACCEPT]).await;
    (simulator, connection)
}

/// Waits until the request is on record, by when what is to come of it is decided.
async fn recorded(simulator: &Simulator) {
    let seen = async {
        while simulator.control().request_count() == 0 {
            tokio::task::yield_now().await;
        }
    };
    in_time(seen).await;
}

/// Asserts that nothing more comes, and that the connection is open.
async fn assert_silent(connection: &mut Connection) {
    let more = tokio::time::timeout(Duration::from_millis(30), connection.receive_rest()).await;
    assert!(more.is_err(), "{more:?}");
}

/// Asserts that a stop does not wait for the connection, and closes it.
async fn assert_stops(simulator: Simulator, mut connection: Connection) {
    let started = Instant::now();
    simulator.stop().await;
    assert!(started.elapsed() < Duration::from_secs(1), "a stalled connection held the stop up");
    let _ = in_time(connection.receive_rest()).await;
}

#[tokio::test]
async fn a_stalled_request_is_recorded_and_never_answered() {
    let (simulator, mut connection) = asked(Fault::StallHeaders).await;
    recorded(&simulator).await;
    assert_silent(&mut connection).await;
    let requests = simulator.control().requests();
    assert_eq!(requests[0].status(), None);
    assert_eq!(requests[0].operation_id(), Some("getGroupLiveMigration"));
    // Others are served meanwhile, and nothing was counted.
    assert_eq!(get(&simulator).await.header("ratelimit-remaining"), Some("1199"));
    assert_stops(simulator, connection).await;
}

#[tokio::test]
async fn a_stalled_body_comes_by_half_and_the_connection_stays() {
    let (simulator, mut connection) = asked(Fault::StallBody).await;
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
async fn slow_headers_come_byte_by_byte_and_do_not_end() {
    let (simulator, mut connection) = asked(Fault::SlowHeaders).await;
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
        let (simulator, mut connection) = asked(fault).await;
        recorded(&simulator).await;
        drop(simulator);
        let _ = in_time(connection.receive_rest()).await;
    }
}

#[tokio::test]
async fn a_late_answer_is_the_ordinary_one() {
    let started = Instant::now();
    let (simulator, mut connection) = asked(Fault::Delay { milliseconds: 40 }).await;
    recorded(&simulator).await;
    let response = connection.receive("GET").await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(40));
    assert_eq!(response.status(), 200);
    assert_eq!(response.header("ratelimit-remaining"), Some("1199"));
    connection.send("GET", PATH, &[&authorization(&simulator), ACCEPT]).await;
    assert_eq!(connection.receive("GET").await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_late_answer_that_nobody_waits_for_is_recorded_all_the_same() {
    let (simulator, connection) = asked(Fault::Delay { milliseconds: 60_000 }).await;
    recorded(&simulator).await;
    drop(connection);
    assert_eq!(simulator.control().requests()[0].status(), Some(200));
}

#[tokio::test]
async fn a_connection_can_end_after_an_answer_that_does_not_say_so() {
    let (simulator, mut connection) = asked(Fault::CloseAfterResponse).await;
    let response = connection.receive("GET").await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.header("connection"), None);
    assert_eq!(in_time(connection.receive_rest()).await.unwrap(), b"");
    assert_eq!(get(&simulator).await.status(), 200);

    // So it is with an answer that has no body.
    simulator.control().inject(FaultRule::new(Fault::CloseAfterResponse).times(1));
    let mut connection = Connection::open(&simulator).await;
    connection.send("DELETE", PATH, &[&authorization(&simulator)]).await;
    let response = connection.receive("DELETE").await.unwrap();
    assert_eq!((response.status(), response.header("connection")), (405, None));
    assert_eq!(in_time(connection.receive_rest()).await.unwrap(), b"");
}
