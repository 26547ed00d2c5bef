//! Runs that last days of simulated time, with faults and restarts: each request is sent once, every migration ends, and
//! memory stays flat. A program of its own, because memory is that of the whole process.
//!
//! ```sh
//! cargo test -p atlas-migrations-runs --test long -- --ignored      # a month
//! ```

#![cfg(target_os = "linux")]
// The functions are shared with other tests, which use more of them.
#![allow(dead_code)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

#[path = "../runs/plan_world.rs"]
mod plan_world;
#[path = "../runs/world.rs"]
mod world;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use atlas_migrations::PollInterval;
use atlas_migrations_journal::event::EndResult;
use atlas_simulator::{Clock, Control, Fault, FaultRule, Scenario, Simulator, Timeline};

use crate::plan_world::{PlanWorld, fast, simple};

const DAY: u64 = 86_400;
/// A day takes about two seconds.
const SPEED: f64 = 40_000.0;
/// How much more memory the process may have at the end than after a third of the time: the allocator and the caches of
/// the database keep some.
const MAX_GROWTH: u64 = 16 << 20;

/// Returns the bytes of memory that this process holds.
fn memory() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

/// Injects faults into looks until a time, and now and then an outage of an hour.
async fn trouble(control: &Control, until: Duration) {
    let faults = [
        Fault::HtmlBadGateway,
        Fault::UnexpectedError,
        Fault::EmptyUnauthorized,
        Fault::RateLimited { retry_after: Some(0) },
        Fault::TruncateBody,
        Fault::ResetConnection,
        Fault::LoseResponse,
    ];
    for (round, fault) in faults.into_iter().cycle().enumerate() {
        if control.now() >= until {
            return;
        }
        let is_outage = round % 10 == 9;
        let rule = FaultRule::new(if is_outage { Fault::ResetConnection } else { fault });
        let rule = rule.on_operation("getGroupLiveMigration");
        control.inject(if is_outage { rule } else { rule.times(3) });
        let end = (control.now() + Duration::from_hours(1)).min(until);
        while control.now() < end {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        control.clear_faults();
    }
}

/// Runs a plan of some migrations for this many days, in processes that are stopped after each part of the time.
async fn run(days: u64, parts: u64, migrations: usize) {
    let timeline = Timeline {
        replication_seconds: days * DAY * 9 / 10,
        initial_lag_seconds: 40_000,
        expires_after_ready_seconds: days * DAY,
        ..Timeline::default()
    };
    let scenario = Scenario { new_migrations: timeline, ..Scenario::default() };
    let changes = [("POST", "/liveMigrations"), ("PUT", "/cutover")];
    let counts: [Arc<AtomicUsize>; 2] = Default::default();
    let counted = counts.clone();
    let simulator = Simulator::builder()
        .scenario(scenario)
        .clock(Clock::with_speed(SPEED).unwrap())
        .keep_requests(100)
        .on_request(move |request| {
            for ((method, end), count) in changes.iter().zip(&counted) {
                if request.method() == *method && request.path().ends_with(end) {
                    count.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
    let world = PlanWorld::of(simulator).await;
    let control = world.control();
    let plan = simple(migrations);
    let mut settings = fast();
    let often = Duration::from_millis(10)..=Duration::from_millis(12);
    settings.poll_interval = Some(PollInterval::new(often).unwrap());
    let mut early = 0;
    for part in 1..parts {
        let until = Duration::from_secs(days * DAY * part / parts);
        let summary = world.run_until(&plan, settings.clone(), trouble(&control, until)).await;
        assert!(summary.unwrap().interrupted);
        if part == parts.div_ceil(3) {
            early = memory();
        }
    }
    control.clear_faults();
    // The response of the first cutover is lost.
    world.next(1, "cutoverGroupLiveMigration", Fault::LoseResponse);
    let summary = world.run(&plan, settings).await.unwrap();
    assert!(control.now() > Duration::from_secs(days * DAY * 9 / 10), "{:?}", control.now());
    assert!(summary.migrations.iter().all(|one| one.ended == Some(EndResult::Complete)));
    let sent = counts.each_ref().map(|count| count.load(Ordering::SeqCst));
    assert_eq!(sent, [migrations, migrations], "each request is sent once");
    let store = world.store().await;
    let report = store.verify().await.unwrap();
    store.close().await;
    assert!(report.problems.is_empty(), "{report:?}");
    let growth = memory().saturating_sub(early);
    let (events, requests) = (world.log().await.len(), control.request_count());
    eprintln!(
        "{requests} requests and {events} events in {days} days; memory grew by {growth} bytes"
    );
    assert!(growth < MAX_GROWTH, "{growth}");
    // What is seen is recorded when it is news, not with each look.
    assert!((events as u64) < 200 + requests / 4, "{events} events of {requests} requests");
}

/// The bug: a restart or an outage loses a migration or repeats a request, or each look leaves something behind.
#[tokio::test]
async fn three_days_of_a_run_with_faults_and_restarts_lose_nothing_and_keep_its_memory() {
    run(3, 3, 2).await;
}

#[tokio::test]
#[ignore = "takes more than a minute"]
async fn a_month_of_a_run_with_faults_and_restarts_loses_nothing_and_keeps_its_memory() {
    run(30, 10, 6).await;
}
