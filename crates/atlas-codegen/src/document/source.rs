//! Reading a document from a file.

use std::fs;
use std::path::Path;

use serde_json::Value;

#[cfg(feature = "yaml")]
use super::lines::line_of;
use super::parse::parse;
use super::problem::Problem;

/// The file of a document, with its text for line numbers.
pub struct Source {
    pub name: String,
    text: String,
}

impl Source {
    /// Reads a document and its text.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is not an OpenAPI 3.0 document. The message names the file.
    pub fn read(path: &Path) -> Result<(Self, Value), String> {
        let name = path.display().to_string();
        let bytes = fs::read(path).map_err(|error| {
            format!("{name}: {error}: give the path of an OpenAPI 3.0 document, as JSON or YAML")
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let place = error.utf8_error().valid_up_to();
            format!("{name}: byte {place} is not UTF-8: write the document in UTF-8, without another encoding")
        })?;
        let source = Self { name, text };
        match parse(&source.text) {
            Ok(document) => Ok((source, document)),
            Err(problem) => Err(source.describe(&problem)),
        }
    }

    /// Returns a problem with the name of the file, the pointer, and the line if there is one.
    pub fn describe(&self, problem: &Problem) -> String {
        let (name, Problem { at, message }) = (&self.name, problem);
        match self.line(problem) {
            Some(line) => format!("{name} at {at} (line {line}): {message}"),
            None => format!("{name} {problem}"),
        }
    }

    /// Returns the line of a problem, or `None` for a document on one line.
    #[cfg(feature = "yaml")]
    fn line(&self, problem: &Problem) -> Option<usize> {
        let text = self.text.trim_end();
        if text.contains('\n') { line_of(text, &problem.at) } else { None }
    }

    #[cfg(not(feature = "yaml"))]
    fn line(&self, _: &Problem) -> Option<usize> {
        None
    }
}

/// Reads a document from a file.
///
/// # Errors
///
/// See [`Source::read`].
pub fn read(path: &Path) -> Result<Value, String> {
    Source::read(path).map(|(_, document)| document)
}
