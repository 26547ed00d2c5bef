//! Stdout and stderr themselves: who reads them, and what they can show.

#![allow(clippy::disallowed_methods, reason = "this is the module that may")]

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};

/// Whether stdout shows colors.
pub fn stdout_has_color() -> bool {
    has_color(AutoStream::choice(&io::stdout()))
}

/// Whether stderr shows colors.
pub fn stderr_has_color() -> bool {
    has_color(AutoStream::choice(&io::stderr()))
}

fn has_color(choice: ColorChoice) -> bool {
    let is_forced = ColorChoice::global() == ColorChoice::Always
        || std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty());
    choice != ColorChoice::Never && (is_forced || knows_escapes())
}

/// Whether the terminal, where there is one, knows escape sequences.
fn knows_escapes() -> bool {
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

/// Whether stderr is a terminal on which a view can be drawn.
pub fn stderr_can_be_drawn_on() -> bool {
    io::stderr().is_terminal() && knows_escapes()
}

/// Writes to stdout.
pub fn write_stdout(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush())
}

/// Stdout, for the thread that writes to it while others work.
pub fn stdout() -> io::Stdout {
    io::stdout()
}

/// Stderr, for the thread that writes to it while others work.
pub fn stderr() -> io::Stderr {
    io::stderr()
}

/// Writes to stderr. Where it is closed there is nobody left to tell.
pub fn write_stderr(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// Writes to stderr, and gives up on a reader that does not read for so long.
pub fn write_stderr_within(limit: Duration, text: String) {
    let (done, is_done) = mpsc::channel();
    let writer = thread::Builder::new().spawn(move || {
        write_stderr(&text);
        // Nobody may wait any more.
        let _ = done.send(());
    });
    if writer.is_ok() {
        let _ = is_done.recv_timeout(limit);
    }
}

/// Where what is written to stdout goes to nobody, as far as can be known before it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nowhere {
    /// It is thrown away: stdout is `/dev/null`, which Rust puts in the place of a closed stdout, too.
    Discarded,
    /// It cannot be written: the reader has gone, or stdout takes nothing.
    Unwritable,
}

/// Looks where stdout leads.
#[cfg(unix)]
pub fn stdout_leads_nowhere() -> Option<Nowhere> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat, stat};

    let stdout = io::stdout();
    let Ok(status) = fstat(&stdout) else {
        return Some(Nowhere::Unwritable);
    };
    if FileType::from_raw_mode(status.st_mode) == FileType::CharacterDevice {
        let is = |path| stat(path).is_ok_and(|device| device.st_rdev == status.st_rdev);
        if is("/dev/null") {
            return Some(Nowhere::Discarded);
        }
        if is("/dev/full") {
            return Some(Nowhere::Unwritable);
        }
    }
    let is_read_only =
        fcntl_getfl(&stdout).is_ok_and(|flags| flags & OFlags::ACCMODE == OFlags::RDONLY);
    let mut polled = [PollFd::new(&stdout, PollFlags::OUT)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    let has_ended = poll(&mut polled, Some(&now)).is_ok()
        && polled[0].revents().intersects(PollFlags::ERR | PollFlags::NVAL);
    (is_read_only || has_ended).then_some(Nowhere::Unwritable)
}

#[cfg(not(unix))]
pub fn stdout_leads_nowhere() -> Option<Nowhere> {
    None
}
