//! The state of a normalization.

use std::collections::{HashMap, VecDeque};

use serde_json::{Map, Value, json};

use super::model::{Field, Note, OpenEnum, Profile, TaggedUnion};
use crate::document::{Heirs, Pointer};
use crate::names::{Scope, pascal};

/// The recursive copy of what the operations reach, with the rules as its methods.
pub(super) struct Lowering<'a> {
    pub(super) document: &'a Value,
    pub(super) profile: Profile,
    /// The names of types.
    pub(super) types: Scope,
    /// The component of each schema that is one.
    pub(super) named: HashMap<Pointer, String>,
    /// The names of the document's own components, whether reached or not.
    pub(super) reserved: HashMap<Pointer, String>,
    /// The components that are not yet lowered. A queue, because a recursion would not end for recursive schemas.
    pub(super) pending: VecDeque<(Pointer, String)>,
    /// The components that inherit from each component.
    pub(super) heirs: Heirs,
    /// The targets of the references that are being written out, each with the number of lists and maps around it.
    pub(super) targets: Vec<(Pointer, usize)>,
    /// The number of lists and maps around the current schema.
    pub(super) containers: usize,
    /// The number of schemas around the current one.
    pub(super) depth: usize,
    pub(super) components: Map<String, Value>,
    /// The lowered schemas of all responses.
    pub(super) responses: Vec<Value>,
    pub(super) enums: Vec<OpenEnum>,
    pub(super) unions: Vec<TaggedUnion>,
    pub(super) fields: Vec<Field>,
    pub(super) notes: Vec<Note>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(document: &'a Value, profile: Profile, notes: Vec<Note>) -> Self {
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
            responses: Vec::new(),
            enums: Vec::new(),
            unions: Vec::new(),
            fields: Vec::new(),
            notes,
        }
    }

    pub(super) fn note(&mut self, at: &Pointer, text: impl Into<String>) {
        let note = Note::new(at, text);
        // A schema that is written out is lowered once for each use.
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Returns a reference to the component of the schema at a place.
    pub(super) fn reference_to(&mut self, at: &Pointer, hint: &str) -> Value {
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
