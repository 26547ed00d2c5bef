//! Watches live migrations, and cuts them over when they are ready.

mod chart;
mod cutover;
mod cutover_condition;
mod event_lines;
mod exit_error;
mod follow;
mod lag_history;
mod metrics;
mod next_text;
mod outcome;
mod session;
mod state;
mod summary;
mod targets;
#[cfg(test)]
mod tests;
mod view_input;
mod watch_output;
mod watched_migration;

pub use self::cutover::AutoCutover;
pub use self::exit_error::worst_outcome;
pub use self::follow::WatchConfig;
pub use self::session::{run, run_demo};
pub use self::targets::{Target, read as read_targets, unique};
