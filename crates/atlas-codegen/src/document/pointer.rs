//! JSON pointers.

use std::fmt;

/// A JSON pointer (RFC 6901) into the document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pointer(String);

impl Pointer {
    /// Returns the pointer to a member or an element of what this one points to.
    #[must_use]
    pub fn to(&self, token: impl fmt::Display) -> Self {
        let token = token.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{token}", self.0))
    }

    /// Returns the pointer of a local `$ref`, such as `#/components/schemas/X`.
    pub fn of_reference(reference: &str) -> Option<Self> {
        let pointer = reference.strip_prefix('#')?;
        pointer.starts_with('/').then(|| Self(pointer.to_owned()))
    }

    /// Returns the tokens, unescaped.
    pub fn tokens(&self) -> impl Iterator<Item = String> + '_ {
        let tokens = self.0.split('/').skip(1);
        tokens.map(|token| token.replace("~1", "/").replace("~0", "~"))
    }

    /// Returns whether this points to the target of another pointer, or into it.
    pub fn is_within(&self, other: &Self) -> bool {
        let rest = self.0.strip_prefix(&other.0);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Returns the pointer as RFC 6901 writes it; empty for the whole document.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The empty text of a pointer to the whole document would confuse a reader.
        f.write_str(if self.0.is_empty() { "/" } else { &self.0 })
    }
}
