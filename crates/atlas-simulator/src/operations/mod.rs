//! The operations: what each does with a request that is allowed and well-formed.

mod available_projects;
mod clusters;
mod context;
mod handlers;
mod link_tokens;
mod live_migrations;
mod migration_request;
mod tokens;
mod validations;

pub(crate) use context::Context;
pub(crate) use handlers::{Handler, handler};
pub(crate) use tokens::{TokenContext, token_fault_response, token_response};
