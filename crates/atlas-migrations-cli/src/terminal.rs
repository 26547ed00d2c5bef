//! Writing to stdout: tables, colour on a terminal only, and no complaint when the reader has gone.

use std::io::{self, IsTerminal as _, Write as _};

use atlas_migrations::LiveMigrationStatus;

/// Writes to stdout. A reader that has seen enough, such as `head`, is no error.
pub fn print(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Tells a person something that is no failure.
pub fn warn(text: &str) {
    // Where stderr is closed there is nobody left to tell.
    let _ = writeln!(io::stderr(), "warning: {text}");
}

/// Whether stdout shows colours: it is a terminal, and `NO_COLOR` is not set.
pub fn has_colour() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// One cell of a [`table`].
pub struct Cell {
    text: String,
    /// The colour's number in an SGR escape sequence.
    colour: Option<u8>,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        // What a server sends must not steer a terminal.
        let text = text.chars().filter(|character| !character.is_control()).collect();
        Self { text, colour: None }
    }
}

/// A cell for what may be absent.
pub fn optional(value: Option<impl ToString>) -> Cell {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string()).into()
}

/// A status in the colour that goes with it.
pub fn status(status: Option<&LiveMigrationStatus>) -> Cell {
    use LiveMigrationStatus::{Complete, Expired, Failed, New, Working};
    let colour = match status {
        Some(Complete) => Some(32),
        Some(Failed | Expired) => Some(31),
        Some(New | Working) => Some(36),
        _ => Some(33),
    };
    Cell { colour, ..optional(status) }
}

/// Lays out rows below their headings.
pub fn table<const N: usize>(headings: [&str; N], rows: &[[Cell; N]], colour: bool) -> String {
    let headings = headings.map(|heading| Cell::from(heading.to_owned()));
    let rows = || std::iter::once(&headings).chain(rows);
    let width = |column: usize| {
        rows().map(|row| row[column].text.chars().count()).max().unwrap_or_default()
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let mut out = String::new();
    for row in rows() {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let padding = " ".repeat(width - cell.text.chars().count() + 3);
            let (on, off) = match cell.colour {
                Some(number) if colour => (format!("\x1b[{number}m"), "\x1b[0m"),
                _ => (String::new(), ""),
            };
            line.extend([&on, &cell.text, off, &padding]);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            [status(Some(&LiveMigrationStatus::New)), optional(Some("vm001"))],
            [status(Some(&"ünknown".into())), optional(None::<String>)],
        ];
        let plain = table(["STATUS", "HOST"], &rows, false);
        assert_eq!(plain, "STATUS    HOST\nNEW       vm001\nünknown   -\n");
        let coloured = table(["STATUS", "HOST"], &rows, true);
        assert!(coloured.contains("\x1b[36mNEW\x1b[0m       vm001"), "{coloured:?}");
    }

    #[test]
    fn what_a_server_sends_cannot_steer_the_terminal() {
        let rows = [[optional(Some("a\x1b[2Jb\nc"))]];
        assert_eq!(table(["X"], &rows, true), "X\na[2Jbc\n");
    }
}
