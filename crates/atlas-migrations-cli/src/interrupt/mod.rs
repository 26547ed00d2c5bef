//! Signals that interrupt the program.
//!
//! A separate thread receives them, so that neither a prompt without a response nor a stalled reader keeps the program
//! from ending.

#[cfg(unix)]
mod job_control;
mod listener;
#[cfg(unix)]
mod parent;
mod retry_clock;
mod state;

#[cfg(unix)]
pub use self::job_control::is_ignored_at_start;
pub use self::listener::listen;
#[cfg(unix)]
pub use self::parent::stop_with_parent;
pub use self::retry_clock::RetryClock;
pub use self::state::{
    InFlight, WATCH_NOTE, error, exit_with, exit_with_after_first, ignore_from_now_on,
    is_requested, nothing_changed, on_signal as stop, requested, requested_again, set_in_flight,
};
