//! A client of the MongoDB Atlas Cloud Migration Service: live migrations into Atlas.
//!
//! A live migration copies a cluster that Cloud Manager or Ops Manager monitors into an Atlas cluster and replicates
//! changes until the cutover. These are push migrations: a migration host beside the source sends the data. The API
//! does not cover pull migrations.
//!
//! # From describe to cutover
//!
//! A [`Client`] calls the operations of the service. Leave out the base URL to call Atlas itself.
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
//! let migration = client.live_migration(group, id).await?;
//! assert_eq!(migration.status, Some(LiveMigrationStatus::New));
//! # Ok(())
//! # }
//! ```
//!
//! [`Client::validate`] checks a [`MigrationRequest`] without starting anything, and
//! [`Client::create_live_migration`] starts a migration.
//!
//! [`Client::watch`] polls a migration at intervals that fit its state, continues after transient errors, and yields
//! changes with the trend of the lag, an estimate of when the lag reaches zero, and the time at which a ready migration
//! expires. [`Client::cut_over`] ends the migration.
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
//! let mut updates = client.watch(group, id).updates(); // also a `Stream`
//! let ready = updates.until(ready_for_cutover()).await?;
//! println!("lag {:?}, expires at {:?}", ready.lag, ready.deadline);
//!
//! client.cut_over(group, id).await?;
//! while let Some(update) = updates.next().await {
//!     let update = update?; // an error ends the watch, not the migration
//!     println!("{:?}: {:?}", update.changed, update.job.status);
//!     # simulator.control().fail(&group.to_string(), &id.to_string()).ok();
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`Client::fleet`] watches any number of migrations in any number of projects, within the rate limits of the
//! service.
//!
//! The examples `describe`, `create`, `watch`, `fleet`, `cutover` and `testing` show each step as a program. They run
//! against a simulated Atlas unless the environment names another: `cargo run --example describe`.
//!
//! [`Client::generated`] has every operation and type as generated from the OpenAPI document, with the same credential
//! and limits.
//!
//! # Features
//!
//! | Feature | Default | What it adds |
//! |---|---|---|
//! | `profile` | yes | Reads profiles of the Atlas CLI: [`Settings`] |
//! | `keyring` | no | Reads secrets that the Atlas CLI keeps in the secret store of the operating system |
//! | `limiter` | no | Limits the rate of requests: `ClientBuilder::requests_per_minute` |
//! | `metrics` | no | Reports calls, attempts, latencies, tokens and rate limits to the `metrics` facade |
//! | `schemars` | no | Implements `JsonSchema` for the types with JSON |

#![doc = include_str!("failures.md")]

mod available_project;
mod call;
mod client;
mod fleet;
mod ids;
mod live_migration;
mod outcome_hint;
mod request;
mod request_json;
mod status;
mod validation;
mod violations;
mod watch;
mod wire;

pub use atlas_client_core::{
    BuildError, Clock, Credentials, Envelope, Error, ErrorCode, FieldViolation, ForeignText,
    ManualClock, Metadata, ObjectId, Operation, ParameterLocation, ParseObjectIdError, RateLimit,
    RawResponse, RequestId, Response, RetryPolicy, Secret, SecretStoreProblem, Setting, Settings,
    SettingsError, Transport, TransportBuilder, UnknownValue,
};
pub use atlas_migrations_generated as generated;

pub use self::available_project::{AvailableDeployment, AvailableProject};
pub use self::call::{Call, CallFuture, RawCall};
pub use self::client::{Client, ClientBuilder};
pub use self::fleet::{Fleet, FleetHandle, FleetStats, FleetUpdates};
pub use self::ids::{
    GroupId, LiveMigrationId, LiveMigrationRef, OrgId, ParseIdError, SourceProjectId, ValidationId,
};
pub use self::live_migration::LiveMigration;
pub use self::request::{
    Authentication, Destination, MigrationRequest, Network, ShardKeyKind, ShardedCollection,
    Sharding, Source,
};
pub use self::request_json::MigrationRequestJson;
pub use self::status::{LiveMigrationStatus, ValidationStatus};
pub use self::validation::Validation;
pub use self::violations::Violations;
pub use self::watch::{
    Change, Deadline, Estimate, InvalidPollInterval, PollInterval, Trend, Update, Updates, Watch,
    WatchError, WatchOptions, conditions,
};

/// The examples of the README run as doc tests of this crate.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
