//! From the text of a document to the files of its client.

#[cfg(test)]
mod tests;

use crate::document::{Problem, parse};
use crate::emit::{Input, Rendered, render};
use crate::normalize::{Normalized, Profile, normalize};

/// Generates a client, and returns what it was generated from as well.
///
/// # Errors
///
/// The text is not an OpenAPI 3.0 document, or the client cannot be generated correctly.
pub fn client(input: &Input<'_>, profile: Profile) -> Result<(Normalized, Rendered), Problem> {
    let document = parse(input.text)?;
    let normalized = normalize(&document, profile)?;
    let rendered = render(input, &normalized)?;
    Ok((normalized, rendered))
}
