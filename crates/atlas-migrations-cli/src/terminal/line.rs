//! [`Line`]: a line of text for people.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use atlas_client_core::sanitize;
use console::{measure_text_width, truncate_str};

pub const RED: Style = AnsiColor::Red.on_default();
pub const GREEN: Style = AnsiColor::Green.on_default();
pub const YELLOW: Style = AnsiColor::Yellow.on_default();
pub const CYAN: Style = AnsiColor::Cyan.on_default();

/// One line of text. Line breaks and control characters are removed from all text that it contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(Vec<(String, Style)>);

impl Line {
    /// Appends text.
    pub fn with(mut self, text: &str, style: Style) -> Self {
        self.0.push((sanitize(text), style));
        self
    }

    /// Appends text that is truncated or padded to a width.
    pub fn with_width(mut self, text: &str, style: Style, width: usize) -> Self {
        let text = sanitize(text);
        let text = truncate_str(&text, width, if width > 0 { "…" } else { "" });
        let padding = " ".repeat(width.saturating_sub(measure_text_width(&text)));
        self.0.push((text.into_owned(), style));
        self.0.push((padding, Style::new()));
        self
    }

    /// Removes the spaces at the end.
    pub fn trimmed(mut self) -> Self {
        while let Some((text, _)) = self.0.last_mut() {
            text.truncate(text.trim_end().len());
            if !text.is_empty() {
                break;
            }
            self.0.pop();
        }
        self
    }

    /// Returns the text with or without colors, and without a line break.
    pub fn to_text(&self, color: bool) -> String {
        let mut line = String::new();
        for (text, style) in &self.0 {
            if color && *style != Style::new() && !text.is_empty() {
                // Writing to a string cannot fail.
                let _ = write!(line, "{style}{text}{style:#}");
            } else {
                line.push_str(text);
            }
        }
        line
    }
}

impl<T: AsRef<str>> From<T> for Line {
    fn from(text: T) -> Self {
        Self::default().with(text.as_ref(), Style::new())
    }
}

#[cfg(test)]
mod tests {
    use atlas_hostile_inputs::{check, documents};

    use super::*;

    #[test]
    fn hostile_text_stays_one_line_without_control_characters() {
        let seeds = &["error: no such\nhint: do\x1b]0;x\x07", "a\u{9b}2Jb"];
        check("line", &documents(seeds), |bytes| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            for line in [
                Line::from(&text),
                Line::default().with(&text, RED).trimmed(),
                Line::default().with_width(&text, RED, 7),
            ] {
                let shown = line.to_text(false);
                proptest::prop_assert_eq!(sanitize(&shown), shown);
            }
            Ok(())
        });
    }
}
