//! [`WatchOptions`]: how migrations are watched.

use std::time::Duration;

use super::poll_interval::PollInterval;

/// How live migrations are watched, by a [`Watch`](crate::Watch) or a [`Fleet`](crate::Fleet).
///
/// ```
/// use std::time::Duration;
/// use atlas_migrations::{PollInterval, WatchOptions};
///
/// let options = WatchOptions::new()
///     .poll_interval(PollInterval::new(Duration::from_secs(10)..=Duration::from_secs(120))?)
///     .error_timeout(Duration::from_secs(3600));
/// # Ok::<(), atlas_migrations::InvalidPollInterval>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct WatchOptions {
    pub(crate) poll_interval: PollInterval,
    pub(crate) error_timeout: Duration,
    pub(crate) emit_unchanged: bool,
    pub(crate) emit_transient_errors: bool,
}

impl WatchOptions {
    /// Creates the default options.
    pub const fn new() -> Self {
        Self {
            poll_interval: PollInterval::DEFAULT,
            error_timeout: Duration::from_secs(15 * 60),
            emit_unchanged: false,
            emit_transient_errors: false,
        }
    }

    /// Sets the bounds of the time between two polls: 5 s to 60 s by default. `Retry-After` and rate limits can
    /// extend it.
    pub const fn poll_interval(mut self, interval: PollInterval) -> Self {
        self.poll_interval = interval;
        self
    }

    /// Sets for how long polls may fail in a row before the watch ends: 15 minutes by default. At least three
    /// polls have to fail, unless this is zero.
    pub const fn error_timeout(mut self, timeout: Duration) -> Self {
        self.error_timeout = timeout;
        self
    }

    /// Sets whether to also yield polls that found no change. Off by default.
    pub const fn emit_unchanged(mut self, emit: bool) -> Self {
        self.emit_unchanged = emit;
        self
    }

    /// Sets whether to also yield each failed poll, as an error that is not
    /// [final](crate::WatchError::is_final). Off by default: every error then ends the watch, which suits `?`,
    /// and the next update counts the failed polls.
    pub const fn emit_transient_errors(mut self, emit: bool) -> Self {
        self.emit_transient_errors = emit;
        self
    }
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self::new()
    }
}
