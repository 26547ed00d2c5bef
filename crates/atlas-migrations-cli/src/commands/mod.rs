//! One module for each command.

pub mod api;
pub mod create;
pub mod cutover;
pub mod demo;
pub mod describe;
pub mod link;
pub mod list;
pub mod man;
pub mod simulate;
pub mod validation;
pub mod watch;
