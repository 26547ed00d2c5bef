//! A journal with migrations in many states.

#![allow(clippy::unwrap_used, reason = "it is used by tests and by an example")]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use atlas_migrations_journal::{
    Clock, Hash, Options, RetryPolicy, SqliteStore, StreamId, SystemClock,
    event::{
        Action, Actor, Adopted, Approved, EndResult, Ended, Event, Held, Intent, NewEvent,
        Observed, Operation, Outcome, OutcomeResult, PlanStarted, Planned, PollsFailing, Sent,
        StreamKind, Unclear, UnclearReason,
    },
    store::{Append, Claim, Fence, NewRunner, NewStream, Store},
};
use atlas_migrations_journal::{Redactor, RunnerId};
use serde_json::{Value, json};

/// The project of all migrations.
pub const GROUP: &str = "5f0a1b2c3d4e5f6071829304";
const MINUTE: i64 = 60_000;

/// A clock that is set.
#[derive(Debug, Default)]
pub struct SetClock(AtomicI64);

impl SetClock {
    pub fn set(&self, ms: i64) {
        self.0.store(ms, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn since_boot(&self) -> Duration {
        Duration::from_hours(1)
    }

    fn wall_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A journal that a test fills.
pub struct Sample {
    pub store: Arc<dyn Store>,
    clock: Arc<SetClock>,
    pub now_ms: i64,
    runner: RunnerId,
}

impl Sample {
    /// Opens a journal in which it is now.
    pub async fn open(path: &Path) -> Self {
        let now_ms = SystemClock.wall_ms();
        let clock = Arc::new(SetClock::default());
        clock.set(now_ms);
        let mut options = Options::default();
        options.clock = clock.clone();
        options.read_retry = RetryPolicy::never();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(path, options).await.unwrap());
        let runner = store.register(NewRunner::new("ops1", 1, "ana", "0")).await.unwrap();
        Self { store, clock, now_ms, runner }
    }

    /// Adds a plan with these migrations.
    pub async fn plan(&self, name: &str, names: &[String], policy: &Value) -> StreamId {
        self.clock.set(self.now_ms - 30 * 60 * MINUTE);
        let migration = |name: &String| json!({"name": name, "policy": policy});
        let migrations: Vec<_> = names.iter().map(migration).collect();
        let plan = json!({"version": 1, "migrations": migrations});
        let file = format!("{name}.yaml");
        let started = PlanStarted::new(file, Hash::of(&plan), plan);
        let stream = NewStream::new(StreamKind::Plan, name, name.parse().unwrap());
        self.store.create(stream, event(started)).await.unwrap().stream
    }

    /// Adds a migration that was planned some minutes ago.
    pub async fn migration(
        &self,
        scope: &str,
        name: &str,
        plan: Option<StreamId>,
        ago: i64,
    ) -> StreamId {
        self.clock.set(self.now_ms - ago * MINUTE);
        let planned = planned(name, "policy", 1);
        let mut stream = NewStream::new(StreamKind::Migration, scope, name.parse().unwrap());
        stream.plan = plan;
        self.store.create(stream, event(planned)).await.unwrap().stream
    }

    /// Adds a migration whose cutover two people approve.
    pub async fn migration_of_two(&self, name: &str, plan: StreamId) -> StreamId {
        self.clock.set(self.now_ms);
        let mut stream = NewStream::new(StreamKind::Migration, "weekend-48", name.parse().unwrap());
        stream.plan = Some(plan);
        self.store.create(stream, event(planned(name, "policy", 2))).await.unwrap().stream
    }

    /// Changes the policy of a migration.
    pub async fn change_policy(&self, stream: StreamId, name: &str) {
        self.fact(stream, 0, planned(name, "another policy", 1)).await;
    }

    /// Records a fact that happened some minutes ago.
    pub async fn fact(&self, stream: StreamId, ago: i64, fact: impl Into<Event>) {
        self.clock.set(self.now_ms - ago * MINUTE);
        let fact = event(fact).with_runner(self.runner);
        self.store.append(Append::fact(stream, fact)).await.unwrap();
        self.clock.set(self.now_ms);
    }

    /// Records that it was started, as the migration with this number.
    pub async fn started(&self, stream: StreamId, ago: i64, number: usize) {
        let id = format!("{:024x}", 0x6f00_0000_0000 + number).parse().unwrap();
        let mut adopted = Adopted::new(GROUP.parse().unwrap(), id, "NEW".to_owned());
        adopted.policy_hash = Some(hash("policy"));
        adopted.approvers = 1;
        self.fact(stream, ago, adopted).await;
    }

    /// Records a look.
    pub async fn look(&self, stream: StreamId, ago: i64, status: &str, ready: bool, lag: u64) {
        let mut observed = Observed::new(status.to_owned(), self.now_ms - ago * MINUTE);
        observed.ready = Some(ready);
        observed.lag_seconds = Some(lag);
        self.fact(stream, ago, observed).await;
    }

    /// Records an intent, and returns its sequence.
    pub async fn intent(
        &self,
        stream: StreamId,
        plan: Option<StreamId>,
        ago: i64,
        op: Operation,
    ) -> u64 {
        self.clock.set(self.now_ms - ago * MINUTE);
        let claimed = self.store.claim(Claim::these(self.runner, [stream])).await.unwrap();
        let fence = Fence { runner: self.runner, fence: claimed.fence(stream).unwrap() };
        let (row, _) = self.store.state(stream).await.unwrap();
        let path = format!("/api/atlas/v2/groups/{GROUP}/liveMigrations");
        let intent =
            Intent::new(op, "POST".to_owned(), path, "2023-01-01".to_owned(), hash("request"));
        let mut append = Append::intent(stream, row.head, fence, event(intent));
        if let Some(plan) = plan {
            append = append.at_gate(self.store.state(plan).await.unwrap().0.gate);
        }
        self.store.append(append).await.unwrap().seq
    }

    /// Adds a plan `weekend-48` with this many migrations: of 30, 1 is unclear, 3 failed, 1 is not seen, 3 need an approval.
    pub async fn fill(&self, count: usize) {
        let names: Vec<_> = (0..count).map(name).collect();
        let policy = json!({
            "windows": [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00", "to": "24:00",
                "zone": "Europe/Berlin", "margin_seconds": 900}],
            "on_failure": "stop",
        });
        let plan = self.plan("weekend-48", &names, &policy).await;
        for (number, name) in names.iter().enumerate() {
            let stream = self.migration("weekend-48", name, Some(plan), 1_700).await;
            self.state(stream, plan, number).await;
        }
    }

    async fn state(&self, stream: StreamId, plan: StreamId, number: usize) {
        let spread = i64::try_from(number).unwrap() % 40;
        match number % 30 {
            0 | 9 | 19 => {
                self.following(stream, number, 31 + spread).await;
                self.look(stream, 31 + spread, "FAILED", false, 1260).await;
                self.fact(stream, 31 + spread, Ended::new(EndResult::Failed)).await;
            }
            1 | 11 | 21 => self.ready(stream, number, 187 + spread).await,
            2 => {
                self.following(stream, number, 12).await;
                let since_ms = self.now_ms - 12 * MINUTE;
                let failing = PollsFailing::new(since_ms, "503".to_owned(), 9);
                self.fact(stream, 11, failing).await;
            }
            5 | 7 | 17 | 27 | 28 => {
                self.ready(stream, number, 380).await;
                self.approve(stream, 300).await;
                let intent =
                    self.intent(stream, Some(plan), 240 - spread, Operation::Cutover).await;
                self.accepted(stream, 240 - spread, intent).await;
                self.look(stream, 230 - spread, "COMPLETE", false, 0).await;
                self.fact(stream, 230 - spread, Ended::new(EndResult::Complete)).await;
            }
            8 => {
                let intent = self.intent(stream, None, 45 + spread, Operation::Create).await;
                let reason = UnclearReason::ConnectionLost;
                self.fact(stream, 44 + spread, Unclear::new(intent, reason, Sent::Whole)).await;
            }
            10 => {
                self.ready(stream, number, 200).await;
                self.approve(stream, 100).await;
                let intent = self.intent(stream, Some(plan), 4, Operation::Cutover).await;
                self.accepted(stream, 4, intent).await;
            }
            4 | 14 => {
                self.ready(stream, number, 300).await;
                self.approve(stream, 290).await;
            }
            18 => {
                self.following(stream, number, 90).await;
                let mut held = Held::new();
                held.reason = Some(Redactor::default().text("index build"));
                self.fact(stream, 90, held).await;
            }
            15 | 16 => {}
            _ => self.following(stream, number, 5).await,
        }
    }

    /// Records that it replicates until some minutes ago.
    async fn following(&self, stream: StreamId, number: usize, until: i64) {
        self.started(stream, 1_500, number).await;
        let lag = 24_300 / (1 + number as u64 % 17);
        self.look(stream, 1_490, "WORKING", false, lag * 2).await;
        // Most have few looks, so that the journal is written fast.
        let hours = if number < 30 { (1..=12).rev() } else { (6..=7).rev() };
        for hour in hours {
            let ago = until + hour * 40;
            self.look(stream, ago, "WORKING", false, lag + lag * hour.unsigned_abs() / 12).await;
        }
    }

    async fn ready(&self, stream: StreamId, number: usize, ago: i64) {
        self.following(stream, number, ago).await;
        self.look(stream, ago, "WORKING", true, 3).await;
    }

    async fn approve(&self, stream: StreamId, ago: i64) {
        let approved = Approved::new(Action::Cutover, hash("policy"), hash("request"));
        self.fact(stream, ago, approved).await;
    }

    async fn accepted(&self, stream: StreamId, ago: i64, intent: u64) {
        let mut outcome = Outcome::new(intent, OutcomeResult::Accepted);
        outcome.status = Some(202);
        self.fact(stream, ago, outcome).await;
    }
}

fn planned(name: &str, policy: &str, approvers: u32) -> Planned {
    let request = json!({
        "source": {"clusterName": format!("{name}-rs0")},
        "destination": {"clusterName": format!("{name}-prod")},
    });
    let mut planned = Planned::new(name.parse().unwrap(), hash("request"), hash(policy), request);
    planned.group_id = Some(GROUP.parse().unwrap());
    planned.destination = Some(format!("{GROUP}/{name}-prod"));
    planned.approvers = approvers;
    planned
}

fn event(event: impl Into<Event>) -> NewEvent {
    NewEvent::new(Actor::new("ana", "ops1"), event)
}

fn hash(text: &str) -> Hash {
    Hash::of(&json!(text))
}

/// Returns the name of a migration. Some are long.
pub fn name(number: usize) -> String {
    const NAMES: [&str; 30] = [
        "shipping",
        "orders",
        "payments",
        "customers",
        "inventory",
        "invoices",
        "search",
        "tax",
        "eu-customer-preferences-and-consents",
        "returns",
        "audit",
        "sessions",
        "archive",
        "fraud",
        "gateway",
        "warehouse",
        "billing",
        "reviews",
        "media",
        "reports",
        "carts",
        "coupons",
        "ledger",
        "geo",
        "catalog",
        "events",
        "loyalty",
        "identity",
        "notifications",
        "pricing",
    ];
    let (name, round) = (NAMES[number % 30], number / 30);
    if round == 0 { name.to_owned() } else { format!("{name}-{round}") }
}
