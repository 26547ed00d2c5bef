//! Job control of Unix shells: stop, continue and hang-up.

use std::io;
use std::sync::{Mutex, PoisonError};

use rustix::process::{Signal as Number, getpid, kill_process};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::terminal;

/// The terminal attributes at the start of the program. A password prompt changes them.
static INITIAL_ATTRIBUTES: Mutex<Option<Termios>> = Mutex::new(None);

/// The signals of Ctrl-Z and of the shell commands `fg` and `bg`.
pub struct JobSignals {
    stop: Option<Signal>,
    resume: Signal,
}

impl JobSignals {
    pub fn new() -> io::Result<Self> {
        *INITIAL_ATTRIBUTES.lock().unwrap_or_else(PoisonError::into_inner) = attributes();
        let handles_stop = !is_ignored_at_start(Number::TSTP).unwrap_or(false);
        let stop = handles_stop.then(|| signal(SignalKind::from_raw(Number::TSTP.as_raw())));
        let resume = signal(SignalKind::from_raw(Number::CONT.as_raw()))?;
        Ok(Self { stop: stop.transpose()?, resume })
    }

    /// Waits for one signal of the shell and handles it.
    pub async fn handle(&mut self) {
        let stop = async {
            match &mut self.stop {
                Some(stop) => stop.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = stop => self.stop().await,
            _ = self.resume.recv() => terminal::resume_view(),
        }
    }

    async fn stop(&mut self) {
        terminal::suspend_view();
        let now = attributes();
        restore_terminal();
        if kill_process(getpid(), Number::STOP).is_ok() {
            self.resume.recv().await;
        }
        if let Some(now) = now {
            set_attributes(&now);
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

/// Whether SIGHUP ends the program. It does not under `nohup`.
pub fn handles_hang_up() -> bool {
    match is_ignored_at_start(Number::HUP) {
        Some(is_ignored) => !is_ignored,
        // `nohup` redirects the terminal.
        None => {
            rustix::termios::isatty(rustix::stdio::stdin())
                || rustix::termios::isatty(rustix::stdio::stderr())
        }
    }
}

/// Whether a signal was ignored when the program started. `None` if the system does not tell.
pub fn is_ignored_at_start(number: Number) -> Option<bool> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let ignored = u64::from_str_radix(ignored.trim(), 16).ok()?;
    let bit = u32::try_from(number.as_raw()).ok()?.checked_sub(1)?;
    Some(ignored.checked_shr(bit)? & 1 == 1)
}
