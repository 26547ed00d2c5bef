//! What normalizing a document results in.

use serde_json::Value;

use crate::document::Pointer;

/// What the generated types keep of what travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Profile {
    /// Plain types. Three things are given up: 10 may come back as 10.0 and digits beyond about 16 are
    /// rounded, properties that the document does not name are dropped, and a property that may be `null`
    /// is left out where it is.
    #[default]
    Lean,
    /// Everything: numbers stay whole or fractional, unknown properties are kept in `extra`, `null` and
    /// absence stay apart.
    Lossless,
}

/// What the lowering makes of a document.
#[derive(Debug)]
pub struct Normalized {
    pub profile: Profile,
    /// An OpenAPI 3.0 document for progenitor.
    pub document: Value,
    /// The rows of the operation table.
    pub operations: Vec<Operation>,
    /// Where requests go by default, where that is not Atlas.
    pub base_url: Option<String>,
    /// The components that are generated as open enums.
    pub enums: Vec<OpenEnum>,
    /// The components that are generated as tagged unions.
    pub unions: Vec<TaggedUnion>,
    /// What has to be changed in the fields that typify generates.
    pub fields: Vec<Field>,
    /// What was given up, and where.
    pub notes: Vec<Note>,
}

/// An operation, as the generated table states it.
#[derive(Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "the columns of a table, independent of each other"
)]
pub struct Operation {
    pub id: String,
    /// The id in snake case: the method's name.
    pub name: String,
    pub method: String,
    pub path: String,
    pub parameters: Vec<Parameter>,
    /// The media types of a success that the method can read.
    pub accept: String,
    /// The first of them; empty where no content is read.
    pub response_type: String,
    pub content_type: Option<String>,
    /// Of a form: how each property is written, where that is not the usual way.
    pub form: Option<Vec<(String, &'static str)>>,
    pub statuses: Vec<u16>,
    /// The component of each error response that has one, by its status.
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
    /// The name that the generated method has for it on the wire, where that had to be changed.
    pub placeholder: Option<String>,
    /// How it is written, where progenitor would not write it so.
    pub style: Option<Style>,
}

/// How a parameter is written: the names are those of `atlas-client-core`.
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

/// An object that is one of several, told apart by a property.
#[derive(Debug)]
pub struct TaggedUnion {
    pub name: String,
    pub description: Option<String>,
    pub tag: String,
    /// The component of each variant, and the tags that announce it.
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

/// What has to be changed in a [`Field`].
#[derive(Debug, PartialEq, Eq)]
pub enum FieldChange {
    /// The property's name on the wire, where two properties would be one field.
    Rename(String),
    /// `null` and absence are to be kept apart.
    NullIsNotAbsence,
}

/// What the generated client gives up of the document.
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
