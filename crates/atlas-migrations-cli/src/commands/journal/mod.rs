//! `atlas-migrations journal`: shows, checks, copies and repairs the journal.

mod adopt;
mod archive;
mod checks;
mod copies;
mod dispatch;
mod list;
mod look;
mod request_fate;
mod resolve;
mod show;

pub use self::dispatch::run;
