//! Migrations at all stages, for tests: watched on a simulated Atlas, in time that is moved by hand.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use atlas_migrations::{Client, Clock, ManualClock, MigrationKey, Updates};
use atlas_simulator::{
    Clock as SimulatedClock, Fault, FaultRule, LiveMigration, Project, Scenario, Simulator,
    Timeline,
};

use super::board::{Board, Cutover};
use super::targets::Target;
use crate::arguments::Until;

const GROUP: &str = "32b6e34b3d91647abb20e7b8";
const HOUR: u64 = 3600;

pub fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * HOUR)
}

/// A clock whose time of day can be set.
#[derive(Clone, Debug, Default)]
struct SetClock {
    hand: ManualClock,
    shift: Arc<AtomicI64>,
}

impl Clock for SetClock {
    fn now(&self) -> Duration {
        self.hand.now()
    }

    fn wall(&self) -> SystemTime {
        let by = self.shift.load(Ordering::Relaxed);
        let by_seconds = Duration::from_secs(by.unsigned_abs());
        let wall = self.hand.wall();
        if by < 0 { wall - by_seconds } else { wall + by_seconds }
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.hand.sleep(duration)
    }

    fn random(&self) -> u64 {
        self.hand.random()
    }
}

pub struct Stage {
    pub simulator: Simulator,
    pub board: Board,
    pub client: Client,
    clock: SetClock,
    watches: Vec<Updates>,
}

impl Stage {
    /// One migration for each name and timeline, of which nothing is seen yet.
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
        let clock = SetClock::default();
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
        let board = Board::new(targets, until, 64, client.transport().clock());
        let mut stage = Self { simulator, board, client, clock, watches: Vec::new() };
        stage.begin_watches();
        stage
    }

    fn begin_watches(&mut self) {
        let interval = Duration::from_millis(10);
        let watch = |key: MigrationKey| {
            let watch = self.client.watch(&key.group, &key.id).interval(interval..=interval);
            watch.patience(hours(1000)).each_poll(true).each_failure(true).updates()
        };
        self.watches = self.board.rows.iter().map(|row| watch(row.target.key)).collect();
    }

    /// Forgets all that was seen.
    pub fn begin_again(&mut self, until: Until) {
        let targets = self.board.rows.iter().map(|row| row.target.clone()).collect();
        self.board = Board::new(targets, until, 64, self.client.transport().clock());
        self.begin_watches();
    }

    /// Several at very different stages, after a long time.
    pub async fn of_all_fates() -> Self {
        let timeline = |new, replicates, lag, fails: Option<u64>| Timeline {
            new_seconds: new * HOUR,
            replication_seconds: replicates * HOUR,
            initial_lag_seconds: lag * HOUR,
            fails_after_seconds: fails.map(|hours| hours * HOUR),
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
        let mut stage = Self::new(&migrations, Until::Terminal).await;
        for _ in 0..14 {
            stage.look_after(hours(10)).await;
        }
        stage.cut_over("archive");
        stage.cut_over("invoices");
        stage.look_after(Duration::ZERO).await;
        stage.inject("flaky", Fault::UnexpectedError);
        let body = r#"{"status": "PAUSED\u001b[2J\u202e", "lagTimeSeconds": 7}"#.to_owned();
        let content_type = Some("application/vnd.atlas.2023-01-01+json".to_owned());
        stage.inject("paused", Fault::Respond { status: 200, content_type, body });
        stage.simulator.control().advance(Duration::from_secs(280)).unwrap();
        stage.look_after(Duration::from_secs(10)).await;
        stage.clock.hand.advance(hours(2));
        stage
    }

    fn now(&self) -> SystemTime {
        self.clock.wall()
    }

    /// Lets time pass, and polls each migration that is not over once.
    pub async fn look_after(&mut self, time: Duration) {
        self.simulator.control().advance(time).unwrap();
        self.clock.hand.advance(time);
        for (index, watch) in self.watches.iter_mut().enumerate() {
            match watch.next().await {
                Some(Ok(update)) => {
                    self.board.saw(index, update);
                }
                Some(Err(error)) => {
                    self.board.missed(index, &error, self.clock.wall());
                }
                None => {}
            }
        }
    }

    fn id(&self, name: &str) -> (usize, String) {
        let mut rows = self.board.rows.iter().enumerate();
        let (index, row) = rows.find(|(_, row)| row.target.name == name).unwrap();
        (index, row.target.key.id.to_string())
    }

    fn cut_over(&mut self, name: &str) {
        let (index, id) = self.id(name);
        self.simulator.control().cut_over(GROUP, id).unwrap();
        self.board.rows[index].cutover = Cutover::Accepted(self.now());
    }

    /// Sets the time of day by so many seconds.
    pub fn set_clock(&mut self, by: i64) {
        self.clock.shift.store(by, Ordering::Relaxed);
    }

    /// Has looks answered like this, so many times.
    pub fn answer(&self, name: &str, body: &str, times: u64) {
        let content_type = Some("application/vnd.atlas.2023-01-01+json".to_owned());
        let fault = Fault::Respond { status: 200, content_type, body: body.to_owned() };
        let rule = FaultRule::new(fault).on_path(self.id(name).1);
        self.simulator.control().inject(rule.times(times));
    }

    fn inject(&self, name: &str, fault: Fault) {
        self.simulator.control().inject(FaultRule::new(fault).on_path(self.id(name).1));
    }
}
