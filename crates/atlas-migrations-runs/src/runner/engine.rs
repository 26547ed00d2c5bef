//! The loop of a run: reads the journal, decides, acts, and waits for what comes next.

use std::{future::pending, sync::Arc, time::Duration};

use atlas_migrations::{Clock, GroupId, LiveMigrationId};
use atlas_migrations_journal::{
    Error as JournalError, StreamId, event::EventRecord, state::WaitsFor,
};
use tokio::{sync::mpsc, task::JoinSet};

use super::{
    decide::decide,
    error::RunError,
    events::RunEvent,
    follow::{Followed, seen},
    model::Model,
    next::Next,
    settings::{RunSettings, RunUntil},
    share::share,
    start::{Opened, add_members},
    work::{Done, Job, Looked, Worker, milliseconds},
};
use crate::{
    changes::{Basis, ChangeError, Target},
    hooks::CutoverDecision,
};

/// The longest pause that a response can ask for.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

pub(super) type OnEvent = Arc<dyn Fn(RunEvent) + Send + Sync>;

/// A run of one plan.
pub(super) struct Engine {
    pub(super) model: Model,
    position: u64,
    worker: Worker,
    settings: Arc<RunSettings>,
    clock: Arc<dyn Clock>,
    followed: Followed,
    tasks: JoinSet<(usize, Done)>,
    on_event: OnEvent,
    /// Who queues the notifications of hooks.
    changed: mpsc::UnboundedSender<StreamId>,
    /// What each migration was last said to wait for.
    said: Vec<Option<WaitsFor>>,
    shared_at: Option<Duration>,
    journal_fails: bool,
}

impl Engine {
    pub(super) fn new(
        opened: Opened,
        worker: Worker,
        settings: Arc<RunSettings>,
        on_event: OnEvent,
        changed: mpsc::UnboundedSender<StreamId>,
    ) -> Self {
        let clock = Arc::clone(&worker.clock);
        let followed = Followed::new(worker.changes.client(), &settings);
        Self {
            model: opened.model,
            position: opened.position,
            worker,
            settings,
            clock,
            followed,
            tasks: JoinSet::new(),
            on_event,
            changed,
            said: Vec::new(),
            shared_at: None,
            journal_fails: false,
        }
    }

    /// Works until the run is over. It is safe to drop the future: requests that are under way record their outcome.
    pub(super) async fn drive(&mut self) -> Result<(), RunError> {
        loop {
            if self.read_journal().await? && self.share_if_due().await? {
                let now_ms = self.now_ms();
                self.followed.update(&self.model, now_ms);
                self.act().await?;
                if self.is_over() {
                    return Ok(());
                }
            }
            self.wait().await?;
        }
    }

    pub(super) fn now_ms(&self) -> i64 {
        milliseconds(self.clock.wall())
    }

    fn emit(&self, event: RunEvent) {
        (self.on_event)(event);
    }

    fn problem(&self, place: Option<usize>, what: String) {
        let name = place.map(|place| self.model.members[place].name.clone());
        self.emit(RunEvent::Problem { name, what });
    }

    /// Reads what is new in the journal. Returns false if it cannot be read: then nothing is decided.
    async fn read_journal(&mut self) -> Result<bool, RunError> {
        loop {
            let records = match self.worker.changes.store().changes(self.position).await {
                Ok(records) => records,
                Err(error) => return self.journal_failed(error),
            };
            let Some(last) = records.last() else { break };
            let last = last.position;
            for record in records {
                if let Err(error) = self.take(record).await {
                    return self.journal_failed(error);
                }
            }
            self.position = last;
        }
        self.journal_fails = false;
        Ok(true)
    }

