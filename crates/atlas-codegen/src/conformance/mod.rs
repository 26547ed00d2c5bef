//! Slices, generates, compiles and calls every operation of a document, and reports what fails.

mod compiler;
mod prove;
mod report;
mod round_trip;
mod stages;

pub use prove::{Settings, prove};
