//! The page over real HTTP and a real journal.

#![allow(clippy::unwrap_used, reason = "these are tests")]

mod access;
mod browser;
mod client;
mod content;
mod live;
mod sample;
