//! A difference between the fragment and the document, and its name.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::node::Node;
use super::rules::Direction;
use crate::document::Pointer;

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Access,
    AdditionalProperties,
    Body,
    Default,
    Deprecation,
    Enum,
    Example,
    Format,
    Header,
    Length,
    Limit,
    MediaType,
    Nullable,
    Operation,
    OperationId,
    Parameter,
    Pattern,
    Property,
    Required,
    Role,
    Security,
    Server,
    Status,
    Sunset,
    Type,
    Variant,
}

/// How the document differs from the fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Added,
    Removed,
    Changed,
}

/// What one side has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    Nothing,
    /// Something too large to show, such as an operation.
    Something,
    Value(Value),
}

/// One side of a difference: what it has, and where. If it has nothing, the place is the one that could have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    pub at: Pointer,
    pub presence: Presence,
}

impl Side {
    pub fn nothing(at: &Pointer) -> Self {
        Self { at: at.clone(), presence: Presence::Nothing }
    }

    pub fn something(at: &Pointer) -> Self {
        Self { at: at.clone(), presence: Presence::Something }
    }

    pub fn value(at: &Pointer, value: impl Into<Value>) -> Self {
        Self { at: at.clone(), presence: Presence::Value(value.into()) }
    }

    /// Returns a value, or nothing in the place that could have it.
    pub fn of(node: Option<Node<'_>>, parent: &Pointer) -> Self {
        node.map_or_else(
            || Self::nothing(parent),
            |node| Self { presence: Presence::Value(node.value.clone()), at: node.at },
        )
    }
}

/// Where a difference is found.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    pub operation: String,
    pub part: Part,
}

/// The part of an operation that differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    #[default]
    Operation,
    Request,
    Response,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Part::Operation => write!(f, "{}", self.operation),
            Part::Request => write!(f, "{} (request)", self.operation),
            Part::Response => write!(f, "{} (response)", self.operation),
        }
    }
}

/// One difference.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The place in the fragment, and what both sides have there. A difference that changes has another id.
    pub id: String,
    pub kind: Kind,
    /// Whether it breaks a client, in any of its places.
    pub breaking: bool,
    pub fragment: Side,
    pub document: Side,
    pub places: BTreeSet<Place>,
    /// The reason, if it is known.
    pub reason: Option<String>,
}

impl Difference {
    pub fn change(&self) -> Change {
        match (&self.fragment.presence, &self.document.presence) {
            (Presence::Nothing, _) => Change::Added,
            (_, Presence::Nothing) => Change::Removed,
            _ => Change::Changed,
        }
    }

    /// Returns what both sides have, on one line.
    pub fn values(&self) -> String {
        values(self.kind, &self.fragment.presence, &self.document.presence)
    }
}

/// The differences found so far.
#[derive(Default)]
pub struct Findings {
    pub differences: Vec<Difference>,
    /// The current place.
    place: Place,
    /// The schemas that were compared there, by their places in both documents. Shared schemas are compared once, and
    /// recursion ends.
    pub seen: HashSet<(Vec<Pointer>, Vec<Pointer>, Direction)>,
    /// The index of each difference, by id and place in the document. Operations share differences.
    found: HashMap<(String, Pointer), usize>,
}

impl Findings {
    /// Continues with another part of an operation, or another operation.
    pub fn enter(&mut self, operation: &str, part: Part) {
        self.place = Place { operation: operation.to_owned(), part };
        self.seen.clear();
    }

    /// Adds a difference. Its name is the place in the fragment, even if the fragment does not have it.
    pub fn add(
        &mut self,
        kind: Kind,
        name: &Pointer,
        fragment: Side,
        document: Side,
        breaking: bool,
    ) {
        let id = format!("{name}: {}", values(kind, &fragment.presence, &document.presence));
        let index = self.found.entry((id.clone(), document.at.clone()));
        let index = *index.or_insert_with(|| {
            let places = BTreeSet::new();
            let reason = None;
            self.differences.push(Difference {
                id,
                kind,
                breaking,
                fragment,
                document,
                places,
                reason,
            });
            self.differences.len() - 1
        });
        let difference = &mut self.differences[index];
        difference.breaking |= breaking;
        difference.places.insert(self.place.clone());
    }

    /// Compares the values of a keyword. Each side has the place that has it, or could have it.
    pub fn keyword(
        &mut self,
        kind: Kind,
        keyword: &str,
        (parent, fragment): (&Pointer, Option<Node<'_>>),
        (other_parent, document): (&Pointer, Option<Node<'_>>),
        breaking: bool,
    ) {
        let value = |node: &Option<Node<'_>>| node.as_ref().map(|node| node.value.clone());
        if value(&fragment) == value(&document) {
            return;
        }
        let at = fragment.as_ref().map(|node| node.at.clone());
        let name = at.unwrap_or_else(|| parent.to(keyword));
        let (one, other) = (Side::of(fragment, parent), Side::of(document, other_parent));
        self.add(kind, &name, one, other, breaking);
    }

    /// Compares whether two things are deprecated, which never breaks.
    pub fn deprecation(&mut self, fragment: &Node<'_>, document: &Node<'_>) {
        let name = "deprecated";
        let (old, new) = (fragment.is(name), document.is(name));
        self.flag(Kind::Deprecation, name, (&fragment.at, old), (&document.at, new), false);
    }

    /// Compares a keyword whose default is `false`.
    pub fn flag(
        &mut self,
        kind: Kind,
        keyword: &str,
        fragment: (&Pointer, bool),
        document: (&Pointer, bool),
        breaking: bool,
    ) {
        if fragment.1 != document.1 {
            let name = fragment.0.to(keyword);
            let side = |(at, is): (&Pointer, bool)| Side::value(at, is);
            self.add(kind, &name, side(fragment), side(document), breaking);
        }
    }
}

fn values(kind: Kind, fragment: &Presence, document: &Presence) -> String {
    format!("{} -> {}", shown(kind, fragment), shown(kind, document))
}

/// Returns the text of what one side has: itself if it is short and a fact, otherwise a digest. An example may be
/// somebody's work.
fn shown(kind: Kind, presence: &Presence) -> String {
    let mut value = match presence {
        Presence::Nothing => return "nothing".to_owned(),
        Presence::Something => return "something".to_owned(),
        Presence::Value(value) => value.clone(),
    };
    // The order of the members of an object does not matter.
    value.sort_all_objects();
    let text = value.to_string();
    if kind != Kind::Example && text.len() <= 60 {
        return text;
    }
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(6).fold("#".to_owned(), |hex, byte| format!("{hex}{byte:02x}"))
}
