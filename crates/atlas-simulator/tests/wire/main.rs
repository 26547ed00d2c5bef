//! The simulator as clients see it: over sockets, header for header.

// clippy.toml lets tests do so, but does not know the functions that tests share.
#![allow(clippy::unwrap_used)]

mod bodies;
mod client;
mod clock;
mod clusters;
mod compression;
mod connection_faults;
mod control_server;
mod creation;
mod cutover;
mod described;
mod digest;
mod digest_client;
mod digest_options;
mod errors;
mod faults;
mod hostile;
mod journey;
mod limits;
mod link_tokens;
mod lost_responses;
mod migrations;
mod oauth;
mod request_log;
mod requests;
mod responses;
mod roles;
mod scopes;
mod secrets;
mod server;
mod validations;
mod versions;
