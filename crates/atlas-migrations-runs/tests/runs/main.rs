//! Recorded changes and runs against the simulator over HTTP and a real journal.

#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

mod changes;
mod world;
