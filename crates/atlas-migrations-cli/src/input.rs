//! What a person names to be read: a file, or `-` for stdin.

use std::io::{self, BufRead as _, Read as _};
use std::path::Path;

use atlas_client_core::{bounded_file, sanitize};

use crate::failure::{Exit, Failure};

/// All of a file, or of stdin, if that is at most `limit` bytes. `expected` says what it should be.
pub fn read(path: &Path, limit: u64, expected: &str) -> Result<Vec<u8>, Failure> {
    let bytes = if is_stdin(path) {
        bounded_file::read_opened(io::stdin().lock(), limit)
    } else {
        bounded_file::read(path, limit)
    };
    bytes.map_err(|error| unusable(path, expected, &error))
}

/// The first line of a file, or of stdin, without its end. None where there is nothing. Of stdin nothing more is
/// read, so that it may go on; a file that has more than `limit` bytes is refused.
pub fn first_line(path: &Path, limit: u64, expected: &str) -> Result<Option<String>, Failure> {
    let bytes = if is_stdin(path) {
        line_of_stdin(limit).map_err(|error| unusable(path, expected, &error))?
    } else {
        read(path, limit, expected)?
    };
    line(bytes).map_err(|error| unusable(path, expected, &error))
}

/// The next line of stdin, without its end. None where there is nothing.
pub fn answer(limit: u64) -> io::Result<Option<String>> {
    line(line_of_stdin(limit)?)
}

/// The file's name, for a message.
pub fn shown(path: &Path) -> String {
    if is_stdin(path) { "stdin".to_owned() } else { sanitize(&path.to_string_lossy()) }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn line_of_stdin(limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(limit.saturating_add(1)).read_until(b'\n', &mut bytes)?;
    // Whether that was all of the line.
    bounded_file::read_opened(bytes.as_slice(), limit)
}

fn line(bytes: Vec<u8>) -> io::Result<Option<String>> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let text = bounded_file::text(bytes)?;
    let line = text.split('\n').next().unwrap_or_default();
    Ok(Some(line.trim_end_matches('\r').to_owned()))
}

fn unusable(path: &Path, expected: &str, error: &io::Error) -> Failure {
    let name = shown(path);
    match error.kind() {
        io::ErrorKind::InvalidInput => {
            let failure =
                Failure::new(format!("{name}: it is not a regular file; expected {expected}"));
            failure.exit(Exit::Usage).hint(
                "to read from a pipe, such as that of <(…), give `-` and let it be stdin: - < <(…)",
            )
        }
        io::ErrorKind::FileTooLarge => {
            Failure::new(format!("{name}: {error}; expected {expected}")).exit(Exit::Usage)
        }
        _ => Failure::new(name).because(error).exit(Exit::Usage),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_blanks_and_loses_its_end_and_its_byte_order_mark() {
        for (text, expected) in [
            (" a b \r\nmore\n", Some(" a b ")),
            ("\n", Some("")),
            ("last", Some("last")),
            ("\u{feff}secret\n", Some("secret")),
            ("", None),
        ] {
            assert_eq!(line(text.into()).unwrap().as_deref(), expected, "{text:?}");
        }
        assert!(line(vec![0xff]).is_err());
    }
}
