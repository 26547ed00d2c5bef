//! Every fault of the simulator, with and without retries.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use atlas_migrations::{ClientBuilder, Error, RetryPolicy};
use atlas_simulator::{Fault, Scenario};
use tracing::Level;

use crate::log::Log;
use crate::world::{World, respond};

/// Shorter than every limit by default.
const LIMIT: Duration = Duration::from_secs(10);

/// Returns the error of a call without retries. It takes one request.
async fn once(fault: Fault) -> Error {
    let (error, requests) = World::new().await.under(fault).await;
    assert_eq!((requests, error.attempts()), (1, 1));
    error
}

/// Returns the error of a call without retries whose time limit passes after its request arrived.
async fn timed_out(fault: Fault, limit: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Error {
    let once = |client: ClientBuilder| limit(client.retry(RetryPolicy::never()));
    let world = World::of(Scenario::default(), "bearer token", once).await;
    tokio::time::pause();
    let time = async {
        // A task that is ready keeps the paused clock from advancing by itself.
        while world.seen() == 0 {
            tokio::task::yield_now().await;
        }
        tokio::time::advance(LIMIT).await;
    };
    let ((error, requests), ()) = tokio::join!(world.under(fault), time);
    tokio::time::resume();
    assert_eq!((requests, error.attempts()), (1, 1));
    error
}

/// Returns the pauses of a call under a fault that ends after this many requests.
async fn pauses(times: u64, fault: Fault) -> Vec<Duration> {
    let world = World::with("bearer token").await;
    world.next(times, fault);
    assert_eq!(world.job().await.unwrap().id, Some(world.id));
    assert_eq!(world.seen(), times + 1);
    world.clock.slept()
}

#[tokio::test]
async fn rate_limits_are_waited_for() {
    for fault in
        [Fault::RateLimited { retry_after: Some(7) }, Fault::RateLimitedUntil { seconds: 7 }]
    {
        assert_eq!(once(fault.clone()).await.retry_after(), Some(Duration::from_secs(7)));
        assert_eq!(pauses(1, fault).await, [Duration::from_secs(7)]);
    }
    for retry_after in [None, Some(0)] {
        let fault = Fault::RateLimited { retry_after };
        assert!(once(fault.clone()).await.is_rate_limited());
        let [first, second] = pauses(2, fault).await[..] else { panic!("two pauses") };
        assert!(first < Duration::from_secs(1) && second < Duration::from_secs(2));
    }
}

/// The bug: a call takes long, and the log does not say why.
#[tokio::test]
async fn each_retry_is_logged_with_its_wait_and_its_reason() {
    let (log, _guard) = Log::collect(Level::DEBUG);
    pauses(1, Fault::RateLimited { retry_after: Some(7) }).await;
    let [pause] = pauses(1, Fault::ResetConnection).await[..] else { panic!("one pause") };
    let log = log.text();
    let retries = log.lines().filter_map(|line| line.split_once(" retrying ")).map(|(_, of)| of);
    assert_eq!(
        retries.collect::<Vec<_>>(),
        [
            "attempt=1 wait=7s reason=429 Too Many Requests",
            &format!("attempt=1 wait={pause:?} reason=no complete response"),
        ]
    );
}

#[tokio::test]
async fn transient_errors_are_retried() {
    for fault in [
        Fault::HtmlBadGateway,
        Fault::HtmlServiceUnavailable { retry_after: None },
        respond(504, None, ""),
        Fault::ResetConnection,
        Fault::TruncateBody,
        Fault::LoseResponse,
    ] {
        assert_eq!(pauses(3, fault).await.len(), 3);
    }
    let asked = Fault::HtmlServiceUnavailable { retry_after: Some(30) };
    assert_eq!(pauses(1, asked).await, [Duration::from_secs(30)]);
}

#[tokio::test]
async fn permanent_errors_are_not_retried() {
    for fault in [
        Fault::UnexpectedError,
        Fault::EmptyServerError,
        Fault::Unauthorized,
        Fault::EmptyUnauthorized,
        Fault::Forbidden,
        Fault::EmptyForbidden,
        Fault::HugeBody { bytes: 10_000_000 },
        Fault::GzipBomb { bytes: 100_000_000 },
        respond(200, None, "{"),
        respond(404, None, ""),
        respond(302, None, ""),
    ] {
        let name = format!("{fault:?}");
        let (error, requests) = World::with("bearer token").await.under(fault).await;
        assert_eq!((requests, error.attempts()), (1, 1), "{name}");
    }
}

#[tokio::test]
async fn the_maximum_attempts_and_the_deadline_are_respected() {
    let (error, requests) = World::with("bearer token").await.under(Fault::HtmlBadGateway).await;
    assert_eq!((requests, error.attempts()), (4, 4));
    assert!(error.to_string().contains("after 4 attempts"), "{error}");

    let many = RetryPolicy::default().max_attempts(100).deadline(Duration::from_secs(10));
    let world = World::of(Scenario::default(), "bearer token", |client| client.retry(many)).await;
    let (error, requests) = world.under(Fault::HtmlBadGateway).await;
    assert!(error.is_server() && requests > 3 && requests < 100);
    assert!(world.clock.slept().iter().sum::<Duration>() < Duration::from_secs(10));

    // A wait beyond the deadline does not start.
    let fault = Fault::RateLimited { retry_after: Some(11) };
    let (error, requests) = world.under(fault).await;
    assert!(error.is_rate_limited());
    assert_eq!(requests, 1);
}

#[tokio::test]
async fn stalled_responses_time_out() {
    for fault in [Fault::StallHeaders, Fault::SlowHeaders, Fault::StallBody] {
        let name = format!("{fault:?}");
        let error = timed_out(fault, |client| client.attempt_timeout(LIMIT)).await;
        assert!(error.is_timeout() && error.is_transport(), "{name}: {error}");
        assert!(error.to_string().contains("took too long"), "{name}: {error}");
    }
    for fault in [Fault::StallHeaders, Fault::StallBody] {
        let name = format!("{fault:?}");
        let error = timed_out(fault, |client| client.idle_timeout(LIMIT)).await;
        assert!(error.is_timeout() && error.is_transport(), "{name}: {error}");
        assert!(error.to_string().contains("received nothing for too long"), "{name}: {error}");
    }
    let late = Fault::Delay { milliseconds: 5 };
    let world = World::new().await;
    world.next(1, late);
    world.job().await.unwrap();
}

#[tokio::test]
async fn a_gzip_bomb_and_a_huge_body_are_too_large() {
    let error = once(Fault::GzipBomb { bytes: 100_000_000 }).await;
    assert!(error.is_too_large(), "{error}");
    assert_eq!(error.status().unwrap(), 200);
    assert!(once(Fault::HugeBody { bytes: 10_000_000 }).await.is_too_large());
}

#[tokio::test]
async fn a_response_with_another_content_type_is_decoded() {
    let world = World::new().await;
    world.next(1, Fault::WrongContentType);
    assert_eq!(world.job().await.unwrap().id, Some(world.id));
}

#[tokio::test]
async fn empty_error_responses_are_classified_by_status() {
    assert!(once(Fault::EmptyUnauthorized).await.is_unauthorized());
    assert!(once(Fault::EmptyForbidden).await.is_forbidden());
    let html = once(Fault::HtmlServiceUnavailable { retry_after: None }).await;
    assert!(html.is_server() && html.code().is_none());
}

#[tokio::test]
async fn a_kept_connection_that_the_service_closes_fails_no_call() {
    let world = World::with("bearer token").await;
    for _ in 0..20 {
        world.next(1, Fault::CloseAfterResponse);
        world.job().await.unwrap();
        world.job().await.unwrap();
    }
}

#[tokio::test]
async fn responses_may_be_compressed() {
    let world = World::new().await;
    world.job().await.unwrap();
    let requests = world.control().requests();
    let accepted = requests[0].headers()["accept-encoding"].to_str().unwrap();
    assert!(accepted.contains("gzip"), "{accepted}");
}

#[tokio::test]
async fn a_deprecated_version_is_logged_once_and_is_in_every_response() {
    let (log, _guard) = Log::collect(Level::WARN);
    let world = World::new().await;
    let headers = BTreeMap::from([
        ("deprecation".to_owned(), "Thu, 30 May 2024 00:00:00 GMT".to_owned()),
        ("sunset".to_owned(), "Thu, 1 Jul 2027 00:00:00 GMT".to_owned()),
    ]);
    world.next(3, Fault::AddHeaders { headers });
    for _ in 0..3 {
        let response = world.client.live_migration(world.group, world.id).send().await.unwrap();
        let day = |time: Option<SystemTime>| {
            time.unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() / 86_400
        };
        assert_eq!(day(response.metadata().deprecation()), 19_873);
        assert_eq!(day(response.metadata().sunset()), 21_000);
    }
    let warnings = log.text();
    assert_eq!(warnings.lines().count(), 1, "{warnings}");
    assert!(warnings.contains("getGroupLiveMigration") && warnings.contains("1 Jul 2027"));
}

#[tokio::test]
async fn a_limited_client_respects_its_own_limit_and_that_of_the_service() {
    let limit = |client: ClientBuilder| client.requests_per_minute(60.try_into().unwrap());
    let world = World::of(Scenario::default(), "bearer token", limit).await;
    // A minute's worth of requests is sent at once, then one a second.
    for _ in 0..60 {
        world.job().await.unwrap();
    }
    assert!(world.clock.slept().is_empty());
    for _ in 0..10 {
        world.job().await.unwrap();
    }
    let waited: Duration = world.clock.slept().iter().sum();
    assert!(waited > Duration::from_secs(9) && waited < Duration::from_secs(11), "{waited:?}");

    let world = World::of(Scenario::default(), "bearer token", |client| {
        client.requests_per_minute(6000.try_into().unwrap())
    })
    .await;
    let left = |remaining: u32| Fault::AddHeaders {
        headers: BTreeMap::from([
            ("ratelimit-limit".to_owned(), "1200".to_owned()),
            ("ratelimit-remaining".to_owned(), remaining.to_string()),
        ]),
    };
    world.next(1, left(5));
    world.job().await.unwrap();
    assert!(world.clock.slept().is_empty());
    world.next(1, left(600));
    world.job().await.unwrap();
    assert_eq!(world.clock.slept(), [Duration::from_secs(10)]);
    world.job().await.unwrap();
    assert_eq!(world.clock.slept().len(), 1);
}

#[test]
fn the_table_of_failures_has_every_fault() {
    let table = include_str!("../../src/failures.md");
    // The error of an unknown variant lists every variant.
    let error = serde_json::from_str::<Fault>("\"?\"").unwrap_err().to_string();
    let faults: Vec<_> = error.split('`').skip(3).step_by(2).collect();
    assert!(faults.len() > 20, "{error}");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let rows: Vec<_> = rows.map(str::to_lowercase).collect();
    for fault in faults {
        assert!(rows.contains(&fault.replace('_', "")), "{fault} is not in the table");
    }
}
