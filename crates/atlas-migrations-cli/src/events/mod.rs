//! The events that `watch`, `run` and `demo` print for programs, one JSON object a line.

mod event;
mod run;
mod schema;
mod watch;

pub use self::event::{End, Event, EventLine, Took};
pub use self::run::{Claimed, GivenUp, Problem, Recorded, RunEnd, Waits};
pub use self::schema::schema;
pub use self::watch::{CutoverEvent, PollFailed, Seen, WatchEnd};
