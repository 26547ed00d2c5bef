//! MongoDB Atlas on loopback.
//!
//! A [`Simulator`] answers over real HTTP/1.1 as the Atlas Administration API does, header for
//! header as far as its answers are known, so that a client can be tried without an account, a
//! cluster or a network. It reads the paths, versions, roles, query parameters and bodies of the
//! operations from the OpenAPI fragment of this workspace and shares no code with the clients in it.
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
//! The eight operations of the Cloud Migration Service, asked with an API key by HTTP digest, as a
//! service account or with a bearer token, and the token endpoint with the one that revokes:
//!
//! - `createOrgLiveMigrationLinkToken` and `deleteOrgLiveMigrationLinkTokens` make and remove the one
//!   link that the organisation has, and `listOrgLiveMigrationAvailableProjects` lists what there is
//!   to migrate;
//! - `validateGroupLiveMigrations` begins a validation, of which
//!   `getGroupLiveMigrationValidateStatus` tells what became;
//! - `createGroupLiveMigration` schedules a migration, whose life begins at that moment,
//!   `getGroupLiveMigration` tells how it stands, and `cutoverGroupLiveMigration` cuts it over.
//!
//! A [`Scenario`] says which projects, migrations and credentials there are, which credential sees
//! what and may do what, how each migration goes, and what goes wrong from the start; a [`Clock`]
//! says how time passes; a [`Control`] moves time, cuts migrations over or lets them fail, injects
//! faults ([`FaultRule`]) and reads back every request ([`RecordedRequest`]). Other programs do the
//! same on the control port ([`SimulatorBuilder::control_port`]). Nothing runs in the background: how
//! something stands follows from its beginning, from what was done to it, and from the time.
//!
//! Clients work against it unchanged: the challenge is the service's own, header for header, and
//! [`DigestOptions`] turns it into what else the standards allow; nonces age, counts are good once,
//! tokens expire and can be revoked, limits are refilled. All of that is counted in the time that the
//! clients live in, however fast the migrations go.
//!
//! What the simulator does not know it refuses: a path is answered with 404, a method with 405, a
//! version with 406, a body of another type with 415, and one that is not as the operation's schema
//! has it with 400. No text that it makes shows a token, a private key, a client's secret or a
//! password, save the answers whose purpose it is: logs and records show no value of a query
//! parameter that the operation does not know, and of few headers. The queries, headers and bodies
//! that a [`Control`] reads back are what was sent, secrets included.
//!
//! [`openapi`](openapi()) describes all of its answers, and the control port serves that document as
//! `GET /openapi.json`, for tools that validate what they see.
//!
//! Input that is meant to hurt is bounded: 64 KiB of line and headers, 1 MiB of body, 16 parameters
//! of a form and 32 of a digest, 1,000 fault rules in force by way of a scenario or the control port.
//!
//! # What is invented
//!
//! The answers follow recordings, logs and documentation of the real service. Where those are
//! silent, something had to be made up. A client must not rely on any of this:
//!
//! - **The migration.** Of all the operations only those of the link tokens were ever recorded. How
//!   long each stage takes and that the lag falls in a straight line to 0 is invented; so is that
//!   `lagTimeSeconds` is `null` rather than left out where there is no lag, that `readyForCutover` is
//!   false once the cutover has begun or the migration has ended, that `COMPLETE`, `FAILED` and
//!   `EXPIRED` are final, and that a migration can be cut over only when it is ready, and once.
//! - **The creation.** That neither a link nor a validation is needed for it, that a project may have
//!   any number of migrations to the same cluster, that the answer has no `location`, and what the
//!   ids look like.
//! - **The cutover.** 400 `VALIDATION_ERROR` before the migration is ready, 409
//!   `CANNOT_CUT_OVER_LIVE_MIGRATION` while it is being cut over and once it has ended. That a body
//!   in the request is not looked at. What the body of the 200 of version 1.0 has.
//! - **The validation.** The rules of [`ValidationRules`], the words of the error messages, and that
//!   there is no `errorMessage` but where it failed. That no link is needed.
//! - **The link.** That a second token takes the place of the first, as the one link is made anew.
//!   Which migrations hold it: those that clients created, and those of a scenario that begins with
//!   a link, until they end. How several project ids are listed in the 409, and that they are its
//!   one parameter. That without a link there are no available projects. That the addresses of the
//!   access list may be any texts. What is in a token.
//! - **Bodies.** The codes are documented or were logged; that a place in a body is written as
//!   `source.groupId` or `migrationHosts[0]`, that `INVALID_ATTRIBUTE` has it for its parameter, and
//!   which violation is told of several is not known. Neither is what code there is for a malformed
//!   id (`INVALID_JSON_ATTRIBUTE`), for `null` where it may not stand (`MISSING_ATTRIBUTE` where the
//!   field is required, else `INVALID_JSON_ATTRIBUTE`), for a field that only answers have, for a
//!   text or list that is too short or too long, and for hosts other than exactly one (all of them
//!   `INVALID_ATTRIBUTE`), for a `PRIVATE_LINK` without its id (`MISSING_ATTRIBUTE`), for that id
//!   without a `PRIVATE_LINK` (`INVALID_ATTRIBUTE`), and for a user name or password beside managed
//!   authentication and a destination in another project than the path's (`VALIDATION_ERROR`). That
//!   a host's name has at most 253 characters. That an empty text, which the official CLI sends for
//!   what was not given, counts as not given in the place of an enumeration's value and where `null`
//!   may stand.
//! - **415.** All of it: that an absent type is refused too, that `application/json` stands for any
//!   version, that the version of a vendor type is found as that of `Accept` is and has to be the
//!   same, and that this is decided where the version is.
//! - **Bounds.** Clients can create 200,000 migrations and 200,000 validations in a project; beyond
//!   that there is 400 `SIMULATOR_IS_FULL`.
//! - **The order of the checks.** Credential, address, path, method, version, type of the body,
//!   project or organisation, access to it, role, rate limit, query parameters, body, migration or
//!   validation. That the credential comes first and that an operation is found before its project is
//!   looked for was observed.
//! - **401.** A bad bearer token is answered with the digest challenge, as bad digest credentials
//!   are; so is one that has expired or was revoked. Errors of the application with status 401 carry
//!   no service version and no rate limit. That a 401 is decided before the body is looked at, and
//!   that a client that waits with its body is not asked for it.
//! - **Digest.** The challenge was recorded, and `stale=true` after 60 seconds seen in a log. That a
//!   count used twice is answered as a wrong key is, that counts may come out of order, and that a
//!   nonce of another server is stale. All of [`DigestOptions`] but its defaults; with the session's
//!   algorithms the digest is of the nonce and the cnonce of the request itself, as clients have it.
//! - **Scopes.** That `project_ids` comes before the role and does not matter to the operations of the
//!   organisation.
//! - **The default scenario.** All of it. Its ids and credentials have the form of Atlas' own; the
//!   length of a client's secret is a guess.
//! - **The token endpoint.** Its answers and codes are documented and its 429 was recorded. That a
//!   form of more than 16 parameters is refused. The words of `invalid_request`,
//!   `unsupported_grant_type`, `invalid_grant` and `access_denied`, the order of the checks, all
//!   headers, the `Retry-After` of its 429, that the limit is refilled at once, that it counts
//!   requests with a wrong secret and not those of unknown clients, that each of the two endpoints
//!   has a limit of its own, that other content types are refused, that a token of another client
//!   cannot be revoked, and that any number of tokens may be active. What is in a token.
//! - **Compression.** That everything is compressed, however small, and that errors are.
//! - **404 and 400.** `INVALID_GROUP_ID`, `INVALID_PATH_PARAMETER` and `INVALID_QUERY_PARAMETER`
//!   are documented codes, but their parameters, the words of the last, and which values of
//!   `envelope` and `pretty` are refused (all but `true` and `false`) are invented; so are the
//!   words for an unknown migration or validation. `ORG_NOT_FOUND` and `INVALID_ORG_ID` are
//!   documented too, but not their parameters. A malformed project id and an organisation that there
//!   is not are answered without service version and rate limit, as an unknown project is.
//! - **403, 406, 429.** Their bodies are known from logs, their headers are not: they follow the
//!   other errors, without rate limit headers on 403 and 406. `Retry-After` is rounded down. That a
//!   request beyond the limit is refused after its project and role were checked is invented.
//! - **Versions.** That a preview version is answered with 406, and how an `Accept` header with
//!   several entries is weighed. That these operations say so when their version is superseded, as
//!   others were seen to.
//! - **`envelope` and `pretty`.** Never recorded: that errors are wrapped and laid out too, that
//!   the real status is kept, and that the layout is Jackson's. Answers that belong to no operation
//!   ignore both, the operations that have no `pretty` ignore it as they do any parameter that they
//!   do not have, and a 204 has nothing to wrap.
//! - **`OPTIONS` and `HEAD`.** The first is answered with 200 and the headers of a 405, the second
//!   like `GET`.
//! - **Headers.** The hash in `x-mongodb-service-version` and the class in `x-java-method` are
//!   synthetic. Every answer to `GET` carries `vary`; the real service sends it with about a third.
//!   An `x-error-code` stands on errors from 400 to 499 only.
//! - **Requests that are too large.** 413 without a body above 1 MiB; a line and headers above 64
//!   KiB are refused with 431 before anything is recorded, and so are more than 100 headers.
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
mod content;
mod control;
mod desk;
mod faults;
mod fragment;
#[cfg(test)]
mod hostile;
mod ids;
mod json;
mod lifecycle;
mod oauth;
mod openapi;
mod operations;
mod organisation;
mod presentation;
mod problem;
mod projects;
mod query;
mod record;
mod request;
mod routes;
mod scenario;
mod schema;
mod server;
mod service;
mod simulator;
mod unreadable;
mod version;
mod world;

pub use clock::{Clock, ClockError};
pub use control::{Control, ControlError};
pub use faults::{Condition, Fault, FaultRule, Times};
pub use fragment::FragmentError;
pub use openapi::openapi;
pub use record::RecordedRequest;
pub use scenario::{
    Access, ApiKey, BearerToken, Deployment, DigestAlgorithm, DigestOptions, LiveMigration,
    Project, RateLimit, RateLimits, RequestLimit, ResponseProof, Role, Scenario, ScenarioError,
    ServiceAccount, SourceProject, SuccessStatuses, Timeline, Validation, ValidationRules,
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
