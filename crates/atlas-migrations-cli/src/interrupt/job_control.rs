//! Job control of Unix shells: stop, continue and hang-up.

use std::io;
use std::sync::{Mutex, PoisonError};

use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;

use crate::terminal;

/// The terminal attributes at the start of the program. A password prompt changes them.
static INITIAL_ATTRIBUTES: Mutex<Option<Termios>> = Mutex::new(None);

/// Handles Ctrl-Z, and the shell commands `fg` and `bg`.
pub struct JobControl {
    /// The terminal attributes when the program was stopped.
    stopped: Option<Termios>,
}

/// Starts to receive signals.
pub fn start() -> io::Result<(Signals, JobControl)> {
    *INITIAL_ATTRIBUTES.lock().unwrap_or_else(PoisonError::into_inner) = attributes();
    let mut signals = vec![SIGINT, SIGTERM, SIGCONT];
    if handles_hang_up() {
        signals.push(SIGHUP);
    }
    if !is_ignored_at_start(Signal::TSTP).unwrap_or(false) {
        signals.push(SIGTSTP);
    }
    Ok((Signals::new(signals)?, JobControl { stopped: None }))
}

impl JobControl {
    /// Handles a signal if it belongs to job control. Returns whether it does.
    pub fn handle(&mut self, signal: i32) -> bool {
        match signal {
            SIGTSTP => {
                terminal::suspend_view();
                self.stopped = attributes();
                restore_terminal();
                if kill_process(getpid(), Signal::STOP).is_err() {
                    self.resume();
                }
            }
            SIGCONT => self.resume(),
            _ => return false,
        }
        true
    }

    fn resume(&mut self) {
        if let Some(attributes) = self.stopped.take() {
            set_attributes(&attributes);
        }
        terminal::resume_view();
    }
}

/// Restores the terminal attributes that the program started with.
pub fn restore_terminal() {
    let initial = INITIAL_ATTRIBUTES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(initial) = &*initial {
        set_attributes(initial);
    }
}

/// Returns the attributes of the terminal on stdin.
fn attributes() -> Option<Termios> {
    tcgetattr(rustix::stdio::stdin()).ok()
}

fn set_attributes(wanted: &Termios) {
    // Does nothing if nothing changes, because setting attributes stops a background process.
    let is_set = attributes().is_none_or(|now| {
        (now.local_modes, now.input_modes) == (wanted.local_modes, wanted.input_modes)
    });
    if !is_set {
        // An error means that the terminal is gone.
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, wanted);
    }
}

/// Returns whether SIGHUP ends the program. It does not under `nohup`, which redirects the terminal.
fn handles_hang_up() -> bool {
    is_ignored_at_start(Signal::HUP).map_or_else(
        || isatty(rustix::stdio::stdin()) || isatty(rustix::stdio::stderr()),
        |is_ignored| !is_ignored,
    )
}

/// Returns whether a signal was ignored when the program started, or `None` if the system does not tell.
pub fn is_ignored_at_start(signal: Signal) -> Option<bool> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let ignored = u64::from_str_radix(ignored.trim(), 16).ok()?;
    let bit = u32::try_from(signal.as_raw()).ok()?.checked_sub(1)?;
    Some(ignored.checked_shr(bit)? & 1 == 1)
}