    /// Adds one event of the journal.
    async fn take(&mut self, record: EventRecord) -> Result<(), JournalError> {
        let is_plan = record.stream == self.model.plan_stream;
        if !is_plan && record.seq == 1 && self.model.place(record.stream).is_none() {
            // Another process may have added a migration to the plan.
            add_members(&**self.worker.changes.store(), &mut self.model).await?;
        }
        let place = self.model.apply(&record);
        if let Some(place) = place {
            // It fails at the end of the run, when nobody queues notifications.
            let _ = self.changed.send(record.stream);
            let name = Some(self.model.members[place].name.clone());
            self.emit(RunEvent::Recorded { name, record: Box::new(record) });
        } else if is_plan {
            self.emit(RunEvent::Recorded { name: None, record: Box::new(record) });
        }
        Ok(())
    }

    /// Decides whether the run goes on without the journal for now.
    fn journal_failed(&mut self, error: JournalError) -> Result<bool, RunError> {
        if !error.is_temporary() && !matches!(error, JournalError::DiskFull(_)) {
            return Err(error.into());
        }
        if !self.journal_fails {
            self.problem(None, format!("{error}; nothing is sent until it is back"));
        }
        self.journal_fails = true;
        Ok(false)
    }

    async fn share_if_due(&mut self) -> Result<bool, RunError> {
        let now = self.clock.now();
        let is_due =
            self.shared_at.is_none_or(|at| now.saturating_sub(at) >= self.settings.lease_interval);
        if !is_due {
            return Ok(true);
        }
        let take_over = self.settings.take_over && self.shared_at.is_none();
        match share(&self.worker.changes, &mut self.model, take_over).await {
            Ok(events) => {
                self.shared_at = Some(now);
                for event in events {
                    self.emit(event);
                }
                Ok(true)
            }
            Err(error) => self.journal_failed(error),
        }
    }

    /// Starts what can be done now for each migration of this process.
    async fn act(&mut self) -> Result<(), RunError> {
        self.said.resize(self.model.members.len(), None);
        for place in 0..self.model.members.len() {
            let member = &self.model.members[place];
            let Some(fence) = member.fence.filter(|_| !member.is_busy) else { continue };
            let (stream, head) = (member.stream, member.history.state.head);
            let target = Target::Claimed { stream, fence };
            let basis = Basis::new().at_head(head);
            let planned = self.model.planned(place).cloned().map(Box::new);
            let ids = ids(&self.model, place);
            match (self.model.with_facts(place, self.now_ms(), decide), planned, ids) {
                (Next::Wait(waits_for), ..) => self.say(place, waits_for),
                (Next::Record(event), ..) => self.spawn(place, Job::Record(event)),
                (Next::Validate, Some(planned), _) => {
                    self.spawn(place, Job::Validate(target, planned, basis));
                }
                (Next::Create, Some(planned), _) => {
                    self.spawn(place, Job::Create(target, planned, basis));
                }
                (Next::PollValidation(id), Some(planned), _) => {
                    self.spawn(place, Job::PollValidation(planned.project, id));
                }
                (Next::Look, _, Some((group, id))) => self.spawn(place, Job::Look(group, id)),
                (Next::AskHooks, ..) => self.spawn(place, Job::AskHooks),
                (Next::CutOver(_), _, Some((group, id))) => {
                    self.cut_over(place, target, group, id).await?;
                }
                (next, ..) => {
                    // The facts of these steps are in the same state: this is a mistake of the program.
                    tracing::error!(?next, "a step without what it needs");
                }
            }
        }
        Ok(())
    }

    /// Decides once more on what the journal says now, and sends the cutover if nothing changed since.
    async fn cut_over(
        &mut self,
        place: usize,
        target: Target,
        group: GroupId,
        id: LiveMigrationId,
    ) -> Result<(), RunError> {
        // First the gate, then the events: what happens after the gate was read moves it, and the journal refuses.
        let gate = match self.worker.changes.store().state(self.model.plan_stream).await {
            Ok((row, _)) => row.gate,
            Err(error) => return self.journal_failed(error).map(|_| ()),
        };
        if !self.read_journal().await? {
            return Ok(());
        }
        if let Next::CutOver(why) = self.model.with_facts(place, self.now_ms(), decide) {
            let state = &self.model.members[place].history.state;
            let mut basis = Basis::new().at_head(state.head).at_gate(gate).because(why);
            basis.policy_hash.clone_from(&state.policy_hash);
            self.model.members[place].is_cutting_over = true;
            self.spawn(place, Job::CutOver(target, group, id, basis));
        }
        Ok(())
    }

