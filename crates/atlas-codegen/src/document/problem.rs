//! What is wrong with a document.

use std::fmt;

use super::pointer::Pointer;

/// A problem of a document.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where in the document.
    pub at: Pointer,
    /// What is wrong.
    pub message: String,
}

impl Problem {
    /// Creates a problem at a place.
    pub fn new(at: &Pointer, message: impl Into<String>) -> Self {
        Self { at: at.clone(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}: {}", self.at, self.message)
    }
}

impl std::error::Error for Problem {}
