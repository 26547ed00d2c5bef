//! [`WatchState`]: the state of all watched migrations.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use atlas_migrations::{Clock, LiveMigrationRef};

use super::cutover_condition::CutoverCondition;
use super::outcome::Outcome;
use super::targets::Target;
use super::watched_migration::WatchedMigration;
use crate::cli::Until;

/// The state of all watched migrations, in the order in which they were named.
///
/// Durations are measured with a monotonic clock, so that changes of the wall clock do not affect them.
#[derive(Debug)]
pub struct WatchState {
    pub migrations: Vec<WatchedMigration>,
    pub start_time: SystemTime,
    /// The start by the monotonic clock.
    pub start: Duration,
    clock: Arc<dyn Clock>,
}

impl WatchState {
    /// Returns the state before the first poll. Keeps at most `max_lags` lags of each migration.
    pub fn new(
        targets: Vec<Target>,
        until: Until,
        max_lags: usize,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        let migration =
            |(index, target)| WatchedMigration::new(index, target, until, max_lags, clock);
        let migrations = targets.into_iter().enumerate().map(migration).collect();
        let (start_time, start) = (clock.wall(), clock.now());
        Self { migrations, start_time, start, clock: Arc::clone(clock) }
    }

    /// Sets the condition for the cutover of all migrations except some.
    pub fn set_cutover_condition(
        &mut self,
        condition: CutoverCondition,
        except: &[LiveMigrationRef],
    ) {
        for migration in &mut self.migrations {
            if !except.contains(&migration.target.key) {
                migration.condition = Some(condition);
            }
        }
    }

    /// Returns the time of the monotonic clock.
    pub fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Converts a time of the monotonic clock to milliseconds since 1970.
    pub fn wall_ms(&self, at: Duration) -> i64 {
        let ms = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        let start = self.start_time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        // An outage may have begun before the watch.
        let before = ms(self.start.saturating_sub(at));
        ms(start).saturating_add(ms(at.saturating_sub(self.start))).saturating_sub(before)
    }

    /// Returns whether every migration has an outcome.
    pub fn is_finished(&self) -> bool {
        self.migrations.iter().all(|migration| migration.outcome.is_some())
    }

    /// Sets the outcome of all migrations that have none.
    pub fn finish_remaining(&mut self, outcome: &Outcome) {
        for migration in self.migrations.iter_mut().filter(|migration| migration.outcome.is_none())
        {
            migration.finish(outcome.clone());
        }
    }

    /// Returns the most severe outcome.
    pub fn worst(&self) -> Option<&Outcome> {
        let outcomes = self.migrations.iter().filter_map(|migration| migration.outcome.as_ref());
        outcomes.max_by_key(|outcome| outcome.severity())
    }
}
