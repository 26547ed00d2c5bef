//! Watching one live migration.

mod builder;
pub mod conditions;
mod deadline;
mod error;
mod json;
mod options;
pub(crate) mod poll;
mod poll_interval;
pub(crate) mod tracker;
mod trend;
mod update;
mod updates;

pub use self::builder::Watch;
pub use self::deadline::Deadline;
pub use self::error::WatchError;
pub use self::options::WatchOptions;
pub(crate) use self::poll_interval::MAX_WAIT;
pub use self::poll_interval::{InvalidPollInterval, PollInterval};
pub use self::trend::{Estimate, Trend};
pub use self::update::{Change, Update};
pub use self::updates::Updates;
