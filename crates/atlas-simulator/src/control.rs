//! The handle on a running simulator.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::faults::{FaultRule, TooMany};
use crate::projects::{Migration, Project};
use crate::record::RecordedRequest;
use crate::world::World;

/// A handle on a running simulator: moves its time, its migrations and its faults, and tells what
/// it saw. Clones are handles on the same simulator. It outlives the simulator, which it does not
/// keep running.
#[derive(Clone)]
pub struct Control(Arc<World>);

impl Control {
    pub(crate) fn new(world: Arc<World>) -> Self {
        Self(world)
    }

    /// Simulated time since the start, as the migrations see it.
    pub fn now(&self) -> Duration {
        self.0.clock.now()
    }

    /// Moves a manual clock forward.
    ///
    /// # Errors
    ///
    /// [`ControlError::NotManual`] where the clock runs by itself.
    pub fn advance(&self, by: Duration) -> Result<(), ControlError> {
        if self.0.clock.advance(by) { Ok(()) } else { Err(ControlError::NotManual) }
    }

    /// Cuts a migration over, as its operator would on Atlas. Invented: that only a migration that
    /// is ready can be.
    ///
    /// # Errors
    ///
    /// Where there is no such migration, or it is not ready for cutover, is being cut over already,
    /// or has ended.
    pub fn cut_over(&self, group_id: &str, live_migration_id: &str) -> Result<(), ControlError> {
        self.migration(group_id, live_migration_id)?.cut_over(self.now())
    }

    /// Lets a migration fail now.
    ///
    /// # Errors
    ///
    /// Where there is no such migration, or it has ended.
    pub fn fail(&self, group_id: &str, live_migration_id: &str) -> Result<(), ControlError> {
        self.migration(group_id, live_migration_id)?.fail(self.now())
    }

    /// Adds a rule after those that are in force.
    pub fn inject(&self, rule: FaultRule) {
        self.0.faults.inject(rule);
    }

    /// Adds several, as other programs do.
    pub(crate) fn inject_all(&self, rules: Vec<FaultRule>) -> Result<(), TooMany> {
        self.0.faults.inject_all(rules)
    }

    /// The rules in force that can still apply, the first injected first. Those that apply a number
    /// of times have the number that is left.
    pub fn faults(&self) -> Vec<FaultRule> {
        self.0.faults.rules()
    }

    /// Drops all rules.
    pub fn clear_faults(&self) {
        self.0.faults.clear();
    }

    /// The requests seen, in the order in which they were dealt with: the newest 100,000, or fewer
    /// where those are larger than 256 MiB together.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.0.journal.requests()
    }

    /// How many requests were seen, whether they are still kept or not.
    pub fn request_count(&self) -> u64 {
        self.0.journal.seen()
    }

    /// How many tokens the token endpoint handed out.
    pub fn tokens_minted(&self) -> u64 {
        self.0.tokens.minted()
    }

    /// The ids of the migrations that clients created in a project, in that order; none where there
    /// is no such project.
    pub fn created_live_migrations(&self, group_id: &str) -> Vec<String> {
        self.0.projects.project(group_id).map(Project::created).unwrap_or_default()
    }

    /// Whether the organisation has a link.
    pub fn is_linked(&self) -> bool {
        self.0.organisation.is_linked()
    }

    /// How many link tokens were handed out.
    pub fn link_tokens_issued(&self) -> u64 {
        self.0.organisation.tokens_issued()
    }

    fn migration(&self, group_id: &str, id: &str) -> Result<Arc<Migration>, ControlError> {
        let project = self.0.projects.project(group_id);
        project.and_then(|project| project.migration(id)).ok_or(ControlError::UnknownMigration)
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").finish_non_exhaustive()
    }
}

/// Why a [`Control`] did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ControlError {
    /// Only a manual clock can be moved.
    NotManual,
    /// There is no such project, or no such migration in it.
    UnknownMigration,
    /// The migration cannot be cut over yet.
    NotReady {
        /// Its status.
        status: &'static str,
    },
    /// The migration is being cut over already.
    AlreadyCutOver,
    /// The migration has ended.
    Ended {
        /// Its status.
        status: &'static str,
    },
}

impl fmt::Display for ControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotManual => f.write_str("the clock is not a manual one"),
            Self::UnknownMigration => f.write_str("there is no such migration in that project"),
            Self::NotReady { status } => {
                write!(f, "the migration is {status} and not ready for cutover")
            }
            Self::AlreadyCutOver => f.write_str("the migration is being cut over already"),
            Self::Ended { status } => write!(f, "the migration has ended: it is {status}"),
        }
    }
}

impl std::error::Error for ControlError {}
