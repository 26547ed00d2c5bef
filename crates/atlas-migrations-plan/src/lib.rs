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
mod secret_error;
mod secret_source;
mod warnings;
pub mod window;
mod yaml;

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
    secret_error::{SecretError, SecretProblem},
    secret_source::SecretSource,
};
/// The instants of windows.
pub use jiff::Timestamp;
