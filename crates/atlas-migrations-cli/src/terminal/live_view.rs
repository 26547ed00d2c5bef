//! [`LiveView`]: frames on the alternate screen of stderr that a separate thread draws, and keys.

#![allow(clippy::disallowed_methods, reason = "it draws on stderr")]

use std::io::{self, Write as _};
use std::panic;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::Duration;

use console::Term;
use ratatui_core::backend::Backend as _;
use ratatui_core::buffer::Buffer;
use ratatui_crossterm::{CrosstermBackend, crossterm};

use super::keyboard::{self, Keyboard, Press};

/// How long to wait for a stalled terminal.
const TIMEOUT: Duration = Duration::from_secs(1);
/// The time between two frames, beside those after keys: the size of the terminal and the clock may have changed.
const TICK: Duration = Duration::from_millis(250);
/// How long a read of keys waits before it looks whether the view has ended.
const KEY_TIMEOUT: Duration = Duration::from_millis(100);

/// The alternate screen without a cursor; and back, without colors.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[2J\x1b[?25l";
const LEAVE: &[u8] = b"\x1b[0m\x1b[?1049l\x1b[?25h";

/// The current view, for signals.
static CURRENT: Mutex<Option<Arc<Shared>>> = Mutex::new(None);

/// Returns the frame for a terminal of this many columns and lines. None draws nothing.
pub type Paint = Box<dyn FnMut(u16, u16) -> Option<Buffer> + Send>;
/// Handles a key.
pub type OnPress = Box<dyn FnMut(Press) + Send>;

/// A view on the terminal. When it is dropped or [ended](end), the terminal is as it was before.
pub struct LiveView {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Whether there is something new to draw.
    is_stale: bool,
    /// What the terminal gets besides frames.
    extra: Vec<u8>,
    requested: Mode,
    /// The mode that the thread has reached.
    reached: Mode,
}

/// What the view does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Drawing,
    /// The terminal belongs to another program.
    Suspended,
    Ended,
}

impl LiveView {
    /// Returns the number of columns and lines of the terminal.
    pub fn size() -> (u16, u16) {
        let (lines, columns) = Term::stderr().size();
        (columns, lines)
    }

    /// Starts a view. The first frame is drawn as soon as there is one.
    ///
    /// # Errors
    ///
    /// The system cannot start a thread.
    pub fn start(paint: Paint, on_press: Option<OnPress>) -> io::Result<Self> {
        restore_after_panic();
        crossterm::style::force_color_output(true);
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let has_keys = on_press.is_some();
        let drawer = Arc::clone(&shared);
        let start = thread::Builder::new().name("view".to_owned());
        start.spawn(move || drawer.draw(paint, has_keys))?;
        let view = Self { shared: Arc::clone(&shared) };
        *current() = Some(Arc::clone(&shared));
        if let Some(on_press) = on_press {
            let start = thread::Builder::new().name("keys".to_owned());
            start.spawn(move || shared.read_keys(on_press))?;
        }
        Ok(view)
    }

    /// Draws a new frame soon. Never waits for the terminal.
    pub fn redraw(&self) {
        self.shared.lock().is_stale = true;
        self.shared.changed.notify_all();
    }
}

impl Drop for LiveView {
    fn drop(&mut self) {
        *current() = None;
        self.shared.request(Mode::Ended);
    }
}

/// Writes to the terminal of the current view with its next frame.
pub fn write_with_frame(bytes: &[u8]) {
    if let Some(view) = &*current() {
        view.lock().extra.extend(bytes);
        view.changed.notify_all();
    }
}

/// Leaves the screen to others until [`resume`].
pub fn suspend() {
    if let Some(view) = &*current() {
        view.request(Mode::Suspended);
    }
}

/// Draws the view again.
pub fn resume() {
    if let Some(view) = &*current() {
        // The screen may be overwritten even if nobody suspended the view.
        view.request(Mode::Suspended);
        view.request(Mode::Drawing);
    }
}

/// Ends the view because the program ends.
pub fn end() {
    let view = current().take();
    if let Some(view) = view {
        view.request(Mode::Ended);
    }
}

fn current() -> MutexGuard<'static, Option<Arc<Shared>>> {
    CURRENT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Restores the terminal when any thread panics, because the program may end with it.
