//! [`Line`]: the one form in which text reaches a person.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use atlas_client_core::sanitize;
use atlas_migrations::LiveMigrationStatus;
use console::{measure_text_width, truncate_str};

pub const RED: Style = AnsiColor::Red.on_default();
pub const GREEN: Style = AnsiColor::Green.on_default();
pub const YELLOW: Style = AnsiColor::Yellow.on_default();
pub const CYAN: Style = AnsiColor::Cyan.on_default();

/// One line for a person. Whatever is put into it, it stays one line and cannot steer a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(Vec<(String, Style)>);

impl Line {
    /// The line with more text at its end.
    pub fn and(mut self, text: &str, style: Style) -> Self {
        self.0.push((sanitize(text), style));
        self
    }

    /// The line with a cell at its end, in so many columns.
    pub fn and_cell(mut self, cell: &Cell, width: usize) -> Self {
        let text = truncate_str(&cell.text, width, if width > 0 { "…" } else { "" });
        let padding = " ".repeat(width.saturating_sub(measure_text_width(&text)));
        self.0.push((text.into_owned(), cell.style));
        self.0.push((padding, Style::new()));
        self
    }

    /// The line without the blanks at its end.
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

    /// The line as it is written, without a line break.
    pub fn to_text(&self, color: bool) -> String {
        let mut line = String::new();
        for (text, style) in &self.0 {
            if color && *style != Style::new() && !text.is_empty() {
                // Writing into a string cannot fail.
                let _ = write!(line, "{}{text}{}", style.render(), style.render_reset());
            } else {
                line.push_str(text);
            }
        }
        line
    }
}

impl<T: AsRef<str>> From<T> for Line {
    fn from(text: T) -> Self {
        Self::default().and(text.as_ref(), Style::new())
    }
}

/// One cell of a [`table`].
#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub fn styled(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// The text alone.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many columns of a terminal it takes.
    pub fn width(&self) -> usize {
        measure_text_width(&self.text)
    }

    /// The text in so many columns, cut off or filled up with blanks.
    pub fn padded(&self, width: usize) -> String {
        Line::default().and_cell(self, width).to_text(false)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text: sanitize(&text), style: Style::new() }
    }
}

/// A cell for what may be absent.
pub fn optional(value: Option<impl ToString>) -> Cell {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string()).into()
}

/// A cell for what is so, is not, or is not known.
pub fn yes_or_no(value: Option<bool>) -> Cell {
    optional(value.map(|yes| if yes { "yes" } else { "no" }))
}

/// A status in the color that goes with it.
pub fn status(status: Option<&LiveMigrationStatus>) -> Cell {
    use LiveMigrationStatus::{Complete, Expired, Failed, New, Working};
    let color = match status {
        Some(Complete) => GREEN,
        Some(Failed | Expired) => RED,
        Some(New | Working) => CYAN,
        _ => YELLOW,
    };
    optional(status).styled(color)
}

/// Lays out rows below their headings.
pub fn table<const N: usize>(headings: [&str; N], rows: &[[Cell; N]]) -> Vec<Line> {
    let headings = headings.map(|heading| Cell::from(heading.to_owned()));
    let rows = || std::iter::once(&headings).chain(rows);
    let width = |column: usize| rows().map(|row| row[column].width()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[Cell; N]| {
        let mut line = Line::default();
        for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
            if index > 0 {
                line = line.and("   ", Style::new());
            }
            line = line.and_cell(cell, width);
        }
        line.trimmed()
    };
    rows().map(line).collect()
}

#[cfg(test)]
mod tests {
    use atlas_hostile_inputs::{check, documents};

    use super::*;

    fn text(lines: &[Line], color: bool) -> String {
        lines.iter().map(|line| line.to_text(color) + "\n").collect()
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            [status(Some(&LiveMigrationStatus::New)), optional(Some("vm001"))],
            [status(Some(&"ünknown".into())), optional(None::<String>)],
        ];
        let table = table(["STATUS", "HOST"], &rows);
        assert_eq!(text(&table, false), "STATUS    HOST\nNEW       vm001\nünknown   -\n");
        let colored = text(&table, true);
        assert!(colored.contains("\x1b[36mNEW\x1b[0m       vm001"), "{colored:?}");
    }

    #[test]
    fn what_a_server_sends_cannot_steer_the_terminal() {
        let rows = [[optional(Some("a\x1b[2Jb\nc\u{202e}d\u{9b}e"))]];
        assert_eq!(text(&table(["X"], &rows), true), "X\na[2Jb cde\n");
    }

    #[test]
    fn hostile_text_stays_one_line_that_steers_nothing() {
        let seeds = &["error: no such\nhint: do\x1b]0;x\x07", "a\u{9b}2Jb"];
        check("line", &documents(seeds), |bytes| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let cell = Cell::from(text.clone());
            for line in [
                Line::from(&text),
                Line::default().and(&text, RED).trimmed(),
                Line::default().and_cell(&cell, 7),
            ] {
                let shown = line.to_text(false);
                proptest::prop_assert_eq!(sanitize(&shown), shown);
            }
            Ok(())
        });
    }
}
