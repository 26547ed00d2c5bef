//! The projects, and what becomes of their migrations.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use crate::control::ControlError;
use crate::lifecycle::{self, Events, Snapshot};
use crate::locked;
use crate::scenario::{self, LiveMigration};

/// The projects, by id.
pub(crate) struct Projects(HashMap<String, Project>);

/// A project's migrations, by id.
pub(crate) struct Project(HashMap<String, Migration>);

/// A migration and what was done to it.
pub(crate) struct Migration {
    described: LiveMigration,
    events: Mutex<Events>,
}

impl Projects {
    pub(crate) fn new(projects: &[scenario::Project]) -> Self {
        let project = |project: &scenario::Project| {
            let migrations = project.live_migrations.iter().map(|described| {
                let migration =
                    Migration { described: described.clone(), events: Mutex::default() };
                (described.id.clone(), migration)
            });
            (project.id.clone(), Project(migrations.collect()))
        };
        Self(projects.iter().map(project).collect())
    }

    pub(crate) fn project(&self, id: &str) -> Option<&Project> {
        self.0.get(id)
    }
}

impl Project {
    pub(crate) fn migration(&self, id: &str) -> Option<&Migration> {
        self.0.get(id)
    }
}

impl Migration {
    pub(crate) fn host(&self) -> &str {
        &self.described.migration_host
    }

    pub(crate) fn snapshot(&self, now: Duration) -> Snapshot {
        lifecycle::snapshot(&self.described.timeline, &locked(&self.events), now)
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
        events.cut_over_at = Some(now);
        Ok(())
    }

    pub(crate) fn fail(&self, now: Duration) -> Result<(), ControlError> {
        let mut events = locked(&self.events);
        self.unfinished(&events, now)?;
        events.failed_at = Some(now);
        Ok(())
    }

    fn unfinished(&self, events: &Events, now: Duration) -> Result<Snapshot, ControlError> {
        let snapshot = lifecycle::snapshot(&self.described.timeline, events, now);
        if snapshot.status.is_final() {
            return Err(ControlError::Ended { status: snapshot.status.as_str() });
        }
        Ok(snapshot)
    }
}
