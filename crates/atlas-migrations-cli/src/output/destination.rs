//! [`Destination`]: where a response body is written.

use std::borrow::Cow;
use std::path::Path;

use crate::error::{CliError, Exit};
use crate::input;
use crate::output_file::OutputFile;
use crate::terminal;

/// Where a response body is written.
pub enum Destination {
    Stdout,
    File(OutputFile),
}

impl Destination {
    /// Returns a file, or stdout without one.
    ///
    /// # Errors
    ///
    /// The file cannot be written. Nothing is sent then.
    pub fn of(file: Option<&Path>) -> Result<Self, CliError> {
        let Some(path) = file else { return Ok(Self::Stdout) };
        OutputFile::at(path).map(Self::File).map_err(|error| {
            CliError::usage(format!("cannot write {}", input::display_name(path))).caused_by(&error)
        })
    }

    pub fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }

    /// Returns the name of the file, or `stdout`.
    pub fn name(&self) -> Cow<'static, str> {
        match self {
            Self::Stdout => "stdout".into(),
            Self::File(file) => input::display_name(file.path()).into(),
        }
    }

    /// Writes a text that was made of a response.
    ///
    /// # Errors
    ///
    /// The file or stdout cannot be written. What a file could not take is on stdout, because it may never come again.
    pub fn write(&self, text: &str) -> Result<(), CliError> {
        match self {
            Self::Stdout => Ok(terminal::print(text.as_bytes())?),
            Self::File(file) => self.write_file(file, text.as_bytes()),
        }
    }

    /// Writes a response body as received; a terminal gets it without control characters.
    ///
    /// # Errors
    ///
    /// The same as those of [`write`](Self::write).
    pub fn write_received(&self, body: &[u8]) -> Result<(), CliError> {
        match self {
            Self::Stdout => Ok(terminal::print_received(body)?),
            Self::File(file) => self.write_file(file, body),
        }
    }

    fn write_file(&self, file: &OutputFile, bytes: &[u8]) -> Result<(), CliError> {
        let Err(error) = file.write(bytes) else { return Ok(()) };
        terminal::print_received(bytes)?;
        let message =
            format!("{} cannot be written: {error}; stdout has the response", self.name());
        Err(CliError::new(message).exit(Exit::NotWritten))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_cannot_be_written_any_more_is_an_error_that_says_where_the_response_is() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("out");
        fs::create_dir(&folder).unwrap();
        let destination = Destination::of(Some(&folder.join("response.json"))).unwrap();
        destination.write("{}").unwrap();
        assert_eq!(fs::read_to_string(folder.join("response.json")).unwrap(), "{}");
        fs::remove_dir_all(&folder).unwrap();
        let error = destination.write("{}\n").unwrap_err();
        assert!(error.has_exit(Exit::NotWritten));
        assert!(error.message().ends_with("; stdout has the response"), "{}", error.message());
    }
}
