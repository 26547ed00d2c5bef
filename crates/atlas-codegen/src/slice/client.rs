//! The client of a slice.

use serde_json::Value;

use crate::document::Problem;
use crate::emit::{Input, Rendered};
use crate::extract::{Docs, Extract, extract, strip_prose};
use crate::generate::client;
use crate::normalize::{Normalized, Profile};
use crate::select::Selection;

/// The name of the file in a slice that its client is generated from.
pub const FRAGMENT: &str = "openapi.json";

/// What to slice, and how.
pub struct SliceOptions<'a> {
    pub document: &'a Value,
    /// The latest date of a version. Without it, the newest version of each operation is taken.
    pub version: Option<&'a str>,
    pub docs: Docs,
    pub profile: Profile,
}

impl SliceOptions<'_> {
    /// Extracts a selection and generates its client.
    ///
    /// # Errors
    ///
    /// The selection cannot be extracted, or its client cannot be generated correctly.
    pub fn slice(&self, selection: &Selection) -> Result<Slice, Problem> {
        self.generate(self.extract(selection)?)
    }

    /// Extracts a selection.
    ///
    /// # Errors
    ///
    /// See [`extract`].
    pub fn extract(&self, selection: &Selection) -> Result<Extract, Problem> {
        extract(self.document, selection, self.version)
    }

    /// Generates the client of an extract.
    ///
    /// # Errors
    ///
    /// It cannot be generated correctly.
    pub fn generate(&self, extract: Extract) -> Result<Slice, Problem> {
        let Extract { fragment, left_out } = extract;
        let fragment = match self.docs {
            Docs::None => strip_prose(&fragment),
            Docs::Full => fragment,
        };
        let text = format!("{fragment:#}\n");
        let input = Input { command: "slice", name: FRAGMENT, text: &text };
        let (normalized, rendered) = client(&input, self.profile)?;
        Ok(Slice { fragment, text, docs: self.docs, left_out, normalized, rendered })
    }
}

/// The generated client of extracted operations.
pub struct Slice {
    pub fragment: Value,
    /// The fragment as text.
    pub text: String,
    pub docs: Docs,
    /// The ids of the selected operations that have no version as old as requested.
    pub left_out: Vec<String>,
    pub normalized: Normalized,
    pub rendered: Rendered,
}
