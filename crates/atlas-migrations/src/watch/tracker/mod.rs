//! [`Tracker`]: the state of one watched migration. It neither sends nor waits.

#[cfg(test)]
mod tests;

use std::time::Duration;

use atlas_client_core::Error;

use super::deadline::Readiness;
use super::error::{Cause, FailedPoll, WatchError};
use super::options::WatchOptions;
use super::poll::{Moment, PollResult};
use super::poll_interval::PollContext;
use super::trend::LagWindow;
use super::update::{Change, Update};
use crate::ids::LiveMigrationRef;
use crate::live_migration::LiveMigration;
use crate::status::LiveMigrationStatus;

/// The number of times in a row that a migration is not found, or a poll fails, before the watch ends.
const CONFIRMATIONS: u32 = 3;

/// What follows from a poll.
#[derive(Debug)]
pub(crate) struct Step {
    /// The item to yield.
    pub item: Option<Result<Update, WatchError>>,
    /// The time until the next poll. `None` if the watch ended.
    pub next: Option<Duration>,
}

/// The state of one watched migration. It does not grow: it keeps the last observation and a window of lags.
#[derive(Debug)]
pub(crate) struct Tracker {
    migration: LiveMigrationRef,
    last: Option<Update>,
    lags: LagWindow,
    readiness: Readiness,
    cut_over_since: Option<Duration>,
    overdue_since: Option<Duration>,
    quiet_since: Duration,
    failing: Option<Failing>,
    /// The failed polls that no update has counted yet.
    uncounted_failures: u32,
}

#[derive(Clone, Copy, Debug)]
struct Failing {
    since: Duration,
    times: u32,
    /// How many of the last failures in a row were "not found".
    not_found: u32,
}

impl Tracker {
    pub(crate) fn new(migration: LiveMigrationRef) -> Self {
        Self {
            migration,
            last: None,
            lags: LagWindow::default(),
            readiness: Readiness::default(),
            cut_over_since: None,
            overdue_since: None,
            quiet_since: Duration::ZERO,
            failing: None,
            uncounted_failures: 0,
        }
    }

    pub(crate) fn migration(&self) -> LiveMigrationRef {
        self.migration
    }

    /// Returns the last observation.
    pub(crate) fn last(&self) -> Option<&Update> {
        self.last.as_ref()
    }

    /// Adds the result of a poll.
    pub(crate) fn record(
        &mut self,
        result: PollResult,
        options: &WatchOptions,
        random: u64,
    ) -> Step {
        let PollResult { outcome, moment, .. } = result;
        match outcome {
            Ok(LiveMigration { id: Some(id), .. }) if id != self.migration.id => {
                self.record_failure(Cause::WrongMigration(id), moment, options, random)
            }
            Ok(job) => self.record_observation(job, moment, options, random),
            Err(error) => self.record_failure(Cause::Call(error), moment, options, random),
        }
    }

    fn record_observation(
        &mut self,
        job: LiveMigration,
        moment: Moment,
        options: &WatchOptions,
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
            self.quiet_since = moment.received;
        }
        self.failing = None;
        let is_terminal = job.is_terminal();
        self.lags.observe(moment.received, job.lag);
        if let Some(is_ready) = job.ready_for_cutover.filter(|_| !is_terminal) {
            self.readiness.observe(is_ready, moment.requested, moment.received);
        }
        let is_cut_over = self.readiness.was_ready()
            && job.status == Some(LiveMigrationStatus::Working)
            && job.ready_for_cutover == Some(false)
            && job.lag.is_none();
        self.cut_over_since = is_cut_over.then(|| self.cut_over_since.unwrap_or(moment.received));

