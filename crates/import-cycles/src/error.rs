//! What can fail while a crate is read.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

/// A file that cannot be read or parsed.
#[derive(Debug)]
pub struct Error {
    pub(crate) file: PathBuf,
    pub(crate) reason: String,
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.reason)
    }
}

impl std::error::Error for Error {}
