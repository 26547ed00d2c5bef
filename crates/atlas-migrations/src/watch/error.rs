//! [`WatchError`]: why a watch does not know how a migration stands.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use atlas_client_core::Error;

use super::{MigrationKey, Update};
use crate::{LiveMigration, LiveMigrationId};

/// Why a watch does not know how a migration stands, or that what it waits for can no longer come.
///
/// It says nothing of the migration itself, which goes on whether it is watched or not: a migration that
/// fails is an [`Update`] whose job is `FAILED`. New kinds of error may come, so ask the predicates.
pub struct WatchError(Box<Inner>);

struct Inner {
    key: MigrationKey,
    kind: Kind,
    last: Option<Update>,
}

enum Kind {
    Poll(FailedPoll),
    Unmet,
}

/// A poll that failed, or the last of several.
pub(super) struct FailedPoll {
    pub cause: Cause,
    /// How many polls failed in a row.
    pub failures: u32,
    /// Since the first of them.
    pub failing_for: Duration,
    /// When the next poll follows; none where there is to be no other.
    pub next: Option<Duration>,
}

/// What became of the poll.
pub(super) enum Cause {
    Call(Error),
    /// The answer is about this other migration.
    Other(LiveMigrationId),
}

impl WatchError {
    pub(super) fn failed_poll(key: MigrationKey, poll: FailedPoll, last: Option<Update>) -> Self {
        Self(Box::new(Inner { key, kind: Kind::Poll(poll), last }))
    }

    pub(super) fn unmet(key: MigrationKey, last: Option<Update>) -> Self {
        Self(Box::new(Inner { key, kind: Kind::Unmet, last }))
    }

    /// Which migration of which project.
    pub fn key(&self) -> &MigrationKey {
        &self.0.key
    }

    /// Whether the watch is over. It goes on after an error that is not final, which is only told where
    /// [`each_failure`](super::Watch::each_failure) asks for it.
    pub fn is_final(&self) -> bool {
        self.next_poll_in().is_none()
    }

    /// A poll failed: [`call`](Self::call) says how.
    pub fn is_failed_poll(&self) -> bool {
        matches!(self.0.kind, Kind::Poll(_))
    }

    /// The migration came to its end in a way that does not meet the condition that was waited for.
    /// [`last`](Self::last) is how it ended.
    pub fn is_unmet(&self) -> bool {
        matches!(self.0.kind, Kind::Unmet)
    }

    /// The migration was there, and the service says by now that it is not.
    pub fn is_gone(&self) -> bool {
        self.last().is_some() && self.call().is_some_and(Error::is_not_found)
    }

    /// How the last poll failed, where it was a call that did.
    pub fn call(&self) -> Option<&Error> {
        match &self.0.kind {
            Kind::Poll(FailedPoll { cause: Cause::Call(error), .. }) => Some(error),
            _ => None,
        }
    }

    /// How many polls failed in a row.
    pub fn failed_polls(&self) -> u32 {
        self.poll().map_or(0, |poll| poll.failures)
    }

    /// For how long polls have failed.
    pub fn failing_for(&self) -> Duration {
        self.poll().map_or(Duration::ZERO, |poll| poll.failing_for)
    }

    /// When the next poll follows; none where the watch is over.
    pub fn next_poll_in(&self) -> Option<Duration> {
        self.poll()?.next
    }

    /// How the migration stood when it was last seen, where it ever was.
    pub fn last(&self) -> Option<&Update> {
        self.0.last.as_ref()
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        match &self.0.kind {
            Kind::Unmet => Some("its project on Atlas shows why it ended so".into()),
            Kind::Poll(FailedPoll { cause: Cause::Other(_), .. }) => {
                Some("check that the base URL is Atlas's and that nothing on the way caches".into())
            }
            Kind::Poll(poll) if poll.next.is_some() => None,
            Kind::Poll(_) => self.call().and_then(Error::hint),
        }
    }

    fn poll(&self) -> Option<&FailedPoll> {
        match &self.0.kind {
            Kind::Poll(poll) => Some(poll),
            Kind::Unmet => None,
        }
    }
}

impl fmt::Display for WatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { key, kind, last } = &*self.0;
        match kind {
            Kind::Unmet => match last.as_ref().filter(|last| last.job.is_over()) {
                Some(Update { job: LiveMigration { status: Some(status), .. }, .. }) => {
                    write!(f, "{key} ended as {status}, which is not what was waited for")?;
                }
                _ => write!(f, "{key} is no longer watched")?,
            },
            Kind::Poll(poll) => {
                write!(f, "how {key} stands is not known: ")?;
                match &poll.cause {
                    Cause::Call(error) => f.write_str(&error.summary())?,
                    Cause::Other(other) => {
                        write!(f, "the service answered with the migration {other}")?;
                    }
                }
                if poll.failures > 1 {
                    let seconds = poll.failing_for.as_secs();
                    write!(f, " ({} polls failed in {seconds} s)", poll.failures)?;
                }
                match poll.next {
                    Some(next) => write!(f, "; the next poll is in {} s", next.as_secs())?,
                    None => {
                        f.write_str("; the watch has ended, which does nothing to the migration")?;
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
            .field("key", &self.0.key)
            .field("is_unmet", &self.is_unmet())
            .field("call", &self.call())
            .field("failed_polls", &self.failed_polls())
            .field("failing_for", &self.failing_for())
            .field("next_poll_in", &self.next_poll_in())
            .finish_non_exhaustive()
    }
}

impl StdError for WatchError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.call().map(|error| error as _)
    }
}
