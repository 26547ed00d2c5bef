//! What follows from the results of tasks.

use std::time::Duration;

use atlas_migrations::Validation;
use atlas_migrations_journal::{Error as JournalError, state::Rejection};

use super::{
    engine::Engine,
    error::RunError,
    follow::seen,
    work::{Done, Looked},
};
use crate::{
    changes::{Accepted, ChangeError, Reply},
    hooks::CutoverDecision,
};

/// The longest pause that a response can ask for.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

impl Engine {
    /// Takes the result of a task.
    pub(super) fn finish(&mut self, place: usize, done: Done) -> Result<(), RunError> {
        let now_ms = self.now_ms();
        self.model.members[place].is_busy = false;
        self.model.set_cutting_over(place, false);
        match done {
            // Without an ID the next step is to validate again, and not at once.
            Done::Changed(Ok(Accepted {
                reply: Reply::Validation(Validation { id: None, .. }),
                ..
            })) => {
                self.pause(place, now_ms, None);
            }
            Done::Recorded(Ok(())) | Done::Changed(Ok(_)) | Done::Validation(Ok(true)) => {}
            Done::Validation(Ok(false)) => {
                let pause = self.settings.retry_pause / 2;
                self.pause(place, now_ms, Some(pause));
            }
            Done::Recorded(Err(error)) => return self.not_recorded(place, error),
            Done::Changed(Err(error)) => return self.not_sent(place, error),
            Done::Validation(Err(error)) if error.is_not_found() => {
                // A validation changes nothing: another one is asked for.
                let member = &mut self.model.members[place];
                member.memory.lost_validation.clone_from(&member.history.validation);
            }
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
        memory.end_trouble();
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
                let memory = &mut self.model.members[place].memory;
                match rejection {
                    Rejection::TooEarly { allowed_ms } => memory.unclear_from_ms = allowed_ms,
                    Rejection::RunnerAlive(_) => {
                        memory.unclear_from_ms = now_ms.saturating_add(10_000);
                    }
                    // Another process wrote first: the next decision sees it.
                    rejection => {
                        memory.record_from_ms = now_ms.saturating_add(1000);
                        tracing::debug!(%rejection, "an event was not recorded");
                    }
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
            ChangeError::Rejected(error @ JournalError::DestinationCompleted { .. }) => {
                self.model.members[place].memory.trap = Some(error.to_string());
            }
            // The journal tells of it, and the next decision sees it.
            ChangeError::Unclear { .. } => self.pause(place, now_ms, None),
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
}
