//! Connections, ports, start and stop.

use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use atlas_simulator::{
    Clock, Control, ControlError, Fault, FaultRule, RateLimit, RateLimits, RecordedRequest,
    Scenario, Simulator, StartError,
};
use tokio::net::TcpStream;

use crate::client::{ACCEPT, Connection, PATH, authorization, get, in_time, manual};

/// Returns the port from the documented format of the base URL.
fn port(simulator: &Simulator) -> u16 {
    simulator.base_url().strip_prefix("http://127.0.0.1:").unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_connection_carries_several_requests() {
    let simulator = manual().start().await.unwrap();
    let authorization = authorization(&simulator);
    let mut connection = Connection::open(&simulator).await;
    for remaining in (1190..1200).rev() {
        connection.send("GET", PATH, &[&authorization, ACCEPT]).await;
        let response = connection.receive("GET").await.unwrap();
        assert_eq!(response.header("ratelimit-remaining"), Some(remaining.to_string().as_str()));
    }
    // Errors do not close a connection.
    connection.send("DELETE", PATH, &[&authorization]).await;
    assert_eq!(connection.receive("DELETE").await.unwrap().status(), 405);
    connection.send("HEAD", PATH, &[&authorization, ACCEPT]).await;
    assert_eq!(connection.receive("HEAD").await.unwrap().status(), 200);
    connection.send("GET", PATH, &[]).await;
    assert_eq!(connection.receive("GET").await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_client_can_request_that_the_connection_is_closed() {
    let simulator = manual().start().await.unwrap();
    let mut connection = Connection::open(&simulator).await;
    connection.send("GET", PATH, &["Connection: close"]).await;
    assert_eq!(connection.receive("GET").await.unwrap().header("connection"), Some("close"));
    assert_eq!(connection.receive_rest().await.unwrap(), b"");
}

#[tokio::test]
async fn a_stop_closes_idle_connections() {
    let simulator = manual().start().await.unwrap();
    let mut idle = Connection::open(&simulator).await;
    idle.send("GET", PATH, &[]).await;
    idle.receive("GET").await.unwrap();
    let started = Instant::now();
    simulator.stop().await;
    assert!(started.elapsed() < Duration::from_secs(1), "an idle connection held the stop up");
    assert_eq!(idle.receive_rest().await.unwrap(), b"");
}

#[tokio::test]
async fn a_stop_frees_the_port() {
    async fn is_freed() -> bool {
        let simulator = manual().start().await.unwrap();
        let port = port(&simulator);
        get(&simulator).await;
        in_time(simulator.stop()).await;
        let closed = TcpStream::connect(("127.0.0.1", port)).await.is_err();
        closed && manual().port(port).start().await.is_ok_and(|again| self::port(&again) == port)
    }
    // Another program may use the port as soon as it is free, but not every time.
    assert!(is_freed().await || is_freed().await || is_freed().await);
}

#[tokio::test]
async fn an_outage_closes_connections_and_keeps_the_state() {
    let mut simulator = manual().start().await.unwrap();
    let address = simulator.base_url().strip_prefix("http://").unwrap().to_owned();
    let mut broken = Connection::open(&simulator).await;
    broken.send("GET", PATH, &[]).await;
    broken.receive("GET").await.unwrap();
    let control = simulator.control();
    control.advance(Duration::from_secs(60)).unwrap();
    in_time(simulator.stop_serving()).await;
    assert!(broken.receive_rest().await.unwrap_or_default().is_empty());
    assert!(TcpStream::connect(&address).await.is_err());
    control.advance(Duration::from_secs(60)).unwrap();
    simulator.resume().await.unwrap();
    assert_eq!(simulator.base_url().strip_prefix("http://"), Some(address.as_str()));
    assert_eq!(get(&simulator).await.status(), 200);
    assert_eq!((control.now(), control.request_count()), (Duration::from_secs(120), 2));
    in_time(simulator.stop()).await;
    assert!(TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn dropping_a_simulator_stops_it() {
    let simulator = manual().start().await.unwrap();
    let address = simulator.base_url().strip_prefix("http://").unwrap().to_owned();
    let mut connection = Connection::open(&simulator).await;
    connection.send("GET", PATH, &[]).await;
    connection.receive("GET").await.unwrap();
    let control = simulator.control();
    drop(simulator);
    let mut closed = false;
    for _ in 0..1000 {
        tokio::task::yield_now().await;
        closed = closed || TcpStream::connect(&address).await.is_err();
    }
    assert!(closed);
    assert_eq!(connection.receive_rest().await.unwrap_or_default(), b"");
    assert_eq!(control.request_count(), 1);
}

#[tokio::test]
async fn dropping_a_simulator_aborts_responses_in_progress() {
    let simulator = manual().start().await.unwrap();
    simulator.control().inject(FaultRule::new(Fault::HugeBody { bytes: u64::MAX }));
    let mut connection = Connection::open(&simulator).await;
    connection.send("GET", PATH, &[]).await;
    connection.receive_head().await.unwrap();
    let started = Instant::now();
    drop(simulator);
    while connection.receive_chunk().await.is_ok() {}
    assert!(started.elapsed() < Duration::from_secs(1), "the response continued");
}

#[tokio::test]
async fn a_port_in_use_is_an_error() {
    let simulator = manual().start().await.unwrap();
    let port = simulator.base_url().rsplit(':').next().unwrap().parse().unwrap();
    let error = manual().port(port).start().await.unwrap_err();
    assert!(matches!(error, StartError::Listen(_)), "{error}");
    assert!(error.source().is_some());
}

#[tokio::test]
async fn an_invalid_scenario_does_not_start() {
    let mut scenario = Scenario::default();
    scenario.projects[0].id = "mine".to_owned();
    let error = manual().scenario(scenario).start().await.unwrap_err();
    let cause = error.source().unwrap().to_string();
    assert!(cause.starts_with("$.projects[0].id: "), "{cause}");
}

#[tokio::test]
async fn only_a_manual_clock_can_be_advanced() {
    let simulator = Simulator::builder().start().await.unwrap();
    let advanced = simulator.control().advance(Duration::from_secs(1));
    assert_eq!(advanced, Err(ControlError::NotManual));
    let clock = Clock::with_speed(2.0).unwrap();
    let simulator = Simulator::builder().clock(clock).start().await.unwrap();
    let advanced = simulator.control().advance(Duration::from_secs(1));
    assert_eq!(advanced, Err(ControlError::NotManual));
}

#[tokio::test]
async fn simulators_share_nothing() {
    let (one, two) = (manual().start().await.unwrap(), manual().start().await.unwrap());
    one.control().advance(Duration::from_secs(60)).unwrap();
    assert!(get(&one).await.body().contains("WORKING"));
    assert!(get(&two).await.body().contains("NEW"));
    assert_eq!(two.control().request_count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_limit_is_exact_across_connections() {
    let limit = RateLimit { capacity: 100, ..RateLimit::default() };
    let rate_limits = RateLimits { group: limit, ..RateLimits::default() };
    let scenario = Scenario { rate_limits, ..Scenario::default() };
    let simulator = Arc::new(manual().scenario(scenario).start().await.unwrap());
    let clients = (0..8).map(|_| {
        let simulator = Arc::clone(&simulator);
        tokio::spawn(async move {
            let authorization = authorization(&simulator);
            let mut connection = Connection::open(&simulator).await;
            let mut allowed = 0;
            for _ in 0..25 {
                connection.send("GET", PATH, &[&authorization, ACCEPT]).await;
                let status = connection.receive("GET").await.unwrap().status();
                assert!(status == 200 || status == 429, "{status}");
                allowed += u32::from(status == 200);
            }
            allowed
        })
    });
    let mut allowed = 0;
    for client in clients.collect::<Vec<_>>() {
        allowed += client.await.unwrap();
    }
    assert_eq!(allowed, 100);
    assert_eq!(simulator.control().request_count(), 200);
}

#[test]
fn public_types_can_be_sent_between_threads() {
    fn send<T: Send>(_: &T) {}
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Simulator>();
    shared::<Control>();
    shared::<RecordedRequest>();
    send(&Simulator::builder().start());
}
