//! Journals for tests, on both stores, and events to put into them.

pub mod clock;
pub mod events;
pub mod journal;
#[cfg(feature = "postgres")]
pub mod proxy;
