//! Watches with failed polls.

use std::time::Duration;

use atlas_migrations::conditions::{complete, ready_for_cutover};
use atlas_migrations::{LiveMigrationStatus, RetryPolicy, WatchError, WatchOptions};
use atlas_simulator::{Fault, FaultRule, Scenario, Timeline};

use crate::shared_clock::SharedClock;
use crate::watch::{every, next, seconds, watch, world};
use crate::world::respond;

/// Every transient fault of a poll.
pub fn passing_faults() -> Vec<Fault> {
    let other = r#"{"_id":"aaaaaaaaaaaaaaaaaaaaaaaa","status":"COMPLETE"}"#;
    vec![
        Fault::UnexpectedError,
        Fault::EmptyServerError,
        Fault::HtmlBadGateway,
        Fault::HtmlServiceUnavailable { retry_after: Some(3) },
        Fault::Unauthorized,
        Fault::EmptyUnauthorized,
        Fault::Forbidden,
        Fault::EmptyForbidden,
        Fault::RateLimited { retry_after: Some(0) },
        Fault::RateLimited { retry_after: None },
        Fault::RateLimitedUntil { seconds: 5 },
        Fault::TruncateBody,
        Fault::HugeBody { bytes: 1_000_000 },
        Fault::GzipBomb { bytes: 1_000_000 },
        Fault::ResetConnection,
        Fault::LoseResponse,
        respond(200, Some("text/html"), "<html>a captive portal</html>"),
        respond(302, None, ""),
        respond(200, Some("application/json"), other),
        respond(200, Some("application/json"), r#"{"status": 7}"#),
    ]
}

#[tokio::test]
async fn failed_polls_are_counted_and_do_not_end_a_watch() {
    for fault in passing_faults() {
        let world = world(Timeline::default()).await;
        let mut updates = watch(&world).updates();
        assert_eq!(next(&mut updates).await.failed_polls, 0);
        let before = world.seen();
        world.next(5, fault.clone());
        let update = next(&mut updates).await;
        assert_eq!(update.failed_polls, 5, "{fault:?}");
        assert_eq!(update.job, world.job().await.unwrap(), "{fault:?}");
        let unchanged = world.seen() - before - 1 - 5;
        assert!(unchanged < 10, "{fault:?}: each failed poll is one request");
    }
}

#[tokio::test]
async fn a_poll_is_one_attempt_with_any_retry_policy() {
    let patient = |client: atlas_migrations::ClientBuilder| {
        client.retry(RetryPolicy::default().max_attempts(50))
    };
    let (world, _) = SharedClock::world(Scenario::default(), "bearer token", patient).await;
    let mut updates =
        watch(&world).options(WatchOptions::new().emit_transient_errors(true)).updates();
    next(&mut updates).await;
    world.next(1, Fault::HtmlBadGateway);
    let error = updates.next().await.unwrap().unwrap_err();
    assert_eq!(error.api_error().unwrap().attempts(), 1);
    assert_eq!(world.seen(), 2);
    // A watch that goes on asks for nothing.
    world.next(1, Fault::Forbidden);
    let error = updates.next().await.unwrap().unwrap_err();
    assert!(error.api_error().unwrap().hint().is_some() && error.hint().is_none(), "{error}");
    // The retry policy still applies to other calls of the client.
    world.next(4, Fault::HtmlBadGateway);
    world.job().await.unwrap();
}

#[tokio::test]
async fn failed_polls_are_yielded_on_request() {
    let world = world(Timeline::default()).await;
    let mut updates =
        watch(&world).options(WatchOptions::new().emit_transient_errors(true)).updates();
    next(&mut updates).await;
    world.next(2, Fault::HtmlBadGateway);
    for failures in [1, 2] {
        let error = updates.next().await.unwrap().unwrap_err();
        assert!(error.is_failed_poll() && !error.is_final() && !error.is_condition_unmet());
        assert_eq!(error.failed_polls(), failures);
        assert_eq!(error.api_error().unwrap().status().unwrap(), 502);
        assert!(error.next_poll_in().unwrap() >= seconds(5));
        assert!(std::error::Error::source(&error).is_some());
        assert!(error.last().unwrap().job.status.is_some());
        let message = error.to_string();
        assert!(message.contains("502") && message.contains("next poll is in"), "{message}");
    }
    // `until` does not yield them.
    world.next(2, Fault::HtmlBadGateway);
    updates.until(ready_for_cutover()).await.unwrap();
}

#[tokio::test]
async fn a_watch_ends_when_polls_fail_for_longer_than_the_error_timeout() {
    let world = world(Timeline::default()).await;
    let mut updates =
        watch(&world).options(WatchOptions::new().error_timeout(seconds(100))).updates();
    next(&mut updates).await;
    world.control().inject(FaultRule::new(Fault::EmptyUnauthorized));
    let before = world.control().now();
    let error = updates.next().await.unwrap().unwrap_err();
    let took = world.control().now().abs_diff(before);
    assert!(took >= seconds(100) && took < seconds(170), "{took:?}");
    assert!(error.is_final() && error.is_failed_poll() && !error.is_gone());
    assert!(error.api_error().unwrap().is_unauthorized());
    assert!(error.failing_for() >= seconds(100) && error.failed_polls() > 3);
    assert!(error.hint().unwrap().contains("credential"), "{error}");
    let message = error.to_string();
    assert!(
        message.contains("polls failed in") && message.contains("does nothing to"),
        "{message}"
    );
    let requests = world.seen();
    world.control().clear_faults();
    assert!(updates.next().await.is_none());
    assert!(updates.until(complete()).await.unwrap_err().is_condition_unmet());
    assert_eq!(world.seen(), requests, "no request follows the end");

    // Without a timeout.
    let mut updates =
        watch(&world).options(WatchOptions::new().error_timeout(Duration::ZERO)).updates();
    next(&mut updates).await;
    world.next(1, Fault::HtmlBadGateway);
    assert!(updates.next().await.unwrap().unwrap_err().is_final());
    // A single failure does not exceed a timeout that is shorter than the interval.
    let slow = every(seconds(60)..=seconds(60)).error_timeout(seconds(1));
    let mut updates = watch(&world).options(slow).updates();
    next(&mut updates).await;
    world.next(2, Fault::HtmlBadGateway);
    next(&mut updates).await;
    world.next(3, Fault::HtmlBadGateway);
    assert!(updates.next().await.unwrap().is_err());
}

#[tokio::test]
async fn an_error_of_the_first_poll_ends_a_watch_unless_it_is_transient() {
    let refusals = [
        (Fault::Unauthorized, 401),
        (Fault::EmptyUnauthorized, 401),
        (Fault::Forbidden, 403),
        (respond(406, None, ""), 406),
        (respond(400, None, ""), 400),
        (respond(302, None, ""), 302),
        (respond(200, None, "<html>"), 200),
    ];
    for (fault, status) in refusals {
        let world = world(Timeline::default()).await;
        world.next(1, fault);
        let error = watch(&world).until(complete()).await.unwrap_err();
        assert_eq!(error.api_error().unwrap().status().unwrap(), status);
        assert!(error.is_final() && error.last().is_none() && !error.is_gone());
        assert_eq!(world.seen(), 1);
    }
    let world = world(Timeline::default()).await;
    let nobody = "0".repeat(24).parse().unwrap();
    let error = world.client.watch(world.group, nobody).until(complete()).await.unwrap_err();
    assert!(error.api_error().unwrap().is_not_found() && !error.is_gone());
    assert!(error.hint().unwrap().contains("migration's id"), "{error}");
    // Transient errors do not end a watch, not even at its start.
    for fault in
        [Fault::HtmlBadGateway, Fault::ResetConnection, Fault::RateLimited { retry_after: None }]
    {
        world.next(4, fault);
        assert_eq!(next(&mut watch(&world).updates()).await.failed_polls, 4);
    }
}

#[tokio::test]
async fn a_migration_is_gone_only_after_repeated_404s() {
    let gone =
        respond(404, Some("application/json"), r#"{"error":404,"errorCode":"RESOURCE_NOT_FOUND"}"#);
    let world = world(Timeline::default()).await;
    let mut updates = watch(&world).updates();
    next(&mut updates).await;
    world.next(2, gone.clone());
    world.next(1, Fault::HtmlBadGateway);
    world.next(2, gone.clone());
    assert_eq!(next(&mut updates).await.failed_polls, 5);
    world.next(3, gone);
    let error = updates.next().await.unwrap().unwrap_err();
    assert!(error.is_gone() && error.is_final(), "{error}");
    assert_eq!(error.last().unwrap().job.status, Some(LiveMigrationStatus::Working));

    let version_gone = respond(410, None, "");
    let mut updates = watch(&world).updates();
    next(&mut updates).await;
    world.next(1, version_gone);
    assert!(updates.next().await.unwrap().unwrap_err().is_final());
}

#[tokio::test]
async fn a_wait_that_the_service_asks_for_is_respected_within_the_error_timeout() {
    for fault in [
        Fault::RateLimited { retry_after: Some(130) },
        Fault::HtmlServiceUnavailable { retry_after: Some(130) },
    ] {
        let world = world(Timeline::default()).await;
        let mut updates = watch(&world).options(WatchOptions::new().emit_unchanged(true)).updates();
        next(&mut updates).await;
        world.next(1, fault.clone());
        let update = next(&mut updates).await;
        assert_eq!(update.failed_polls, 1);
        let polls = world.control().requests();
        assert_eq!(polls[2].at().abs_diff(polls[1].at()), seconds(130), "{fault:?}");

        world.next(1, Fault::RateLimited { retry_after: Some(100_000) });
        let error = updates.next().await.unwrap().unwrap_err();
        assert!(error.is_final() && error.api_error().unwrap().is_rate_limited());
    }
}

#[tokio::test]
async fn a_watch_survives_an_outage() {
    let mut world = world(Timeline::default()).await;
    let client = world.client.clone();
    let mut updates = client
        .watch(world.group, world.id)
        .options(WatchOptions::new().emit_transient_errors(true))
        .updates();
    next(&mut updates).await;
    world.simulator.stop_serving().await;
    for failures in 1..=4 {
        let error = updates.next().await.unwrap().unwrap_err();
        assert!(error.api_error().unwrap().is_transport() && !error.is_final(), "{error}");
        assert_eq!(error.failed_polls(), failures);
    }
    world.simulator.resume().await.unwrap();
    let update = next(&mut updates).await;
    assert_eq!(update.failed_polls, 4);
    assert!(updates.until(ready_for_cutover()).await.unwrap().deadline.is_some());
}

/// No error of a watch shows a secret.
#[tokio::test]
async fn errors_show_no_secret() {
    let world = world(Timeline::default()).await;
    world.next(1, respond(200, None, r#"{"status":["hunter2"]}"#));
    let error: WatchError = watch(&world).until(complete()).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(
        ["hunter2", "not-a-real", "deadbeef"].iter().all(|secret| !shown.contains(secret)),
        "{shown}"
    );
}
