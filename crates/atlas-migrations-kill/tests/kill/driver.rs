//! A small program that takes one migration to its end: what a runner of plans does, without plans.

use std::{path::PathBuf, sync::Arc};

use atlas_migrations::{
    Authentication, Client, Credentials, Destination, GroupId, LiveMigration, LiveMigrationId,
    LiveMigrationStatus, MigrationRequest, Network, Source, ValidationId, ValidationStatus,
};
use atlas_migrations_journal::{
    Location, Redactor, RunnerId, StreamId,
    event::{
        self, Actor, EndResult, Ended, Event, NewEvent, Observed, Operation, Resolution, Resolved,
        ResolvedBy, Sent, Unclear, UnclearReason, Validated,
    },
    open,
    state::{SlotState, StreamState},
    store::{Append, NewRunner, Store},
};
use atlas_migrations_runs::{
    changes::{Accepted, Basis, Change, Changes, Reply, Target},
    kill_points,
};

use crate::timing;

pub const GROUP: &str = "32b6e34b3d91647abb20e7b8";
pub const PASSWORD: &str = "canary-password/p@ss";
pub const PUBLIC_KEY: &str = "notareal";
pub const PRIVATE_KEY: &str = "deadbeef-dead-4bad-8bad-deadbeefdead";

/// What a bad program does wrong. The harness has to notice.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Badness {
    /// It sends the create request and records the intent after that.
    SendsBeforeIntent,
    /// It takes an unclear request for one that took no effect.
    ResendsOnUnclear,
    /// It sends each change twice, as a client with retries does.
    SendsTwice,
    /// It does not record the outcome of a create request.
    ForgetsOutcomes,
    /// It does not ask whether the right to send is over.
    IgnoresSendWindow,
}

impl Badness {
    pub const ALL: [Self; 5] = [
        Self::SendsBeforeIntent,
        Self::ResendsOnUnclear,
        Self::SendsTwice,
        Self::ForgetsOutcomes,
        Self::IgnoresSendWindow,
    ];

    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|badness| format!("{badness:?}") == word)
    }
}

pub struct Driver {
    pub location: Location,
    pub base_url: String,
    pub stream: StreamId,
    pub outcomes: PathBuf,
    pub take_over: bool,
    pub badness: Option<Badness>,
}

pub fn group() -> GroupId {
    GROUP.parse().unwrap()
}

pub fn request() -> MigrationRequest {
    let user = Authentication::user("migrator", PASSWORD);
    let source = Source::new("5f0a1b2c3d4e5f6071829304".parse().unwrap(), "replica-set-0", user);
    MigrationRequest::new(source, Destination::new("orders", Network::Public), "vm001.example.com")
}

pub fn actor() -> Actor {
    Actor::new("ana", "ops1")
}

/// What the program does with one migration.
struct Work {
    stream: StreamId,
    store: Arc<dyn Store>,
    changes: Changes,
    client: Client,
    runner: RunnerId,
    badness: Option<Badness>,
}

impl Driver {
    /// Works until the migration ended.
    pub async fn run(self) {
        let (store, client) = connect(&self.location, &self.base_url).await;
        loop {
            let runner = NewRunner::new("ops1", std::process::id(), "ana", "1");
            let runner = retry(|| store.register(runner.clone())).await;
            let changes = Changes::builder(Arc::clone(&store), client.clone(), runner, actor())
                .outcome_folders([self.outcomes.clone()])
                .probe(Some(kill_points::probe));
            let changes = changes.build().await.unwrap();
            changes.import_outcomes().await.unwrap();
            let work = Work {
                stream: self.stream,
                store: Arc::clone(&store),
                changes,
                client: client.clone(),
                runner,
                badness: self.badness,
            };
            if work.until_the_end(self.take_over).await {
                work.changes.settled().await;
                let _ = store.release(runner, None).await;
                store.close().await;
                return;
            }
        }
    }
}

impl Work {
    /// Returns false if the lease is lost.
    async fn until_the_end(&self, mut take_over: bool) -> bool {
        let mut renewed = tokio::time::Instant::now();
        loop {
            if renewed.elapsed() > timing::RENEW {
                if self.store.renew(self.runner).await.is_err() {
                    return false;
                }
                renewed = tokio::time::Instant::now();
            }
            if let Ok((_, state)) = self.store.state(self.stream).await {
                if state.ended.is_some() {
                    return true;
                }
                let target = self.claim(std::mem::take(&mut take_over)).await;
                if let Some(target) = target {
                    self.step(target, &state).await;
                }
            }
            timing::pause().await;
        }
    }

