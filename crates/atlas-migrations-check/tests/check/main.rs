//! Plans that are checked against the simulated Atlas.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod draft;
mod journal;
mod report;
mod rows;
mod support;
mod validation;
