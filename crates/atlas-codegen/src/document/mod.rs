//! Reading an OpenAPI document, and saying where in it something is wrong.

mod lines;
mod parse;
mod references;
mod source;
pub mod walk;

use std::fmt;

pub use parse::parse;
pub use references::{Located, follow, object, resolve};
pub use source::{Source, read};

/// A JSON pointer (RFC 6901) into the document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pointer(String);

impl Pointer {
    /// The pointer to a member or an element of what this one points to.
    pub fn to(&self, token: impl fmt::Display) -> Self {
        let token = token.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{token}", self.0))
    }

    /// The pointer of a local `$ref`, such as `#/components/schemas/X`.
    pub fn of_reference(reference: &str) -> Option<Self> {
        let pointer = reference.strip_prefix('#')?;
        pointer.starts_with('/').then(|| Self(pointer.to_owned()))
    }

    /// The tokens, unescaped.
    pub fn tokens(&self) -> impl Iterator<Item = String> + '_ {
        let tokens = self.0.split('/').skip(1);
        tokens.map(|token| token.replace("~1", "/").replace("~0", "~"))
    }

    /// Whether this points to what another one points to, or into it.
    pub fn is_within(&self, other: &Self) -> bool {
        let rest = self.0.strip_prefix(&other.0);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A pointer to the whole document is the empty text, which says nothing to a reader.
        f.write_str(if self.0.is_empty() { "/" } else { &self.0 })
    }
}

/// What is wrong with a document, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    pub at: Pointer,
    pub message: String,
}

impl Problem {
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
