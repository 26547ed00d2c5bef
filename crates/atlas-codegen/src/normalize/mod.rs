//! From the document that Atlas serves to one that progenitor generates rightly.
//!
//! progenitor and typify refuse some constructs, and, worse, generate others into code that compiles
//! and is wrong on the wire. Here each of them is replaced by one that is generated rightly and means
//! the same on the wire. What that gives up, if anything, becomes a [`Note`].
//!
//! One recursive fold over the JSON, [`Fold`], copies what the operations reach:
//!
//! - [`observed`]: what the service does goes before what its documentation says;
//! - [`versions`], [`operations`], [`parameters`], [`bodies`], [`answers`] and [`servers`]: one version of
//!   each operation, what it sends and where, any 2xx as success, no error answers;
//! - [`schemas`]: every inline object and enum becomes a component with a name of its own; ids, open
//!   enums; no `pattern`, `default`, limits or `title`;
//! - [`structures`] and [`unions`]: what inherits is written out, what is one of several becomes a
//!   tagged union or the sum of its variants;
//! - [`finish`]: what an answer may leave out, `null` and absence, the order of recursive components,
//!   and a check that nothing is left that would be generated wrongly.

mod answers;
mod bodies;
mod enums;
mod finish;
mod kinds;
mod names;
mod observed;
mod operations;
mod parameters;
mod plain;
mod schemas;
mod security;
mod servers;
mod structures;
mod unions;
pub mod versions;
mod words;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};

use serde_json::{Map, Value, json};

use crate::document::{Pointer, Problem};
use words::words;

pub use kinds::{Heirs, stands_for_heirs};
pub use names::{Scope, pascal, snake};
pub use parameters::folded_path;
pub use words::harmless;

/// What the generated types keep of what travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
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

/// What the fold makes of a document.
#[derive(Debug)]
pub struct Normalised {
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
    pub answer_type: String,
    pub content_type: Option<String>,
    /// Of a form: how each property is written, where that is not the usual way.
    pub form: Option<Vec<(String, &'static str)>>,
    pub statuses: Vec<u16>,
    /// The component of each error answer that has one, by its status.
    pub errors: Vec<(String, String)>,
    pub roles: Vec<String>,
    pub deprecated: bool,
    pub sunset: Option<String>,
    pub streaming: bool,
    pub empty_is_null: bool,
    pub repeatable: bool,
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
    fn new(at: &Pointer, text: impl Into<String>) -> Self {
        Self { at: at.clone(), text: text.into() }
    }
}

/// Folds a document.
///
/// # Errors
///
/// Something in the document has no rule that would keep its meaning.
pub fn normalise(document: &Value, profile: Profile) -> Result<Normalised, Problem> {
    let mut notes = Vec::new();
    let document = observed::apply(document, &mut notes);
    let mut fold = Fold::new(&document, profile, notes);
    let operations = fold.operations()?;
    while let Some((at, name)) = fold.pending.pop_front() {
        let component = fold.component(&at, &name)?;
        fold.components.insert(name, component);
    }
    finish::finish(fold, operations)
}

/// The state of the fold.
struct Fold<'a> {
    document: &'a Value,
    profile: Profile,
    /// The names of types.
    types: Scope,
    /// The component that each schema of the document became, or is to become.
    named: HashMap<Pointer, String>,
    /// The names kept for the document's own components, whether reached or not.
    reserved: HashMap<Pointer, String>,
    /// The components that are named but not yet folded. A queue, so that neither recursive schemas
    /// nor long chains of them recurse here.
    pending: VecDeque<(Pointer, String)>,
    /// The components that inherit from each component.
    heirs: Heirs,
    /// The targets of references that are being folded in the place of the reference, each with how many
    /// lists and maps it stands in.
    targets: Vec<(Pointer, usize)>,
    /// How many lists and maps the schema at hand stands in.
    containers: usize,
    /// How deep the schema at hand stands in others.
    depth: usize,
    components: Map<String, Value>,
    /// The folded schemas of all that the service may answer.
    answers: Vec<Value>,
    enums: Vec<OpenEnum>,
    unions: Vec<TaggedUnion>,
    fields: Vec<Field>,
    notes: Vec<Note>,
}

impl<'a> Fold<'a> {
    fn new(document: &'a Value, profile: Profile, notes: Vec<Note>) -> Self {
        let mut types = Scope::default();
        let schemas = Pointer::default().to("components").to("schemas");
        let own = document.pointer(schemas.as_str()).and_then(Value::as_object);
        let reserved = own
            .into_iter()
            .flatten()
            .map(|(name, _)| (schemas.to(name), types.claim(&pascal(name))))
            .collect();
        Self {
            document,
            profile,
            types,
            named: HashMap::new(),
            reserved,
            pending: VecDeque::new(),
            heirs: Heirs::of(document),
            targets: Vec::new(),
            containers: 0,
            depth: 0,
            components: Map::new(),
            answers: Vec::new(),
            enums: Vec::new(),
            unions: Vec::new(),
            fields: Vec::new(),
            notes,
        }
    }

    fn note(&mut self, at: &Pointer, text: impl Into<String>) {
        let note = Note::new(at, text);
        // A schema that is written out where it is used is folded more than once.
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// A reference to the component that the schema at a place becomes.
    fn reference_to(&mut self, at: &Pointer, hint: &str) -> Value {
        let name = self.named.get(at).cloned().unwrap_or_else(|| {
            let reserved = self.reserved.get(at).cloned();
            let name = reserved.unwrap_or_else(|| self.types.claim(&pascal(hint)));
            self.named.insert(at.clone(), name.clone());
            self.pending.push_back((at.clone(), name.clone()));
            name
        });
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }
}

/// The members of a JSON object, or a problem.
fn object<'v>(at: &Pointer, value: &'v Value) -> Result<&'v Map<String, Value>, Problem> {
    value.as_object().ok_or_else(|| Problem::new(at, "this is not a JSON object"))
}

/// The text of a JSON string, or a problem.
fn text<'v>(at: &Pointer, value: &'v Value) -> Result<&'v str, Problem> {
    value.as_str().ok_or_else(|| Problem::new(at, "this is not a JSON string"))
}

/// Whether a member is there and `true`.
fn flag(members: &Map<String, Value>, name: &str) -> bool {
    members.get(name) == Some(&Value::Bool(true))
}

/// A member that is a string.
fn string(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name)?.as_str().map(str::to_owned)
}