    async fn claim(&self, take_over: bool) -> Option<Target> {
        if take_over {
            let claim = atlas_migrations_journal::store::Claim::these(self.runner, [self.stream]);
            self.store.claim(claim.taking_over()).await.ok()?;
        }
        self.changes.claim(self.stream).await.ok()
    }

    /// Does the next thing.
    async fn step(&self, target: Target, state: &StreamState) {
        // A validation is sent again, unless its result is known from another one.
        if let Some((key, slot)) = state.undecided()
            && (key.op != Operation::Validate || state.validation.is_some())
        {
            if slot.state == SlotState::Open && slot.runner != Some(self.runner) {
                let gone = Unclear::new(slot.intent_seq, UnclearReason::RunnerGone, Sent::Unknown);
                // The journal refuses it until the time has come.
                self.fact(state, gone).await;
            }
            if slot.state == SlotState::Unclear && self.badness == Some(Badness::ResendsOnUnclear) {
                let result = Resolution::DidNot;
                self.fact(state, Resolved::new(slot.intent_seq, result, ResolvedBy::Person)).await;
            }
            if key.op == Operation::Cutover {
                self.look(state, Some(slot.intent_seq)).await;
            }
            return;
        }
        if state.migration_id.is_some() {
            let ready = self.look(state, None).await;
            if ready && state.slot(&Operation::Cutover).is_none() {
                self.send(target, cutover(state)).await;
            }
        } else if state.validation.is_none() {
            self.validate(target, state).await;
        } else {
            let create = Change::Create { group: group(), request: Box::new(request()) };
            self.send(target, create).await;
        }
    }

    async fn send(&self, target: Target, change: Change) -> Option<Accepted> {
        match self.badness {
            Some(Badness::SendsBeforeIntent) if change.operation() == Operation::Create => {
                let _ = self.client.create_live_migration(group(), &request()).send().await;
            }
            Some(Badness::SendsTwice) => {
                let first = self.changes.send(target, change.clone(), Basis::new()).await;
                let _ = match &change {
                    Change::Create { group, request } => {
                        self.client.create_live_migration(*group, request).send().await.map(drop)
                    }
                    Change::Cutover { group, id } => {
                        self.client.cut_over(*group, *id).send().await.map(drop)
                    }
                    _ => Ok(()),
                };
                return first.ok();
            }
            Some(Badness::ForgetsOutcomes) if change.operation() == Operation::Create => {
                return self.send_and_forget(target).await;
            }
            Some(Badness::IgnoresSendWindow) if change.operation() == Operation::Create => {
                return self.send_late(target).await;
            }
            _ => {}
        }
        // What went wrong is in the journal.
        self.changes.send(target, change, Basis::new()).await.ok()
    }

    /// Records an intent in the form of the create request.
    async fn intent(&self, target: &Target) -> Option<u64> {
        let Target::Claimed { stream, fence } = target else { return None };
        let form = atlas_migrations_runs::changes::RequestForm::create(group(), &request());
        let intent = event::Intent::new(
            Operation::Create,
            form.method.to_owned(),
            form.path,
            form.api_version,
            form.hash,
        );
        let head = self.store.state(*stream).await.ok()?.0.head;
        let event = NewEvent::new(actor(), intent).with_runner(self.runner);
        let append = Append::intent(*stream, head, *fence, event);
        Some(self.store.append(append).await.ok()?.seq)
    }

    async fn send_and_forget(&self, target: Target) -> Option<Accepted> {
        let seq = self.intent(&target).await?;
        let _ = self.client.create_live_migration(group(), &request()).send().await;
        let outcome = event::Outcome::new(seq, event::OutcomeResult::NotSent);
        let _ = self.store.append(Append::fact(self.stream, NewEvent::new(actor(), outcome))).await;
        None
    }

