//! [`Fleet`]: any number of live migrations, followed by one scheduler.

mod bucket;
mod handle;
mod schedule;
mod updates;

use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::RangeInclusive;
use std::time::Duration;

pub use self::handle::{FleetHandle, FleetStats};
use self::schedule::Schedule;
pub use self::updates::FleetUpdates;
use crate::Client;
use crate::watch::Pace;
use crate::watch::tracker::Options;

/// The service refills a project's limit by 500 requests a minute. The rest is for others.
const POLLS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(400).unwrap();
const CONCURRENCY: NonZeroUsize = NonZeroUsize::new(32).unwrap();

/// Follows any number of live migrations across projects: [`Client::fleet`] makes it, and it becomes a stream
/// of [`FleetUpdates`].
///
/// Each migration is followed as a [`Watch`](crate::Watch) follows it, and what is said there of polls that
/// fail holds here. All of them share one scheduler. It keeps within the rate limit that the service states
/// for each project and heeds what its answers say is left, of which a tenth is for other callers; a project
/// whose migrations want more than that has each of them polled less often, by the same factor, so that those
/// that are about to be ready are still polled more often than the others. The projects take turns.
///
/// Ten thousand migrations take up less than 30 MB, however long they are followed, and a poll costs the same
/// however many there are: the program `fleet_cost` of `atlas-benchmarks` measures both. What the service says of a migration is
/// kept whole; [`max_body_bytes`](crate::TransportBuilder::max_body_bytes) bounds it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let simulator = atlas_simulator::Simulator::builder().start().await?;
/// # let token = simulator.scenario().bearer_token().ok_or("no token")?;
/// # let client = atlas_migrations::Client::builder().clock(atlas_migrations::ManualClock::default());
/// # let client = client.base_url(simulator.base_url()).bearer_token(token).build()?;
/// # let group: atlas_migrations::GroupId = "32b6e34b3d91647abb20e7b8".parse()?;
/// let mut fleet = client.fleet().updates();
/// for id in ["6296fb4c7c7aa997cf94e9a8", "5eed5eed5eed5eed5eed5eed"] {
///     fleet.join(&group, &id.parse()?);
/// }
/// let handle = fleet.handle(); // can go anywhere, to have others join and leave
///
/// while let Some((key, update)) = fleet.next().await {
///     match update {
///         Ok(update) => println!("{}: {:?}, {:?} behind", key.id, update.job.status, update.lag),
///         Err(error) => eprintln!("{error}"),
///     }
///     # if handle.stats().polls == 2 { break; }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the updates are waited for"]
pub struct Fleet {
    client: Client,
    options: Options,
    concurrency: NonZeroUsize,
    per_minute: NonZeroU32,
}

impl Fleet {
    pub(crate) fn new(client: &Client) -> Self {
        Self {
            client: client.clone(),
            options: Options::default(),
            concurrency: CONCURRENCY,
            per_minute: POLLS_PER_MINUTE,
        }
    }

    /// The bounds of the time between two polls of a migration: 5 s to 60 s unless set, and at least 10 ms.
    /// `Retry-After` and the rate limit may ask for more.
    pub fn interval(mut self, bounds: RangeInclusive<Duration>) -> Self {
        self.options.pace = Pace::new(&bounds);
        self
    }

    /// Whether each poll is told, and not just each that finds something changed.
    pub fn each_poll(mut self, told: bool) -> Self {
        self.options.each_poll = told;
        self
    }

    /// Whether each failed poll is told, as an error that is not [final](crate::WatchError::is_final).
    pub fn each_failure(mut self, told: bool) -> Self {
        self.options.each_failure = told;
        self
    }

    /// How long the polls of a migration may keep failing, since the last that did not: 15 minutes unless set.
    /// At least three have to fail, unless this is zero.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.options.patience = patience;
        self
    }

    /// How many polls can be under way at once: 32 unless set.
    pub fn concurrency(mut self, polls: NonZeroUsize) -> Self {
        self.concurrency = polls;
        self
    }

    /// How many polls of one project there are to be in a minute, in the long run: 400 unless set, of the 500
    /// requests by which the service refills a project's limit. What was not used of them for a while can be
    /// used at once, up to three minutes' worth.
    pub fn polls_per_minute(mut self, polls: NonZeroU32) -> Self {
        self.per_minute = polls;
        self
    }

    /// Begins with no migration at all: [`FleetUpdates::join`] has one followed.
    pub fn updates(self) -> FleetUpdates {
        let schedule = Schedule::new(self.options, self.per_minute);
        FleetUpdates::new(&self.client, self.concurrency.get(), schedule)
    }
}
