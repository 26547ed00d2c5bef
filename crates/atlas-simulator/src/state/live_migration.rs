//! A migration and its transitions.

use std::sync::Mutex;
use std::time::Duration;

use super::lifecycle::{Events, Snapshot, snapshot};
use super::lock::lock;
use crate::scenario::{LiveMigration, Timeline};

/// Why a migration cannot be cut over or fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransitionError {
    /// The migration is not ready for cutover yet.
    #[error("the migration is {status} and not ready for cutover")]
    NotReady {
        /// Its status.
        status: &'static str,
    },
    /// The cutover has already started.
    #[error("the cutover has already started")]
    AlreadyCutOver,
    /// The migration has ended.
    #[error("the migration has ended with status {status}")]
    Ended {
        /// Its status.
        status: &'static str,
    },
}

/// A migration and what was done to it. Its password is not kept, as nothing needs it.
pub(crate) struct Migration {
    host: String,
    source_group_id: String,
    timeline: Timeline,
    /// Its age when the simulator started.
    age_at_start: Duration,
    /// When it was created, if that was after the start.
    created_at: Duration,
    /// The events, by the migration's age.
    events: Mutex<Events>,
}

impl Migration {
    /// Returns a migration that exists from the start.
    pub(super) fn from_scenario(scenario: &LiveMigration) -> Self {
        let (host, source) = (scenario.migration_host.clone(), scenario.source_group_id.clone());
        let migration = Self::new(host, source, scenario.timeline.clone(), Duration::ZERO);
        Self { age_at_start: Duration::from_secs(scenario.began_seconds_ago), ..migration }
    }

    /// Returns a migration that is created now.
    pub(crate) fn new(
        host: String,
        source_group_id: String,
        timeline: Timeline,
        now: Duration,
    ) -> Self {
        let (age_at_start, events) = (Duration::ZERO, Mutex::default());
        Self { host, source_group_id, timeline, age_at_start, created_at: now, events }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn source_group_id(&self) -> &str {
        &self.source_group_id
    }

    pub(crate) fn snapshot(&self, now: Duration) -> Snapshot {
        snapshot(&self.timeline, &lock(&self.events), self.age(now))
    }

    pub(crate) fn cut_over(&self, now: Duration) -> Result<(), TransitionError> {
        let mut events = lock(&self.events);
        let snapshot = self.active(&events, now)?;
        if events.cut_over_at.is_some() {
            return Err(TransitionError::AlreadyCutOver);
        }
        if !snapshot.ready_for_cutover {
            return Err(TransitionError::NotReady { status: snapshot.status.as_str() });
        }
        events.cut_over_at = Some(self.age(now));
        Ok(())
    }

    pub(crate) fn fail(&self, now: Duration) -> Result<(), TransitionError> {
        let mut events = lock(&self.events);
        self.active(&events, now)?;
        events.failed_at = Some(self.age(now));
        Ok(())
    }

    /// Returns the state of a migration that has not ended.
    fn active(&self, events: &Events, now: Duration) -> Result<Snapshot, TransitionError> {
        let snapshot = snapshot(&self.timeline, events, self.age(now));
        if snapshot.status.is_terminal() {
            return Err(TransitionError::Ended { status: snapshot.status.as_str() });
        }
        Ok(snapshot)
    }

    fn age(&self, now: Duration) -> Duration {
        now.saturating_sub(self.created_at).saturating_add(self.age_at_start)
    }
}
