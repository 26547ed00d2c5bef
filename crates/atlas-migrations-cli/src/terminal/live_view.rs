//! [`LiveView`]: lines on stderr that a separate thread redraws.

#![allow(clippy::disallowed_methods, reason = "it draws on stderr")]

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use console::{Term, measure_text_width};

use super::line::Line;
use super::streams::stderr_has_color;

/// How long to wait for a stalled terminal.
const TIMEOUT: Duration = Duration::from_secs(1);

/// The current view, for signals.
static CURRENT: Mutex<Option<Arc<Shared>>> = Mutex::new(None);

/// A view on the terminal. When it is dropped or [ended](end), its lines are erased and the cursor is shown at the start
/// of a line.
pub struct LiveView {
    shared: Arc<Shared>,
    terminal: Term,
    color: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The lines to draw next, and the width of the terminal.
    next: Option<(Vec<String>, usize)>,
    requested: Mode,
    /// The mode that the thread has reached.
    reached: Mode,
}

/// What the view does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Drawing,
    /// The lines stay, and the terminal belongs to another program.
    Suspended,
    Ended,
}

impl LiveView {
    /// Starts a view.
    ///
    /// # Errors
    ///
    /// The system cannot start a thread.
    pub fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let drawer = Arc::clone(&shared);
        thread::Builder::new().name("view".to_owned()).spawn(move || drawer.draw())?;
        *current() = Some(Arc::clone(&shared));
        Ok(Self { shared, terminal: Term::stderr(), color: stderr_has_color() })
    }

    /// Returns the number of columns and lines of the terminal.
    pub fn size(&self) -> (usize, usize) {
        let (height, width) = self.terminal.size();
        (width.into(), height.into())
    }

    /// Replaces the drawn lines. Never waits for the terminal.
    pub fn show(&self, lines: &[Line]) {
        let lines = lines.iter().map(|line| line.to_text(self.color)).collect();
        self.shared.lock().next = Some((lines, self.size().0));
        self.shared.changed.notify_all();
    }
}

impl Drop for LiveView {
    fn drop(&mut self) {
        *current() = None;
        self.shared.request(Mode::Ended);
    }
}

/// Shows the cursor and draws nothing until [`resume`].
pub fn suspend() {
    if let Some(view) = &*current() {
        view.request(Mode::Suspended);
    }
}

/// Draws the view again, below what was written since.
pub fn resume() {
    if let Some(view) = &*current() {
        // The old lines may be overwritten even if nobody suspended the view.
        view.request(Mode::Suspended);
        view.request(Mode::Drawing);
    }
}

/// Erases the view because the program ends.
pub fn end() {
    if let Some(view) = current().take() {
        view.request(Mode::Ended);
    }
}

fn current() -> MutexGuard<'static, Option<Arc<Shared>>> {
    CURRENT.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.changed.notify_all();
        let _ = self.changed.wait_timeout_while(state, TIMEOUT, |state| state.reached != mode);
    }

    fn draw(&self) {
        let mut drawing = Drawing { terminal: Term::buffered_stderr(), drawn: Vec::new() };
        let mut width = 80;
        loop {
            let mut state = self.lock();
            while state.reached == state.requested
                && (state.next.is_none() || state.requested != Mode::Drawing)
            {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let (mode, before) = (state.requested, state.reached);
            let next = if mode == Mode::Drawing { state.next.take() } else { None };
            drop(state);
            // An error means that the terminal is gone.
            let _ = match mode {
                Mode::Drawing => next.map_or(Ok(()), |(lines, columns)| {
                    width = columns;
                    drawing.replace(lines, columns)
                }),
                Mode::Suspended if before == Mode::Suspended => Ok(()),
                Mode::Suspended => drawing.suspend(),
                Mode::Ended => drawing.clear(width),
            };
            self.lock().reached = mode;
            self.changed.notify_all();
            if mode == Mode::Ended {
                return;
            }
        }
    }
}

/// The lines on the terminal.
struct Drawing {
    terminal: Term,
    drawn: Vec<String>,
}

impl Drawing {
    fn replace(&mut self, lines: Vec<String>, width: usize) -> io::Result<()> {
        if lines == self.drawn {
            return Ok(());
        }
        self.erase(width)?;
        self.terminal.hide_cursor()?;
        for line in &lines {
            self.terminal.write_line(line)?;
        }
        self.drawn = lines;
        self.terminal.flush()
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.drawn.clear();
        self.terminal.show_cursor()?;
        self.terminal.flush()
    }

    fn clear(&mut self, width: usize) -> io::Result<()> {
        let erased = self.erase(width);
        self.terminal.show_cursor()?;
        self.terminal.flush()?;
        erased
    }

    fn erase(&mut self, width: usize) -> io::Result<()> {
        // A terminal that became narrower has wrapped the lines.
        let wrapped = |line: &String| measure_text_width(line).saturating_sub(1) / width.max(1) + 1;
        let lines = self.drawn.iter().map(wrapped).sum();
        if lines > 0 {
            // The terminal echoes typed characters, such as ^C.
            self.terminal.clear_line()?;
        }
        self.drawn.clear();
        self.terminal.clear_last_lines(lines)
    }
}
