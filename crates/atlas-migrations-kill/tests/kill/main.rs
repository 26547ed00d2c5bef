//! Kills processes at every instant at which it can matter. See the README of this crate.

#![allow(missing_docs)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod bad_programs;
mod child;
mod command;
mod driver;
mod exchange;
mod links;
mod matrix;
mod oracle;
mod person;
mod plan_file;
mod plan_run;
mod process;
mod proxy;
mod report;
mod runner;
mod scenario;
mod secrets;
mod stopped;
mod timing;
mod world;
