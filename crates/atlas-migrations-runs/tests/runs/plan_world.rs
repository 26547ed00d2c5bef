//! A plan of some migrations, a simulator at high speed, and a journal that several runners can open.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use atlas_migrations::{Client, PollInterval};
use atlas_migrations_journal::{
    Location, Options, Redactor, StreamId,
    event::{Action, Actor, Approved, Event, NewEvent},
    open,
    state::StreamState,
    store::{Append, NewRunner, Store, StreamFilter, StreamRow},
};
use atlas_migrations_plan::Plan;
use atlas_migrations_runs::{
    changes::Changes,
    runner::{RunError, RunEvent, RunSettings, RunSummary, RunUntil, Runner},
};
use atlas_simulator::{Clock, Control, Fault, FaultRule, Simulator, SimulatorBuilder};
use tempfile::TempDir;

use crate::world::location;

/// A run that takes longer than this hangs.
const LIMIT: Duration = Duration::from_mins(1);
pub const GROUP: &str = "32b6e34b3d91647abb20e7b8";

pub struct PlanWorld {
    pub simulator: Simulator,
    pub folder: TempDir,
    /// Where the journal is.
    location: Location,
}

/// What one runner told.
pub type Told = Arc<Mutex<Vec<RunEvent>>>;

impl PlanWorld {
    pub async fn new() -> Self {
        // An hour takes less than half a second, five days 43 seconds.
        Self::of(Simulator::builder().clock(Clock::with_speed(10_000.0).unwrap())).await
    }

    /// Returns a world with another simulator, whose rate limits are taken away.
    pub async fn of(simulator: SimulatorBuilder) -> Self {
        let simulator = simulator.without_rate_limits().start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let location = location(&folder);
        Self { simulator, folder, location }
    }

    /// Returns the same with a journal in a database. `None`, which is said loudly, where there is no PostgreSQL.
    pub async fn with_postgres() -> Option<Self> {
        let server = atlas_test_postgres::shared().await?;
        let location = Location::Postgres(server.new_database().await);
        Some(Self { location, ..Self::new().await })
    }

    pub fn control(&self) -> Control {
        self.simulator.control()
    }

    pub async fn store(&self) -> Arc<dyn Store> {
        let mut options = Options::default();
        options.rules.unclear_after = Duration::from_millis(300);
        options.lease = Duration::from_millis(900);
        options.lease_use = Duration::from_millis(600);
        open(&self.location, options).await.unwrap()
    }

    /// Returns the changes of a new runner, with a store of its own, as another process has.
    pub async fn changes(&self) -> Changes {
        let token = self.simulator.scenario().bearer_token().unwrap();
        let client =
            Client::builder().base_url(self.simulator.base_url()).bearer_token(token).build();
        let store = self.store().await;
        let runner = NewRunner::new("ops1", std::process::id(), "ana", "1");
        let runner = store.register(runner).await.unwrap();
        let actor = Actor::new("ana", "ops1");
        Changes::builder(store, client.unwrap(), runner, actor).build().await.unwrap()
    }

    pub async fn runner(&self, plan: &Plan, settings: RunSettings) -> (Runner, Changes, Told) {
        let told = Told::default();
        let heard = Arc::clone(&told);
        let changes = self.changes().await;
        let runner = Runner::new(changes.clone(), plan.clone(), settings);
        let runner = runner.on_event(move |event| heard.lock().unwrap().push(event));
        (runner, changes, told)
    }

    /// Runs a plan until it is over.
    pub async fn run(&self, plan: &Plan, settings: RunSettings) -> Result<RunSummary, RunError> {
        self.run_until(plan, settings, std::future::pending()).await
    }

    /// Runs a plan until it is over or stopped, and closes its journal, as the end of the process does.
    pub async fn run_until(
        &self,
        plan: &Plan,
        settings: RunSettings,
        stop: impl Future<Output = ()>,
    ) -> Result<RunSummary, RunError> {
        let (runner, changes, told) = self.runner(plan, settings).await;
        let result = tokio::time::timeout(LIMIT, Box::pin(runner.run(stop))).await;
        let result =
            result.unwrap_or_else(|_| panic!("the run hangs: {:#?}", told.lock().unwrap()));
        changes.settled().await;
        changes.store().release(changes.runner(), None).await.unwrap();
        changes.store().close().await;
        result
    }

    pub async fn row(&self, name: &str) -> (StreamRow, StreamState) {
        let store = self.store().await;
        let mut filter = StreamFilter::default();
        filter.name = Some(name.to_owned());
        let rows = store.streams(filter).await.unwrap();
        let found = store.state(rows[0].id).await.unwrap();
        store.close().await;
        found
    }

