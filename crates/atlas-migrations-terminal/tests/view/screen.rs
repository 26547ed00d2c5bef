//! A frame on a terminal.

#![allow(clippy::unwrap_used, reason = "it is used by tests only")]

use atlas_migrations_terminal::{Abilities, Colors, Key, Theme, View, render};
use ratatui_core::{backend::Backend as _, buffer::Buffer};
use ratatui_crossterm::{CrosstermBackend, crossterm};

use crate::sample::Sample;

pub const THEME: Theme = Theme { colors: Colors::Sixteen, is_unicode: true };
pub const RUN: Abilities = Abilities { can_decide: true, has_keys: true };

/// Returns the screen of a terminal after a frame.
pub fn shown(
    sample: &Sample,
    view: &View,
    theme: Theme,
    columns: u16,
    lines: u16,
) -> vt100::Screen {
    let frame = render(&sample.scene(), view, theme, columns, lines);
    let mut bytes = Vec::new();
    let changes = Buffer::empty(frame.area);
    let changes = changes.diff(&frame);
    crossterm::style::force_color_output(true);
    CrosstermBackend::new(&mut bytes).draw(changes.into_iter()).unwrap();
    let mut parser = vt100::Parser::new(lines.try_into().unwrap(), columns.try_into().unwrap(), 0);
    parser.process(&bytes);
    parser.screen().clone()
}

/// Returns the view after some keys.
pub fn pressed(sample: &Sample, keys: &[Key], columns: u16, lines: u16) -> View {
    let mut view = View::new(RUN);
    view.resize(columns, lines);
    for key in keys {
        view.press(*key, &sample.scene());
    }
    view
}

/// Returns the text of a frame after some keys.
pub fn text(sample: &Sample, keys: &[Key], columns: u16, lines: u16) -> String {
    let view = pressed(sample, keys, columns, lines);
    shown(sample, &view, THEME, columns, lines).contents()
}

pub fn typed(text: &str) -> Vec<Key> {
    text.chars().map(Key::Char).collect()
}
