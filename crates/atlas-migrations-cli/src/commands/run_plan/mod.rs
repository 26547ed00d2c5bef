//! `atlas-migrations run`: runs a plan.

mod command;
mod output;
mod run_view;
mod summary;

pub use self::command::run;
