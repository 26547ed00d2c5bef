//! Conditions to watch [until](super::Watch::until). Any closure of an [`Update`] is one too.

use std::time::Duration;

use super::Update;
use crate::LiveMigrationStatus;

/// The migration can be cut over now.
pub fn ready_for_cutover() -> impl Fn(&Update) -> bool + Clone + Send + 'static {
    |update| update.job.can_be_cut_over()
}

/// The destination is less than this far behind the source. Not met while the service tells no lag.
pub fn lag_below(bound: Duration) -> impl Fn(&Update) -> bool + Clone + Send + 'static {
    move |update| update.lag.is_some_and(|lag| lag < bound)
}

/// The migration has come to its end, good or bad.
pub fn terminal() -> impl Fn(&Update) -> bool + Clone + Send + 'static {
    |update| update.job.is_over()
}

/// The migration was cut over and is complete.
pub fn complete() -> impl Fn(&Update) -> bool + Clone + Send + 'static {
    |update| update.job.status == Some(LiveMigrationStatus::Complete)
}
