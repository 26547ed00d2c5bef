//! The hooks of one plan, and what they share.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, UNIX_EPOCH},
};

use atlas_migrations_journal::{
    EventId, JournalId, Redactor, Result, RunnerId, StreamId,
    event::{Actor, Event, EventRecord, HookEnded, HookResult, HookStarted, NewEvent},
    state::Conditions,
    store::{Append, Appended, Store, StreamRow},
};
use atlas_migrations_plan::HookEvent;

use super::{
    hook::Hook,
    moment::Moment,
    payload::{HookPayload, VERSION},
    run::HookRun,
};

/// What the hooks of a plan need besides themselves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HookSettings {
    /// The journal.
    pub store: Arc<dyn Store>,
    /// The stream of the plan.
    pub plan: StreamId,
    /// The name of the plan.
    pub plan_name: String,
    /// Who writes the events of hooks.
    pub actor: Actor,
    /// The process that writes them.
    pub runner: Option<RunnerId>,
    /// Replaces the secrets of the process in what hooks receive and print.
    pub redactor: Redactor,
}

impl HookSettings {
    /// Describes hooks that write to a journal, with no runner and no secrets.
    pub fn new(
        store: Arc<dyn Store>,
        plan: StreamId,
        plan_name: impl Into<String>,
        actor: Actor,
    ) -> Self {
        let redactor = Redactor::default();
        Self { store, plan, plan_name: plan_name.into(), actor, runner: None, redactor }
    }

    /// Sets the process that writes the events.
    #[must_use]
    pub fn with_runner(mut self, runner: RunnerId) -> Self {
        self.runner = Some(runner);
        self
    }

    /// Sets what replaces the secrets of the process.
    #[must_use]
    pub fn with_redactor(mut self, redactor: Redactor) -> Self {
        self.redactor = redactor;
        self
    }
}

/// The hooks of one plan. A clone is the same hooks.
#[derive(Clone)]
pub struct Hooks {
    pub(super) settings: Arc<HookSettings>,
    pub(super) all: Arc<[Hook]>,
    /// Up to where the events of each migration were looked through.
    seen: Arc<Mutex<HashMap<StreamId, Moment>>>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Hooks").field("all", &self.all).finish_non_exhaustive()
    }
}

/// One run to make: of a hook, for an event, the n-th.
#[derive(Clone, Copy, Debug)]
pub(super) struct Try<'a> {
    pub(super) hook: &'a Hook,
    pub(super) event: HookEvent,
    pub(super) record: &'a EventRecord,
    /// The identifier that the hook receives.
    pub(super) event_id: EventId,
    /// When the event happened, in milliseconds since 1970.
    pub(super) at_ms: i64,
    pub(super) number: u32,
}

impl Hooks {
    /// Creates the hooks of a plan.
    pub fn new(settings: HookSettings, hooks: impl IntoIterator<Item = Hook>) -> Self {
        Self {
            settings: Arc::new(settings),
            all: hooks.into_iter().collect(),
            seen: Arc::default(),
        }
    }

    pub(super) fn hook(&self, name: &str) -> Option<&Hook> {
        self.all.iter().find(|hook| hook.name() == name)
    }

    pub(super) fn seen(&self, stream: StreamId) -> Moment {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(&stream).cloned().unwrap_or_else(Moment::new)
    }

    pub(super) fn remember(&self, stream: StreamId, moment: Moment) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(stream, moment);
    }

    /// Runs a hook once, between two events in the journal. `judge` says what the run means.
    pub(super) async fn run(
        &self,
        row: &StreamRow,
        moment: &Moment,
        journal_id: JournalId,
        a_try: Try<'_>,
        judge: impl FnOnce(&HookRun) -> HookResult,
    ) -> Result<(HookResult, Appended)> {
        let Try { hook, event, record, event_id, number, .. } = a_try;
        let payload = self.payload(row, moment, journal_id, a_try);
        let mut started = HookStarted::new(hook.name().to_owned(), record.seq, number);
        started.event_id = Some(event_id);
        started.event = Some(event.as_str().to_owned());
        self.append(row.id, record.attempt, started).await?;
        let run = hook.run(event, &payload).await;
        let result = judge(&run);
        tracing::debug!(hook = hook.name(), %event, number, %result, "a hook ended");
        let mut ended = HookEnded::new(hook.name().to_owned(), record.seq, number, result.clone());
        ended.event = Some(event.as_str().to_owned());
        ended.exit = run.exit();
        ended.output = hook.clean(&run.output, &self.settings.redactor);
        let appended = self.append(row.id, record.attempt, ended).await?;
        Ok((result, appended))
    }

    /// Appends a fact about a hook to a migration.
    pub(super) async fn append(
        &self,
        stream: StreamId,
        attempt: u32,
        event: impl Into<Event>,
    ) -> Result<Appended> {
        let mut event = NewEvent::new(self.settings.actor.clone(), event).with_attempt(attempt);
        event.runner = self.settings.runner;
        self.settings.store.append(Append::fact(stream, event)).await
    }

    fn payload(
        &self,
        row: &StreamRow,
        moment: &Moment,
        journal_id: JournalId,
        Try { event, record, event_id, at_ms, .. }: Try<'_>,
    ) -> HookPayload {
        let state = &moment.state;
        let redact = |text: String| self.settings.redactor.text(&text).to_string();
        HookPayload {
            version: VERSION,
            event: event.as_str().to_owned(),
            event_id,
            at: utc(at_ms),
            plan: self.settings.plan_name.clone(),
            name: row.name.clone(),
            attempt: record.attempt,
            project: state.group_id.as_ref().map(ToString::to_string),
            migration_id: state.migration_id.as_ref().map(ToString::to_string),
            state: state.phase().to_string(),
            waiting_for: redact(state.waits_for(&Conditions::new(at_ms)).to_string()),
            lag_seconds: state.look.as_ref().and_then(|look| look.lag_seconds),
            deadline: moment.deadline_ms.map(utc),
            detail: super::detail::detail(&record.event).map(redact),
            journal_id,
        }
    }
}

fn utc(ms: i64) -> String {
    let time = u64::try_from(ms)
        .ok()
        .filter(|ms| *ms < 253_402_300_800_000)
        .map(|ms| UNIX_EPOCH + Duration::from_millis(ms));
    time.map_or_else(
        || format!("{ms} ms after 1970"),
        |time| humantime::format_rfc3339_millis(time).to_string(),
    )
}
