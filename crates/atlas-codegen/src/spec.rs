//! The library's own entrance.

use serde_json::Value;

use crate::document::{Pointer, Problem};
use crate::emit::Files;
use crate::extract::Docs;
use crate::normalize::Profile;
use crate::select::Selector;
use crate::slice::{CoreSource, CrateLocation, SliceOptions, files};

/// What to generate a crate from.
///
/// ```
/// use atlas_codegen::{CrateSpec, parse};
///
/// let document = parse(
///     r#"{
///         "openapi": "3.0.3", "info": { "title": "Things", "version": "1" },
///         "paths": { "/things": { "get": {
///             "operationId": "listThings", "responses": { "204": { "description": "" } }
///         } } }
///     }"#,
/// )?;
/// let files = CrateSpec::new(&document, "things").files()?;
/// assert!(files.contains_key("src/lib.rs"));
/// # Ok::<(), atlas_codegen::Problem>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CrateSpec<'a> {
    document: &'a Value,
    source: String,
    package: String,
    core: CoreSource,
    profile: Profile,
    docs: Docs,
    selector: Selector,
    version: Option<String>,
}

impl<'a> CrateSpec<'a> {
    /// Creates a crate with every operation of a document, see [`parse`](crate::parse).
    pub fn new(document: &'a Value, package: impl Into<String>) -> Self {
        Self {
            document,
            source: "an OpenAPI document".to_owned(),
            package: package.into(),
            core: CoreSource::Version(env!("CARGO_PKG_VERSION").to_owned()),
            profile: Profile::default(),
            docs: Docs::default(),
            selector: Selector::all(),
            version: None,
        }
    }

    /// Sets the name of the document's file, which the README mentions.
    #[must_use]
    pub fn source(mut self, name: impl Into<String>) -> Self {
        self.source = name.into();
        self
    }

    /// Sets where the crate finds `atlas-client-core`. The default is the registry.
    #[must_use]
    pub fn core(mut self, core: CoreSource) -> Self {
        self.core = core;
        self
    }

    /// Sets what the generated types preserve.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Sets which descriptions and examples of the document to keep.
    #[must_use]
    pub fn docs(mut self, docs: Docs) -> Self {
        self.docs = docs;
        self
    }

    /// Sets which operations to extract. The default is all.
    #[must_use]
    pub fn select(mut self, selector: Selector) -> Self {
        self.selector = selector;
        self
    }

    /// Sets the latest date of a version, as `YYYY-MM-DD`. The default is the newest version of each operation.
    #[must_use]
    pub fn version(mut self, date: impl Into<String>) -> Self {
        self.version = Some(date.into());
        self
    }

    /// Generates the files of the crate, by their path in it.
    ///
    /// # Errors
    ///
    /// The document does not have a selected operation, or an operation cannot be generated correctly.
    pub fn files(&self) -> Result<Files, Problem> {
        let selection = self.selector.select(self.document);
        let selection =
            selection.map_err(|message| Problem::new(&Pointer::default().to("paths"), message))?;
        let options = SliceOptions {
            document: self.document,
            version: self.version.as_deref(),
            docs: self.docs,
            profile: self.profile,
        };
        let slice = options.slice(&selection)?;
        let location =
            CrateLocation { name: self.package.clone(), core: self.core.clone(), outer: None };
        Ok(files(&slice, &location, &self.source, self.document))
    }
}
