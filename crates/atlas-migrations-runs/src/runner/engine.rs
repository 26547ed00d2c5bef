//! The loop of a run: reads the journal, decides, acts, and waits for what comes next.

use std::{collections::HashMap, future::pending, sync::Arc, time::Duration};

use atlas_migrations::{Clock, GroupId, LiveMigrationId, Update, WatchError};
use atlas_migrations_journal::{
    Error as JournalError, StreamId, event::EventRecord, state::WaitsFor,
};
use tokio::{sync::mpsc, task::JoinSet};

use super::{
    decide::decide,
    error::RunError,
    events::RunEvent,
    follow::Followed,
    model::Model,
    next::Next,
    settings::{RunSettings, RunUntil},
    share::{Sharing, share},
    start::{Opened, add_members},
    work::{Done, Job, Worker, milliseconds},
};
use crate::changes::{Basis, Target};

/// How many requests are under way at once, beside looks and cutovers.
const CONCURRENCY: usize = 16;

pub(super) type OnEvent = Arc<dyn Fn(RunEvent) + Send + Sync>;
pub(super) type OnPoll = Arc<dyn Fn(&Result<Update, WatchError>) + Send + Sync>;

/// A run of one plan.
pub(super) struct Engine {
    pub(super) model: Model,
    position: u64,
    pub(super) worker: Worker,
    pub(super) settings: Arc<RunSettings>,
    clock: Arc<dyn Clock>,
    followed: Followed,
    tasks: JoinSet<(usize, Done)>,
    on_event: OnEvent,
    on_poll: OnPoll,
    /// Who queues the notifications of hooks.
    changed: mpsc::UnboundedSender<StreamId>,
    /// What each migration was last said to wait for.
    said: Vec<Option<WaitsFor>>,
    /// The last problem of each migration, which is told once.
    problems: HashMap<Option<usize>, String>,
    sharing: Sharing,
    pub(super) shared_at: Option<Duration>,
    /// When the journal is read again, by the monotonic clock.
    next_read: Duration,
    journal_fails: bool,
}

impl Engine {
    pub(super) fn new(
        opened: Opened,
        worker: Worker,
        settings: Arc<RunSettings>,
        on_event: OnEvent,
        on_poll: OnPoll,
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
            on_poll,
            changed,
            said: Vec::new(),
            problems: HashMap::new(),
            sharing: Sharing::default(),
            shared_at: None,
            next_read: Duration::ZERO,
            journal_fails: false,
        }
    }

    /// Works until the run is over. It is safe to drop the future: requests that are under way record their outcome.
    pub(super) async fn drive(&mut self) -> Result<(), RunError> {
        loop {
            self.next_read = self.clock.now().saturating_add(self.settings.journal_interval);
            if self.read_journal().await? && self.share_if_due().await? {
                self.followed.update(&self.model, self.now_ms());
                for place in 0..self.model.members.len() {
                    self.act(place).await?;
                }
                if self.is_over() {
                    return Ok(());
                }
            }
            // What a look alone changes needs no new look at the journal and at the other migrations.
            while let Wake::Look(place) = self.wait().await? {
                if !self.journal_fails {
                    self.act(place).await?;
                }
            }
        }
    }

    pub(super) fn now_ms(&self) -> i64 {
        milliseconds(self.clock.wall())
    }

    fn emit(&self, event: RunEvent) {
        (self.on_event)(event);
    }

    /// Tells of a problem, unless it is the one that was told last.
    pub(super) fn problem(&mut self, place: Option<usize>, what: String) {
        if self.problems.get(&place) == Some(&what) {
            return;
        }
        self.problems.insert(place, what.clone());
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
    pub(super) fn journal_failed(&mut self, error: JournalError) -> Result<bool, RunError> {
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
        match share(&self.worker.changes, &mut self.model, &mut self.sharing, take_over).await {
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

    /// Starts what can be done now for a migration, if this process works on it.
    async fn act(&mut self, place: usize) -> Result<(), RunError> {
        self.said.resize(self.model.members.len(), None);
        let member = &self.model.members[place];
        let Some(fence) = member.fence.filter(|_| !member.is_busy) else { return Ok(()) };
        let target = Target::Claimed { stream: member.stream, fence };
        let next = self.model.with_facts(place, self.now_ms(), decide);
        let is_reply_awaited =
            matches!(next, Next::Validate | Next::Create | Next::PollValidation(_));
        if is_reply_awaited && self.tasks.len() >= CONCURRENCY {
            return Ok(());
        }
        let basis = Basis::new().at_head(self.model.members[place].history.state.head);
        let planned = || self.model.planned(place).cloned().map(Box::new);
        let job = match next {
            Next::Wait(waits_for) => {
                self.say(place, waits_for);
                return Ok(());
            }
            Next::Record(event) => Some(Job::Record(event)),
            Next::Validate => planned().map(|planned| Job::Validate(target, planned, basis)),
            Next::Create => planned().map(|planned| Job::Create(target, planned, basis)),
            Next::PollValidation(id) => {
                planned().map(|planned| Job::PollValidation(planned.project, id))
            }
            Next::Look => ids(&self.model, place).map(|(group, id)| Job::Look(group, id)),
            Next::AskHooks => Some(Job::AskHooks),
            Next::CutOver(_) => match ids(&self.model, place) {
                Some((group, id)) => return self.cut_over(place, target, group, id).await,
                None => None,
            },
        };
        match job {
            Some(job) => self.spawn(place, job),
            // The facts of a step are in the same state as the step: this is a mistake of the program.
            None => self.problem(Some(place), "its IDs in the journal cannot be used".to_owned()),
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
            self.model.set_cutting_over(place, true);
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
    async fn wait(&mut self) -> Result<Wake, RunError> {
        let clock = Arc::clone(&self.clock);
        let left = self.next_read.saturating_sub(clock.now());
        if left.is_zero() {
            return Ok(Wake::All);
        }
        let tasks = &mut self.tasks;
        let finished = async {
            match tasks.join_next().await {
                Some(finished) => finished,
                None => pending().await,
            }
        };
        tokio::select! {
            finished = finished => {
                match finished {
                    Ok((place, done)) => self.finish(place, done)?,
                    // A task does not panic; the program would end before it is noticed in a release.
                    Err(error) => tracing::error!(%error, "a task of the run ended early"),
                }
                Ok(Wake::All)
            },
            Some(item) = self.followed.next() => {
                (self.on_poll)(&item);
                let now_ms = milliseconds(clock.wall());
                if let Ok(update) = &item
                    && let Some(stream) = self.followed.stream(&update.migration)
                {
                    (self.on_event)(RunEvent::Seen { stream, update: Box::new(update.clone()) });
                }
                let place = self.followed.remember(&mut self.model, item, now_ms);
                Ok(place.map_or(Wake::All, Wake::Look))
            },
            () = clock.sleep(left) => Ok(Wake::All),
        }
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

/// Why the engine goes on.
enum Wake {
    /// Something may have changed anywhere.
    All,
    /// A migration was looked at.
    Look(usize),
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
