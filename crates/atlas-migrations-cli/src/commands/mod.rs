//! One module for each command.

pub mod api;
pub mod create;
pub mod cutover;
pub mod decisions;
pub mod demo;
pub mod describe;
mod follow_status;
pub mod journal;
pub mod link;
pub mod list;
pub mod man;
pub mod plan;
pub mod report;
pub mod run_plan;
pub mod schema;
pub mod serve;
pub mod simulate;
pub mod validation;
pub mod watch;
