//! The client against the simulator and scripted servers, over real HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

mod calls;
mod concurrency;
mod connections;
mod credentials;
mod extreme_durations;
mod faults;
mod fleet;
mod foreign_text;
mod full_fleet;
mod hostile_responses;
mod ids;
mod journey;
mod log;
mod metrics;
mod network;
mod path_parameters;
mod retry_decisions;
mod scripted_server;
mod secrets;
mod send_gate;
mod shared_clock;
mod streams;
mod unidentified_responses;
mod watch;
mod watch_faults;
mod world;