    fn say(&mut self, place: usize, waits_for: WaitsFor) {
        if self.said[place].as_ref() != Some(&waits_for) {
            self.said[place] = Some(waits_for.clone());
            let member = &self.model.members[place];
            let (name, phase) = (member.name.clone(), member.history.state.phase());
            self.emit(RunEvent::Waits { name, phase, waits_for });
        }
    }

    fn spawn(&mut self, place: usize, job: Job) {
        let member = &mut self.model.members[place];
        member.is_busy = true;
        if matches!(job, Job::Validate(..)) {
            member.memory.validations += 1;
        }
        let (stream, attempt) = (member.stream, member.history.state.attempt);
        let worker = self.worker.clone();
        self.tasks.spawn(async move { (place, worker.work(stream, attempt, job).await) });
    }

    /// Waits for a task, a look, or the time to read the journal again.
    async fn wait(&mut self) -> Result<(), RunError> {
        let clock = Arc::clone(&self.clock);
        let tick = clock.sleep(self.settings.journal_interval);
        let tasks = &mut self.tasks;
        let finished = async {
            match tasks.join_next().await {
                Some(finished) => finished,
                None => pending().await,
            }
        };
        tokio::select! {
            finished = finished => match finished {
                Ok((place, done)) => self.finish(place, done),
                // A task does not panic; the program would end before it is noticed in a release.
                Err(error) => {
                    tracing::error!(%error, "a task of the run ended early");
                    Ok(())
                }
            },
            Some(item) = self.followed.next() => {
                let now_ms = milliseconds(clock.wall());
                self.followed.remember(&mut self.model, item, now_ms);
                Ok(())
            },
            () = tick => Ok(()),
        }
    }

    fn finish(&mut self, place: usize, done: Done) -> Result<(), RunError> {
        let now_ms = self.now_ms();
        self.model.members[place].is_busy = false;
        self.model.members[place].is_cutting_over = false;
        match done {
            Done::Recorded(Ok(())) | Done::Changed(Ok(_)) | Done::Validation(Ok(true)) => {}
            Done::Validation(Ok(false)) => {
                let pause = self.settings.retry_pause / 2;
                self.pause(place, now_ms, Some(pause));
            }
            Done::Recorded(Err(error)) => return self.not_recorded(place, error),
            Done::Changed(Err(error)) => return self.not_sent(place, error),
            Done::Validation(Err(error)) | Done::Look(Err(error)) => {
                self.problem(Some(place), error.to_string());
                self.pause(place, now_ms, error.retry_after());
            }
            Done::Look(Ok(looked)) => self.looked(place, &looked),
            Done::Hooks(decision) => return self.hooks_decided(place, decision),
            Done::NoPassword(why) => {
                self.problem(Some(place), format!("{why}; nothing was sent"));
                self.pause(place, now_ms, None);
            }
        }
        Ok(())
    }

    fn looked(&mut self, place: usize, looked: &Looked) {
        self.model.clock.at_ms = Some(looked.at_ms);
        self.model.clock.skew_ms = looked.skew_ms;
        let memory = &mut self.model.members[place].memory;
        let earliest = memory.seen.as_ref().and_then(|seen| seen.earliest_expiry_ms);
        let mut now_seen = seen(&looked.migration, looked.at_ms);
        now_seen.earliest_expiry_ms = earliest.filter(|_| now_seen.ready);
        memory.seen = Some(now_seen);
        memory.trouble = None;
    }

