//! The kinds of sampled values.

use std::fmt;

use serde::Serialize;

/// How a value was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An example of the document.
    Example,
    /// Every property, and every variant of every union.
    Full,
    /// What is required only.
    Required,
    /// Every list and every map empty.
    Empty,
    /// A value that is not listed, wherever values are.
    NewValue,
    /// A property that the document does not know, in every object.
    Unknown,
    /// `null` wherever the document admits it.
    Null,
    /// Every integer as small as it may be.
    Least,
    /// Every integer as large as it may be.
    Greatest,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Example => "example",
            Self::Full => "full",
            Self::Required => "required only",
            Self::Empty => "empty collections",
            Self::NewValue => "new enum values",
            Self::Unknown => "unknown properties",
            Self::Null => "nulls",
            Self::Least => "smallest integers",
            Self::Greatest => "largest integers",
        })
    }
}
