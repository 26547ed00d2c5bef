//! The state of the simulated Atlas.

mod active_faults;
mod auth;
mod expiring_map;
mod id_generator;
mod lifecycle;
mod live_migration;
mod lock;
mod organization;
mod project;
mod rate_limit;
mod request_log;
mod shared;
mod validation;

pub(crate) use auth::{Admitted, Caller, Client, ClientCredentials, Refused};
pub(crate) use live_migration::Migration;
pub use live_migration::TransitionError;
pub(crate) use organization::Organization;
pub(crate) use project::{MAX_CREATED, Project};
pub(crate) use rate_limit::RateLimitDecision;
pub use request_log::RecordedRequest;
pub(crate) use request_log::RequestLog;
pub(crate) use shared::{Observer, State};
pub(crate) use validation::{Outcome, Validation};
