//! `atlas-migrations run`: runs a plan.

mod command;
mod output;
mod repeated_looks;
mod report_file;
mod summary;

pub use self::command::run;
