//! One migration, and what was done to it.

use std::sync::Mutex;
use std::time::Duration;

use crate::control::ControlError;
use crate::lifecycle::{self, Events, Snapshot};
use crate::locked;
use crate::scenario::{LiveMigration, Timeline};

/// A migration and what was done to it. Its password is not here: nothing needs it.
pub(crate) struct Migration {
    host: String,
    source_group_id: String,
    timeline: Timeline,
    /// How old it was when the simulator started.
    age_at_start: Duration,
    /// When it was scheduled, where that was later.
    scheduled_at: Duration,
    /// When what was done, by its own age.
    events: Mutex<Events>,
}

impl Migration {
    /// One that there is from the start.
    pub(super) fn described(described: &LiveMigration) -> Self {
        let (host, source) = (described.migration_host.clone(), described.source_group_id.clone());
        let migration = Self::created(host, source, described.timeline.clone(), Duration::ZERO);
        let age_at_start = Duration::from_secs(described.began_seconds_ago);
        Self { age_at_start, ..migration }
    }

    /// One that is scheduled now.
    pub(crate) fn created(
        host: String,
        source_group_id: String,
        timeline: Timeline,
        now: Duration,
    ) -> Self {
        let events = Mutex::default();
        let age_at_start = Duration::ZERO;
        Self { host, source_group_id, timeline, age_at_start, scheduled_at: now, events }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn source_group_id(&self) -> &str {
        &self.source_group_id
    }

    pub(crate) fn snapshot(&self, now: Duration) -> Snapshot {
        lifecycle::snapshot(&self.timeline, &locked(&self.events), self.age(now))
    }

    pub(crate) fn cut_over(&self, now: Duration) -> Result<(), ControlError> {
        let mut events = locked(&self.events);
        let snapshot = self.unfinished(&events, now)?;
        if events.cut_over_at.is_some() {
            return Err(ControlError::AlreadyCutOver);
        }
        if !snapshot.ready_for_cutover {
            return Err(ControlError::NotReady { status: snapshot.status.as_str() });
        }
        events.cut_over_at = Some(self.age(now));
        Ok(())
    }

    pub(crate) fn fail(&self, now: Duration) -> Result<(), ControlError> {
        let mut events = locked(&self.events);
        self.unfinished(&events, now)?;
        events.failed_at = Some(self.age(now));
        Ok(())
    }

    fn unfinished(&self, events: &Events, now: Duration) -> Result<Snapshot, ControlError> {
        let snapshot = lifecycle::snapshot(&self.timeline, events, self.age(now));
        if snapshot.status.is_final() {
            return Err(ControlError::Ended { status: snapshot.status.as_str() });
        }
        Ok(snapshot)
    }

    /// How long ago the migration was scheduled.
    fn age(&self, now: Duration) -> Duration {
        now.saturating_sub(self.scheduled_at).saturating_add(self.age_at_start)
    }
}
