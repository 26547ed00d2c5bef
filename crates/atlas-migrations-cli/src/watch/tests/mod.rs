//! Tests of the watch on a simulated Atlas.

pub mod simulated_watch;
mod state;