    /// Appends a fact to the stream of a migration or plan, as a person does from a second shell.
    pub async fn say(&self, name: &str, event: impl Into<Event>) {
        let (row, state) = self.row(name).await;
        let store = self.store().await;
        let event = NewEvent::new(Actor::new("bob", "ops2"), event).with_attempt(state.attempt);
        store.append(Append::fact(row.id, event)).await.unwrap();
        store.close().await;
    }

    /// Approves the cutover of a migration.
    pub async fn approve(&self, name: &str) {
        let (_, state) = self.row(name).await;
        let (policy, request) = (state.policy_hash.unwrap(), state.request_hash.unwrap());
        self.say(name, Approved::new(Action::Cutover, policy, request)).await;
    }

    /// Waits until a migration has a state.
    pub async fn wait_until(&self, name: &str, is_met: impl Fn(&StreamState) -> bool) {
        let store = self.store().await;
        until(&format!("{name} comes there"), async || {
            let mut filter = StreamFilter::default();
            filter.name = Some(name.to_owned());
            match store.streams(filter).await.unwrap().first() {
                Some(row) => is_met(&store.state(row.id).await.unwrap().1),
                None => false,
            }
        })
        .await;
        store.close().await;
    }

    pub fn next(&self, times: u64, operation: &str, fault: Fault) {
        self.control().inject(FaultRule::new(fault).on_operation(operation).times(times));
    }

    /// Returns the paths of the requests of an operation that Atlas accepted, in their order.
    pub fn accepted(&self, operation: &str) -> Vec<String> {
        let requests = self.control().requests();
        let of = requests.iter().filter(|request| request.operation_id() == Some(operation));
        of.filter(|request| request.status().is_some_and(|status| status < 300))
            .map(|request| request.path().to_owned())
            .collect()
    }

    /// Returns how many requests of an operation were received.
    pub fn received(&self, operation: &str) -> usize {
        let requests = self.control().requests();
        requests.iter().filter(|request| request.operation_id() == Some(operation)).count()
    }

    /// Returns the types of all events of the journal, with the names of their streams.
    pub async fn log(&self) -> Vec<(String, Event)> {
        let store = self.store().await;
        let rows = store.streams(StreamFilter::default()).await.unwrap();
        let name = |id: StreamId| {
            let row = rows.iter().find(|row| row.id == id);
            row.map(|row| row.name.clone()).unwrap_or_default()
        };
        let records = store.changes(0).await.unwrap();
        store.close().await;
        records.into_iter().map(|record| (name(record.stream), record.event)).collect()
    }
}

/// Waits until something that goes on in this process or in Atlas has happened.
pub async fn until(what: &str, is_met: impl AsyncFn() -> bool) {
    let met = async {
        while !is_met().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(LIMIT, met).await.is_ok(), "waited too long until {what}");
}

/// Returns settings for a simulator at high speed.
pub fn fast() -> RunSettings {
    let mut settings = RunSettings::new().start(true);
    let (shortest, longest) = (Duration::from_millis(10), Duration::from_millis(40));
    settings.poll_interval = Some(PollInterval::new(shortest..=longest).unwrap());
    settings.journal_interval = Duration::from_millis(20);
    settings.lease_interval = Duration::from_millis(100);
    settings.retry_pause = Duration::from_millis(100);
    settings
}

/// Returns settings of a run that ends when all wait for a person.
pub fn idle() -> RunSettings {
    fast().until(RunUntil::Idle)
}

pub const NAMES: [&str; 6] = ["orders", "users", "stock", "carts", "mails", "audit"];

/// Returns a plan of the first migrations. `cutover` is the rest of the plan's policy, `more` what follows a migration.
pub fn plan(count: usize, cutover: &str, more: impl Fn(&str) -> String) -> Plan {
    let mut text = format!(
        "version: 1\nname: weekend\nproject: {GROUP}\n{cutover}\n\
         defaults:\n  source: {{project: 5f0a1b2c3d4e5f6071829304, tls: true, authentication: managed}}\n  \
         destination: {{network: public}}\n  migration_host: vm001.example.com\nmigrations:\n"
    );
    for name in &NAMES[..count] {
        let _ = write!(
            text,
            "  - name: {name}\n    source: {{cluster: {name}-rs0}}\n    destination: {{cluster: {name}}}\n{}",
            more(name)
        );
    }
    Plan::parse("weekend.yaml", &text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// Returns a plan whose migrations are cut over without approval.
pub fn simple(count: usize) -> Plan {
    plan(count, "approvers: 0", |_| String::new())
}

/// Returns a plan whose migrations are cut over after one approval of each.
pub fn approved_by_one(count: usize) -> Plan {
    plan(count, "approvers: 1", |_| String::new())
}

pub fn text(text: &str) -> atlas_migrations_journal::ForeignText {
    Redactor::default().text(text)
}
