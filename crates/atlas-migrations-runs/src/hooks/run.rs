//! The result of one run of a hook.

use atlas_migrations_journal::event::HookResult;

/// The exit code by which a program asks to be run again later (`EX_TEMPFAIL`).
const NOT_YET: i32 = 75;

/// How one run of a hook ended.
#[derive(Debug)]
pub(super) struct HookRun {
    pub(super) end: RunEnd,
    /// The start of what it printed, or what went wrong. It may contain secrets.
    pub(super) output: String,
}

/// How a program or a call ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum RunEnd {
    /// The program exited with this code. A delivered webhook counts as 0.
    Exited(i32),
    /// A signal ended the program.
    Signaled,
    /// It did not end in time.
    TimedOut,
    /// It did not start, or the receiver did not accept the call.
    Failed,
}

impl HookRun {
    pub(super) fn exit(&self) -> Option<i32> {
        match self.end {
            RunEnd::Exited(code) => Some(code),
            _ => None,
        }
    }

    /// Returns what the run means for a notification.
    pub(super) fn as_notification(&self) -> HookResult {
        match self.end {
            RunEnd::Exited(0) => HookResult::Ok,
            RunEnd::TimedOut => HookResult::Timeout,
            _ => HookResult::Failed,
        }
    }

    /// Returns what the run means for a cutover.
    pub(super) fn as_permission(&self) -> HookResult {
        match self.end {
            RunEnd::Exited(0) => HookResult::Ok,
            RunEnd::Exited(NOT_YET) => HookResult::NotYet,
            RunEnd::Exited(_) | RunEnd::Signaled => HookResult::Veto,
            RunEnd::TimedOut => HookResult::Timeout,
            RunEnd::Failed => HookResult::Failed,
        }
    }
}
