//! What a Unix shell does with a program: it stops it, lets it go on, and hangs up.

use std::io;
use std::sync::{Mutex, PoisonError};

use rustix::process::{Signal as Number, getpid, kill_process};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::terminal;

/// How the terminal was when the program began. A prompt for a password hides what is typed.
static TERMINAL: Mutex<Option<Termios>> = Mutex::new(None);

/// Ctrl-Z, and the shell's `fg` and `bg`.
pub struct Jobs {
    stop: Option<Signal>,
    go_on: Signal,
}

impl Jobs {
    pub fn new() -> io::Result<Self> {
        *TERMINAL.lock().unwrap_or_else(PoisonError::into_inner) = attributes();
        let is_heeded = !is_ignored(Number::TSTP).unwrap_or(false);
        let stop = is_heeded.then(|| signal(SignalKind::from_raw(Number::TSTP.as_raw())));
        let go_on = signal(SignalKind::from_raw(Number::CONT.as_raw()))?;
        Ok(Self { stop: stop.transpose()?, go_on })
    }

    /// Waits for the shell, and does as it says.
    pub async fn heed(&mut self) {
        let stop = async {
            match &mut self.stop {
                Some(stop) => stop.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = stop => self.stop().await,
            _ = self.go_on.recv() => terminal::view_goes_on(),
        }
    }

    async fn stop(&mut self) {
        terminal::leave_view();
        let now = attributes();
        restore_terminal();
        // The program's own process, to which it may send what it likes.
        if kill_process(getpid(), Number::STOP).is_ok() {
            self.go_on.recv().await;
        }
        if let Some(now) = now {
            set(&now);
        }
        terminal::view_goes_on();
    }
}

/// Makes the terminal as it was when the program began.
pub fn restore_terminal() {
    let before = TERMINAL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(before) = &*before {
        set(before);
    }
}

/// How the terminal is that the program is steered from, where there is one.
fn attributes() -> Option<Termios> {
    tcgetattr(rustix::stdio::stdin()).ok()
}

/// Makes the terminal like this, where it is not.
fn set(wanted: &Termios) {
    // Where it is so already nothing is done, for that stops a program in the background.
    let is_so = attributes().is_none_or(|now| {
        (now.local_modes, now.input_modes) == (wanted.local_modes, wanted.input_modes)
    });
    if !is_so {
        // Where the terminal is gone there is nothing to make like it was.
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, wanted);
    }
}

/// Whether the program ends when its terminal goes: not where it was begun with `nohup`.
pub fn heeds_hang_up() -> bool {
    match is_ignored(Number::HUP) {
        Some(is_ignored) => !is_ignored,
        // `nohup` leaves no terminal.
        None => {
            rustix::termios::isatty(rustix::stdio::stdin())
                || rustix::termios::isatty(rustix::stdio::stderr())
        }
    }
}

/// Whether a signal was ignored when the program began, where the system says so.
fn is_ignored(number: Number) -> Option<bool> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let ignored = u64::from_str_radix(ignored.trim(), 16).ok()?;
    let bit = u32::try_from(number.as_raw()).ok()?.checked_sub(1)?;
    Some(ignored.checked_shr(bit)? & 1 == 1)
}