    fn hooks_decided(
        &mut self,
        place: usize,
        decision: Result<CutoverDecision, JournalError>,
    ) -> Result<(), RunError> {
        let memory = &mut self.model.members[place].memory;
        match decision {
            Ok(CutoverDecision::Allowed { until_ms }) => memory.allowed_until_ms = Some(until_ms),
            Ok(CutoverDecision::NotYet { again_ms, .. }) => {
                memory.allowed_until_ms = None;
                memory.ask_again_ms = again_ms;
            }
            // The veto is in the journal.
            Ok(_) => memory.allowed_until_ms = None,
            Err(error) => return self.not_recorded(place, error),
        }
        Ok(())
    }

    /// Leaves a migration alone for a while.
    fn pause(&mut self, place: usize, now_ms: i64, asked: Option<Duration>) {
        let pause = asked.unwrap_or(self.settings.retry_pause).min(LONGEST_PAUSE);
        let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        self.model.members[place].memory.not_before_ms = now_ms.saturating_add(pause_ms);
    }

    fn not_recorded(&mut self, place: usize, error: JournalError) -> Result<(), RunError> {
        let now_ms = self.now_ms();
        match error {
            JournalError::HistoryLost { .. } | JournalError::Corrupt(_) => Err(error.into()),
            JournalError::Rejected(rejection) => {
                use atlas_migrations_journal::state::Rejection;
                let memory = &mut self.model.members[place].memory;
                match rejection {
                    Rejection::TooEarly { allowed_ms } => memory.unclear_from_ms = allowed_ms,
                    Rejection::RunnerAlive(_) => {
                        memory.unclear_from_ms = now_ms.saturating_add(10_000);
                    }
                    // Another process wrote first: the next decision sees it.
                    rejection => tracing::debug!(%rejection, "an event was not recorded"),
                }
                Ok(())
            }
            error => self.journal_failed(error).map(|_| ()),
        }
    }

    fn not_sent(&mut self, place: usize, error: ChangeError) -> Result<(), RunError> {
        let now_ms = self.now_ms();
        match error {
            ChangeError::Journal(error) => return self.not_recorded(place, error),
            // Something happened at the same time: decide again.
            ChangeError::Rejected(error) if error.is_conflict() => {}
            ChangeError::Rejected(JournalError::FenceLost { .. } | JournalError::LeaseStale(_)) => {
                self.model.members[place].fence = None;
                self.shared_at = None;
            }
            // The journal tells of it, and the next decision sees it.
            ChangeError::Unclear { .. } => {}
            error => {
                let asked = error.client_error().and_then(atlas_migrations::Error::retry_after);
                if error.recorded().is_none() {
                    self.problem(Some(place), error.to_string());
                }
                self.pause(place, now_ms, asked);
            }
        }
        Ok(())
    }

    /// Returns whether every migration of the file ended, or waits for a person if that ends the run.
    fn is_over(&self) -> bool {
        if !self.tasks.is_empty() || self.worker.changes.open() > 0 {
            return false;
        }
        let is_over = |place: usize| {
            let member = &self.model.members[place];
            if member.index.is_none() || member.history.state.ended.is_some() {
                return true;
            }
            self.settings.until == RunUntil::Idle
                && member.fence.is_some()
                && self.said[place].as_ref().is_some_and(is_for_a_person)
                && member.memory.trouble.is_none()
        };
        (0..self.model.members.len()).all(is_over)
    }
}

/// Returns whether only a person can end a wait; the turn comes when one who waits for a person goes on.
fn is_for_a_person(waits_for: &WaitsFor) -> bool {
    matches!(
        waits_for,
        WaitsFor::Nothing
            | WaitsFor::Approvals { .. }
            | WaitsFor::Release
            | WaitsFor::Evidence { .. }
            | WaitsFor::Person(_)
            | WaitsFor::Expiry
            | WaitsFor::Turn
    )
}

fn ids(model: &Model, place: usize) -> Option<(GroupId, LiveMigrationId)> {
    let state = &model.members[place].history.state;
    let group = state.group_id.as_ref()?.as_str().parse().ok()?;
    let id = state.migration_id.as_ref()?.as_str().parse().ok()?;
    Some((group, id))
}
