//! [`Cursor`]: a value of the file, with its path and what to say when it is wrong.

use std::{cell::RefCell, rc::Rc};

use super::near::{any_of, nearest};
use crate::{
    problem::{Place, Problem},
    yaml::{Entry, Node, ScalarKind, Value, join, shown},
};

/// What was found while reading. It has a bounded size.
#[derive(Debug, Default)]
pub(super) struct Findings {
    problems: RefCell<Vec<Problem>>,
    notes: RefCell<Vec<Problem>>,
}

/// The number of findings after which no more are kept.
const MAX_FINDINGS: usize = 1_000;
/// The number of findings after which near names are not looked for.
const MAX_NEAR: usize = 50;

impl Findings {
    pub(super) fn add(&self, problem: Problem) {
        push(&self.problems, problem);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// Returns the mistakes and the notes.
    pub(super) fn into_parts(self) -> (Vec<Problem>, Vec<Problem>) {
        (self.problems.into_inner(), self.notes.into_inner())
    }

    fn searches_near(&self) -> bool {
        self.problems.borrow().len() < MAX_NEAR
    }
}

fn push(list: &RefCell<Vec<Problem>>, problem: Problem) {
    let mut list = list.borrow_mut();
    if list.len() < MAX_FINDINGS {
        list.push(problem);
    }
}

/// A value of the file, with its path.
#[derive(Clone)]
pub(super) struct Cursor<'f> {
    node: Rc<Node>,
    path: String,
    findings: &'f Findings,
    /// Whether the value can be a misplaced secret, which no message shows.
    is_secret: bool,
}

/// A mapping whose keys were checked.
pub(super) struct Fields<'f> {
    at: Cursor<'f>,
}

impl<'f> Cursor<'f> {
    pub(super) fn root(node: Rc<Node>, findings: &'f Findings) -> Self {
        Self { node, path: String::new(), findings, is_secret: false }
    }

    /// Marks the value and what is in it as a possible secret.
    pub(super) fn secret(mut self) -> Self {
        self.is_secret = true;
        self
    }

