//! [`User`]: who reads.

/// Who reads, and what vouches for the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub vouched_by: &'static str,
}
