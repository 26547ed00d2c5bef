//! [`LiveView`]: lines on stderr that are drawn anew again and again, by a thread of its own.

#![allow(clippy::disallowed_methods, reason = "it draws on stderr")]

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use console::{Term, measure_text_width};

use super::line::Line;
use super::streams::stderr_has_color;

/// How long a terminal that takes nothing is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// The view that is drawn now, for whoever stops the program.
static CURRENT: Mutex<Option<Arc<Shared>>> = Mutex::new(None);

/// A view on the terminal. However it goes out of use, the lines are gone, the cursor is shown again, and it
/// stands at the beginning of a line.
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
    /// What is to be drawn next, and in how many columns.
    next: Option<(Vec<String>, usize)>,
    wish: Wish,
    /// What the thread has come to.
    granted: Wish,
}

/// What is to become of the view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Wish {
    #[default]
    Drawn,
    /// The lines are left as they are, and the terminal is somebody else's.
    Left,
    Ended,
}

impl LiveView {
    /// # Errors
    ///
    /// The system has no room for another thread.
    pub fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let drawer = Arc::clone(&shared);
        thread::Builder::new().name("view".to_owned()).spawn(move || drawer.draw())?;
        *current() = Some(Arc::clone(&shared));
        Ok(Self { shared, terminal: Term::stderr(), color: stderr_has_color() })
    }

    /// How many columns and lines the terminal has.
    pub fn size(&self) -> (usize, usize) {
        let (height, width) = self.terminal.size();
        (width.into(), height.into())
    }

    /// Draws lines in the place of those that were drawn before. Never waits for the terminal.
    pub fn show(&self, lines: &[Line]) {
        let lines = lines.iter().map(|line| line.to_text(self.color)).collect();
        self.shared.lock().next = Some((lines, self.size().0));
        self.shared.changed.notify_all();
    }
}

impl Drop for LiveView {
    fn drop(&mut self) {
        *current() = None;
        self.shared.wish(Wish::Ended);
    }
}

/// Leaves the terminal to whoever comes next, with the cursor shown, until [`go_on`].
pub fn leave() {
    if let Some(view) = &*current() {
        view.wish(Wish::Left);
    }
}

/// Draws the view again, below whatever was written since.
pub fn go_on() {
    if let Some(view) = &*current() {
        // What was drawn may have been written over even where nobody said so before.
        view.wish(Wish::Left);
        view.wish(Wish::Drawn);
    }
}

/// Takes the view away, for the program ends.
pub fn end() {
    if let Some(view) = current().take() {
        view.wish(Wish::Ended);
    }
}

fn current() -> MutexGuard<'static, Option<Arc<Shared>>> {
    CURRENT.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the thread for something, and waits until it is so, but not for ever.
    fn wish(&self, wish: Wish) {
        let mut state = self.lock();
        if state.wish == Wish::Ended {
            return;
        }
        state.wish = wish;
        self.changed.notify_all();
        let _ = self.changed.wait_timeout_while(state, PATIENCE, |state| state.granted != wish);
    }

    fn draw(&self) {
        let mut drawing = Drawing { terminal: Term::buffered_stderr(), drawn: Vec::new() };
        let mut width = 80;
        loop {
            let mut state = self.lock();
            while state.granted == state.wish && (state.next.is_none() || state.wish != Wish::Drawn)
            {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let (wish, before) = (state.wish, state.granted);
            let next = if wish == Wish::Drawn { state.next.take() } else { None };
            drop(state);
            // Where the terminal is gone there is nothing to draw on.
            let _ = match wish {
                Wish::Drawn => next.map_or(Ok(()), |(lines, columns)| {
                    width = columns;
                    drawing.replace(lines, columns)
                }),
                Wish::Left if before == Wish::Left => Ok(()),
                Wish::Left => drawing.leave(),
                Wish::Ended => drawing.clear(width),
            };
            self.lock().granted = wish;
            self.changed.notify_all();
            if wish == Wish::Ended {
                return;
            }
        }
    }
}

/// What stands on the terminal now.
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

    fn leave(&mut self) -> io::Result<()> {
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
        // A terminal that has become narrower has broken the lines.
        let broken = |line: &String| measure_text_width(line).saturating_sub(1) / width.max(1) + 1;
        let lines = self.drawn.iter().map(broken).sum();
        if lines > 0 {
            // The terminal shows what is typed, such as ^C.
            self.terminal.clear_line()?;
        }
        self.drawn.clear();
        self.terminal.clear_last_lines(lines)
    }
}
