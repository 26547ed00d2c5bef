//! `atlas-migrations run`: runs a plan.

mod command;
mod metrics;
mod output;
mod summary;

pub use self::command::run;