    pub(super) fn findings(&self) -> &'f Findings {
        self.findings
    }

    pub(super) fn place(&self) -> Place {
        self.node.place
    }

    /// Adds a mistake.
    pub(super) fn fail(&self, message: impl Into<String>) {
        self.findings.add(self.problem(message));
    }

    /// Adds a warning.
    pub(super) fn note(&self, message: impl Into<String>) {
        push(&self.findings.notes, self.problem(message));
    }

    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(self.node.place, self.path.clone(), message)
    }

    /// Adds the mistake that something else was expected.
    pub(super) fn expected(&self, expected: &str) {
        self.fail(format!("found {}; expected {expected}", self.found()));
    }

    /// Adds the mistake that a name is not known.
    pub(super) fn unknown<'c>(
        &self,
        what: &str,
        word: &str,
        candidates: impl IntoIterator<Item = &'c str>,
        expected: &str,
    ) {
        let word_shown =
            if self.is_secret { String::new() } else { format!(" \"{}\"", shown(word)) };
        let near = if self.findings.searches_near() { nearest(word, candidates) } else { None };
        self.fail(match near {
            Some(near) => format!("{what}{word_shown}; did you mean \"{near}\"?"),
            None => format!("{what}{word_shown}; expected {expected}"),
        });
    }

    /// Returns what the value is, for a message.
    pub(super) fn found(&self) -> String {
        match &self.node.value {
            Value::List(_) => "a list".to_owned(),
            Value::Mapping(_) => "a mapping".to_owned(),
            Value::Scalar(scalar) => match (scalar.kind(), self.is_secret) {
                (ScalarKind::Null, _) => "nothing".to_owned(),
                (ScalarKind::Bool(value), _) => value.to_string(),
                (_, true) => "a value that is not shown, because it could be secret".to_owned(),
                (ScalarKind::Number, _) => format!("the number {}", shown(&scalar.text)),
                (ScalarKind::Text, _) => format!("\"{}\"", shown(&scalar.text)),
            },
        }
    }

    pub(super) fn is_mapping(&self) -> bool {
        matches!(self.node.value, Value::Mapping(_))
    }

    /// Returns the only text of a scalar, whatever it is in YAML.
    pub(super) fn raw(&self) -> Option<&str> {
        match &self.node.value {
            Value::Scalar(scalar) if scalar.kind() != ScalarKind::Null => Some(&scalar.text),
            _ => None,
        }
    }

    /// Returns whether the value is a scalar without quotes.
    pub(super) fn is_plain(&self) -> bool {
        matches!(&self.node.value, Value::Scalar(scalar) if scalar.is_plain)
    }

    /// Returns the kind of a scalar.
    pub(super) fn kind(&self) -> Option<ScalarKind> {
        match &self.node.value {
            Value::Scalar(scalar) => Some(scalar.kind()),
            _ => None,
        }
    }

    /// Returns the items of a list with at most `max` items.
    pub(super) fn items(&self, expected: &str, max: usize) -> Option<Vec<Self>> {
        let Value::List(items) = &self.node.value else {
            self.expected(expected);
            return None;
        };
        if items.len() > max {
            self.fail(format!("found a list of {}; expected at most {max}", items.len()));
            return None;
        }
        let item = |(at, node): (usize, &Rc<Node>)| {
            self.child(Rc::clone(node), format!("{}[{at}]", self.path))
        };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// Returns the fields of a mapping, and adds mistakes for other keys than these.
    pub(super) fn fields(&self, keys: &[&str], expected: &str) -> Option<Fields<'f>> {
        self.fields_with_hints(keys, &[], expected)
    }

    /// Returns the fields of a mapping, and adds mistakes for other keys than these. The hints are mistakes for keys that
    /// people write here.
    pub(super) fn fields_with_hints(
        &self,
        keys: &[&str],
        hints: &[(&str, &str)],
        expected: &str,
    ) -> Option<Fields<'f>> {
        for entry in self.entries(expected)? {
            if keys.contains(&entry.key.as_str()) {
                continue;
            }
            let at = Self { node: self.at_key(entry), ..self.clone() };
            if let Some((_, hint)) = hints.iter().find(|(key, _)| *key == entry.key) {
                at.fail(*hint);
            } else {
                let expected = format!("one of {}", any_of(keys));
                at.unknown("unknown key", &entry.key, keys.iter().copied(), &expected);
            }
        }
        Some(Fields { at: self.clone() })
    }

    /// Returns the keys of a mapping with their values, whatever the keys are.
    pub(super) fn pairs(&self, expected: &str) -> Option<Vec<(String, Self)>> {
        let pair = |entry: &Entry| {
            (entry.key.clone(), self.child(Rc::clone(&entry.value), join(&self.path, &entry.key)))
        };
        Some(self.entries(expected)?.iter().map(pair).collect())
    }

    /// Returns the value of a key, of any mapping.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let Value::Mapping(entries) = &self.node.value else { return None };
        let entry = entries.iter().find(|entry| entry.key == key)?;
        Some(self.child(Rc::clone(&entry.value), join(&self.path, key)))
    }

    fn entries(&self, expected: &str) -> Option<&[Entry]> {
        match &self.node.value {
            Value::Mapping(entries) => Some(entries),
            _ => {
                self.expected(expected);
                None
            }
        }
    }

    fn child(&self, node: Rc<Node>, path: String) -> Self {
        Self { node, path, findings: self.findings, is_secret: self.is_secret }
    }

    /// Returns a node at the place of a key.
    fn at_key(&self, entry: &Entry) -> Rc<Node> {
        Rc::new(Node { place: entry.place, value: Value::List(Vec::new()), size: self.node.size })
    }
}

impl<'f> Fields<'f> {
    pub(super) fn at(&self) -> &Cursor<'f> {
        &self.at
    }

    /// Returns the value of a key. None if the key is missing.
    pub(super) fn get(&self, key: &str) -> Option<Cursor<'f>> {
        self.at.get(key)
    }

    /// Returns the value of a key, and adds a mistake if it is missing.
    pub(super) fn require(&self, key: &str, expected: &str) -> Option<Cursor<'f>> {
        let value = self.get(key);
        if value.is_none() {
            self.at.fail(format!("\"{key}\" is missing; expected {expected}"));
        }
        value
    }
}
