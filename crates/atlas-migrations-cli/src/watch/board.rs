//! [`Board`]: how each migration stands as far as was seen, and what became of watching it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use atlas_client_core::sanitize;
use atlas_migrations::{
    Clock, LiveMigration, LiveMigrationRef, LiveMigrationStatus, Update, WatchError,
};

use super::history::{History, Sample};
use super::targets::Target;
use super::waiting::{Gate, TimeLeft, WaitingFor};
use crate::arguments::Until;
use crate::failure::{Exit, exit_of};

/// All that is watched, in the order in which it was named.
///
/// Durations are measured by a monotonic clock, so that a change of the time of day does not change them.
#[derive(Debug)]
pub struct Board {
    pub rows: Vec<Row>,
    pub began: SystemTime,
    /// The same by the monotonic clock.
    pub start: Duration,
    until: Until,
    clock: Arc<dyn Clock>,
}

/// One migration.
#[derive(Debug)]
pub struct Row {
    pub target: Target,
    /// The newest observation.
    pub seen: Option<Update>,
    /// What keeps polls from being answered, where something does.
    pub trouble: Option<Trouble>,
    pub lags: History,
    pub marks: Vec<Mark>,
    pub cutover: Cutover,
    /// What became of it, once that is settled.
    pub outcome: Option<Outcome>,
    /// How many polls there were, and how many of them failed.
    pub polls: u64,
    pub failed_polls: u64,
    /// The time of day at which it was settled.
    pub settled: Option<SystemTime>,
    /// When it was first seen, last seen, and settled, by the monotonic clock.
    pub first_seen: Option<Duration>,
    pub last_seen: Option<Duration>,
    pub settled_at: Option<Duration>,
    /// The condition for its cutover, where it is to be cut over.
    pub gate: Option<Gate>,
    was_ready: bool,
    clock: Arc<dyn Clock>,
}

/// Polls fail.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub why: String,
    pub since: Duration,
    pub polls: u32,
}

/// Something that happened, for the chart.
#[derive(Clone, Debug)]
pub struct Mark {
    pub at: Duration,
    pub what: String,
}

/// The most marks of one migration; there are about six in its life.
const MOST_MARKS: usize = 64;
const NO_ANSWER: &str = "no answer";

/// After a cutover of unknown effect: how many times in a row, and for how long, the migration must be seen ready
/// before the cutover is said to have had no effect that shows.
pub(super) const LOOKS: u32 = 5;
const LOOKED_FOR: Duration = Duration::from_secs(120);

/// What was done to cut the migration over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cutover {
    /// Nothing.
    #[default]
    No,
    /// The request is under way.
    Sending,
    /// The service has accepted it.
    Accepted(SystemTime),
    /// Nobody knows, for this reason; and how often it was found ready since, and since when.
    Unclear { why: String, looks: u32, since: Option<Duration> },
}

impl Cutover {
    pub fn unclear(why: String) -> Self {
        Self::Unclear { why, looks: 0, since: None }
    }

    pub fn as_str(&self) -> Option<&'static str> {
        match self {
            Self::No => None,
            Self::Sending => Some("sending"),
            Self::Accepted(_) => Some("accepted"),
            Self::Unclear { .. } => Some("unclear"),
        }
    }
}

/// What became of watching a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ready,
    Complete,
    Failed,
    Expired,
    /// How it stands is not known, or it was not cut over.
    Error {
        why: String,
        hint: Option<String>,
        exit: Exit,
    },
    TimedOut,
    Interrupted,
}

impl Outcome {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Error { .. } => "error",
            Self::TimedOut => "timed out",
            Self::Interrupted => "interrupted",
        }
    }

    /// The exit code where it is not success.
    pub fn exit(&self) -> Option<Exit> {
        match self {
            Self::Ready | Self::Complete => None,
            Self::Failed => Some(Exit::MigrationFailed),
            Self::Expired => Some(Exit::MigrationExpired),
            Self::Error { exit, .. } => Some(*exit),
            Self::TimedOut => Some(Exit::TimedOut),
            Self::Interrupted => Some(Exit::Interrupted),
        }
    }

    /// How bad it is: of several the worst decides.
    pub fn badness(&self) -> u8 {
        match self {
            Self::Ready | Self::Complete => 0,
            Self::TimedOut => 1,
            Self::Error { .. } => 2,
            Self::Expired => 3,
            Self::Failed => 4,
            Self::Interrupted => 5,
        }
    }
}

/// How far a migration has come, as far as it matters to who watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Unseen,
    New,
    Replicating,
    Ready,
    CuttingOver,
    Over,
    /// A status that this version does not know.
    Other,
}

