//! Tables and lists of fields.

use std::time::Duration;

use anstyle::Style;
use atlas_client_core::sanitize;
use atlas_migrations::LiveMigrationStatus;
use console::measure_text_width;

use super::line::{CYAN, GREEN, Line, RED, YELLOW};

/// One cell of a table.
#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub fn styled(self, style: Style) -> Self {
        Self { style, ..self }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the number of terminal columns that the text takes.
    pub fn width(&self) -> usize {
        measure_text_width(&self.text)
    }

    /// Returns the text truncated or padded to a width.
    pub fn padded(&self, width: usize) -> String {
        Line::default().with_width(&self.text, Style::new(), width).to_text(false)
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: sanitize(text.as_ref()), style: Style::new() }
    }
}

/// Returns a cell with the value, or `-`.
pub fn optional(value: Option<impl ToString>) -> Cell {
    value.map_or_else(|| "-".into(), |value| value.to_string().into())
}

/// Returns a cell with `yes`, `no`, or `-` if the value is unknown.
pub fn yes_or_no(value: Option<bool>) -> Cell {
    optional(value.map(|yes| if yes { "yes" } else { "no" }))
}

/// Returns a cell with a lag in seconds.
pub fn seconds(lag: Option<Duration>) -> Cell {
    optional(lag.map(|lag| format!("{} s", lag.as_secs())))
}

/// Returns a cell with a status in its color.
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

/// Returns a line with cells of these widths and a gap between them, of at most `max` columns. Cells without width are
/// left out.
pub fn columns<'a>(
    cells: impl IntoIterator<Item = (&'a Cell, usize)>,
    gap: usize,
    max: usize,
) -> Line {
    let (mut line, mut left) = (Line::default(), max);
    for (cell, width) in cells.into_iter().filter(|(_, width)| *width > 0) {
        line = line.with_width(&cell.text, cell.style, width.min(left));
        left = left.saturating_sub(width);
        line = line.with(&" ".repeat(gap.min(left)), Style::new());
        left = left.saturating_sub(gap);
    }
    line.trimmed()
}

/// Lays out rows below headings. Each column is as wide as its widest cell.
pub fn table<const N: usize>(headings: [&str; N], rows: &[[Cell; N]]) -> Vec<Line> {
    let headings = headings.map(Cell::from);
    let rows = || std::iter::once(&headings).chain(rows);
    let width = |column: usize| rows().map(|row| row[column].width()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    rows().map(|row| columns(row.iter().zip(widths), 3, usize::MAX)).collect()
}

/// Lays out `name: value` lines with aligned values.
pub fn fields<const N: usize>(fields: [(&str, String); N]) -> Vec<Line> {
    let line = |(name, value)| Line::from(format!("{:<14}{value}", format!("{name}:")));
    fields.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
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
    fn text_of_a_server_contains_no_control_characters() {
        let rows = [[optional(Some("a\x1b[2Jb\nc\u{202e}d\u{9b}e"))]];
        assert_eq!(text(&table(["X"], &rows), true), "X\na[2Jb cde\n");
    }
}
