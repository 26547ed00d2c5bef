//! Journals with migrations in each state, written as a run writes them.

use std::sync::Arc;
use std::time::Duration;

use atlas_migrations_journal::event::{
    Actor, Adopted, EndResult, Ended, Event, Intent, NewEvent, Observed, Operation, Outcome,
    OutcomeResult, PlanStarted, Planned, StreamKind,
};
use atlas_migrations_journal::store::{Append, Claim, Fence, NewRunner, NewStream, Store};
use atlas_migrations_journal::{
    AtlasId, Clock, Hash, Location, Options, StreamId, SystemClock, open,
};
use serde_json::{Value, json};

use crate::atlas::GROUP;
use crate::journal::TestJournal;

/// A clock of the past: what it stamps is old.
#[derive(Debug)]
struct Past {
    ago: Duration,
}

impl Clock for Past {
    fn since_boot(&self) -> Duration {
        SystemClock.since_boot()
    }

    fn wall_ms(&self) -> i64 {
        SystemClock.wall_ms() - i64::try_from(self.ago.as_millis()).unwrap()
    }
}

/// A process that works on a journal.
pub struct Runner {
    pub store: Arc<dyn Store>,
    runner: atlas_migrations_journal::RunnerId,
}

impl Runner {
    pub async fn new(journal: &TestJournal) -> Self {
        Self::of_the_past(journal, Duration::ZERO).await
    }

    /// Returns a process whose events are this old.
    pub async fn of_the_past(journal: &TestJournal, ago: Duration) -> Self {
        Self::at(&Location::File(journal.path()), ago).await
    }

    pub async fn at(location: &Location, ago: Duration) -> Self {
        let mut options = Options::default();
        options.clock = Arc::new(Past { ago });
        let store = open(location, options).await.unwrap();
        let runner = NewRunner::new("ops1", std::process::id(), "ana", "0.1.0");
        let runner = store.register(runner).await.unwrap();
        Self { store, runner }
    }

    pub async fn plan(&self, name: &str) -> StreamId {
        let started = PlanStarted::new("plan.yaml".to_owned(), policy(), json!({"version": 1}));
        self.create(NewStream::new(StreamKind::Plan, "", name.parse().unwrap()), started).await
    }

    /// Adds a migration of a plan, which needs this many approvals.
    pub async fn planned(&self, plan: (&str, StreamId), name: &str, approvers: u32) -> StreamId {
        self.planned_with(plan, name, |planned| planned.approvers = approvers).await
    }

    pub async fn planned_with(
        &self,
        (plan_name, plan): (&str, StreamId),
        name: &str,
        change: impl FnOnce(&mut Planned),
    ) -> StreamId {
        let body = json!({"migrationHosts": ["vm001.example.com"]});
        let mut planned = Planned::new(name.parse().unwrap(), request(), policy(), body);
        planned.group_id = Some(GROUP.parse().unwrap());
        planned.destination = Some(format!("{GROUP}/{name}"));
        change(&mut planned);
        let stream = NewStream::new(StreamKind::Migration, plan_name, name.parse().unwrap());
        self.create(stream.in_plan(plan), planned).await
    }

    /// Adds a migration that is in Atlas, as if it was started elsewhere.
    pub async fn adopted(&self, name: &str, id: &str) -> StreamId {
        let adopted = Adopted::new(GROUP.parse().unwrap(), atlas_id(id), "WORKING".to_owned());
        let stream = NewStream::new(StreamKind::Migration, GROUP, name.parse().unwrap());
        self.create(stream, adopted).await
    }

    async fn create(&self, stream: NewStream, first: impl Into<Event>) -> StreamId {
        let id = stream.id;
        self.store.create(stream, event(first)).await.unwrap();
        id
    }

    pub async fn fact(&self, stream: StreamId, fact: impl Into<Event>) -> u64 {
        self.store.append(Append::fact(stream, event(fact))).await.unwrap().seq
    }

    /// Returns the gate of a plan.
    pub async fn gate(&self, plan: StreamId) -> u64 {
        self.store.state(plan).await.unwrap().0.gate
    }

    /// Appends an intent, as a run does before it sends a request. Returns its sequence.
    pub async fn intent(
        &self,
        stream: StreamId,
        op: Operation,
    ) -> atlas_migrations_journal::Result<u64> {
        let gate = match self.store.state(stream).await?.0.plan {
            Some(plan) => self.gate(plan).await,
            None => 0,
        };
        self.intent_at_gate(stream, op, gate).await
    }

    /// Appends an intent that was decided at this gate of its plan.
    pub async fn intent_at_gate(
        &self,
        stream: StreamId,
        op: Operation,
        gate: u64,
    ) -> atlas_migrations_journal::Result<u64> {
        let claimed = self.store.claim(Claim::these(self.runner, [stream])).await.unwrap();
        let fence = Fence { runner: self.runner, fence: claimed.fence(stream).unwrap() };
        let (row, state) = self.store.state(stream).await?;
        let path = format!("/api/atlas/v2/groups/{GROUP}/liveMigrations");
        let intent = Intent::new(op, "POST".into(), path, "2023-01-01".into(), request());
        let event = event(intent).with_attempt(state.attempt);
        let append = Append::intent(stream, row.head, fence, event).at_gate(gate);
        Ok(self.store.append(append).await?.seq)
    }

    /// Starts a planned migration, and lets it become ready.
    pub async fn make_ready(&self, stream: StreamId, id: &str) {
        let seq = self.intent(stream, Operation::Create).await.unwrap();
        let mut outcome = Outcome::new(seq, OutcomeResult::Accepted);
        outcome.id = Some(atlas_id(id));
        self.fact(stream, outcome).await;
        self.observe_ready(stream).await;
    }

    pub async fn observe_ready(&self, stream: StreamId) {
        let mut observed = Observed::new("WORKING".to_owned(), self.now_ms().await);
        observed.ready = Some(true);
        observed.lag_seconds = Some(2);
        self.fact(stream, observed).await;
    }

    pub async fn end(&self, stream: StreamId, result: EndResult) {
        self.fact(stream, Ended::new(result)).await;
    }

    async fn now_ms(&self) -> i64 {
        self.store.info().await.unwrap().now_ms
    }

    pub async fn types(&self, stream: StreamId) -> Vec<String> {
        let events = self.store.read(stream, 0).await.unwrap();
        events.iter().map(|record| record.event.event_type().to_owned()).collect()
    }
}

pub fn event(event: impl Into<Event>) -> NewEvent {
    NewEvent::new(Actor::new("ana", "ops1"), event)
}

pub fn atlas_id(id: &str) -> AtlasId {
    id.parse().unwrap()
}

fn policy() -> Hash {
    Hash::of(&json!("policy"))
}

fn request() -> Hash {
    Hash::of(&json!("request"))
}

/// Parses the JSON output of a command.
pub fn json(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}
