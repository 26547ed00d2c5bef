//! The parsers that the fuzz targets of the workspace call. Not for use by others.

use serde_json::Value;

use crate::document::Problem;
use crate::extract::Docs;
use crate::normalize::{self, Profile};
use crate::select::Selector;
use crate::slice::SliceOptions;

/// Extracts all operations of a document, and normalizes them. Generates no code: the generator may run in a process of
/// its own.
///
/// # Errors
///
/// The document has something that is not supported.
pub fn normalize(document: &Value) -> Result<(), Problem> {
    let Ok(selection) = Selector::all().select(document) else { return Ok(()) };
    for profile in [Profile::Lean, Profile::Lossless] {
        let options = SliceOptions { document, version: None, docs: Docs::None, profile };
        let extract = options.extract(&selection)?;
        normalize::normalize(&extract.fragment, profile)?;
    }
    Ok(())
}
