//! Plan files of live migrations.
mod create_request;
mod hook;
mod keys;
mod migration;
mod password;
mod plan;
mod policy;
mod problem;
mod read;
mod schema;
mod secret_error;
mod secret_source;
mod warnings;
pub mod window;
mod yaml;
mod zones;

pub use self::{
    create_request::CreateRequest,
    hook::{HookAction, HookConfig, HookEvent, HookFailure, WebhookFormat},
    migration::{
        PlannedAuthentication, PlannedDestination, PlannedMigration, PlannedSource, RequestError,
    },
    password::PasswordSource,
    plan::{FORMAT_VERSION, Plan},
    policy::{CutoverOrder, CutoverPolicy, OnFailure},
    problem::{Place, PlanErrors, Problem},
    schema::schema,
    secret_error::{SecretError, SecretProblem},
    secret_source::SecretSource,
    zones::zone_data_version,
};
/// The instants of windows.
pub use jiff::Timestamp;

/// The examples of the README run as doc tests of this crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
