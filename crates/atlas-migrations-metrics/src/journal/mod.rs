//! The metrics of a journal: what it has, and how long it takes.

mod counts;
mod meter;

pub use self::{counts::JournalCounts, meter::JournalMeter};
