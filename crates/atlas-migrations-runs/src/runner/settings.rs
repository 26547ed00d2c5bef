//! The settings of a run.

use std::{fmt, sync::Arc, time::Duration};

use atlas_migrations::{PollInterval, Secret};
use atlas_migrations_plan::PlannedMigration;

type PromptedPassword = dyn Fn(&PlannedMigration) -> Option<Secret> + Send + Sync;

/// When a run ends.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum RunUntil {
    /// When every migration of the plan ended.
    #[default]
    Ended,
    /// When every migration ended or waits for a person.
    Idle,
}

/// The settings of a run.
#[derive(Clone)]
#[non_exhaustive]
pub struct RunSettings {
    /// Whether a plan that the journal has never seen is started.
    pub start: bool,
    /// When the run ends.
    pub until: RunUntil,
    /// Whether migrations are taken from a runner that is not known to be gone. A person asks for it.
    pub take_over: bool,
    /// How often the journal is read for what others wrote.
    pub journal_interval: Duration,
    /// How often the lease is renewed and the migrations are shared anew.
    pub lease_interval: Duration,
    /// The bounds of the time between two looks at a migration.
    pub poll_interval: Option<PollInterval>,
    /// How long a failed action waits before it is tried again.
    pub retry_pause: Duration,
    pub(super) prompted: Option<Arc<PromptedPassword>>,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self {
            start: false,
            until: RunUntil::Ended,
            take_over: false,
            journal_interval: Duration::from_secs(1),
            lease_interval: Duration::from_secs(10),
            poll_interval: None,
            retry_pause: Duration::from_secs(10),
            prompted: None,
        }
    }
}

impl RunSettings {
    /// Creates the settings of a run that goes on with a plan that was started.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts the plan if the journal has never seen it.
    #[must_use]
    pub fn start(mut self, start: bool) -> Self {
        self.start = start;
        self
    }

    /// Sets when the run ends.
    #[must_use]
    pub fn until(mut self, until: RunUntil) -> Self {
        self.until = until;
        self
    }

    /// Takes migrations from a runner that is not known to be gone.
    #[must_use]
    pub fn take_over(mut self, take_over: bool) -> Self {
        self.take_over = take_over;
        self
    }

    /// Sets the bounds of the time between two looks at a migration.
    #[must_use]
    pub fn poll_interval(mut self, interval: PollInterval) -> Self {
        self.poll_interval = Some(interval);
        self
    }

    /// Sets the passwords that a person typed. The others are read from where the plan says, when they are used.
    #[must_use]
    pub fn prompted(
        mut self,
        password: impl Fn(&PlannedMigration) -> Option<Secret> + Send + Sync + 'static,
    ) -> Self {
        self.prompted = Some(Arc::new(password));
        self
    }
}

impl fmt::Debug for RunSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RunSettings")
            .field("start", &self.start)
            .field("until", &self.until)
            .field("take_over", &self.take_over)
            .field("journal_interval", &self.journal_interval)
            .field("lease_interval", &self.lease_interval)
            .field("poll_interval", &self.poll_interval)
            .field("retry_pause", &self.retry_pause)
            .finish_non_exhaustive()
    }
}
