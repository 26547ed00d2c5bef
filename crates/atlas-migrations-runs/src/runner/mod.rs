//! Runs plans: validates, starts, follows and cuts over each migration, as the plan and people allow.
//!
//! All that counts is in the journal: a run can be killed at any instant and started again, here or elsewhere, and several
//! runs of one plan share its migrations.

mod decide;
mod decide_create;
mod decide_cutover;
mod engine;
mod error;
mod events;
mod evidence;
mod facts;
mod follow;
mod history;
mod member;
mod model;
mod next;
mod observe;
mod obstacle;
mod plan_view;
mod results;
mod run;
mod settings;
mod share;
mod start;
mod summary;
#[cfg(test)]
mod tests;
mod work;

pub use self::{
    error::RunError,
    events::{MigrationSummary, RunEvent, RunSummary},
    follow::poll_error_class,
    run::{Runner, preview},
    settings::{RunSettings, RunUntil},
};
