//! The alerts, the dashboard and the documentation name metrics that exist.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "these are tests")]

mod alerts;
mod dashboard;
mod docs;
mod expressions;
mod promtool;

use std::path::PathBuf;

/// Returns a file of the repository.
fn repository(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap()
}
