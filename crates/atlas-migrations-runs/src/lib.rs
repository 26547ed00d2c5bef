#![doc = include_str!("../README.md")]

#[cfg(all(feature = "kill-points", not(debug_assertions)))]
compile_error!(
    "the feature `kill-points` ends the process on purpose: it is for tests, never for a release"
);

pub mod changes;
pub mod decisions;
pub mod hooks;
pub mod runner;

#[cfg(feature = "kill-points")]
pub mod kill_points;
