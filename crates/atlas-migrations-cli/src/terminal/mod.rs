//! All that is written to the terminal, and to whoever reads stdout and stderr in its place.
//!
//! What is for people is written as [`Line`]s, which nothing that a server, a file or the environment says can
//! break or turn into something else; what is for programs as JSON that steers no terminal either. No other
//! module writes to stdout or stderr.

mod json;
mod line;
mod live;
mod queue;
mod streams;

use std::io;
use std::time::Duration;

use anstyle::{AnsiColor, Style};

pub use self::json::{line as json_line, pretty as json_text};
pub use self::line::{CYAN, Cell, GREEN, Line, RED, YELLOW, optional, status, table, yes_or_no};
pub use self::live::{LiveView, end as end_view, go_on as view_goes_on, leave as leave_view};
pub use self::queue::{Failed, Keep, Queue};
pub use self::streams::{
    Nowhere, stderr, stderr_can_be_drawn_on, stderr_is_terminal, stdout, stdout_has_color,
    stdout_is_terminal, stdout_leads_nowhere,
};

/// How long a reader of stderr that does not read is waited for at the end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Writes to stdout. A reader that has seen enough, such as `head`, is no error.
pub fn print(bytes: &[u8]) -> io::Result<()> {
    match print_to_reader(bytes) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes to stdout what somebody has to read.
pub fn print_to_reader(bytes: &[u8]) -> io::Result<()> {
    streams::write_stdout(bytes)
}

/// Writes to stdout what a server sent: byte for byte, but for a terminal, which it must not steer.
pub fn print_received(bytes: &[u8]) -> io::Result<()> {
    if !stdout_is_terminal() {
        return print(bytes);
    }
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<_> = text.split('\n').map(Line::from).collect();
    let lines: Vec<_> = lines.iter().map(|line| line.to_text(false)).collect();
    let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    print((lines.join("\n") + end).as_bytes())
}

/// Lines as they are written to stdout.
pub fn text(lines: &[Line]) -> String {
    let color = stdout_has_color();
    lines.iter().map(|line| line.to_text(color) + "\n").collect()
}

/// Tells a person what is not as it should be, but is no failure.
pub fn warn(text: &str) {
    write_stderr(&[warning(text)]);
}

/// The same, and gives up on a reader that does not read for so long.
pub fn warn_within(limit: Duration, text: &str) {
    streams::write_stderr_within(limit, stderr_text(&[warning(text)]));
}

fn warning(text: &str) -> Line {
    let name = AnsiColor::Yellow.on_default().bold();
    Line::default().and("warning:", name).and(" ", Style::new()).and(text, Style::new())
}

/// Tells a person what no program needs to know.
pub fn note(text: &str) {
    write_stderr(&[Line::from(text)]);
}

/// The same, and gives up on a reader that does not read for so long.
pub fn note_within(limit: Duration, text: &str) {
    streams::write_stderr_within(limit, stderr_text(&[Line::from(text)]));
}

/// Asks a person something: lines that say what about, and a question whose answer is written behind it.
pub fn ask(lines: &[Line], question: &Line) {
    let color = streams::stderr_has_color();
    let lines: String = lines.iter().map(|line| line.to_text(color) + "\n").collect();
    streams::write_stderr(&(lines + &question.to_text(color) + " "));
}

fn write_stderr(lines: &[Line]) {
    streams::write_stderr(&stderr_text(lines));
}

/// Tells on stderr how the program ends, and gives up on a reader that does not read.
pub fn say_at_the_end(lines: &[Line]) {
    streams::write_stderr_within(PATIENCE, stderr_text(lines));
}

/// The same for programs.
pub fn say_json_at_the_end(json: String) {
    streams::write_stderr_within(PATIENCE, json);
}

/// Shows the usage or the help that clap has made of arguments without anything in them that steers a terminal.
pub fn say_usage(usage: &clap::builder::StyledStr) {
    let text =
        if streams::stderr_has_color() { usage.ansi().to_string() } else { usage.to_string() };
    streams::write_stderr_within(PATIENCE, text);
}

fn stderr_text(lines: &[Line]) -> String {
    let color = streams::stderr_has_color();
    lines.iter().map(|line| line.to_text(color) + "\n").collect()
}
