//! Watching any number of live migrations with one scheduler.

mod bucket;
mod builder;
mod handle;
mod schedule;
mod updates;

pub use self::builder::Fleet;
pub use self::handle::{FleetHandle, FleetStats};
pub use self::updates::FleetUpdates;