    async fn send_late(&self, target: Target) -> Option<Accepted> {
        let seq = self.intent(&target).await?;
        kill_points::probe("changes.before_send");
        let response = self.client.create_live_migration(group(), &request()).send().await.ok()?;
        let mut outcome = event::Outcome::new(seq, event::OutcomeResult::Accepted);
        outcome.id = response.value().id.and_then(|id| id.to_string().parse().ok());
        let _ = self.store.append(Append::fact(self.stream, NewEvent::new(actor(), outcome))).await;
        None
    }

    async fn validate(&self, target: Target, state: &StreamState) {
        let change = Change::Validate { group: group(), request: Box::new(request()) };
        let Some(accepted) = self.send(target, change).await else { return };
        let Reply::Validation(validation) = accepted.reply else { return };
        let id: ValidationId = validation.id.unwrap();
        for _ in 0..100 {
            if let Ok(validation) = self.client.validation(group(), id).await
                && validation.status == Some(ValidationStatus::Success)
            {
                let id = id.to_string().parse().unwrap();
                let validated = Validated::new(id, event::ValidationStatus::Success);
                return self.fact(state, validated).await;
            }
            timing::pause().await;
        }
    }

    /// Looks at the migration and records what is new. Returns whether it is ready.
    async fn look(&self, state: &StreamState, unclear_cutover: Option<u64>) -> bool {
        let id: LiveMigrationId = state.migration_id.as_ref().unwrap().as_str().parse().unwrap();
        let Ok(seen) = self.client.live_migration(group(), id).await else { return false };
        let ready = seen.can_be_cut_over();
        let status = seen.status.as_ref().map(ToString::to_string).unwrap_or_default();
        let look = state.look.as_ref();
        let was_ready = look.is_some_and(|look| look.ready);
        if look.is_none_or(|look| look.status != status || look.ready != ready) {
            let now_ms = self.store.info().await.map_or(0, |info| info.now_ms);
            let mut observed = Observed::new(status, now_ms);
            observed.ready = Some(ready);
            observed.lag_seconds = seen.lag.map(|lag| lag.as_secs());
            self.fact(state, observed).await;
        }
        if let Some(intent_seq) = unclear_cutover
            && was_ready
            && is_stopping(&seen)
        {
            let mut resolved = Resolved::new(intent_seq, Resolution::TookEffect, ResolvedBy::Look);
            resolved.evidence = Some(Redactor::default().text("replication stops"));
            self.fact(state, resolved).await;
        }
        let end = match seen.status {
            Some(LiveMigrationStatus::Complete) => EndResult::Complete,
            Some(LiveMigrationStatus::Failed) => EndResult::Failed,
            Some(LiveMigrationStatus::Expired) => EndResult::Expired,
            _ => return ready,
        };
        self.fact(state, Ended::new(end)).await;
        false
    }

    async fn fact(&self, state: &StreamState, event: impl Into<Event>) {
        let event =
            NewEvent::new(actor(), event).with_attempt(state.attempt).with_runner(self.runner);
        // Another process may have recorded it first.
        let _ = self.store.append(Append::fact(self.stream, event)).await;
    }
}

fn cutover(state: &StreamState) -> Change {
    let id = state.migration_id.as_ref().unwrap().as_str().parse().unwrap();
    Change::Cutover { group: group(), id }
}

fn is_stopping(seen: &LiveMigration) -> bool {
    seen.status == Some(LiveMigrationStatus::Working)
        && !seen.can_be_cut_over()
        && seen.lag.is_none()
}

/// Opens the journal with short times and kill points, and makes a client.
pub async fn connect(location: &Location, base_url: &str) -> (Arc<dyn Store>, Client) {
    let mut options = timing::options();
    options.probe = Some(kill_points::probe);
    let store = retry(|| open(location, options.clone())).await;
    let client = Client::builder()
        .base_url(base_url)
        .credentials(Credentials::api_key(PUBLIC_KEY, PRIVATE_KEY))
        .build()
        .unwrap();
    (store, client)
}

/// Calls until it succeeds: another process may be at work on the same journal.
pub async fn retry<T, E: std::fmt::Display, F: Future<Output = Result<T, E>>>(
    call: impl Fn() -> F,
) -> T {
    let mut last = String::new();
    for _ in 0..350 {
        match call().await {
            Ok(value) => return value,
            Err(error) => last = error.to_string(),
        }
        timing::pause().await;
    }
    panic!("{last}");
}
