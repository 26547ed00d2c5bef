//! Reads files that the user names, where `-` means stdin.

use std::io::{self, BufRead as _, Read as _};
use std::path::Path;

use atlas_client_core::{bounded_file, sanitize};

use crate::error::CliError;

/// Reads a file of at most `limit` bytes. `expected` describes its content in error messages.
pub fn read(path: &Path, limit: u64, expected: &str) -> Result<Vec<u8>, CliError> {
    let bytes = if is_stdin(path) {
        bounded_file::read_opened(io::stdin().lock(), limit)
    } else {
        bounded_file::read(path, limit)
    };
    bytes.map_err(|error| read_error(path, expected, &error))
}

/// Reads a text file of at most `limit` bytes, without its byte order mark.
pub fn read_text(path: &Path, limit: u64, expected: &str) -> Result<String, CliError> {
    bounded_file::text(read(path, limit, expected)?)
        .map_err(|_| CliError::usage(format!("{}: it is not UTF-8 text", display_name(path))))
}

/// Reads the first line of a file, without its line end. Returns `None` if the file is empty.
///
/// From stdin, only this line is read. A file of more than `limit` bytes is refused.
pub fn first_line(path: &Path, limit: u64, expected: &str) -> Result<Option<String>, CliError> {
    let line = if is_stdin(path) {
        line_of_stdin(limit)
    } else {
        first_line_of(read(path, limit, expected)?)
    };
    line.map_err(|error| read_error(path, expected, &error))
}

/// Reads the next line of stdin, without its line end. `None` at the end of stdin.
pub fn line_of_stdin(limit: u64) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(limit.saturating_add(1)).read_until(b'\n', &mut bytes)?;
    // Fails if the line is longer than the limit.
    first_line_of(bounded_file::read_opened(bytes.as_slice(), limit)?)
}

/// Returns the name of the file for a message.
pub fn display_name(path: &Path) -> String {
    if is_stdin(path) { "stdin".to_owned() } else { sanitize(&path.to_string_lossy()) }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn first_line_of(bytes: Vec<u8>) -> io::Result<Option<String>> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let text = bounded_file::text(bytes)?;
    let line = text.split('\n').next().unwrap_or_default();
    Ok(Some(line.trim_end_matches('\r').to_owned()))
}

fn read_error(path: &Path, expected: &str, error: &io::Error) -> CliError {
    let name = display_name(path);
    match error.kind() {
        io::ErrorKind::InvalidInput => {
            CliError::usage(format!("{name}: it is not a regular file; expected {expected}"))
                .hint("to read from a pipe, pass `-` and redirect it to stdin, such as `- < <(…)`")
        }
        io::ErrorKind::FileTooLarge => {
            CliError::usage(format!("{name}: {error}; expected {expected}"))
        }
        _ => CliError::usage(name).caused_by(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_spaces_and_loses_its_line_end_and_byte_order_mark() {
        for (text, expected) in [
            (" a b \r\nmore\n", Some(" a b ")),
            ("\n", Some("")),
            ("last", Some("last")),
            ("\u{feff}secret\n", Some("secret")),
            ("", None),
        ] {
            assert_eq!(first_line_of(text.into()).unwrap().as_deref(), expected, "{text:?}");
        }
        assert!(first_line_of(vec![0xff]).is_err());
    }
}
