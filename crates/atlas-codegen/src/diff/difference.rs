//! A difference between the fragment and the document, and its name.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::node::Node;
use super::rules::Travel;
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

/// What the document does that the fragment does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Added,
    Removed,
    Changed,
}

/// What one side holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    Nothing,
    /// Something that is too large to show, such as an operation.
    Something,
    Value(Value),
}

/// One side of a difference: what it holds, and where. Where it holds nothing, the place is what might
/// have held it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    pub at: Pointer,
    pub holds: Holds,
}

impl Side {
    pub fn nothing(at: &Pointer) -> Self {
        Self { at: at.clone(), holds: Holds::Nothing }
    }

    pub fn something(at: &Pointer) -> Self {
        Self { at: at.clone(), holds: Holds::Something }
    }

    pub fn value(at: &Pointer, value: impl Into<Value>) -> Self {
        Self { at: at.clone(), holds: Holds::Value(value.into()) }
    }

    /// A value, or nothing within what might have it.
    pub fn of(node: Option<Node<'_>>, parent: &Pointer) -> Self {
        node.map_or_else(
            || Self::nothing(parent),
            |node| Self { holds: Holds::Value(node.value.clone()), at: node.at },
        )
    }
}

/// Where a difference shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    pub operation: String,
    pub part: Part,
}

/// Of what in an operation a difference is.
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
    /// What it is known by: the place in the fragment, and what either side holds there. A difference
    /// that becomes another one has another id.
    pub id: String,
    pub kind: Kind,
    /// Whether it breaks a client, in any of its places.
    pub breaking: bool,
    pub fragment: Side,
    pub document: Side,
    pub places: BTreeSet<Place>,
    /// Why it is there, where that is known.
    pub reason: Option<String>,
}

impl Difference {
    pub fn change(&self) -> Change {
        match (&self.fragment.holds, &self.document.holds) {
            (Holds::Nothing, _) => Change::Added,
            (_, Holds::Nothing) => Change::Removed,
            _ => Change::Changed,
        }
    }

    /// What either side holds, in a line.
    pub fn values(&self) -> String {
        values(self.kind, &self.fragment.holds, &self.document.holds)
    }
}

/// The differences found so far.
#[derive(Default)]
pub struct Findings {
    pub differences: Vec<Difference>,
    /// Where in an operation the search is.
    place: Place,
    /// The schemas that were or are being compared there, by their places in either document: what is
    /// shared is walked once, and recursion ends.
    pub seen: HashSet<(Vec<Pointer>, Vec<Pointer>, Travel)>,
    /// By id and place in the document: what is shared by operations is found once for each.
    found: HashMap<(String, Pointer), usize>,
}

impl Findings {
    /// Goes on to another part of an operation, or to another operation.
    pub fn enter(&mut self, operation: &str, part: Part) {
        self.place = Place { operation: operation.to_owned(), part };
        self.seen.clear();
    }

    /// Takes a difference down. Its name is the place in the fragment of what differs, even where the
    /// fragment does not have it.
    pub fn add(
        &mut self,
        kind: Kind,
        name: &Pointer,
        fragment: Side,
        document: Side,
        breaking: bool,
    ) {
        let id = format!("{name}: {}", values(kind, &fragment.holds, &document.holds));
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

    /// Compares a keyword's values as they stand, each in what has it or might have it.
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

    /// Compares whether two things are deprecated, which is for people.
    pub fn deprecation(&mut self, fragment: &Node<'_>, document: &Node<'_>) {
        let name = "deprecated";
        let (old, new) = (fragment.is(name), document.is(name));
        self.flag(Kind::Deprecation, name, (&fragment.at, old), (&document.at, new), false);
    }

    /// Compares a keyword that is `false` where it is not.
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

fn values(kind: Kind, fragment: &Holds, document: &Holds) -> String {
    format!("{} -> {}", shown(kind, fragment), shown(kind, document))
}

/// What one side holds: itself where that is short and a fact, else a digest of it. An example may be
/// someone's work.
fn shown(kind: Kind, holds: &Holds) -> String {
    let mut value = match holds {
        Holds::Nothing => return "nothing".to_owned(),
        Holds::Something => return "something".to_owned(),
        Holds::Value(value) => value.clone(),
    };
    // The order of an object's members is no difference.
    value.sort_all_objects();
    let text = value.to_string();
    if kind != Kind::Example && text.len() <= 60 {
        return text;
    }
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(6).fold("#".to_owned(), |hex, byte| format!("{hex}{byte:02x}"))
}
