//! [`Screen`]: the live view on the terminal.

use std::io;

use console::{Term, measure_text_width};

use super::board::Board;
use super::view::{self, Canvas};
use crate::terminal::shows_colour;

/// The lines on stderr that are drawn anew again and again. However it goes out of use, the cursor is shown
/// again and stands at the beginning of a line.
pub struct Screen {
    terminal: Term,
    /// What stands there now.
    drawn: Vec<String>,
}

impl Screen {
    pub fn new() -> Self {
        Self { terminal: Term::buffered_stderr(), drawn: Vec::new() }
    }

    /// Draws how everything stands in the place of what was drawn before.
    pub fn draw(&mut self, board: &Board) -> io::Result<()> {
        let (height, width) = self.terminal.size();
        let canvas = Canvas {
            width: width.into(),
            height: height.into(),
            colour: shows_colour(&io::stderr()),
        };
        let lines = view::render(board, canvas);
        if lines == self.drawn {
            return Ok(());
        }
        self.erase(width.into())?;
        self.terminal.hide_cursor()?;
        for line in &lines {
            self.terminal.write_line(line)?;
        }
        self.drawn = lines;
        self.terminal.flush()
    }

    /// Leaves the terminal as it was before anything was drawn.
    pub fn clear(mut self) -> io::Result<()> {
        let (_, width) = self.terminal.size();
        self.erase(width.into())
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

impl Drop for Screen {
    fn drop(&mut self) {
        // Where the terminal is gone there is no cursor to show.
        let _ = self.terminal.show_cursor();
        let _ = self.terminal.flush();
    }
}
