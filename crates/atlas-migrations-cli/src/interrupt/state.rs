//! What a signal does at the moment, which depends on what the program is doing.

use std::mem;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

#[cfg(unix)]
use super::job_control;
use crate::cli::OutputFormat;
use crate::error::{CliError, Exit};
use crate::terminal;

/// A hint for errors of interrupted watches.
pub const WATCH_NOTE: &str = "migrations continue whether they are watched or not";

/// How long to wait for a stalled reader of stderr.
const STDERR_TIMEOUT: Duration = Duration::from_millis(100);

/// The number of signals so far, for tasks that wait for one.
static SIGNALS: LazyLock<watch::Sender<u32>> = LazyLock::new(|| watch::Sender::new(0));

static STATE: Mutex<State> =
    Mutex::new(State { format: OutputFormat::Table, activity: Activity::NothingSent, signals: 0 });

struct State {
    format: OutputFormat,
    activity: Activity,
    /// The number of signals so far.
    signals: u32,
}

/// What the program is doing.
enum Activity {
    /// No change was sent. A signal ends the program at once.
    NothingSent,
    /// A signal ends the program at once with this error.
    ExitWith(CliError),
    /// A change is being sent. The first signal lets it finish.
    Sending(InFlight),
    /// The program waits between two attempts to send a change. A signal ends it at once.
    RetryPause(InFlight),
    /// A task [waits](requested) for the first signal and then stops. The second signal ends the program with this
    /// error.
    Watching(CliError),
}

/// The errors of a program that is interrupted while it sends a change.
pub struct InFlight {
    /// For the second signal, when the result is unknown.
    pub unclear: CliError,
    /// For a signal between two attempts.
    pub not_retried: CliError,
}

/// Sets the format in which an interrupted program prints its error.
pub fn set_output_format(format: OutputFormat) {
    lock().format = format;
}

/// From now on, a signal ends the program at once with this error.
pub fn exit_with(error: CliError) {
    lock().activity = Activity::ExitWith(error);
}

/// From now on, the first signal waits for the change that is being sent, and the second one ends the program.
pub fn set_in_flight(errors: InFlight) {
    lock().activity = Activity::Sending(errors);
}

/// From now on, [`requested`] reports the first signal, and the second one ends the program with this error.
pub fn exit_with_after_first(error: CliError) {
    lock().activity = Activity::Watching(error);
}

/// Returns whether a signal has arrived.
pub fn is_requested() -> bool {
    lock().signals > 0
}

/// Waits until a signal has arrived.
pub async fn requested() {
    more_signals_than(0).await;
}

/// Waits until another signal arrives.
pub async fn requested_again() {
    let before = lock().signals;
    more_signals_than(before).await;
}

async fn more_signals_than(count: u32) {
    let mut signals = SIGNALS.subscribe();
    // The sender is static, so this cannot fail.
    let _ = signals.wait_for(|signals| *signals > count).await;
}

/// Returns the error of a program that was interrupted before it sent a change.
pub fn nothing_changed() -> CliError {
    error("interrupted; nothing was changed").may_have_taken_effect(false, None)
}

/// Returns an error with the exit code of interrupted programs.
pub fn error(message: impl Into<String>) -> CliError {
    CliError::new(message).exit(Exit::Interrupted)
}

/// From now on, signals are ignored because the program is ending. Never returns if a signal is ending it already.
pub fn ignore_from_now_on() {
    mem::forget(lock());
}

/// Marks the time between two attempts of a request while it exists.
pub struct RetryPause;

impl RetryPause {
    /// Starts the pause. Ends the program if a signal has arrived and the request changes something.
    pub fn begin() -> Self {
        let mut state = lock();
        state.activity = match mem::replace(&mut state.activity, Activity::NothingSent) {
            Activity::Sending(errors) => Activity::RetryPause(errors),
            other => other,
        };
        if state.signals > 0 && matches!(state.activity, Activity::RetryPause(_)) {
            exit(state);
        }
        Self
    }
}

impl Drop for RetryPause {
    fn drop(&mut self) {
        let mut state = lock();
        state.activity = match mem::replace(&mut state.activity, Activity::NothingSent) {
            Activity::RetryPause(errors) => Activity::Sending(errors),
            other => other,
        };
    }
}

/// Handles a signal, or a key that means the same: counts it, and ends the program if the current activity says so.
pub fn on_signal() {
    let mut state = lock();
    state.signals = state.signals.saturating_add(1);
    let signals = state.signals;
    match state.activity {
        Activity::Sending(_) if signals == 1 => {
            // With JSON output, only the result is printed.
            if state.format == OutputFormat::Table {
                terminal::note_within(
                    STDERR_TIMEOUT,
                    "stopping after the response arrives; a second signal stops at once",
                );
            }
            drop(state);
        }
        Activity::Watching(_) if signals == 1 => drop(state),
        _ => exit(state),
    }
    SIGNALS.send_replace(signals);
}

fn exit(mut state: MutexGuard<'_, State>) -> ! {
    let error = match mem::replace(&mut state.activity, Activity::NothingSent) {
        Activity::ExitWith(error) | Activity::Watching(error) => error,
        Activity::Sending(errors) => errors.unclear,
        Activity::RetryPause(errors) => errors.not_retried,
        Activity::NothingSent => nothing_changed(),
    };
    let format = state.format;
    // The lock is held until the process ends, so that no other thread ends the program meanwhile.
    terminal::end_view();
    #[cfg(unix)]
    job_control::restore_terminal();
    let code = error.print(format);
    std::process::exit(code as i32)
}

fn lock() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}
