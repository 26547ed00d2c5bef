//! Conditions to wait for with [`Watch::until`](crate::Watch::until). Any closure on an [`Update`] is one, too.
//!
//! Conditions compose:
//!
//! ```
//! use std::time::Duration;
//! use atlas_migrations::conditions::{Condition as _, lag_below, ready_for_cutover, terminal};
//!
//! let near = ready_for_cutover().and(lag_below(Duration::from_secs(30)));
//! let near_or_ended = near.or(terminal());
//! # fn condition(_: impl atlas_migrations::conditions::Condition) {}
//! # condition(near_or_ended);
//! ```

use std::time::Duration;

use super::update::Update;
use crate::status::LiveMigrationStatus;

/// A condition on an [`Update`]. Every `FnMut(&Update) -> bool` that is `Send` is one.
pub trait Condition: FnMut(&Update) -> bool + Send {
    /// Is met by an update that meets both conditions.
    fn and(mut self, mut other: impl Condition) -> impl Condition
    where
        Self: Sized,
    {
        move |update: &Update| self(update) && other(update)
    }

    /// Is met by an update that meets one of the conditions or both.
    fn or(mut self, mut other: impl Condition) -> impl Condition
    where
        Self: Sized,
    {
        move |update: &Update| self(update) || other(update)
    }

    /// Is met by an update that does not meet this condition.
    fn not(mut self) -> impl Condition
    where
        Self: Sized,
    {
        move |update: &Update| !self(update)
    }
}

impl<F: FnMut(&Update) -> bool + Send> Condition for F {}

/// The migration can be cut over now.
pub fn ready_for_cutover() -> impl Fn(&Update) -> bool + Clone + Send + 'static {
    |update| update.job.can_be_cut_over()
}

/// The lag is below a bound. Not met while the service reports no lag.
pub fn lag_below(bound: Duration) -> impl Fn(&Update) -> bool + Clone + Send + 'static {
    move |update| update.lag.is_some_and(|lag| lag < bound)
}

/// The migration has ended, with or without success.
pub fn terminal() -> impl Fn(&Update) -> bool + Clone + Send + 'static {
    |update| update.job.is_terminal()
}

/// The migration was cut over and is complete.
pub fn complete() -> impl Fn(&Update) -> bool + Clone + Send + 'static {
    |update| update.job.status == Some(LiveMigrationStatus::Complete)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::ids::LiveMigrationRef;
    use crate::live_migration::LiveMigration;

    fn update(status: &str, is_ready: bool, lag: Option<u64>) -> Update {
        let id = "0".repeat(24);
        let job = LiveMigration {
            status: Some(status.into()),
            ready_for_cutover: Some(is_ready),
            ..LiveMigration::default()
        };
        Update {
            migration: LiveMigrationRef::new(id.parse().unwrap(), id.parse().unwrap()),
            observed_at: SystemTime::UNIX_EPOCH,
            job,
            lag: lag.map(Duration::from_secs),
            trend: None,
            estimate: None,
            deadline: None,
            changed: Vec::new(),
            failed_polls: 0,
        }
    }

    #[test]
    fn conditions_compose() {
        let near = || ready_for_cutover().and(lag_below(Duration::from_secs(60)));
        assert!(near()(&update("WORKING", true, Some(59))));
        assert!(!near()(&update("WORKING", true, Some(60))));
        assert!(!near()(&update("WORKING", true, None)));
        assert!(!near()(&update("WORKING", false, Some(0))));

        let near_or_ended = || near().or(terminal());
        assert!(near_or_ended()(&update("FAILED", false, None)));
        assert!(near_or_ended()(&update("WORKING", true, Some(0))));
        assert!(!near_or_ended()(&update("WORKING", false, Some(0))));

        let mut not_complete = complete().not();
        assert!(not_complete(&update("WORKING", false, None)));
        assert!(!not_complete(&update("COMPLETE", false, None)));
    }
}
