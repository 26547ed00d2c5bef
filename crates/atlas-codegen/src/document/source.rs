//! A file that a document is read from.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::lines::line_of;
use super::{Problem, parse};

/// A file that a document is read from: its name and its text, to say where in it something is wrong.
pub struct Source {
    pub name: String,
    text: String,
}

impl Source {
    /// Reads a document and keeps its text.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is no OpenAPI 3.0 document; the message names it.
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
            Err(problem) => Err(source.says(&problem)),
        }
    }

    /// A problem with the file, the pointer, and the line where that leads to one.
    pub fn says(&self, problem: &Problem) -> String {
        let (name, Problem { at, message }) = (&self.name, problem);
        // Of a document on one line that says nothing.
        let text = self.text.trim_end();
        let line = if text.contains('\n') { line_of(text, at) } else { None };
        match line {
            Some(line) => format!("{name} at {at} (line {line}): {message}"),
            None => format!("{name} {problem}"),
        }
    }
}

/// Reads a document from a file.
///
/// # Errors
///
/// As of [`Source::read`].
pub fn read(path: &Path) -> Result<Value, String> {
    Source::read(path).map(|(_, document)| document)
}