fn restore_after_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            // The panic may have come while the view is locked.
            let has_view = CURRENT.try_lock().map_or(true, |current| current.is_some());
            if has_view {
                keyboard::restore();
                let _ = io::stderr().write_all(LEAVE);
            }
            before(panic);
        }));
    });
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests a mode, and waits until the thread has reached it or the terminal stalls.
    fn request(&self, mode: Mode) {
        let mut state = self.lock();
        if state.requested == Mode::Ended {
            return;
        }
        state.requested = mode;
        state.is_stale = true;
        self.changed.notify_all();
        let _ = self.changed.wait_timeout_while(state, TIMEOUT, |state| state.reached != mode);
    }

    fn draw(&self, mut paint: Paint, has_keys: bool) {
        let mut screen = Screen { drawn: None, is_entered: false, has_keys };
        loop {
            let mut state = self.lock();
            while state.reached == state.requested
                && (!state.is_stale || state.requested != Mode::Drawing)
                && state.extra.is_empty()
            {
                let waited = self.changed.wait_timeout(state, TICK);
                let (next, waited) = waited.unwrap_or_else(PoisonError::into_inner);
                state = next;
                if waited.timed_out() && state.requested == Mode::Drawing {
                    break;
                }
            }
            let mode = state.requested;
            state.is_stale = false;
            let extra = std::mem::take(&mut state.extra);
            drop(state);
            // An error means that the terminal is gone.
            let _ = match mode {
                Mode::Drawing if keyboard::is_in_foreground() => screen.show(&mut paint, &extra),
                Mode::Drawing | Mode::Suspended | Mode::Ended => screen.leave(),
            };
            self.lock().reached = mode;
            self.changed.notify_all();
            if mode == Mode::Ended {
                return;
            }
        }
    }

    /// Reads keys until the view ends or the terminal is gone.
    fn read_keys(&self, mut on_press: OnPress) {
        loop {
            let state = self.lock();
            match state.requested {
                Mode::Ended => return,
                Mode::Suspended => {
                    let _ = self.changed.wait_timeout(state, TICK);
                    continue;
                }
                Mode::Drawing => drop(state),
            }
            match keyboard::read(KEY_TIMEOUT) {
                Ok(pressed) if pressed.is_empty() => {}
                Ok(pressed) => {
                    pressed.into_iter().for_each(&mut on_press);
                    self.lock().is_stale = true;
                    self.changed.notify_all();
                }
                Err(_) => return,
            }
        }
    }
}

/// What is on the terminal.
struct Screen {
    drawn: Option<Buffer>,
    is_entered: bool,
    has_keys: bool,
}

impl Screen {
    fn show(&mut self, paint: &mut Paint, extra: &[u8]) -> io::Result<()> {
        let (columns, lines) = LiveView::size();
        let Some(frame) = paint(columns, lines) else { return Ok(()) };
        let mut bytes = extra.to_vec();
        if !self.is_entered {
            bytes.extend(ENTER);
            self.is_entered = true;
            self.drawn = None;
            if self.has_keys {
                Keyboard::start_reading();
            }
        }
        let empty = Buffer::empty(frame.area);
        let before = self.drawn.as_ref().filter(|drawn| drawn.area == frame.area);
        if before.is_none() {
            bytes.extend(b"\x1b[0m\x1b[2J");
        }
        let changes = before.unwrap_or(&empty).diff(&frame);
        if !changes.is_empty() {
            CrosstermBackend::new(&mut bytes).draw(changes.into_iter())?;
        }
        self.drawn = Some(frame);
        write(&bytes)
    }

    fn leave(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.is_entered) {
            return Ok(());
        }
        self.drawn = None;
        if self.has_keys {
            keyboard::restore();
        }
        write(LEAVE)
    }
}

fn write(bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let mut stderr = io::stderr().lock();
    stderr.write_all(bytes)?;
    stderr.flush()
}

#[cfg(test)]
mod tests {
    use std::fs::{File, OpenOptions};
    use std::io::Read as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    use std::process::Command;
    use std::sync::mpsc::channel;

    use ratatui_core::layout::Rect;
    use rustix::fs::OFlags;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{LocalModes, tcgetattr};

    use super::*;

    /// The process of the test below.
    #[test]
    #[ignore = "it panics"]
    fn panics_behind_a_view() {
        let (drawn, is_drawn) = channel();
        let paint = move |_, _| {
            let _ = drawn.send(());
            Some(Buffer::filled(Rect::new(0, 0, 9, 1), ratatui_core::buffer::Cell::new("x")))
        };
        let view = LiveView::start(Box::new(paint), Some(Box::new(|_| ()))).unwrap();
        // The second frame comes after the first one is on the terminal.
        is_drawn.recv().unwrap();
        is_drawn.recv().unwrap();
        // A release aborts before anything is dropped.
        std::mem::forget(view);
        panic!("on purpose");
    }

    /// The bug: after a panic the shell shows nothing of what is typed.
    #[test]
    fn a_panic_leaves_the_terminal_as_it_was() {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&screen).unwrap();
        unlockpt(&screen).unwrap();
        let name = ptsname(&screen, Vec::new()).unwrap().into_string().unwrap();
        let mut options = OpenOptions::new();
        options.read(true).write(true).custom_flags(OFlags::NOCTTY.bits().cast_signed());
        let other = || options.open(&name).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "terminal::live_view::tests::panics_behind_a_view"]);
        command.args(["--ignored", "--nocapture"]).env("TERM", "xterm");
        command.stdin(other()).stdout(other()).stderr(other());
        let mut child = command.spawn().unwrap();
        drop(command);
        let (mut text, mut screen) = (Vec::new(), File::from(screen));
        // Reading fails once the other side is closed.
        let _ = screen.read_to_end(&mut text);
        assert!(!child.wait().unwrap().success());
        let mut parser = vt100::Parser::new(50.try_into().unwrap(), 100.try_into().unwrap(), 0);
        parser.process(&text);
        let shown = parser.screen();
        let contents = shown.contents();
        assert!(text.windows(8).any(|part| part == b"\x1b[?1049h"), "{contents}");
        assert!(!shown.alternate_screen() && !shown.hide_cursor(), "{contents}");
        assert!(contents.contains("on purpose"), "{contents}");
        let modes = tcgetattr(&screen).unwrap().local_modes;
        assert!(modes.contains(LocalModes::ECHO | LocalModes::ICANON));
    }
}
