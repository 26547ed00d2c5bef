//! [`WatchError`]: the error of a watch.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use atlas_client_core::Error;

use super::update::Update;
use crate::ids::{LiveMigrationId, LiveMigrationRef};
use crate::live_migration::LiveMigration;

/// The error of a watch: polls failed, or the migration ended without meeting the condition to wait for.
///
/// It is not an error of the migration, which continues whether it is watched or not: a migration that fails is
/// an [`Update`] with the status `FAILED`.
pub struct WatchError(Box<Inner>);

struct Inner {
    migration: LiveMigrationRef,
    kind: Kind,
    last: Option<Update>,
}

enum Kind {
    PollFailed(FailedPoll),
    ConditionUnmet,
}

/// The last of the polls that failed in a row.
pub(super) struct FailedPoll {
    pub cause: Cause,
    /// The number of polls that failed in a row.
    pub failures: u32,
    /// The time since the first of them.
    pub failing_for: Duration,
    /// The time until the next poll. `None` if the watch ended.
    pub next: Option<Duration>,
}

/// Why a poll failed.
pub(super) enum Cause {
    Call(Error),
    /// The response describes another migration.
    WrongMigration(LiveMigrationId),
}

impl WatchError {
    pub(super) fn poll_failed(
        migration: LiveMigrationRef,
        poll: FailedPoll,
        last: Option<Update>,
    ) -> Self {
        Self(Box::new(Inner { migration, kind: Kind::PollFailed(poll), last }))
    }

    pub(super) fn condition_unmet(migration: LiveMigrationRef, last: Option<Update>) -> Self {
        Self(Box::new(Inner { migration, kind: Kind::ConditionUnmet, last }))
    }

    /// Returns the migration that was watched.
    pub fn migration(&self) -> LiveMigrationRef {
        self.0.migration
    }

    /// Returns whether the watch ended. Errors that are not final occur only with
    /// [`emit_transient_errors`](crate::WatchOptions::emit_transient_errors).
    pub fn is_final(&self) -> bool {
        self.next_poll_in().is_none()
    }

    /// Returns whether a poll failed. [`api_error`](Self::api_error) is the error of the call.
    pub fn is_failed_poll(&self) -> bool {
        self.poll().is_some()
    }

    /// Returns whether the migration ended without meeting the condition to wait for. [`last`](Self::last) is the
    /// final observation.
    pub fn is_condition_unmet(&self) -> bool {
        matches!(self.0.kind, Kind::ConditionUnmet)
    }

    /// Returns whether the migration existed and the service no longer finds it.
    pub fn is_gone(&self) -> bool {
        self.last().is_some() && self.api_error().is_some_and(Error::is_not_found)
    }

    /// Returns the error of the last call, if a call failed.
    pub fn api_error(&self) -> Option<&Error> {
        match &self.0.kind {
            Kind::PollFailed(FailedPoll { cause: Cause::Call(error), .. }) => Some(error),
            _ => None,
        }
    }

    /// Returns the number of polls that failed in a row.
    pub fn failed_polls(&self) -> u32 {
        self.poll().map_or(0, |poll| poll.failures)
    }

    /// Returns the time since the first of the polls that failed in a row.
    pub fn failing_for(&self) -> Duration {
        self.poll().map_or(Duration::ZERO, |poll| poll.failing_for)
    }

    /// Returns the time until the next poll, or `None` if the watch ended.
    pub fn next_poll_in(&self) -> Option<Duration> {
        self.poll()?.next
    }

    /// Returns the last observation of the migration, if there is one.
    pub fn last(&self) -> Option<&Update> {
        self.0.last.as_ref()
    }

    /// Returns a hint about what to do.
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        match &self.0.kind {
            Kind::ConditionUnmet => {
                Some("the project in Atlas shows why the migration ended".into())
            }
            Kind::PollFailed(FailedPoll { cause: Cause::WrongMigration(_), .. }) => Some(
                "check that the base URL is that of Atlas and that no proxy caches responses"
                    .into(),
            ),
            Kind::PollFailed(poll) if poll.next.is_some() => None,
            Kind::PollFailed(_) => self.api_error().and_then(Error::hint),
        }
    }

    fn poll(&self) -> Option<&FailedPoll> {
        match &self.0.kind {
            Kind::PollFailed(poll) => Some(poll),
            Kind::ConditionUnmet => None,
        }
    }
}

impl fmt::Display for WatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { migration, kind, last } = &*self.0;
        match kind {
            Kind::ConditionUnmet => match last.as_ref().filter(|last| last.job.is_terminal()) {
                Some(Update { job: LiveMigration { status: Some(status), .. }, .. }) => {
                    write!(f, "{migration} ended as {status} without meeting the condition")?;
                }
                _ => write!(f, "{migration} is no longer watched")?,
            },
            Kind::PollFailed(poll) => {
                write!(f, "cannot poll {migration}: ")?;
                match &poll.cause {
                    Cause::Call(error) => f.write_str(&error.summary())?,
                    Cause::WrongMigration(other) => {
                        write!(f, "the response describes live migration {other}")?;
                    }
                }
                if poll.failures > 1 {
                    let seconds = poll.failing_for.as_secs();
                    write!(f, " ({} polls failed in {seconds} s)", poll.failures)?;
                }
                match poll.next {
                    Some(next) => write!(f, "; the next poll is in {} s", next.as_secs())?,
                    None => {
                        f.write_str("; the watch ended, which does nothing to the migration")?;
                    }
                }
            }
        }
        match self.hint() {
            Some(hint) => write!(f, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for WatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchError")
            .field("migration", &self.0.migration)
            .field("is_condition_unmet", &self.is_condition_unmet())
            .field("api_error", &self.api_error())
            .field("failed_polls", &self.failed_polls())
            .field("failing_for", &self.failing_for())
            .field("next_poll_in", &self.next_poll_in())
            .finish_non_exhaustive()
    }
}

impl StdError for WatchError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.api_error().map(|error| error as _)
    }
}
