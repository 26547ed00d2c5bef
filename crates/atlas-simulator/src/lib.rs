//! MongoDB Atlas on loopback.
//!
//! A [`Simulator`] answers over real HTTP/1.1 as the Atlas Administration API does, header for
//! header as far as its answers are known, so that a client can be tried without an account, a
//! cluster or a network. It reads the paths, versions and query parameters of the operations from
//! the OpenAPI fragment of this workspace and shares no code with the clients in it.
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
//!     // … let a client ask, then see what arrived:
//!     for request in control.requests() {
//!         println!("{request}");
//!     }
//!
//!     simulator.stop().await;
//!     Ok(())
//! }
//! ```
//!
//! # What there is
//!
//! The operation `getGroupLiveMigration`, asked with an API key by HTTP digest, as a service account
//! or with a bearer token, and the token endpoint with the one that revokes. A [`Scenario`] says
//! which projects, migrations and credentials there are, which credential sees which project, how
//! each migration goes, and what goes wrong from the start; a [`Clock`] says how time passes; a
//! [`Control`] moves time, cuts migrations over or lets them fail, injects faults ([`FaultRule`]) and
//! reads back every request ([`RecordedRequest`]). Other programs do the same on the control port
//! ([`SimulatorBuilder::control_port`]).
//!
//! Clients work against it unchanged: the challenge is the service's own, header for header, and
//! [`DigestOptions`] turns it into what else the standards allow; nonces age, counts are good once,
//! tokens expire and can be revoked, limits are refilled. All of that is counted in the time that the
//! clients live in, however fast the migrations go.
//!
//! What the simulator does not know it refuses: a path is answered with 404, a method with 405, a
//! version with 406. No text that it makes shows a token, a private key or a client's secret; the
//! headers and bodies that a [`Control`] reads back are what was sent, secrets included.
//!
//! # What is invented
//!
//! The answers follow recordings, logs and documentation of the real service. Where those are
//! silent, something had to be made up. A client must not rely on any of this:
//!
//! - **The migration.** No answer of this operation was ever recorded. How long each stage takes
//!   and that the lag falls in a straight line to 0 is invented; so is that `lagTimeSeconds` is
//!   `null` rather than left out where there is no lag, that `readyForCutover` is false once the
//!   cutover has begun or the migration has ended, that `COMPLETE`, `FAILED` and `EXPIRED` are
//!   final, and that a migration can be cut over only when it is ready, and once.
//! - **The order of the checks.** Credential, address, path, method, version, project, access to
//!   it, role, rate limit, query parameters, migration. That the credential comes first and that an
//!   operation is found before its project is looked for was observed.
//! - **401.** A bad bearer token is answered with the digest challenge, as bad digest credentials
//!   are; so is one that has expired or was revoked. Errors of the application with status 401 carry
//!   no service version and no rate limit. That a 401 is decided before the body is looked at, and
//!   that a client that waits with its body is not asked for it.
//! - **Digest.** The challenge was recorded, and `stale=true` after 60 seconds seen in a log. That a
//!   count used twice is answered as a wrong key is, that counts may come out of order, and that a
//!   nonce of another server is stale. All of [`DigestOptions`] but its defaults; with the session's
//!   algorithms the digest is of the nonce and the cnonce of the request itself, as clients have it.
//! - **Scopes.** That `project_ids` comes before the role.
//! - **The token endpoint.** Its answers and codes are documented and its 429 was recorded. The words
//!   of `invalid_request`, `unsupported_grant_type`, `invalid_grant` and `access_denied`, the order
//!   of the checks, all headers, the `Retry-After` of its 429, that the limit is refilled at once,
//!   that it counts requests with a wrong secret and not those of unknown clients, that each of the
//!   two endpoints has a limit of its own, that other content types are refused, that a token of
//!   another client cannot be revoked, and that any number of tokens may be active. What is in a
//!   token.
//! - **Compression.** That everything is compressed, however small, and that errors are.
//! - **404 and 400.** `INVALID_GROUP_ID`, `INVALID_PATH_PARAMETER` and `INVALID_QUERY_PARAMETER`
//!   are documented codes, but their parameters, the words of the last, and which values of
//!   `envelope` and `pretty` are refused (all but `true` and `false`) are invented; so are the
//!   words for an unknown migration. A malformed project id is answered without service version and
//!   rate limit, as an unknown project is.
//! - **403, 406, 429.** Their bodies are known from logs, their headers are not: they follow the
//!   other errors, without rate limit headers on 403 and 406. `Retry-After` is rounded down. That a
//!   request beyond the limit is refused after its project and role were checked is invented.
//! - **Versions.** That a preview version is answered with 406, and how an `Accept` header with
//!   several entries is weighed.
//! - **`envelope` and `pretty`.** Never recorded: that errors are wrapped and laid out too, that
//!   the real status is kept, and that the layout is Jackson's. Answers that belong to no operation
//!   ignore both.
//! - **`OPTIONS` and `HEAD`.** The first is answered with 200 and the headers of a 405, the second
//!   like `GET`.
//! - **Headers.** The hash in `x-mongodb-service-version` and the class in `x-java-method` are
//!   synthetic. Every answer to `GET` carries `vary`; the real service sends it with about a third.
//!   An `x-error-code` stands on errors from 400 to 499 only.
//! - **Requests that are too large.** 413 without a body above 1 MiB; a line and headers above 64
//!   KiB are refused before anything is recorded.
//! - **Pages.** The one of [`Fault::HtmlBadGateway`], and all but the title of the one of
//!   [`Fault::HtmlServiceUnavailable`].
//! - **The control port.** The service has nothing like it.

use std::sync::{Mutex, MutexGuard, PoisonError};

mod answer;
mod api;
mod auth;
mod body;
mod bucket;
mod clock;
mod compression;
mod control;
mod desk;
mod faults;
mod json;
mod lifecycle;
mod oauth;
mod operations;
mod presentation;
mod problem;
mod projects;
mod query;
mod record;
mod request;
mod routes;
mod scenario;
mod server;
mod service;
mod simulator;
mod version;
mod world;

pub use clock::{Clock, ClockError};
pub use control::{Control, ControlError};
pub use faults::{Condition, Fault, FaultRule, Times};
pub use record::RecordedRequest;
pub use routes::FragmentError;
pub use scenario::{
    Access, ApiKey, BearerToken, DigestAlgorithm, DigestOptions, LiveMigration, Project, RateLimit,
    RateLimits, RequestLimit, ResponseProof, Scenario, ScenarioError, ServiceAccount, Timeline,
};
pub use simulator::{Simulator, SimulatorBuilder, StartError};

/// Locks. What a panic left behind is still whole: nothing here is changed in several steps.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the text is 24 lower-case hex digits.
fn is_object_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
