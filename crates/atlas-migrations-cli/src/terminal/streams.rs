//! Stdout and stderr: whether they are terminals, support colors, and can be written.

#![allow(clippy::disallowed_methods, reason = "only this module may use them")]

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};

/// Returns whether to write colors to stdout.
pub fn stdout_has_color() -> bool {
    has_color(AutoStream::choice(&io::stdout()))
}

/// Returns whether to write colors to stderr.
pub fn stderr_has_color() -> bool {
    has_color(AutoStream::choice(&io::stderr()))
}

fn has_color(choice: ColorChoice) -> bool {
    let is_forced = ColorChoice::global() == ColorChoice::Always
        || std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty());
    choice != ColorChoice::Never && (is_forced || supports_escapes())
}

/// Returns whether the terminal supports escape sequences.
fn supports_escapes() -> bool {
    match std::env::var_os("TERM") {
        Some(name) => !name.is_empty() && name != "dumb",
        None => cfg!(windows),
    }
}

pub fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Returns whether a person sees stderr, and a program reads stdout.
pub fn only_stderr_is_terminal() -> bool {
    stderr_is_terminal() && !stdout_is_terminal()
}

/// Whether a log is written to stderr, between whose lines no view can stand.
static STDERR_HAS_LOG: AtomicBool = AtomicBool::new(false);

/// From now on, stderr gets a log.
pub fn log_on_stderr() {
    STDERR_HAS_LOG.store(true, Ordering::Relaxed);
}

/// Returns whether stderr is a terminal that supports a live view.
pub fn stderr_supports_live_view() -> bool {
    io::stderr().is_terminal() && supports_escapes() && !STDERR_HAS_LOG.load(Ordering::Relaxed)
}

/// Writes to stdout.
pub fn write_stdout(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush())
}

/// Returns stdout for a [`WriteQueue`](super::WriteQueue).
pub fn stdout() -> io::Stdout {
    io::stdout()
}

/// Returns stderr for a [`WriteQueue`](super::WriteQueue).
pub fn stderr() -> io::Stderr {
    io::stderr()
}

/// Writes to stderr, and ignores errors.
pub fn write_stderr(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// Writes to stderr, and gives up if its reader stalls for this long.
pub fn write_stderr_within(limit: Duration, text: String) {
    let (done, is_done) = mpsc::channel();
    let writer = thread::Builder::new().spawn(move || {
        write_stderr(&text);
        // The receiver may have given up.
        let _ = done.send(());
    });
    if writer.is_ok() {
        let _ = is_done.recv_timeout(limit);
    }
}

/// Why nobody can read what is written to stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StdoutProblem {
    /// Stdout is `/dev/null`. Rust opens it if stdout is closed, too.
    Discarded,
    /// The reader has closed stdout, or stdout cannot be written.
    Unwritable,
}

/// Checks, before anything is written, whether somebody can read stdout.
#[cfg(unix)]
pub fn stdout_problem() -> Option<StdoutProblem> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat, stat};

    let stdout = io::stdout();
    let Ok(status) = fstat(&stdout) else {
        return Some(StdoutProblem::Unwritable);
    };
    if FileType::from_raw_mode(status.st_mode) == FileType::CharacterDevice {
        let is = |path| stat(path).is_ok_and(|device| device.st_rdev == status.st_rdev);
        if is("/dev/null") {
            return Some(StdoutProblem::Discarded);
        }
        if is("/dev/full") {
            return Some(StdoutProblem::Unwritable);
        }
    }
    let is_read_only =
        fcntl_getfl(&stdout).is_ok_and(|flags| flags & OFlags::ACCMODE == OFlags::RDONLY);
    let mut polled = [PollFd::new(&stdout, PollFlags::OUT)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    let is_broken = poll(&mut polled, Some(&now)).is_ok()
        && polled[0].revents().intersects(PollFlags::ERR | PollFlags::NVAL);
    (is_read_only || is_broken).then_some(StdoutProblem::Unwritable)
}

#[cfg(not(unix))]
pub fn stdout_problem() -> Option<StdoutProblem> {
    None
}
