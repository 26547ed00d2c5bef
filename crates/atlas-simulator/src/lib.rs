//! MongoDB Atlas on loopback.
//!
//! A [`Simulator`] responds over real HTTP/1.1 like the Atlas Administration API, header for header as
//! far as the API's responses are known. It lets you test a client without an account, a cluster or a
//! network. It reads paths, versions, roles, query parameters and bodies from the OpenAPI fragment of
//! this workspace, and shares no code with the clients in it.
//!
//! ```
//! use std::time::Duration;
//!
//! use atlas_simulator::{Clock, Fault, FaultRule, Simulator};
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let simulator = Simulator::builder().clock(Clock::manual()).start().await?;
//!     println!("listening on {}", simulator.base_url());
//!
//!     let control = simulator.control();
//!     control.advance(Duration::from_secs(60))?; // the migration is now WORKING
//!     control.inject(FaultRule::new(Fault::HtmlBadGateway).times(1));
//!     // … run a client, then look at its requests:
//!     for request in control.requests() {
//!         println!("{request}");
//!     }
//!
//!     simulator.stop().await;
//!     Ok(())
//! }
//! ```
//!
//! # What it simulates
//!
//! The operations of the Cloud Migration Service, with API keys (HTTP digest), service accounts
//! or bearer tokens, and the two OAuth endpoints:
//!
//! - `createOrgLiveMigrationLinkToken` and `deleteOrgLiveMigrationLinkTokens` create and delete the
//!   organization's link, and `listOrgLiveMigrationAvailableProjects` lists the projects that can be
//!   migrated.
//! - `validateGroupLiveMigrations` starts a validation, and `getGroupLiveMigrationValidateStatus`
//!   returns its status.
//! - `createGroupLiveMigration` creates a migration, `getGroupLiveMigration` returns its status, and
//!   `cutoverGroupLiveMigration` cuts it over.
//! - `createToken` and `revokeToken` issue and revoke the bearer tokens of service accounts.
//!
//! A [`Scenario`] describes the projects, migrations and credentials, what each credential may see and
//! do, the course of each migration, and the faults that are active from the start. A [`Clock`] says
//! how time passes. A [`Control`] advances time, cuts migrations over or makes them fail, injects
//! faults ([`FaultRule`]) and returns every request ([`RecordedRequest`]). Other programs do the same
//! on the control port ([`SimulatorBuilder::control_port`]). Nothing runs in the background: every
//! status follows from the timeline, from what was done, and from the time.
//!
//! Clients work with it unchanged: the digest challenge is that of the service, and [`DigestOptions`]
//! changes it to what else the standards allow. Nonces age, each nonce count is valid once, tokens
//! expire and can be revoked, and rate limits are refilled. All of that follows the client's time,
//! however fast the migrations go.
//!
//! The simulator refuses what it does not know: an unknown path gets 404, an unknown method 405, an
//! unknown version 406, a body of another content type 415, and a body that does not match the
//! operation's schema 400. Nothing that it writes shows a token, a private key, a client secret or a
//! password, except the responses that issue one: logs and records hide the values of unknown query
//! parameters and of most headers. A [`Control`] returns queries, headers and bodies as sent,
//! including secrets.
//!
//! Any other operation is served without state from an OpenAPI document: a [`Description`] responds with
//! the examples of the document, or with samples of its schemas, so that a client of a slice of the
//! official document can be tried, too.
//!
//! [`openapi()`] describes all responses. The control port serves that document as
//! `GET /openapi.json`, for tools that validate traffic.
//!
//! Hostile input is bounded: 64 KiB of request line and headers, 1 MiB of body, 16 parameters in a form
//! and 32 in a digest, and 1,000 active fault rules of a scenario or the control port.
//!
#![doc = include_str!("../INVENTED.md")]

// From the lowest layer to the highest: scenario, http, api, state, operations, service, control,
// simulator. A module uses only lower ones.
mod api;
mod control;
mod http;
mod operations;
mod scenario;
mod service;
mod simulator;
mod state;

#[cfg(test)]
mod hostile;

pub use api::{Description, DescriptionError, OpenApiError, openapi};
pub use control::{Control, ControlError};
pub use scenario::{
    Access, ApiKey, BearerToken, Clock, ClockError, Cluster, Condition, Deployment,
    DigestAlgorithm, DigestOptions, Fault, FaultRule, LiveMigration, Project, RateLimit,
    RateLimits, RequestLimit, Role, Rspauth, Scenario, ScenarioError, ServiceAccount,
    SourceProject, SuccessStatuses, Timeline, Times, Validation, ValidationRules,
};
pub use simulator::{Simulator, SimulatorBuilder, StartError};
pub use state::{RecordedRequest, TransitionError};

/// The examples of the README run as doc tests of this crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
