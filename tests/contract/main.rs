//! The contract tests. The checks themselves are in this package's library.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

mod canary;
mod checks;
mod connections;
mod credentials;
mod crowd;
mod decisions;
mod document;
mod facade;
mod faults;
mod fleet;
mod foreign_text;
mod hostile;
mod ids;
mod journey;
mod metrics;
mod mutations;
mod network;
mod paths;
mod scripted;
mod shared_time;
mod streams;
mod unidentified;
mod waits;
mod watch;
mod watch_faults;
mod world;

/// The fragment as a JSON value.
fn fragment() -> serde_json::Value {
    serde_json::from_str(tests::FRAGMENT).unwrap()
}
