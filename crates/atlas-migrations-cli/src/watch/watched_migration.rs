//! [`WatchedMigration`]: the state of one watched migration.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use atlas_client_core::sanitize;
use atlas_migrations::{Clock, LiveMigration, LiveMigrationStatus, Update, WatchError};
use atlas_migrations_chart::MarkKind;
use atlas_migrations_journal::StreamId;
use atlas_migrations_journal::event::Observed;
use atlas_migrations_runs::runner::poll_error_class;

use super::cutover_condition::{CutoverCondition, TimeLeft, WaitingFor};
use super::lag_history::{LagHistory, Sample};
use super::outcome::Outcome;
use super::targets::Target;
use crate::cli::Until;
use crate::error::{Exit, exit_of};

/// The maximum number of events of one migration. A migration usually has about six.
const MAX_EVENTS: usize = 64;
/// The maximum number of outages of one migration that the chart shows.
const MAX_OUTAGES: usize = 64;

/// After a cutover with unknown result, the migration must be seen ready this many times in a row, for at least
/// [`MIN_READY_TIME`], before the cutover counts as ineffective.
pub(super) const MIN_READY_POLLS: u32 = 5;
const MIN_READY_TIME: Duration = Duration::from_mins(2);

/// The state of one watched migration. Durations are times of the monotonic clock.
#[derive(Debug)]
pub struct WatchedMigration {
    /// Its position in the list of migrations.
    pub index: usize,
    pub target: Target,
    /// The update of the last successful poll.
    pub latest: Option<Update>,
    /// The current series of failed polls.
    pub outage: Option<Outage>,
    pub lags: LagHistory,
    /// The looks that found another status or readiness than the one before, and the first.
    pub looks: Vec<Observed>,
    /// The stream of the view, if the journal has none.
    pub stream: StreamId,
    /// Events for the chart.
    pub events: Vec<Event>,
    /// The times in which polls failed, for the chart: from, and to unless it goes on.
    pub outages: Vec<(Duration, Option<Duration>)>,
    pub cutover: CutoverState,
    /// The condition for the cutover, if the migration is to be cut over.
    pub condition: Option<CutoverCondition>,
    pub outcome: Option<Outcome>,
    pub polls: u64,
    pub failed_polls: u64,
    pub first_seen: Option<Duration>,
    pub last_seen: Option<Duration>,
    pub finished_at: Option<Duration>,
    /// When the outcome was set, by the wall clock.
    pub finish_time: Option<SystemTime>,
    was_ready: bool,
    until: Until,
    clock: Arc<dyn Clock>,
}

/// A series of failed polls.
#[derive(Clone, Debug)]
pub struct Outage {
    pub reason: String,
    /// The class of the error, as metrics have it.
    pub class: String,
    pub since: Duration,
    pub failed_polls: u32,
}

/// An event for the chart.
#[derive(Clone, Debug)]
pub struct Event {
    pub at: Duration,
    pub kind: MarkKind,
    pub text: String,
}

/// What was done to cut a migration over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CutoverState {
    #[default]
    NotSent,
    Sending,
    Accepted,
    /// The result is unknown. Contains the reason, how often the migration was seen ready since, and since when.
    Unclear {
        reason: String,
        ready_polls: u32,
        ready_since: Option<Duration>,
    },
}

impl CutoverState {
    pub fn unclear(reason: String) -> Self {
        Self::Unclear { reason, ready_polls: 0, ready_since: None }
    }

    pub fn as_str(&self) -> Option<&'static str> {
        match self {
            Self::NotSent => None,
            Self::Sending => Some("sending"),
            Self::Accepted => Some("accepted"),
            Self::Unclear { .. } => Some("unclear"),
        }
    }
}

/// The phase of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Unseen,
    New,
    Replicating,
    Ready,
    CuttingOver,
    Over,
    /// This version does not know the status.
    Unknown,
}

impl WatchedMigration {
    /// Returns the state before the first poll. Keeps at most `max_lags` lags.
    pub fn new(
        index: usize,
        target: Target,
        until: Until,
        max_lags: usize,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        Self {
            index,
            target,
            latest: None,
            outage: None,
            lags: LagHistory::new(max_lags),
            looks: Vec::new(),
            stream: StreamId::new(),
            events: Vec::new(),
            outages: Vec::new(),
            cutover: CutoverState::default(),
            condition: None,
            outcome: None,
            polls: 0,
            failed_polls: 0,
            first_seen: None,
            last_seen: None,
            finished_at: None,
            finish_time: None,
            was_ready: false,
            until,
            clock: Arc::clone(clock),
        }
    }

