//! Prints results on stdout, and notes, warnings and errors on stderr.

use std::io;
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::line::Line;
use super::live_view::{resume, suspend};
use super::streams;
use crate::program_name::with_program_name;

/// How long to wait for a stalled reader of stderr at the end of the program.
const STDERR_TIMEOUT: Duration = Duration::from_secs(5);

/// Writes to stdout. It is no error if the reader, such as `head`, has closed it.
pub fn print(bytes: &[u8]) -> io::Result<()> {
    match print_to_reader(bytes) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes to stdout. It is an error if the reader has closed it.
pub fn print_to_reader(bytes: &[u8]) -> io::Result<()> {
    streams::write_stdout(bytes)
}

/// Writes a response body to stdout as received; a terminal gets it without control characters.
pub fn print_received(bytes: &[u8]) -> io::Result<()> {
    if !streams::stdout_is_terminal() {
        return print(bytes);
    }
    let text = text_for_stdout(String::from_utf8_lossy(bytes).into_owned());
    let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    print((text + end).as_bytes())
}

/// Returns a text as it is, or without control characters if stdout is a terminal.
pub fn text_for_stdout(text: String) -> String {
    if !streams::stdout_is_terminal() {
        return text;
    }
    let lines: Vec<_> = text.split('\n').map(|line| Line::from(line).to_text(false)).collect();
    lines.join("\n")
}

/// Returns lines as text for stdout.
pub fn text(lines: &[Line]) -> String {
    join(lines, streams::stdout_has_color())
}

/// Prints a warning on stderr.
pub fn warn(text: &str) {
    outside_view(|| streams::write_stderr(&stderr_text(&[warning(text)])));
}

/// Prints a warning on stderr, and gives up if its reader stalls for this long.
pub fn warn_within(limit: Duration, text: &str) {
    outside_view(|| streams::write_stderr_within(limit, stderr_text(&[warning(text)])));
}

/// Prints a note on stderr.
pub fn note(text: &str) {
    outside_view(|| streams::write_stderr(&stderr_text(&[Line::from(with_program_name(text))])));
}

/// Prints lines on stderr.
pub fn note_lines(lines: &[Line]) {
    outside_view(|| streams::write_stderr(&stderr_text(lines)));
}

/// Prints a note on stderr, and gives up if its reader stalls for this long.
pub fn note_within(limit: Duration, text: &str) {
    let text = stderr_text(&[Line::from(with_program_name(text))]);
    outside_view(|| streams::write_stderr_within(limit, text));
}

/// Prints lines on stderr, and gives up if its reader stalls for this long.
pub fn note_lines_within(limit: Duration, lines: &[Line]) {
    outside_view(|| streams::write_stderr_within(limit, stderr_text(lines)));
}

/// Writes while the live view, if there is one, leaves the screen. The text is seen when the view has ended.
fn outside_view(write: impl FnOnce()) {
    suspend();
    write();
    resume();
}

/// Prints details and a question on stderr. The cursor stays behind the question.
pub fn prompt(details: &[Line], question: &Line) {
    let color = streams::stderr_has_color();
    streams::write_stderr(&(join(details, color) + &question.to_text(color) + " "));
}

/// Prints the error that ends the program on stderr, and gives up if its reader stalls.
pub fn print_error(lines: &[Line]) {
    streams::write_stderr_within(STDERR_TIMEOUT, stderr_text(lines));
}

/// Prints the error that ends the program as JSON on stderr, and gives up if its reader stalls.
pub fn print_json_error(json: String) {
    streams::write_stderr_within(STDERR_TIMEOUT, json);
}

/// Prints a usage error of clap on stderr. It must not contain control characters.
pub fn print_usage(usage: &clap::builder::StyledStr) {
    let text =
        if streams::stderr_has_color() { usage.ansi().to_string() } else { usage.to_string() };
    streams::write_stderr_within(STDERR_TIMEOUT, text);
}

fn warning(text: &str) -> Line {
    let label = AnsiColor::Yellow.on_default().bold();
    let text = format!(" {}", with_program_name(text));
    Line::default().with("warning:", label).with(&text, Style::new())
}

fn stderr_text(lines: &[Line]) -> String {
    join(lines, streams::stderr_has_color())
}

fn join(lines: &[Line], color: bool) -> String {
    lines.iter().map(|line| line.to_text(color) + "\n").collect()
}
