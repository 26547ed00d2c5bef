//! Follow live migrations into MongoDB Atlas.
//!
//! A live migration copies a cluster that Cloud Manager or Ops Manager monitors (the source pushes)
//! into an Atlas cluster, keeps it in step, and is cut over once the two are close enough. This crate
//! asks the Atlas Administration API how one stands. Migrations that Atlas pulls from a source by itself
//! have no API.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let simulator = atlas_simulator::Simulator::builder().start().await?;
//! # let base_url = simulator.base_url();
//! # let token = simulator.scenario().bearer_token().ok_or("no token")?;
//! use atlas_migrations::{Client, GroupId, LiveMigrationId, LiveMigrationStatus};
//!
//! let client = Client::builder().base_url(base_url).bearer_token(token).build()?;
//! let group: GroupId = "32b6e34b3d91647abb20e7b8".parse()?;
//! let id: LiveMigrationId = "6296fb4c7c7aa997cf94e9a8".parse()?;
//!
//! let job = client.live_migration(&group, &id).await?;
//! assert_eq!(job.status, Some(LiveMigrationStatus::New));
//! # Ok(())
//! # }
//! ```
//!
//! Leave out the base URL for Atlas itself. What is not wrapped here can be had from
//! [`Client::generated`], with the same credential and limits.

//! # Watching
//!
//! [`Client::watch`] follows a migration: it polls at intervals that fit what is going on, outlives whatever
//! passes, and tells what changed, with the trend of the lag, when it comes to zero, and when the time to cut
//! over runs out.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let simulator = atlas_simulator::Simulator::builder().start().await?;
//! # let token = simulator.scenario().bearer_token().ok_or("no token")?;
//! # let client = atlas_migrations::Client::builder().clock(atlas_migrations::ManualClock::default());
//! # let client = client.base_url(simulator.base_url()).bearer_token(token).build()?;
//! # let group: atlas_migrations::GroupId = "32b6e34b3d91647abb20e7b8".parse()?;
//! # let id = "5eed5eed5eed5eed5eed5eed".parse()?;
//! use atlas_migrations::conditions::ready_for_cutover;
//!
//! let ready = client.watch(&group, &id).until(ready_for_cutover()).await?;
//! println!("{:?} behind, to be cut over before {:?}", ready.lag, ready.deadline);
//!
//! let mut updates = client.watch(&group, &id).updates(); // also a `Stream`
//! while let Some(update) = updates.next().await {
//!     let update = update?; // a watch that is over, not a migration that failed
//!     println!("{:?}: {:?}", update.changed, update.job.status);
//!     # simulator.control().fail(group, id).ok();
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`Client::fleet`] does the same for any number of migrations in any number of projects, within the rate
//! limits that the service states.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let simulator = atlas_simulator::Simulator::builder().start().await?;
//! # let token = simulator.scenario().bearer_token().ok_or("no token")?;
//! # let client = atlas_migrations::Client::builder().clock(atlas_migrations::ManualClock::default());
//! # let client = client.base_url(simulator.base_url()).bearer_token(token).build()?;
//! # let group = "32b6e34b3d91647abb20e7b8".parse()?;
//! # let ids = ["6296fb4c7c7aa997cf94e9a8".parse()?, "5eed5eed5eed5eed5eed5eed".parse()?];
//! let mut fleet = client.fleet().updates();
//! for id in &ids {
//!     fleet.join(&group, id);
//! }
//! while let Some((key, update)) = fleet.next().await {
//!     match update {
//!         Ok(update) => println!("{key}: {:?}", update.job.status),
//!         Err(error) => eprintln!("{error}"), // of this one; the others are followed on
//!     }
//!     # for id in &ids {
//!     #     simulator.control().fail("32b6e34b3d91647abb20e7b8", id).ok();
//!     # }
//! }
//! # Ok(())
//! # }
//! ```

#![doc = include_str!("faults.md")]

mod call;
mod client;
mod find_out;
mod fleet;
mod ids;
mod live_migration;
mod request;
mod request_json;
mod validation;
mod watch;

pub use atlas_client_core::{
    BuildError, Clock, Credentials, Envelope, Error, ErrorCode, FieldViolation, ForeignText,
    ManualClock, Metadata, ObjectId, Operation, ParameterLocation, ParseObjectIdError, RateLimit,
    RawResponse, RequestId, Response, RetryPolicy, Secret, SecretStoreProblem, Setting, Settings,
    SettingsError, Transport, TransportBuilder, UnknownValue,
};
pub use atlas_migrations_generated as generated;
pub use atlas_migrations_generated::types::{
    AvailableClustersDeployment as AvailableDeployment,
    LiveImportAvailableProject as AvailableProject, LiveImportValidationStatus as ValidationStatus,
    LiveMigrationStatus,
};

pub use self::call::{Call, CallFuture, RawCall};
pub use self::client::{Client, ClientBuilder};
pub use self::fleet::{Fleet, FleetHandle, FleetStats, FleetUpdates};
pub use self::ids::{GroupId, LiveMigrationId, OrgId, ParseIdError, SourceProjectId, ValidationId};
pub use self::live_migration::LiveMigration;
pub use self::request::{
    Authentication, Destination, MigrationRequest, Network, ShardKeyKind, ShardedCollection,
    Sharding, Source, Violations,
};
pub use self::validation::Validation;
pub use self::watch::{
    Change, Deadline, Estimate, MigrationKey, Trend, Update, Updates, Watch, WatchError, conditions,
};
