//! What normalizing a document results in.

use serde_json::Value;

use crate::document::Pointer;

/// What the generated types preserve of the values on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Profile {
    /// Plain types: fractional numbers are doubles, unknown properties are dropped, `null` may become absent
    #[default]
    Lean,
    /// Everything: exact numbers, unknown properties in `extra`, `null` distinguished from absence
    Lossless,
}

/// A normalized document.
#[derive(Debug)]
pub struct Normalized {
    pub profile: Profile,
    /// An OpenAPI 3.0 document for progenitor.
    pub document: Value,
    /// The rows of the operation table.
    pub operations: Vec<Operation>,
    /// The default base URL, if it is not that of Atlas.
    pub base_url: Option<String>,
    /// The components that are generated as open enums.
    pub enums: Vec<OpenEnum>,
    /// The components that are generated as tagged unions.
    pub unions: Vec<TaggedUnion>,
    /// What to change in the fields that typify generates.
    pub fields: Vec<Field>,
    /// What is generated differently, and where.
    pub notes: Vec<Note>,
}

/// A row of the operation table.
#[derive(Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "the columns of a table, independent of each other"
)]
pub struct Operation {
    pub id: String,
    /// The name of the method: the id in snake case.
    pub name: String,
    pub method: String,
    pub path: String,
    pub parameters: Vec<Parameter>,
    /// The media types of a success that the method can read.
    pub accept: String,
    /// The first of them. Empty if no content is read.
    pub response_type: String,
    pub content_type: Option<String>,
    /// The styles of the properties of a form, apart from the default style.
    pub form: Option<Vec<(String, &'static str)>>,
    pub statuses: Vec<u16>,
    /// The components of error responses, by status.
    pub errors: Vec<(String, String)>,
    pub roles: Vec<String>,
    pub deprecated: bool,
    pub sunset: Option<String>,
    pub streaming: bool,
    pub body_optional: bool,
    pub idempotent: bool,
}

/// A parameter of an operation.
#[derive(Debug)]
pub struct Parameter {
    pub name: String,
    /// `path`, `query` or `header`.
    pub location: String,
    pub required: bool,
    /// The name in the normalized document, if it is not its own.
    pub placeholder: Option<String>,
    /// The style, if progenitor does not support it.
    pub style: Option<Style>,
}

/// The style of a parameter, by its name in `atlas-client-core`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Query(&'static str),
    /// With `explode`.
    Path(&'static str, bool),
    /// With `explode`.
    Header(bool),
    HeaderJson,
}

/// A string with known values.
#[derive(Debug)]
pub struct OpenEnum {
    pub name: String,
    pub description: Option<String>,
    pub variants: Vec<Variant>,
}

/// A known value of an [`OpenEnum`].
#[derive(Debug)]
pub struct Variant {
    pub name: String,
    pub value: String,
    pub description: Option<String>,
}

/// An object with variants that a property distinguishes.
#[derive(Debug)]
pub struct TaggedUnion {
    pub name: String,
    pub description: Option<String>,
    pub tag: String,
    /// The component of each variant, and its tags.
    pub variants: Vec<(String, Vec<String>)>,
}

/// A field of a generated struct.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    pub component: String,
    /// The field's name in Rust.
    pub name: String,
    pub change: FieldChange,
}

/// What to change in a [`Field`].
#[derive(Debug, PartialEq, Eq)]
pub enum FieldChange {
    /// The property's name on the wire, because two properties would have the same field name.
    Rename(String),
    /// `null` is distinguished from absence.
    NullIsNotAbsence,
}

/// A place of the document that is generated differently.
#[derive(Debug, PartialEq, Eq)]
pub struct Note {
    pub at: Pointer,
    pub text: String,
}

impl Note {
    pub(super) fn new(at: &Pointer, text: impl Into<String>) -> Self {
        Self { at: at.clone(), text: text.into() }
    }
}
