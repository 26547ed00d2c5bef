//! [`Fleet`]: sets up the watching of any number of live migrations.

use std::num::{NonZeroU32, NonZeroUsize};

use super::schedule::Schedule;
use super::updates::FleetUpdates;
use crate::client::Client;
use crate::ids::LiveMigrationRef;
use crate::watch::WatchOptions;

/// The service refills the rate limit of a project by 500 requests a minute. The rest is for other callers.
// The compiler evaluates both `unwrap`s: with a 0 the crate would not compile.
const POLLS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(400).unwrap();
const CONCURRENCY: NonZeroUsize = NonZeroUsize::new(32).unwrap();

/// Watches any number of live migrations across projects: a stream of [`FleetUpdates`].
///
/// [`Client::fleet`] creates it. Each migration is watched as by a [`Watch`](crate::Watch), which also describes how
/// failed polls are handled. All migrations share one scheduler. It respects the rate limit that the service states for
/// each project and leaves a tenth of it to other callers. If the migrations of a project need more polls than its
/// limit allows, all of them are polled less often by the same factor, so that migrations that are about to be ready
/// are still polled more often than the others. The projects take turns.
///
/// Ten thousand migrations take less than 30 MB of memory, however long they are watched, and the cost of a poll does
/// not depend on their number: the program `fleet_cost` of `atlas-benchmarks` measures both. Responses are kept whole;
/// [`max_body_bytes`](crate::TransportBuilder::max_body_bytes) limits their size.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let simulator = atlas_simulator::Simulator::builder().start().await?;
/// # let token = simulator.scenario().bearer_token().ok_or("no token")?;
/// # let client = atlas_migrations::Client::builder().clock(atlas_migrations::ManualClock::default());
/// # let client = client.base_url(simulator.base_url()).bearer_token(token).build()?;
/// # let group: atlas_migrations::GroupId = "32b6e34b3d91647abb20e7b8".parse()?;
/// let ids = ["6296fb4c7c7aa997cf94e9a8".parse()?, "5eed5eed5eed5eed5eed5eed".parse()?];
/// let mut fleet = client.fleet().with(ids.map(|id| (group, id))).updates();
/// let handle = fleet.handle(); // adds and removes migrations, from anywhere
///
/// while let Some(update) = fleet.next().await {
///     match update {
///         Ok(update) => println!("{}: {:?}, lag {:?}", update.migration, update.job.status, update.lag),
///         Err(error) => eprintln!("{error}"), // ends the watch of `error.migration()` only
///     }
///     # if handle.stats().polls == 2 { break; }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the updates are awaited"]
pub struct Fleet {
    client: Client,
    migrations: Vec<LiveMigrationRef>,
    options: WatchOptions,
    concurrency: NonZeroUsize,
    per_minute: NonZeroU32,
}

impl Client {
    /// Watches any number of live migrations at once, within the rate limits of the service. Requires the role
    /// Organization Member in each of their organizations.
    pub fn fleet(&self) -> Fleet {
        Fleet {
            client: self.clone(),
            migrations: Vec::new(),
            options: WatchOptions::new(),
            concurrency: CONCURRENCY,
            per_minute: POLLS_PER_MINUTE,
        }
    }
}

impl Fleet {
    /// Adds migrations to watch from the start. [`FleetUpdates::add`] and [`FleetHandle::add`](crate::FleetHandle::add)
    /// add more later.
    pub fn with<I>(mut self, migrations: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<LiveMigrationRef>,
    {
        self.migrations.extend(migrations.into_iter().map(Into::into));
        self
    }

    /// Sets how each migration is watched.
    pub fn options(mut self, options: WatchOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets the number of polls that can be in progress at once: 32 by default.
    pub fn concurrency(mut self, polls: NonZeroUsize) -> Self {
        self.concurrency = polls;
        self
    }

    /// Sets the number of polls per project and minute, on average: 400 by default. The service refills the rate
    /// limit of a project by 500 requests a minute. Unused polls of up to three minutes can be used at once.
    pub fn polls_per_minute(mut self, polls: NonZeroU32) -> Self {
        self.per_minute = polls;
        self
    }

    /// Starts to watch: a [`Stream`](futures_core::Stream) of the updates of all migrations.
    pub fn updates(self) -> FleetUpdates {
        let schedule = Schedule::new(self.options, self.per_minute);
        let mut updates = FleetUpdates::new(&self.client, self.concurrency.get(), schedule);
        for migration in self.migrations {
            updates.add(migration);
        }
        updates
    }
}