    /// Returns the migration as the last successful poll found it.
    pub fn job(&self) -> Option<&LiveMigration> {
        self.latest.as_ref().map(|update| &update.job)
    }

    /// Returns the status that the last successful poll found.
    pub fn status(&self) -> Option<&LiveMigrationStatus> {
        self.job()?.status.as_ref()
    }

    pub fn phase(&self) -> Phase {
        let Some(job) = self.job() else {
            return Phase::Unseen;
        };
        match &job.status {
            _ if job.is_terminal() => Phase::Over,
            Some(LiveMigrationStatus::New) => Phase::New,
            // After the service accepted the cutover, it may report the migration as ready for a moment.
            _ if self.cutover == CutoverState::Accepted => Phase::CuttingOver,
            Some(LiveMigrationStatus::Working) if job.can_be_cut_over() => Phase::Ready,
            Some(LiveMigrationStatus::Working) if self.was_ready && job.lag.is_none() => {
                Phase::CuttingOver
            }
            Some(LiveMigrationStatus::Working) => Phase::Replicating,
            _ => Phase::Unknown,
        }
    }

    /// Returns the phase in a word or two.
    pub fn phase_text(&self) -> String {
        match (self.phase(), self.status()) {
            (Phase::Unseen, _) => "not polled yet".to_owned(),
            (Phase::New, _) => "not started".to_owned(),
            (Phase::Replicating, _) => "replicating".to_owned(),
            (Phase::Ready, _) => "ready for cutover".to_owned(),
            (Phase::CuttingOver, _) => "cutting over".to_owned(),
            (_, Some(status)) => sanitize(status.as_str()).to_lowercase(),
            (_, None) => "unknown status".to_owned(),
        }
    }

    /// Returns whether it is ready and no cutover was sent.
    pub fn is_ready_for_first_cutover(&self) -> bool {
        self.phase() == Phase::Ready && self.cutover == CutoverState::NotSent
    }

    /// Returns what the cutover waits for, or `None` if there will be no cutover, or its condition is met.
    pub fn waiting_for(&self) -> Option<WaitingFor> {
        let condition = self.condition.filter(|_| self.cutover == CutoverState::NotSent)?;
        let lag = self.job()?.lag;
        match self.phase() {
            Phase::Over | Phase::CuttingOver => None,
            Phase::Ready if condition.allows(lag) => None,
            Phase::Ready => condition.max_lag.map(|max| WaitingFor::Lag { lag, max }),
            _ => Some(WaitingFor::Readiness),
        }
    }

    /// Returns the time of the wall clock.
    pub fn now(&self) -> SystemTime {
        self.clock.wall()
    }

    /// Returns the time since a time of the monotonic clock.
    pub fn since(&self, then: Duration) -> Duration {
        self.clock.now().saturating_sub(then)
    }

    /// Returns the time since the last successful poll.
    pub fn time_since_poll(&self) -> Duration {
        self.last_seen.map(|then| self.since(then)).unwrap_or_default()
    }

    /// Returns the time that is left to cut the migration over, if it is known.
    pub fn time_left(&self) -> Option<TimeLeft> {
        let left = self.latest.as_ref().and_then(TimeLeft::of)?;
        Some(left.after(self.time_since_poll()))
    }

    /// Sets the outcome.
    pub fn finish(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
        self.finish_time = Some(self.now());
        self.finished_at = Some(self.clock.now());
    }

    /// Adds an event to the chart.
    pub fn add_event(&mut self, kind: MarkKind, text: impl Into<String>) {
        if self.events.len() >= MAX_EVENTS {
            self.events.remove(0);
        }
        self.events.push(Event { at: self.clock.now(), kind, text: text.into() });
    }

    /// Adds a look, if it found another status or readiness than the one before.
    fn add_look(&mut self, update: &Update) {
        let look = observed(update);
        let state = |look: &Observed| (look.status.clone(), look.ready);
        if self.looks.last().map(state) != Some(state(&look)) {
            if self.looks.len() >= MAX_EVENTS {
                self.looks.remove(0);
            }
            self.looks.push(look);
        }
    }

