//! Writing to stdout: tables, colour on a terminal only, and no complaint when the reader has gone.

use std::io::{self, IsTerminal, Write as _};

use atlas_migrations::LiveMigrationStatus;
use console::{measure_text_width, truncate_str};
use serde::Serialize;

use crate::arguments::Output;
use crate::failure::Failure;

/// Writes to stdout. A reader that has seen enough, such as `head`, is no error.
pub fn print(bytes: &[u8]) -> io::Result<()> {
    print_if_read(bytes).map(drop)
}

/// Does the same, and says whether there still is a reader.
pub fn print_if_read(bytes: &[u8]) -> io::Result<bool> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error),
    }
}

/// Shows what the service said, to a person or a program.
pub fn show(
    output: Output,
    value: &impl Serialize,
    for_people: impl FnOnce() -> String,
) -> Result<(), Failure> {
    let text = match output {
        Output::Table => for_people(),
        Output::Json => json_text(value)?,
    };
    Ok(print(text.as_bytes())?)
}

/// A value as JSON that people can read, too.
pub fn json_text(value: &impl Serialize) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(value);
    let json = json.map_err(|error| Failure::new("cannot write JSON").because(&error))?;
    Ok(format!("{json}\n"))
}

/// Tells a person what is not as it should be, but is no failure.
pub fn warn(text: &str) {
    note(&format!("warning: {text}"));
}

/// Tells a person what no program needs to know.
pub fn note(text: &str) {
    // Where stderr is closed there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Whether stdout shows colours: it is a terminal, and `NO_COLOR` is not set.
pub fn has_colour() -> bool {
    shows_colour(&io::stdout())
}

/// Whether a stream shows colours.
pub fn shows_colour(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A text without what steers a terminal, which nothing that a server sends may do: control characters, and
/// those that turn the direction of writing.
pub fn harmless(text: &str) -> String {
    let turns = |character| {
        matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}')
            || matches!(character, '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(|character| !character.is_control() && !turns(*character)).collect()
}

/// One cell of a [`table`].
pub struct Cell {
    text: String,
    /// The colour's number in an SGR escape sequence.
    colour: Option<u8>,
}

impl Cell {
    /// In the colour with this number.
    pub fn in_colour(self, number: u8) -> Self {
        Self { colour: Some(number), ..self }
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
    pub fn padded(&self, width: usize, colour: bool) -> String {
        let text = truncate_str(&self.text, width, if width > 0 { "…" } else { "" });
        let padding = " ".repeat(width.saturating_sub(measure_text_width(&text)));
        match self.colour {
            Some(number) if colour => format!("\x1b[{number}m{text}\x1b[0m{padding}"),
            _ => format!("{text}{padding}"),
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text: harmless(&text), colour: None }
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

/// A status in the colour that goes with it.
pub fn status(status: Option<&LiveMigrationStatus>) -> Cell {
    use LiveMigrationStatus::{Complete, Expired, Failed, New, Working};
    let colour = match status {
        Some(Complete) => 32,
        Some(Failed | Expired) => 31,
        Some(New | Working) => 36,
        _ => 33,
    };
    optional(status).in_colour(colour)
}

/// Lays out rows below their headings.
pub fn table<const N: usize>(headings: [&str; N], rows: &[[Cell; N]], colour: bool) -> String {
    let headings = headings.map(|heading| Cell::from(heading.to_owned()));
    let rows = || std::iter::once(&headings).chain(rows);
    let width = |column: usize| rows().map(|row| row[column].width()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    let mut out = String::new();
    for row in rows() {
        let cells = row.iter().zip(widths).map(|(cell, width)| cell.padded(width, colour));
        out.push_str(cells.collect::<Vec<_>>().join("   ").trim_end());
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
        let rows = [[optional(Some("a\x1b[2Jb\nc\u{202e}d\u{9b}e"))]];
        assert_eq!(table(["X"], &rows, true), "X\na[2Jbcde\n");
    }
}
