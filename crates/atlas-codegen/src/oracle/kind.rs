//! The kinds of sampled values.

use std::fmt;

use serde::Serialize;

/// The kind of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An example of the document.
    Example,
    /// Every property, and every variant of every union.
    Full,
    /// Required properties only.
    Required,
    /// Every list and every map empty.
    Empty,
    /// An unlisted value for every enum.
    NewValue,
    /// An unknown property in every object.
    Unknown,
    /// `null` wherever the document admits it.
    Null,
    /// Every integer at its minimum.
    Least,
    /// Every integer at its maximum.
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
