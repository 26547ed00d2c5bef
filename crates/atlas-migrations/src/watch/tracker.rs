//! [`Tracker`]: all that is known of one migration, and what the next answer adds to it. It neither sends
//! nor waits.

use std::time::Duration;

use atlas_client_core::Error;

use super::deadline::Readiness;
use super::error::{Cause, FailedPoll};
use super::pace::{Pace, Situation};
use super::poll::{Moment, Polled};
use super::trend::Window;
use super::{Change, MigrationKey, Update, WatchError};
use crate::{LiveMigration, LiveMigrationStatus};

/// So many times in a row an answer has to say that something is gone before it is believed.
const CONFIRMATIONS: u32 = 3;

/// What can be set of a watch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub pace: Pace,
    pub patience: Duration,
    pub each_poll: bool,
    pub each_failure: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pace: Pace::default(),
            patience: Duration::from_secs(15 * 60),
            each_poll: false,
            each_failure: false,
        }
    }
}

/// What follows from a poll.
#[derive(Debug)]
pub(crate) struct Step {
    /// What there is to tell.
    pub told: Option<Result<Update, WatchError>>,
    /// After what time to poll again; none where the watch is over.
    pub next: Option<Duration>,
}

/// All that is known of one migration. It does not grow: of what was seen it keeps the newest, and a few lags.
#[derive(Debug)]
pub(crate) struct Tracker {
    key: MigrationKey,
    last: Option<Update>,
    lags: Window,
    readiness: Readiness,
    cut_over_since: Option<Duration>,
    overdue_since: Option<Duration>,
    quiet_since: Duration,
    failing: Option<Failing>,
    untold_failures: u32,
}

#[derive(Clone, Copy, Debug)]
struct Failing {
    since: Duration,
    times: u32,
    /// How many of the newest in a row said that it is not there.
    not_found: u32,
}

impl Tracker {
    pub(crate) fn new(key: MigrationKey) -> Self {
        Self {
            key,
            last: None,
            lags: Window::default(),
            readiness: Readiness::default(),
            cut_over_since: None,
            overdue_since: None,
            quiet_since: Duration::ZERO,
            failing: None,
            untold_failures: 0,
        }
    }

    pub(crate) fn key(&self) -> &MigrationKey {
        &self.key
    }

    /// The newest observation.
    pub(crate) fn last(&self) -> Option<&Update> {
        self.last.as_ref()
    }

    /// Takes in what became of a poll.
    pub(crate) fn polled(&mut self, polled: Polled, options: &Options, random: u64) -> Step {
        let Polled { outcome, moment, .. } = polled;
        match outcome {
            Ok(LiveMigration { id: Some(id), .. }) if id != self.key.id => {
                self.failed(Cause::Other(id), moment, options, random)
            }
            Ok(job) => self.observed(job, moment, options, random),
            Err(error) => self.failed(Cause::Call(error), moment, options, random),
        }
    }

    fn observed(
        &mut self,
        job: LiveMigration,
        moment: Moment,
        options: &Options,
        random: u64,
    ) -> Step {
        let changed = match &self.last {
            Some(before) => Change::between(&before.job, &job),
            None => vec![Change::First],
        };
        let is_event = changed.iter().any(|change| {
            matches!(change, Change::First | Change::Status | Change::ReadyForCutover)
        });
        if is_event {
            self.quiet_since = moment.now;
        }
        self.failing = None;
        let is_over = job.is_over();
        self.lags.observe(moment.now, job.lag);
        if let Some(is_ready) = job.ready_for_cutover.filter(|_| !is_over) {
            self.readiness.observe(is_ready, moment.asked, moment.now);
        }
        let is_cut_over = self.readiness.was_ready()
            && job.status == Some(LiveMigrationStatus::Working)
            && job.ready_for_cutover == Some(false)
            && job.lag.is_none();
        self.cut_over_since = is_cut_over.then(|| self.cut_over_since.unwrap_or(moment.now));

        let is_news = options.each_poll || !changed.is_empty();
        // Nothing follows the end.
        let (trend, estimate) = if is_over { (None, None) } else { self.lags.fit() };
        let deadline = self.readiness.deadline(moment.now, moment.wall);
        let deadline = deadline.filter(|_| self.may_be_ready(&job));
        let update = Update {
            group: self.key.group,
            id: self.key.id,
            observed_at: moment.wall,
            lag: job.lag,
            trend,
            estimate,
            deadline,
            changed,
            failed_polls: self.untold_failures,
            job,
        };
        let until_event = until_event(&update);
        let is_overdue = until_event == Some(Duration::ZERO) && !is_event;
        self.overdue_since = is_overdue.then(|| self.overdue_since.unwrap_or(moment.now));
        let passed = |since: Duration| moment.now.saturating_sub(since);
        let situation = Situation {
            quiet_for: passed(self.quiet_since),
            until_event,
            overdue_for: self.overdue_since.map_or(Duration::ZERO, passed),
            cutting_over_for: self.cut_over_since.map(passed),
        };
        let next = (!is_over).then(|| options.pace.after_answer(situation, random));
        let told = is_news.then(|| Ok(update.clone()));
        if is_news {
            self.untold_failures = 0;
        }
        self.last = Some(update);
        Step { told, next }
    }

