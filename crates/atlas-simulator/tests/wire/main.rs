//! The simulator as its clients see it: over sockets, header for header.

// clippy.toml lets tests do so, but does not know the functions that tests share.
#![allow(clippy::unwrap_used)]

mod answers;
mod client;
mod compression;
mod desk;
mod digest;
mod digest_client;
mod digest_variants;
mod faults;
mod limits;
mod migrations;
mod oauth;
mod records;
mod refusals;
mod scopes;
mod secrets;
mod server;
mod silence;
mod time;
