//! The simulator as its clients see it: over sockets, header for header.

// clippy.toml lets tests do so, but does not know the functions that tests share.
#![allow(clippy::unwrap_used)]

mod answers;
mod bodies;
mod client;
mod compression;
mod creation;
mod cutover;
mod desk;
mod digest;
mod digest_client;
mod digest_variants;
mod faults;
mod hostile;
mod journey;
mod limits;
mod link;
mod lost;
mod migrations;
mod oauth;
mod records;
mod refusals;
mod requests;
mod roles;
mod scopes;
mod secrets;
mod server;
mod silence;
mod time;
mod validations;
mod versions;
