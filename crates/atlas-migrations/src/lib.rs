//! Live migrations into MongoDB Atlas: a client of the Cloud Migration Service.
//!
//! A live migration copies a cluster that Cloud Manager or Ops Manager monitors into an Atlas cluster, and replicates
//! changes until the cutover. This crate starts migrations, watches any number of them, and cuts each one over once:
//!
//! - **Typed**: IDs are validated and each kind has its own type; statuses and fields that this version does not know are
//!   kept.
//! - **Safe to repeat**: it retries what cannot do harm, and each error says whether the request may have taken effect.
//! - **Bounded**: each call ends within limits of time, size and memory, whatever a server sends.
//! - **Testable**: a simulated Atlas with faults, and time that a test moves.
//!
//! These are push migrations: a migration host beside the source sends the data. Atlas has no API for pull migrations.
//!
//! ```toml
//! [dependencies]
//! atlas-migrations = "0.1"
//! tokio = { version = "1", features = ["macros", "rt"] }
//! ```
//!
//! # Describe a migration
//!
//! [`Settings::load`] finds the credentials of the environment or of the official Atlas CLI.
//!
//! ```no_run
//! use atlas_migrations::{Client, GroupId, LiveMigrationId, Settings};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder().settings(&Settings::load(None)?).build()?;
//! let project: GroupId = "32b6e34b3d91647abb20e7b8".parse()?;
//! let id: LiveMigrationId = "6296fb4c7c7aa997cf94e9a8".parse()?;
//!
//! let migration = client.live_migration(project, id).await?;
//! if let (Some(status), Some(lag)) = (migration.status, migration.lag) {
//!     println!("{status}, {} s behind", lag.as_secs());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # From the request to the cutover
//!
//! ```
//! use std::error::Error;
//! use std::time::Duration;
//!
//! use atlas_migrations::conditions::{Condition as _, complete, lag_below, ready_for_cutover};
//! use atlas_migrations::{
//!     Authentication, Client, Destination, GroupId, MigrationRequest, Network, Source,
//!     ValidationStatus,
//! };
//!
//! async fn migrate(client: &Client, project: GroupId) -> Result<(), Box<dyn Error>> {
//!     // The project of the source in Cloud Manager or Ops Manager.
//!     let from = "5f0a1b2c3d4e5f6071829304".parse()?;
//!     let source = Source::new(from, "replica-set-0", Authentication::Managed);
//!     let destination = Destination::new("target", Network::Public);
//!     let request = MigrationRequest::new(source, destination, "vm001.example.com");
//!
//!     // Validate the request, which changes neither cluster.
//!     let mut validation = client.validate(project, &request).await?;
//!     let id = validation.id.ok_or("the validation has no ID")?;
//!     while !validation.is_terminal() {
//!         client.transport().clock().sleep(Duration::from_secs(10)).await;
//!         validation = client.validation(project, id).await?;
//!     }
//!     if validation.status != Some(ValidationStatus::Success) {
//!         let reason = validation.error_message.map(|text| text.to_string());
//!         return Err(reason.unwrap_or_else(|| "the validation failed".to_owned()).into());
//!     }
//!
//!     // Start the migration, and wait until it is ready and close behind the source.
//!     let migration = client.create_live_migration(project, &request).await?;
//!     let id = migration.id.ok_or("the migration has no ID")?;
//!     let mut updates = client.watch(project, id).updates(); // also a `Stream`
//!     let is_near = lag_below(Duration::from_secs(30));
//!     let ready = updates.until(ready_for_cutover().and(is_near)).await?;
//!     println!("{id} is ready, {} s behind", ready.lag.unwrap_or_default().as_secs());
//!
//!     // Cut over, which cannot be undone and is sent once, and wait for the end.
//!     client.cut_over(project, id).await?;
//!     updates.until(complete()).await?;
//!     println!("{id} is complete");
//!     Ok(())
//! }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn Error>> {
//! #     let clock = atlas_simulator::Clock::with_speed(50_000.0)?;
//! #     let simulator = atlas_simulator::Simulator::builder().clock(clock).without_rate_limits().start().await?;
//! #     let token = simulator.scenario().bearer_token().ok_or("no token")?;
//! #     let client = Client::builder().base_url(simulator.base_url()).bearer_token(token);
//! #     let client = client.clock(atlas_migrations::ManualClock::default()).build()?;
//! #     migrate(&client, "32b6e34b3d91647abb20e7b8".parse()?).await
//! # }
//! ```
//!
//! An error of a change may mean that it took effect nevertheless: [`Error::may_have_taken_effect`] says so, and
//! [the guide](guide::errors) what to do then.
//!
//! # The way through this crate
//!
//! | To | Use |
//! |---|---|
//! | configure a client | [`Client::builder`], with the settings of [`TransportBuilder`] |
//! | link Cloud Manager or Ops Manager, and list its clusters | [`Client::create_link_token`], [`Client::available_projects`] |
//! | describe what to migrate | [`MigrationRequest`], or its JSON: [`MigrationRequestJson`] |
//! | validate, start, describe, cut over | [`Client::validate`], [`Client::create_live_migration`], [`Client::live_migration`], [`Client::cut_over`] |
//! | watch one migration, with the trend of its lag and its deadline | [`Client::watch`] |
//! | watch any number within the rate limits of Atlas | [`Client::fleet`] |
//! | get the headers or the bytes of a response | [`Call::send`], [`Call::raw`] |
//! | call other operations | [`Client::generated`], [slices](guide::other_operations) |
//!
//! Guides: [errors](guide::errors), [retries and timeouts](guide::retries_and_timeouts),
//! [credentials](guide::credentials), [proxies and certificates](guide::proxies_and_certificates),
//! [tracing](guide::tracing), [metrics](guide::metrics), [testing](guide::testing),
//! [other operations](guide::other_operations).
//!
//! The examples `describe`, `create`, `watch`, `fleet`, `cutover` and `testing` show each step as a program. They run
//! against a simulated Atlas unless the environment names another: `cargo run --example describe`. Plans of several
//! migrations with windows, approvals and a journal are what the command `atlas-migrations` is for.
//!
//! # Features
//!
//! | Feature | Default | What it adds |
//! |---|---|---|
//! | `profile` | yes | Profiles of the official Atlas CLI: [`Settings::load`] |
//! | `keyring` | no | Secrets that the official CLI keeps in the secret store of the operating system |
//! | `limiter` | no | A limit on the rate of requests: `TransportBuilder::requests_per_minute` |
//! | `metrics` | no | Calls, attempts, latencies, tokens and rate limits for the `metrics` facade: [guide](guide::metrics) |
//! | `schemars` | no | `JsonSchema` for the types with JSON |
//!
//! Proxies, certificates and `tracing` need no feature. The minimum supported Rust version is 1.88.

mod available_project;
mod call;
mod client;
mod fleet;
pub mod guide;
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
    ManualClock, Metadata, ObjectId, Operation, Parameter, ParameterLocation, ParseObjectIdError,
    RateLimit, RawResponse, RequestId, Response, RetryPolicy, Secret, SecretStoreProblem, Setting,
    Settings, SettingsError, SystemClock, Transport, TransportBuilder, UnknownValue,
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

/// The examples of the README of this crate run, too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct CrateReadme;
