//! Reads the events of the journal into a report.

mod migration;
mod plan;
mod problem;

pub use self::migration::migration;
pub use self::plan::plan;
