//! [`Watch`]: sets up the watching of one live migration.

use super::conditions::Condition;
use super::error::WatchError;
use super::options::WatchOptions;
use super::update::Update;
use super::updates::Updates;
use crate::client::Client;
use crate::ids::{GroupId, LiveMigrationId, LiveMigrationRef};

/// Watches one live migration: a stream of [`Updates`], or a wait [until](Self::until) a condition is met.
///
/// [`Client::watch`] creates it. It polls the service, because the service offers nothing else. Polls are frequent
/// when something is about to happen and during a cutover, and rare while nothing happens.
///
/// A failed poll is not a failed migration. The watch continues after failed polls until they have failed for the
/// [error timeout](WatchOptions::error_timeout). This covers restarts of the service, lost networks, rate limits,
/// spurious 401s and responses that identify nothing. A poll is one attempt; the retries of the client do not
/// multiply it. These errors end the watch at once:
///
/// - The service refuses the first poll (4xx): the ID or the credential is wrong.
/// - The migration is not found three times in a row: it is gone ([`WatchError::is_gone`]).
/// - The service no longer supports the API version (410).
/// - `Retry-After` asks for a wait beyond the error timeout.
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
/// use atlas_migrations::{PollInterval, WatchOptions};
///
/// let interval = PollInterval::new(Duration::from_secs(2)..=Duration::from_secs(30))?;
/// let options = WatchOptions::new().poll_interval(interval);
/// let mut updates = client.watch(group, id).options(options).updates();
/// let ready = updates.until(ready_for_cutover()).await?;
/// assert!(ready.deadline.is_some());
///
/// client.cut_over(group, id).await?;
/// # simulator.control().fail(&group.to_string(), &id.to_string())?;
/// if let Err(error) = updates.until(complete()).await {
///     // The migration ended in another way, or polls failed for too long:
///     assert!(error.is_condition_unmet(), "{error}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the updates are awaited"]
pub struct Watch {
    client: Client,
    migration: LiveMigrationRef,
    options: WatchOptions,
}

impl Client {
    /// Watches one live migration: a stream of updates, or a wait until a condition is met. Requires the role
    /// Organization Member.
    pub fn watch(&self, group: GroupId, id: LiveMigrationId) -> Watch {
        let migration = LiveMigrationRef::new(group, id);
        Watch { client: self.clone(), migration, options: WatchOptions::new() }
    }
}

impl Watch {
    /// Sets how the migration is watched.
    pub fn options(mut self, options: WatchOptions) -> Self {
        self.options = options;
        self
    }

    /// Starts to watch: a [`Stream`](futures_core::Stream) of the first observation and each change after it.
    pub fn updates(self) -> Updates {
        Updates::new(&self.client, self.migration, self.options)
    }

    /// Returns the first observation that meets the condition: one of the [`conditions`](super::conditions), or
    /// a closure.
    ///
    /// # Errors
    ///
    /// The migration ended and the condition is not met ([`WatchError::is_condition_unmet`]), or the watch
    /// ended because polls failed.
    pub async fn until(self, condition: impl Condition) -> Result<Update, WatchError> {
        self.updates().until(condition).await
    }
}
