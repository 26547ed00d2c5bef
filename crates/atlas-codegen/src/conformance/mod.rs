//! Slices, generates, compiles and calls every operation of a document, and reports what fails.

mod compiler;
mod prove;
mod report;
mod round_trip;
mod settings;
mod stages;

pub use prove::prove;
pub use settings::Settings;