    /// Whether a migration can be cut over as far as is known. If a response does not say so, the last observation
    /// holds, unless the status has changed.
    fn may_be_ready(&self, job: &LiveMigration) -> bool {
        let is_as_before = |last: &Update| {
            last.deadline.is_some() && (job.status.is_none() || job.status == last.job.status)
        };
        match job.ready_for_cutover {
            Some(_) => job.can_be_cut_over(),
            None => !job.is_over() && self.last.as_ref().is_some_and(is_as_before),
        }
    }

    fn failed(&mut self, cause: Cause, moment: Moment, options: &Options, random: u64) -> Step {
        let was_seen = self.last.is_some();
        let is_not_found = matches!(&cause, Cause::Call(error) if error.is_not_found());
        let before = self.failing.unwrap_or(Failing { since: moment.now, times: 0, not_found: 0 });
        let failing = Failing {
            times: before.times.saturating_add(1),
            not_found: if is_not_found { before.not_found + 1 } else { 0 },
            ..before
        };
        self.failing = Some(failing);
        self.untold_failures = self.untold_failures.saturating_add(1);

        let failing_for = moment.now.saturating_sub(failing.since);
        let asked = match &cause {
            Cause::Call(error) => error.retry_after().unwrap_or_default(),
            Cause::Other(_) => Duration::ZERO,
        };
        // Where polls are far between, a single failure may be older than the patience.
        let is_patience_over = failing_for >= options.patience
            && (failing.times >= CONFIRMATIONS || options.patience.is_zero());
        let is_final = is_patience_over
            || asked > options.patience.saturating_sub(failing_for)
            || failing.not_found >= CONFIRMATIONS
            || matches!(&cause, Cause::Call(error) if !may_pass(error, was_seen));
        let next =
            (!is_final).then(|| options.pace.after_failure(failing.times, random).max(asked));
        let told = (is_final || options.each_failure).then(|| {
            let Failing { times: failures, .. } = failing;
            let poll = FailedPoll { cause, failures, failing_for, next };
            Err(WatchError::failed_poll(self.key, poll, self.last.clone()))
        });
        Step { told, next }
    }
}

/// How long until something is expected to happen to the migration.
fn until_event(update: &Update) -> Option<Duration> {
    match (&update.deadline, &update.estimate) {
        (Some(deadline), _) => {
            let expiry = deadline.earliest.unwrap_or(deadline.latest);
            Some(expiry.duration_since(update.observed_at).unwrap_or_default())
        }
        // A lag of zero tells nothing more of one that has been ready for long.
        (None, Some(estimate)) if update.job.ready_for_cutover != Some(true) => {
            Some(estimate.earliest)
        }
        (None, _) => None,
    }
}

/// Whether the next poll may well be answered, though this one was not.
///
/// The service refuses a good credential at times, and loses sight of what is there. So a refusal counts at
/// once only where nothing was ever seen: then it is the credential or the id that is wrong.
fn may_pass(error: &Error, was_seen: bool) -> bool {
    let is_gone_for_good = error.status().is_some_and(|status| status.as_u16() == 410);
    if error.is_request() || is_gone_for_good {
        return false;
    }
    was_seen || error.is_transport() || error.is_server() || error.is_rate_limited()
}
