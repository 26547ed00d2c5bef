//! The simulator as its clients see it: over sockets, header for header.

// clippy.toml lets tests do so, but does not know the functions that tests share.
#![allow(clippy::unwrap_used)]

mod answers;
mod client;
mod faults;
mod limits;
mod migrations;
mod records;
mod refusals;
mod server;
