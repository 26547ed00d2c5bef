//! Reads keys from the terminal on stdin, one by one. Ctrl-C and Ctrl-Z stay signals.

use std::io;
use std::time::Duration;

use ratatui_crossterm::crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, poll, read as read_event,
};

/// What was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    Key(KeyCode),
    /// Ctrl-C on a system that does not make a signal of it.
    Interrupt,
}

/// The keyboard.
pub struct Keyboard;

/// Waits for keys, at most this long. Keys that came together are returned together.
///
/// # Errors
///
/// The terminal is gone.
pub fn read(limit: Duration) -> io::Result<Vec<Press>> {
    let mut pressed = Vec::new();
    if !wait_for_input(limit)? || !is_in_foreground() {
        return Ok(pressed);
    }
    while poll(Duration::ZERO)? {
        if let Event::Key(key) = read_event()?
            && key.kind != KeyEventKind::Release
        {
            pressed.extend(press(key));
        }
    }
    Ok(pressed)
}

fn press(key: KeyEvent) -> Option<Press> {
    let with = key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SUPER);
    match key.code {
        KeyCode::Char('c') if with == KeyModifiers::CONTROL => Some(Press::Interrupt),
        code if with.is_empty() => Some(Press::Key(code)),
        _ => None,
    }
}

#[cfg(unix)]
mod system {
    use std::io;
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::process::getpgrp;
    use rustix::stdio::stdin;
    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
    };

    /// The attributes of the terminal before keys are read one by one.
    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    fn before() -> MutexGuard<'static, Option<Termios>> {
        BEFORE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    impl super::Keyboard {
        /// Makes the terminal pass each key on, and not show it.
        pub fn start_reading() {
            let Ok(attributes) = tcgetattr(stdin()) else { return };
            let mut single = attributes.clone();
            single.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            single.special_codes[SpecialCodeIndex::VMIN] = 1;
            single.special_codes[SpecialCodeIndex::VTIME] = 0;
            *before() = Some(attributes);
            // An error means that the terminal is gone.
            let _ = tcsetattr(stdin(), OptionalActions::Now, &single);
        }
    }

    /// Makes the terminal what it was before keys were read. Keys that nobody read are forgotten.
    pub fn restore() {
        // A panic may come from anywhere.
        let Ok(mut before) = BEFORE.try_lock() else { return };
        if let Some(attributes) = before.take() {
            let _ = tcsetattr(stdin(), OptionalActions::Flush, &attributes);
        }
    }

    /// Returns whether this process may use the terminal. The shell command `bg` takes that away.
    pub fn is_in_foreground() -> bool {
        // A terminal that does not control this process tells nothing.
        tcgetpgrp(stdin()).map_or(true, |group| group == getpgrp())
    }

    pub fn wait_for_input(limit: Duration) -> io::Result<bool> {
        let input = stdin();
        let mut polled = [PollFd::new(&input, PollFlags::IN)];
        let limit = Timespec { tv_sec: 0, tv_nsec: limit.subsec_nanos().into() };
        match poll(&mut polled, Some(&limit)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let events = polled[0].revents();
        if events.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(events.contains(PollFlags::IN))
    }
}

#[cfg(not(unix))]
mod system {
    use std::io;
    use std::time::Duration;

    use ratatui_crossterm::crossterm::{
        event::poll,
        terminal::{disable_raw_mode, enable_raw_mode},
    };

    impl super::Keyboard {
        /// Makes the terminal pass each key on, and not show it.
        pub fn start_reading() {
            let _ = enable_raw_mode();
        }
    }

    /// Makes the terminal what it was before keys were read.
    pub fn restore() {
        let _ = disable_raw_mode();
    }

    /// Returns whether this process may use the terminal.
    pub fn is_in_foreground() -> bool {
        true
    }

    pub fn wait_for_input(limit: Duration) -> io::Result<bool> {
        poll(limit)
    }
}

use system::wait_for_input;
pub use system::{is_in_foreground, restore};
