//! One request that changes something, sent at most once: its intent is recorded before it is sent, its outcome after it.
//!
//! [`Changes::send`] does all of it, in a task of its own: a caller that is dropped, or interrupted by Ctrl-C, loses no
//! outcome as long as the process lives until [`Changes::settled`].

mod basis;
mod change;
mod error;
mod fate;
mod handle;
mod notice;
mod outcome_writer;
mod perform;
mod pipeline;
mod request_form;

pub use self::basis::{Basis, Target};
pub use self::change::{Change, TokenDelivery};
pub use self::error::ChangeError;
pub use self::handle::{Changes, ChangesBuilder};
pub use self::notice::{Notice, Recorded};
pub use self::perform::{Accepted, Reply};
pub use self::request_form::RequestForm;
