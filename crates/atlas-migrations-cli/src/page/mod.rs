//! The web page over the journal, for `serve`, and beside `run` and `watch`.

mod beside;
mod settings;

pub use self::beside::{PageBeside, Shown};
pub use self::settings::{explain, settings};
