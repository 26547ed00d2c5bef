//! [`Watch`]: one live migration, followed.

pub mod conditions;
mod deadline;
mod error;
mod json;
mod pace;
pub(crate) mod poll;
pub(crate) mod tracker;
#[cfg(test)]
mod tracker_tests;
mod trend;
mod update;
mod updates;

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

pub use self::deadline::Deadline;
pub use self::error::WatchError;
pub(crate) use self::pace::{LONGEST, Pace};
use self::tracker::Options;
pub use self::trend::{Estimate, Trend};
pub use self::update::{Change, Update};
pub use self::updates::Updates;
use crate::{Client, GroupId, LiveMigrationId};

/// Which migration of which project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MigrationKey {
    /// The project.
    pub group: GroupId,
    /// The migration.
    pub id: LiveMigrationId,
}

impl fmt::Display for MigrationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the migration {} of the project {}", self.id, self.group)
    }
}

/// Follows one live migration: [`Client::watch`] makes it, and it becomes a stream of [`Updates`] or waits
/// [`until`](Self::until) something is so.
///
/// The migration is polled, as the service has nothing else to offer: often when something is about to happen
/// or a cutover is under way, seldom while nothing does. A poll that fails is not a migration that fails.
/// Failed polls are outlived for as long as the [`patience`](Self::patience) lasts, restarts of the service,
/// lost networks, rate limits, passing 401s and answers that identify nothing among them, and each poll is
/// one attempt, which the client's own retries do not multiply. The exceptions: what the service refuses
/// (4xx) before the migration was ever seen is an error at once, as the id or the credential is wrong then; a
/// migration that is no longer there three times in a row is gone ([`WatchError::is_gone`]); a version that
/// the service no longer answers (410) will not come back; and a `Retry-After` beyond the patience ends it at
/// once.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let simulator = atlas_simulator::Simulator::builder().start().await?;
/// # let token = simulator.scenario().bearer_token().ok_or("no token")?;
/// # let client = atlas_migrations::Client::builder().clock(atlas_migrations::ManualClock::default());
/// # let client = client.base_url(simulator.base_url()).bearer_token(token).build()?;
/// # let (group, id) = ("32b6e34b3d91647abb20e7b8".parse()?, "5eed5eed5eed5eed5eed5eed".parse()?);
/// use std::time::Duration;
/// use atlas_migrations::conditions::{complete, ready_for_cutover};
///
/// let watch = client.watch(&group, &id).interval(Duration::from_secs(2)..=Duration::from_secs(30));
/// let mut updates = watch.updates();
/// let ready = updates.until(ready_for_cutover()).await?;
/// assert!(ready.deadline.is_some());
///
/// client.cut_over(&group, &id).await?;
/// # simulator.control().fail(group, id)?;
/// if let Err(error) = updates.until(complete()).await {
///     // Polls failed for too long, or it ended in another way:
///     assert!(error.is_unmet(), "{error}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the updates are waited for"]
pub struct Watch {
    client: Client,
    key: MigrationKey,
    options: Options,
}

impl Watch {
    pub(crate) fn new(client: &Client, key: MigrationKey) -> Self {
        Self { client: client.clone(), key, options: Options::default() }
    }

    /// The bounds of the time between two polls: 5 s to 60 s unless set, and at least 10 ms. `Retry-After` may
    /// ask for more.
    pub fn interval(mut self, bounds: RangeInclusive<Duration>) -> Self {
        self.options.pace = Pace::new(&bounds);
        self
    }

    /// Whether each poll is told, and not just each that finds something changed.
    pub fn each_poll(mut self, told: bool) -> Self {
        self.options.each_poll = told;
        self
    }

    /// Whether each failed poll is told, as an error that is not [final](WatchError::is_final). Unless set,
    /// the only errors are those that end the watch, so that `?` does what it should, and failed polls that
    /// were outlived are counted in the next update.
    pub fn each_failure(mut self, told: bool) -> Self {
        self.options.each_failure = told;
        self
    }

    /// How long polls may keep failing, since the last that did not: 15 minutes unless set. At least three
    /// have to fail, unless this is zero.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.options.patience = patience;
        self
    }

    /// Begins to watch: a [`Stream`](futures_core::Stream) of the first observation and then of each
    /// change.
    pub fn updates(self) -> Updates {
        Updates::new(&self.client, self.key, self.options)
    }

    /// The first observation that meets the condition: one of the [`conditions`], or a closure.
    ///
    /// # Errors
    ///
    /// The migration came to its end and the condition is not met ([`WatchError::is_unmet`]), or polls
    /// failed for good.
    pub async fn until(
        self,
        condition: impl FnMut(&Update) -> bool + Send,
    ) -> Result<Update, WatchError> {
        self.updates().until(condition).await
    }
}