        let is_emitted = options.emit_unchanged || !changed.is_empty();
        let (trend, estimate) = if is_terminal { (None, None) } else { self.lags.fit() };
        let deadline = self.readiness.deadline(moment.received, moment.wall);
        let deadline = deadline.filter(|_| self.may_be_ready(&job));
        let update = Update {
            migration: self.migration,
            observed_at: moment.wall,
            lag: job.lag,
            trend,
            estimate,
            deadline,
            changed,
            failed_polls: self.uncounted_failures,
            job,
        };
        let until_event = until_event(&update);
        let is_overdue = until_event == Some(Duration::ZERO) && !is_event;
        self.overdue_since = is_overdue.then(|| self.overdue_since.unwrap_or(moment.received));
        let passed = |since: Duration| moment.received.saturating_sub(since);
        let context = PollContext {
            quiet_for: passed(self.quiet_since),
            until_event,
            overdue_for: self.overdue_since.map_or(Duration::ZERO, passed),
            cutting_over_for: self.cut_over_since.map(passed),
        };
        let next = (!is_terminal).then(|| options.poll_interval.after_success(context, random));
        let item = is_emitted.then(|| Ok(update.clone()));
        if is_emitted {
            self.uncounted_failures = 0;
        }
        self.last = Some(update);
        Step { item, next }
    }

    /// Returns whether a migration is ready as far as is known. If a response does not say so, the last observation
    /// applies, unless the status has changed.
    fn may_be_ready(&self, job: &LiveMigration) -> bool {
        let is_still_ready = |last: &Update| {
            last.deadline.is_some() && (job.status.is_none() || job.status == last.job.status)
        };
        match job.ready_for_cutover {
            Some(_) => job.can_be_cut_over(),
            None => !job.is_terminal() && self.last.as_ref().is_some_and(is_still_ready),
        }
    }

    fn record_failure(
        &mut self,
        cause: Cause,
        moment: Moment,
        options: &WatchOptions,
        random: u64,
    ) -> Step {
        let was_observed = self.last.is_some();
        let is_not_found = matches!(&cause, Cause::Call(error) if error.is_not_found());
        let before =
            self.failing.unwrap_or(Failing { since: moment.received, times: 0, not_found: 0 });
        let failing = Failing {
            times: before.times.saturating_add(1),
            not_found: if is_not_found { before.not_found + 1 } else { 0 },
            ..before
        };
        self.failing = Some(failing);
        self.uncounted_failures = self.uncounted_failures.saturating_add(1);

        let failing_for = moment.received.saturating_sub(failing.since);
        let retry_after = match &cause {
            Cause::Call(error) => error.retry_after().unwrap_or_default(),
            Cause::WrongMigration(_) => Duration::ZERO,
        };
        // With long intervals a single failure may be older than the timeout.
        let is_timed_out = failing_for >= options.error_timeout
            && (failing.times >= CONFIRMATIONS || options.error_timeout.is_zero());
        let is_final = is_timed_out
            || retry_after > options.error_timeout.saturating_sub(failing_for)
            || failing.not_found >= CONFIRMATIONS
            || matches!(&cause, Cause::Call(error) if !is_transient(error, was_observed));
        let wait = options.poll_interval.after_failure(failing.times, random).max(retry_after);
        let next = (!is_final).then_some(wait);
        let item = (is_final || options.emit_transient_errors).then(|| {
            let Failing { times: failures, .. } = failing;
            let poll = FailedPoll { cause, failures, failing_for, next };
            Err(WatchError::poll_failed(self.migration, poll, self.last.clone()))
        });
        Step { item, next }
    }
}

/// Returns the time until the next expected event of the migration.
fn until_event(update: &Update) -> Option<Duration> {
    match (&update.deadline, &update.estimate) {
        (Some(deadline), _) => {
            let expiry = deadline.earliest.unwrap_or(deadline.latest);
            Some(expiry.duration_since(update.observed_at).unwrap_or_default())
        }
        // The lag of a ready migration predicts nothing.
        (None, Some(estimate)) if update.job.ready_for_cutover != Some(true) => {
            Some(estimate.earliest)
        }
        (None, _) => None,
    }
}

/// Returns whether the next poll may succeed.
///
/// The service sometimes refuses a valid credential or does not find an existing migration. So a refusal is final
/// only before the first observation: then the credential or the ID is wrong.
fn is_transient(error: &Error, was_observed: bool) -> bool {
    let is_gone_for_good = error.status().is_some_and(|status| status.as_u16() == 410);
    if error.is_request() || is_gone_for_good {
        return false;
    }
    was_observed || error.is_transport() || error.is_server() || error.is_rate_limited()
}
