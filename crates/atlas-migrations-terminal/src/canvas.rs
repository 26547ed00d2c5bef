//! [`Canvas`]: writes text into a frame.

use atlas_client_core::sanitize;
use ratatui_core::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    text::{cut, width},
    theme::Theme,
};

/// A frame and how it looks. Whatever text it gets stays on its line and controls no terminal.
pub(crate) struct Canvas<'a> {
    pub(crate) frame: &'a mut Buffer,
    pub(crate) theme: Theme,
}

impl Canvas<'_> {
    pub(crate) fn width(&self) -> usize {
        self.frame.area.width.into()
    }

    pub(crate) fn height(&self) -> usize {
        self.frame.area.height.into()
    }

    /// Writes a text, and cuts it at its end. Returns the column behind it.
    pub(crate) fn put(
        &mut self,
        x: usize,
        y: usize,
        text: &str,
        room: usize,
        style: Style,
    ) -> usize {
        let text = sanitize(text);
        let text = self.theme.text(&text);
        let room = room.min(self.width().saturating_sub(x));
        if y >= self.height() || room == 0 {
            return x;
        }
        let text = if width(&text) > room {
            self.theme.text(&cut(&text, room)).into_owned()
        } else {
            text.into_owned()
        };
        let (column, line) = (to_u16(x), to_u16(y));
        self.frame.set_stringn(column, line, &text, room, style);
        x + width(&text)
    }

    /// Writes a text that ends at a column.
    pub(crate) fn put_right(&mut self, end: usize, y: usize, text: &str, style: Style) {
        let width = width(&self.theme.text(text));
        self.put(end.saturating_sub(width), y, text, width, style);
    }

    /// Sets the style of a whole line.
    pub(crate) fn paint(&mut self, y: usize, style: Style) {
        if y < self.height() {
            let line = Rect::new(0, to_u16(y), self.frame.area.width, 1);
            self.frame.set_style(line, style);
        }
    }
}

fn to_u16(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}
