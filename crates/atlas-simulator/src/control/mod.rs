//! Control of a running simulator, in code and over HTTP.

mod control_server;
mod handle;
mod origin_check;

pub(crate) use control_server::ControlServer;
pub use handle::{Control, ControlError};