    /// Returns what an entered phase is in the chart.
    fn mark_of_phase(&self) -> MarkKind {
        match (self.phase(), self.status()) {
            (Phase::Ready, _) => MarkKind::Ready,
            (_, Some(LiveMigrationStatus::Complete)) => MarkKind::Complete,
            (_, Some(LiveMigrationStatus::Failed)) => MarkKind::Failed,
            (_, Some(LiveMigrationStatus::Expired)) => MarkKind::Expired,
            _ => MarkKind::Other,
        }
    }

    /// Records the update of a poll. Returns whether it changes what is displayed.
    pub fn record_update(&mut self, update: Update) -> bool {
        let now = self.clock.now();
        self.polls += 1;
        self.first_seen = self.first_seen.or(Some(now));
        self.last_seen = Some(now);
        self.lags.push(Sample { at: now, lag: update.lag });
        let is_ready = update.job.can_be_cut_over();
        self.add_look(&update);
        let phase_before = self.phase();
        let had_outage = self.outage.take().is_some();
        if let Some((_, to)) = self.outages.last_mut().filter(|_| had_outage) {
            *to = Some(now);
        }
        let is_news = !update.changed.is_empty() || had_outage;
        self.was_ready |= is_ready;
        self.latest = Some(update);
        if self.phase() != phase_before {
            self.add_event(self.mark_of_phase(), self.phase_text());
        }
        if let CutoverState::Unclear { ready_polls, ready_since, .. } = &mut self.cutover {
            *ready_polls = if is_ready { ready_polls.saturating_add(1) } else { 0 };
            *ready_since = is_ready.then(|| ready_since.unwrap_or(now));
        }
        if let Some(outcome) = self.current_outcome() {
            self.finish(outcome);
        }
        is_news
    }

    /// Returns the outcome that the latest update leads to.
    fn current_outcome(&self) -> Option<Outcome> {
        let job = self.job()?;
        match (&job.status, &self.cutover) {
            (Some(LiveMigrationStatus::Complete), _) => Some(Outcome::Complete),
            (Some(LiveMigrationStatus::Failed), _) => Some(Outcome::Failed),
            (Some(LiveMigrationStatus::Expired), _) => Some(Outcome::Expired),
            (
                _,
                CutoverState::Unclear {
                    reason,
                    ready_polls: MIN_READY_POLLS..,
                    ready_since: Some(since),
                },
            ) if self.since(*since) >= MIN_READY_TIME => Some(Outcome::Error {
                message: format!("the cutover had no visible effect: {reason}"),
                hint: Some(
                    "the migration is still ready for cutover: look in the Atlas UI for a cutover in progress, and \
                     cut over again only if there is none"
                        .to_owned(),
                ),
                exit: Exit::Service,
            }),
            _ if job.can_be_cut_over() && self.until == Until::Ready => Some(Outcome::Ready),
            _ => None,
        }
    }

    /// Records a failed poll. Returns whether it is the first of a series.
    pub fn record_failure(&mut self, error: &WatchError) -> bool {
        self.polls += 1;
        self.failed_polls += 1;
        let reason = reason_of(error);
        let since = self.clock.now().saturating_sub(error.failing_for());
        let is_first = self.outage.is_none();
        if is_first {
            if self.outages.len() >= MAX_OUTAGES {
                self.outages.remove(0);
            }
            self.outages.push((since, None));
        }
        let failed_polls = error.failed_polls();
        let class = poll_error_class(error);
        self.outage = Some(Outage { reason: reason.clone(), class, since, failed_polls });
        if error.is_final() {
            let exit = error.api_error().map_or(Exit::Service, exit_of);
            let hint = error.hint().map(|hint| sanitize(&hint));
            self.finish(Outcome::Error { message: reason, hint, exit });
        }
        is_first
    }
}

/// Returns why a poll failed, in one line.
fn reason_of(error: &WatchError) -> String {
    sanitize(&match error.api_error() {
        Some(call) => call.summary(),
        None => error.to_string(),
    })
}

/// Returns what a poll saw, as an event.
fn observed(update: &Update) -> Observed {
    let status = update.job.status.as_ref().map_or("UNKNOWN", |status| status.as_str());
    let since = update.observed_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let at_ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
    let mut observed = Observed::new(status.to_owned(), at_ms);
    observed.ready = Some(update.job.can_be_cut_over());
    observed.lag_seconds = update.lag.map(|lag| lag.as_secs());
    observed
}
