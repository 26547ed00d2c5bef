//! A real PostgreSQL server for the tests of this workspace, in a temporary folder.

// It is used by tests alone, where a failure is a panic and a skipped test says so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::missing_panics_doc
)]

mod server;

pub use self::server::{Server, shared};
