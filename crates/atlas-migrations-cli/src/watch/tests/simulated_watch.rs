//! [`SimulatedWatch`]: watches migrations of a simulator in manual time.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use atlas_migrations::{
    Client, Clock, LiveMigrationRef, ManualClock, PollInterval, Updates, WatchOptions,
};
use atlas_simulator::{
    Clock as SimulatedClock, Fault, FaultRule, LiveMigration, Project, Scenario, Simulator,
    Timeline,
};

use crate::cli::Until;
use crate::watch::state::WatchState;
use crate::watch::targets::Target;
use crate::watch::watched_migration::CutoverState;

const GROUP: &str = "32b6e34b3d91647abb20e7b8";
const HOUR: u64 = 3600;

pub fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * HOUR)
}

/// A manual clock whose wall clock can be set.
#[derive(Clone, Debug, Default)]
struct SettableClock {
    manual: ManualClock,
    shift: Arc<AtomicI64>,
}

impl Clock for SettableClock {
    fn now(&self) -> Duration {
        self.manual.now()
    }

    fn wall(&self) -> SystemTime {
        let shift = self.shift.load(Ordering::Relaxed);
        let seconds = Duration::from_secs(shift.unsigned_abs());
        let wall = self.manual.wall();
        if shift < 0 { wall - seconds } else { wall + seconds }
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.manual.sleep(duration)
    }

    fn random(&self) -> u64 {
        self.manual.random()
    }
}

pub struct SimulatedWatch {
    pub simulator: Simulator,
    pub state: WatchState,
    pub client: Client,
    clock: SettableClock,
    watches: Vec<Updates>,
}

impl SimulatedWatch {
    /// Returns a watch of one migration for each name and timeline, before the first poll.
    pub async fn new(migrations: &[(&str, Timeline)], until: Until) -> Self {
        let id = |index: usize| format!("6296fb4c7c7aa997cf94e{index:03x}");
        let live_migrations = migrations.iter().enumerate().map(|(index, (_, timeline))| {
            LiveMigration { id: id(index), timeline: timeline.clone(), ..LiveMigration::default() }
        });
        let live_migrations = live_migrations.collect();
        let project = Project { live_migrations, ..Project::default() };
        let scenario = Scenario { projects: vec![project], ..Scenario::default() };
        let simulator = Simulator::builder().scenario(scenario).clock(SimulatedClock::manual());
        let simulator = simulator.start().await.unwrap();
        let clock = SettableClock::default();
        let client = Client::builder()
            .base_url(simulator.base_url())
            .bearer_token(simulator.scenario().bearer_token().unwrap())
            .clock(clock.clone())
            .build()
            .unwrap();
        let target = |(index, (name, _)): (usize, &(&str, Timeline))| {
            Target::new(GROUP.parse().unwrap(), id(index).parse().unwrap(), Some(name))
        };
        let targets = migrations.iter().enumerate().map(target).collect();
        let state = WatchState::new(targets, until, 64, client.transport().clock());
        let mut watch = Self { simulator, state, client, clock, watches: Vec::new() };
        watch.start_watches();
        watch
    }

    fn start_watches(&mut self) {
        let options = WatchOptions::new()
            .poll_interval(PollInterval::fixed(Duration::from_millis(10)).unwrap())
            .error_timeout(hours(1000))
            .emit_unchanged(true)
            .emit_transient_errors(true);
        let watch =
            |key: LiveMigrationRef| self.client.watch(key.group, key.id).options(options).updates();
        self.watches =
            self.state.migrations.iter().map(|migration| watch(migration.target.key)).collect();
    }

    /// Resets the state.
    pub fn reset(&mut self, until: Until) {
        let targets =
            self.state.migrations.iter().map(|migration| migration.target.clone()).collect();
        self.state = WatchState::new(targets, until, 64, self.client.transport().clock());
        self.start_watches();
    }

    /// Returns a watch of migrations in all phases, after a long time.
    pub async fn in_all_phases() -> Self {
        let timeline = |new, replication, lag, fails_after: Option<u64>| Timeline {
            new_seconds: new * HOUR,
            replication_seconds: replication * HOUR,
            initial_lag_seconds: lag * HOUR,
            fails_after_seconds: fails_after.map(|hours| hours * HOUR),
            ..Timeline::default()
        };
        let migrations = [
            ("orders", timeline(1, 200, 100, None)),
            ("customers-of-the-european-region", timeline(1, 30, 20, None)),
            ("invoices", timeline(1, 20, 10, None)),
            ("telemetry", timeline(2, 100, 40, Some(90))),
            ("6296fb4c7c7aa997cf94e9a8", timeline(400, 100, 40, None)),
            ("flaky", timeline(1, 300, 100, None)),
            ("paused", timeline(1, 300, 100, None)),
            ("archive", timeline(1, 130, 60, None)),
        ];
        let mut watch = Self::new(&migrations, Until::Terminal).await;
        for _ in 0..14 {
            watch.poll_after(hours(10)).await;
        }
        watch.cut_over("archive");
        watch.cut_over("invoices");
        watch.poll_after(Duration::ZERO).await;
        watch.inject("flaky", Fault::UnexpectedError);
        let body = r#"{"status": "PAUSED\u001b[2J\u202e", "lagTimeSeconds": 7}"#.to_owned();
        let content_type = Some("application/vnd.atlas.2023-01-01+json".to_owned());
        watch.inject("paused", Fault::Respond { status: 200, content_type, body });
        watch.simulator.control().advance(Duration::from_secs(280)).unwrap();
        watch.poll_after(Duration::from_secs(10)).await;
        watch.clock.manual.advance(hours(2));
        watch
    }

    /// Lets time pass, and polls each migration that has not ended once.
    pub async fn poll_after(&mut self, time: Duration) {
        self.simulator.control().advance(time).unwrap();
        self.clock.manual.advance(time);
        for (migration, watch) in self.state.migrations.iter_mut().zip(&mut self.watches) {
            match watch.next().await {
                Some(Ok(update)) => {
                    migration.record_update(update);
                }
                Some(Err(error)) => {
                    migration.record_failure(&error);
                }
                None => {}
            }
        }
    }

    fn id(&self, name: &str) -> (usize, String) {
        let mut migrations = self.state.migrations.iter();
        let migration = migrations.find(|migration| migration.target.name == name).unwrap();
        (migration.index, migration.target.key.id.to_string())
    }

    fn cut_over(&mut self, name: &str) {
        let (index, id) = self.id(name);
        self.simulator.control().cut_over(GROUP, id).unwrap();
        self.state.migrations[index].cutover = CutoverState::Accepted;
    }

    /// Shifts the wall clock by a number of seconds.
    pub fn shift_wall_clock(&mut self, seconds: i64) {
        self.clock.shift.store(seconds, Ordering::Relaxed);
    }

    /// Makes the next polls return a body.
    pub fn respond(&self, name: &str, body: &str, times: u64) {
        let content_type = Some("application/vnd.atlas.2023-01-01+json".to_owned());
        let fault = Fault::Respond { status: 200, content_type, body: body.to_owned() };
        let rule = FaultRule::new(fault).on_path(self.id(name).1);
        self.simulator.control().inject(rule.times(times));
    }

    fn inject(&self, name: &str, fault: Fault) {
        self.simulator.control().inject(FaultRule::new(fault).on_path(self.id(name).1));
    }
}
