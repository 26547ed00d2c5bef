//! Watches that last days of simulated time: no end is lost, and memory stays flat. A program of its own, because memory is
//! that of the whole process.
//!
//! ```sh
//! cargo test -p atlas-migrations --test long -- --ignored      # a week, with a poll of each migration every minute
//! ```

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use atlas_migrations::{
    Change, Client, Clock, FleetHandle, LiveMigrationRef, LiveMigrationStatus, ManualClock,
    PollInterval, WatchOptions,
};
use atlas_simulator::{
    Clock as SimulatorClock, Control, Fault, FaultRule, LiveMigration, Project, Scenario,
    Simulator, Timeline,
};

const GROUP: &str = "32b6e34b3d91647abb20e7b8";
const DAY: u64 = 86_400;
/// How much more memory the process may have at the end than after a third of the time. The allocator keeps some.
const MAX_GROWTH: u64 = 2 << 20;

/// The time of the client and of the simulator. A sleep moves both.
#[derive(Clone, Debug)]
struct SharedTime {
    client: ManualClock,
    simulator: Control,
    /// Time stands still while this fleet has polls in flight.
    fleet: Arc<OnceLock<FleetHandle>>,
}

impl Clock for SharedTime {
    fn now(&self) -> Duration {
        self.client.now()
    }

    fn wall(&self) -> SystemTime {
        self.client.wall()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let is_busy = || self.fleet.get().is_some_and(|fleet| fleet.stats().in_flight > 0);
            // The response to a poll wakes the fleet, which polls this future again.
            std::future::poll_fn(|_| {
                if is_busy() { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
            })
            .await;
            self.client.advance(duration);
            self.simulator.advance(duration).unwrap();
        })
    }

    fn random(&self) -> u64 {
        self.client.random()
    }
}

/// Returns the bytes of memory that this process holds.
fn memory() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

fn faults() -> impl Iterator<Item = Fault> {
    let faults = [
        Fault::UnexpectedError,
        Fault::HtmlBadGateway,
        Fault::HtmlServiceUnavailable { retry_after: Some(3) },
        Fault::Unauthorized,
        Fault::EmptyUnauthorized,
        Fault::Forbidden,
        Fault::RateLimited { retry_after: Some(2) },
        Fault::TruncateBody,
        Fault::HugeBody { bytes: 1_000_000 },
        Fault::GzipBomb { bytes: 1_000_000 },
        Fault::ResetConnection,
        Fault::LoseResponse,
    ];
    faults.into_iter().cycle()
}

/// Returns how the n-th migration ends, and its course, of which the end is before three quarters of the time.
fn fate(number: usize, seconds: u64) -> (LiveMigrationStatus, Timeline) {
    let base = Timeline {
        initial_lag_seconds: 40_000,
        replication_seconds: seconds / 4,
        expires_after_ready_seconds: seconds * 2,
        ..Timeline::default()
    };
    match number % 3 {
        0 => (LiveMigrationStatus::Complete, base),
        1 => (
            LiveMigrationStatus::Failed,
            Timeline { fails_after_seconds: Some(seconds * 2 / 3), ..base },
        ),
        _ => (
            LiveMigrationStatus::Expired,
            Timeline { expires_after_ready_seconds: seconds / 3, ..base },
        ),
    }
}

/// Watches migrations for this long, with faults and outages. One more migration than the given number stays as it is.
async fn watch(seconds: u64, migrations: usize, longest_interval: u64) {
    let id = |number: usize| format!("{number:024x}");
    let stays = Timeline { replication_seconds: 100 * seconds, ..Timeline::default() };
    let live_migrations = (0..=migrations).map(|number| LiveMigration {
        id: id(number),
        timeline: if number == migrations { stays.clone() } else { fate(number, seconds).1 },
        ..LiveMigration::default()
    });
    let live_migrations = live_migrations.collect();
    let project = Project { live_migrations, ..Project::default() };
    let scenario = Scenario { projects: vec![project], ..Scenario::default() };
    let simulator = Simulator::builder().scenario(scenario).clock(SimulatorClock::manual());
    let mut simulator = simulator.keep_requests(100).start().await.unwrap();
    let control = simulator.control();
    let time = SharedTime {
        client: ManualClock::default(),
        simulator: control.clone(),
        fleet: Arc::default(),
    };
    let client = Client::builder()
        .base_url(simulator.base_url())
        .bearer_token(simulator.scenario().bearer_token().unwrap())
        .max_body_bytes(100_000)
        .clock(time.clone())
        .build()
        .unwrap();
    let interval = Duration::from_secs(5)..=Duration::from_secs(longest_interval);
    let options = WatchOptions::new()
        .poll_interval(PollInterval::new(interval).unwrap())
        .error_timeout(Duration::from_secs(4 * 3_600))
        .emit_unchanged(true)
        .emit_transient_errors(true);
    let keys = (0..=migrations)
        .map(|number| LiveMigrationRef::new(GROUP.parse().unwrap(), id(number).parse().unwrap()));
    let mut fleet = client.fleet().with(keys).options(options).updates();
    time.fleet.set(fleet.handle()).unwrap();

    let mut ends: BTreeMap<String, Vec<LiveMigrationStatus>> = BTreeMap::new();
    let mut faults = faults();
    let (mut polls, mut back_at, mut next_outage, mut early) = (0_u64, None, 3 * 3_600, None);
    while control.now() < Duration::from_secs(seconds) {
        let item = fleet.next().await.expect("one stays as it is");
        let now = control.now().as_secs();
        polls += 1;
        match item {
            Ok(update) => {
                let is_ready = update.changed.contains(&Change::ReadyForCutover)
                    && update.job.ready_for_cutover == Some(true);
                let key = update.migration;
                let number = usize::from_str_radix(&key.id.to_string(), 16).unwrap();
                if is_ready && number % 3 == 0 {
                    control.cut_over(key.group, key.id).unwrap();
                }
                if update.job.is_terminal() {
                    ends.entry(key.id.to_string()).or_default().extend(update.job.status);
                }
            }
            Err(error) => assert!(!error.is_final(), "{error}"),
        }
        if back_at.is_some_and(|time| now >= time) {
            back_at = None;
            simulator.resume().await.unwrap();
        } else if back_at.is_none() && now >= next_outage {
            next_outage = now + 6 * 3_600;
            back_at = Some(now + 1_800);
            control.clear_faults();
            simulator.stop_serving().await;
        } else if back_at.is_none() && polls.is_multiple_of(40) {
            control.inject(FaultRule::new(faults.next().unwrap()).times(2));
        }
        if early.is_none() && now > seconds / 3 {
            early = Some(memory());
        }
    }
    let growth = memory().saturating_sub(early.unwrap());
    eprintln!("{polls} polls in {} h; memory grew by {growth} bytes", seconds / 3_600);
    assert!(growth < MAX_GROWTH, "{growth}");
    for number in 0..migrations {
        let end = ends.get(&id(number)).map(Vec::as_slice);
        assert_eq!(end, Some(&[fate(number, seconds).0][..]), "migration {number} ends once");
    }
    assert!(!ends.contains_key(&id(migrations)), "one stays as it is");
}

/// The bug: an end during an outage is lost, or every poll leaves something behind.
#[tokio::test]
async fn a_day_of_watching_with_faults_and_outages_loses_no_end_and_keeps_its_memory() {
    watch(DAY, 3, 60).await;
}

#[tokio::test]
#[ignore = "takes minutes"]
async fn a_week_of_watching_with_faults_and_outages_loses_no_end_and_keeps_its_memory() {
    watch(7 * DAY, 12, 60).await;
}