impl Board {
    /// Keeps so many lags of each migration.
    pub fn new(targets: Vec<Target>, until: Until, lags: usize, clock: &Arc<dyn Clock>) -> Self {
        let row = |target| Row {
            clock: Arc::clone(clock),
            gate: None,
            last_seen: None,
            settled_at: None,
            target,
            seen: None,
            trouble: None,
            lags: History::new(lags),
            marks: Vec::new(),
            cutover: Cutover::default(),
            outcome: None,
            polls: 0,
            failed_polls: 0,
            first_seen: None,
            settled: None,
            was_ready: false,
        };
        let rows = targets.into_iter().map(row).collect();
        Self { rows, began: clock.wall(), start: clock.now(), until, clock: Arc::clone(clock) }
    }

    /// Sets the condition for the cutover of all migrations except some.
    pub fn expect_cutovers(&mut self, gate: Gate, but: &[LiveMigrationRef]) {
        for row in self.rows.iter_mut().filter(|row| !but.contains(&row.target.key)) {
            row.gate = Some(gate);
        }
    }

    /// How long it has been watched.
    pub fn age(&self) -> Duration {
        self.clock.now().saturating_sub(self.start)
    }

    pub fn is_settled(&self) -> bool {
        self.rows.iter().all(|row| row.outcome.is_some())
    }

    /// Takes in what was seen of a migration, and says whether it is news.
    pub fn saw(&mut self, index: usize, update: Update) -> bool {
        let until = self.until;
        self.rows.get_mut(index).is_some_and(|row| row.saw(update, until))
    }

    /// Takes in that a poll failed, and says whether it is the first to do so.
    pub fn missed(&mut self, index: usize, error: &WatchError, now: SystemTime) -> bool {
        self.rows.get_mut(index).is_some_and(|row| row.missed(error, now))
    }

    /// What becomes of those that nothing has become of yet.
    pub fn settle(&mut self, outcome: &Outcome, now: SystemTime) {
        for row in self.rows.iter_mut().filter(|row| row.outcome.is_none()) {
            row.settle(outcome.clone(), now);
        }
    }

    /// The worst that became of any.
    pub fn worst(&self) -> Option<&Outcome> {
        let outcomes = self.rows.iter().filter_map(|row| row.outcome.as_ref());
        outcomes.max_by_key(|outcome| outcome.badness())
    }
}

impl Row {
    pub fn job(&self) -> Option<&LiveMigration> {
        self.seen.as_ref().map(|update| &update.job)
    }

    pub fn phase(&self) -> Phase {
        let Some(job) = self.job() else {
            return Phase::Unseen;
        };
        let is_ready = job.can_be_cut_over();
        match &job.status {
            _ if job.is_terminal() => Phase::Over,
            Some(LiveMigrationStatus::New) => Phase::New,
            // The service may still call it ready for a moment.
            _ if matches!(self.cutover, Cutover::Accepted(_)) => Phase::CuttingOver,
            Some(LiveMigrationStatus::Working) if is_ready => Phase::Ready,
            Some(LiveMigrationStatus::Working) if self.was_ready && job.lag.is_none() => {
                Phase::CuttingOver
            }
            Some(LiveMigrationStatus::Working) => Phase::Replicating,
            _ => Phase::Other,
        }
    }

    /// Whether it waits for a cutover that was not sent yet.
    pub fn is_to_be_cut_over(&self) -> bool {
        self.phase() == Phase::Ready && self.cutover == Cutover::No
    }

    /// What its cutover waits for; none where it is not to be cut over, or nothing is missing.
    pub fn waiting_for(&self) -> Option<WaitingFor> {
        let gate = self.gate.filter(|_| self.cutover == Cutover::No)?;
        let lag = self.job()?.lag;
        match self.phase() {
            Phase::Over | Phase::CuttingOver => None,
            Phase::Ready if gate.allows(lag) => None,
            Phase::Ready => gate.max_lag.map(|most| WaitingFor::Lag { lag, most }),
            _ => Some(WaitingFor::Readiness),
        }
    }

    /// The time since an instant of the monotonic clock.
    pub fn since(&self, then: Duration) -> Duration {
        self.clock.now().saturating_sub(then)
    }

    /// The time since it was last seen.
    pub fn age(&self) -> Duration {
        self.last_seen.map(|then| self.since(then)).unwrap_or_default()
    }

    /// The time that is left to cut it over, as far as it is known.
    pub fn time_left(&self) -> Option<TimeLeft> {
        let left = self.seen.as_ref().and_then(TimeLeft::of)?;
        Some(left.after(self.age()))
    }

    /// How much of the largest lag is worked off; none where that is not known.
    pub fn progress(&self) -> Option<f64> {
        match self.phase() {
            Phase::CuttingOver => Some(1.0),
            Phase::Over => self.job()?.status.as_ref().and_then(|status| {
                if *status == LiveMigrationStatus::Complete { Some(1.0) } else { self.shed() }
            }),
            _ => self.shed(),
        }
    }

