//! `atlas-migrations run`: runs a plan.

mod command;
mod metrics;
mod output;
mod repeated_looks;
mod report_file;
mod run_view;
mod summary;

pub use self::command::run;
