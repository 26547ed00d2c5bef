//! The handle of a running simulator.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::scenario::{FaultRule, TooManyFaultRules};
use crate::state::{Migration, Project, RecordedRequest, State, TransitionError};

/// Controls a running simulator: its time, migrations and faults, and its log of requests. Clones
/// control the same simulator. The handle is usable after the simulator stops, and does not keep it
/// running.
///
/// Ids can have any type that displays as 24 lowercase hex digits: texts, or the typed ids of a
/// client.
#[derive(Clone)]
pub struct Control(Arc<State>);

impl Control {
    pub(crate) fn new(state: Arc<State>) -> Self {
        Self(state)
    }

    /// Returns the simulated time since the start.
    pub fn now(&self) -> Duration {
        self.0.clock.now()
    }

    /// Advances a manual clock.
    ///
    /// # Errors
    ///
    /// [`ControlError::NotManual`] if the clock is not manual.
    pub fn advance(&self, by: Duration) -> Result<(), ControlError> {
        if self.0.clock.advance(by) { Ok(()) } else { Err(ControlError::NotManual) }
    }

    /// Cuts a migration over, as its operator could in the Atlas UI. Invented: that it has to be
    /// ready.
    ///
    /// # Errors
    ///
    /// The migration does not exist, is not ready for cutover, was cut over before, or has ended.
    pub fn cut_over(
        &self,
        group_id: impl fmt::Display,
        live_migration_id: impl fmt::Display,
    ) -> Result<(), ControlError> {
        Ok(self.migration(group_id, live_migration_id)?.cut_over(self.now())?)
    }

    /// Makes a migration fail now.
    ///
    /// # Errors
    ///
    /// The migration does not exist or has ended.
    pub fn fail(
        &self,
        group_id: impl fmt::Display,
        live_migration_id: impl fmt::Display,
    ) -> Result<(), ControlError> {
        Ok(self.migration(group_id, live_migration_id)?.fail(self.now())?)
    }

    /// Adds a fault rule after the active ones.
    pub fn inject(&self, rule: FaultRule) {
        self.0.faults.inject(rule);
    }

    /// Adds all of the rules, or none if there would be too many.
    pub(super) fn inject_all(&self, rules: Vec<FaultRule>) -> Result<(), TooManyFaultRules> {
        self.0.faults.inject_all(rules)
    }

    /// Returns the active fault rules in the order of injection. Rules with a limited number of
    /// requests have the number that is left.
    pub fn faults(&self) -> Vec<FaultRule> {
        self.0.faults.rules()
    }

    /// Removes all fault rules.
    pub fn clear_faults(&self) {
        self.0.faults.clear();
    }

    /// Returns the received requests, oldest first: the newest 100,000, or fewer if those are larger
    /// than 256 MiB in total.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.0.request_log.requests()
    }

    /// Returns the number of all received requests.
    pub fn request_count(&self) -> u64 {
        self.0.request_log.total()
    }

    /// Returns the number of tokens that the token endpoint has issued.
    pub fn tokens_issued(&self) -> u64 {
        self.0.tokens.issued()
    }

    /// Returns the ids of the migrations that clients created in a project, in that order.
    pub fn created_live_migrations(&self, group_id: impl fmt::Display) -> Vec<String> {
        let project = self.0.projects.get(&group_id.to_string());
        project.map(Project::created).unwrap_or_default()
    }

    /// Returns whether the organization has a link.
    pub fn is_linked(&self) -> bool {
        self.0.organization.is_linked()
    }

    /// Returns the number of issued link tokens.
    pub fn link_tokens_issued(&self) -> u64 {
        self.0.organization.link_tokens_issued()
    }

    fn migration(
        &self,
        group_id: impl fmt::Display,
        id: impl fmt::Display,
    ) -> Result<Arc<Migration>, ControlError> {
        let project = self.0.projects.get(&group_id.to_string());
        let migration = project.and_then(|project| project.migration(&id.to_string()));
        migration.ok_or(ControlError::UnknownMigration)
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").finish_non_exhaustive()
    }
}

/// Why a [`Control`] refused to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// Only a manual clock can be advanced.
    #[error("the clock is not manual")]
    NotManual,
    /// There is no such project, or no such migration in it.
    #[error("there is no such migration in that project")]
    UnknownMigration,
    /// The migration's status does not allow it.
    #[error(transparent)]
    Transition(#[from] TransitionError),
}