    fn shed(&self) -> Option<f64> {
        let lag = self.lags.samples().filter_map(|sample| sample.lag).last()?;
        let peak = self.lags.peak()?;
        Some(if peak.is_zero() { 1.0 } else { 1.0 - super::history::ratio(lag, peak) })
    }

    pub fn settle(&mut self, outcome: Outcome, now: SystemTime) {
        self.outcome = Some(outcome);
        self.settled = Some(now);
        self.settled_at = Some(self.clock.now());
    }

    /// Records an event for the chart that happens now.
    pub fn mark(&mut self, what: impl Into<String>) {
        self.mark_at(self.clock.now(), what);
    }

    fn mark_at(&mut self, at: Duration, what: impl Into<String>) {
        if self.marks.len() >= MOST_MARKS {
            // A network that comes and goes leaves the most, and the least worth keeping.
            let least = self.marks.iter().position(|mark| mark.what == NO_ANSWER);
            self.marks.remove(least.unwrap_or_default());
        }
        self.marks.push(Mark { at, what: what.into() });
    }

    fn saw(&mut self, update: Update, until: Until) -> bool {
        let (at, now) = (update.observed_at, self.clock.now());
        self.polls += 1;
        self.first_seen = self.first_seen.or(Some(now));
        self.last_seen = Some(now);
        self.lags.push(Sample { at: now, lag: update.lag });
        let is_ready = update.job.can_be_cut_over();
        let before = self.phase();
        let is_back = self.trouble.take().is_some();
        let is_news = !update.changed.is_empty() || is_back;
        self.was_ready |= is_ready;
        self.seen = Some(update);
        if self.phase() != before {
            self.mark(self.stage());
        }
        if let Cutover::Unclear { looks, since, .. } = &mut self.cutover {
            *looks = if is_ready { looks.saturating_add(1) } else { 0 };
            *since = is_ready.then(|| since.unwrap_or(now));
        }
        if let Some(outcome) = self.reached(until) {
            self.settle(outcome, at);
        }
        is_news
    }

    /// What has become of it by what was seen last.
    fn reached(&self, until: Until) -> Option<Outcome> {
        let job = self.job()?;
        match (&job.status, &self.cutover) {
            (Some(LiveMigrationStatus::Complete), _) => Some(Outcome::Complete),
            (Some(LiveMigrationStatus::Failed), _) => Some(Outcome::Failed),
            (Some(LiveMigrationStatus::Expired), _) => Some(Outcome::Expired),
            (_, Cutover::Unclear { why, looks: LOOKS.., since: Some(since) })
                if self.since(*since) >= LOOKED_FOR =>
            {
                Some(Outcome::Error {
                    why: format!("the cutover had no effect that shows: {why}"),
                    hint: Some(
                        "the migration is still ready for cutover: look in the Atlas UI for a cutover that is \
                         under way, and cut over again only if there is none"
                            .to_owned(),
                    ),
                    exit: Exit::Service,
                })
            }
            _ if job.can_be_cut_over() && until == Until::Ready => Some(Outcome::Ready),
            _ => None,
        }
    }

    fn missed(&mut self, error: &WatchError, now: SystemTime) -> bool {
        self.polls += 1;
        self.failed_polls += 1;
        let why = why(error);
        let since = self.clock.now().saturating_sub(error.failing_for());
        let is_news = self.trouble.is_none();
        if is_news {
            self.mark_at(since, NO_ANSWER);
        }
        self.trouble = Some(Trouble { why: why.clone(), since, polls: error.failed_polls() });
        if error.is_final() {
            let exit = error.api_error().map_or(Exit::Service, exit_of);
            let hint = error.hint().map(|hint| sanitize(&hint));
            self.settle(Outcome::Error { why, hint, exit }, now);
        }
        is_news
    }

    /// How far it has come, in a word or two.
    pub fn stage(&self) -> String {
        let status = self.job().and_then(|job| job.status.as_ref());
        match (self.phase(), status) {
            (Phase::Unseen, _) => "not seen yet".to_owned(),
            (Phase::New, _) => "not begun".to_owned(),
            (Phase::Replicating, _) => "replicating".to_owned(),
            (Phase::Ready, _) => "ready for cutover".to_owned(),
            (Phase::CuttingOver, _) => "cutting over".to_owned(),
            (Phase::Over | Phase::Other, Some(status)) => sanitize(status.as_str()).to_lowercase(),
            (Phase::Over | Phase::Other, None) => "of unknown status".to_owned(),
        }
    }
}

/// Why a poll failed, in one line.
fn why(error: &WatchError) -> String {
    sanitize(&match error.api_error() {
        Some(call) => call.summary(),
        None => error.to_string(),
    })
}
