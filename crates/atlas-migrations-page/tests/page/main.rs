//! The page over real HTTP and a real journal.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "these are tests"
)]

mod access;
mod browser;
mod client;
mod content;
mod decisions;
mod live;
mod metrics;
#[path = "../../../atlas-migrations-metrics/tests/contrib/promtool.rs"]
mod promtool;
mod sample;
