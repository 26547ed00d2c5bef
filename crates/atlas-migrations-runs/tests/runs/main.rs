//! Recorded changes and runs against the simulator over HTTP and a real journal.

#![allow(missing_docs)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::large_futures,
    reason = "these are tests"
)]

mod changes;
mod decisions;
mod hook_runs;
mod people;
mod plan_changes;
mod plan_world;
mod run;
mod sharing;
mod world;
