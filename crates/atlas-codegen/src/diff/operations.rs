//! The operations of two documents held against each other.

use std::collections::BTreeMap;

use serde_json::Value;

use super::difference::{Findings, Kind, Part, Side};
use super::node::{Node, Source};
use super::{answers, bodies, callers, parameters};
use crate::document::Pointer;
use crate::document::walk;

/// An operation, and what it stands in.
pub struct Operation<'a> {
    pub root: Node<'a>,
    pub item: Node<'a>,
    pub node: Node<'a>,
    pub id: String,
    pub path: &'a str,
    pub method: &'static str,
}

impl<'a> Operation<'a> {
    /// The operations of a document, in its order.
    pub fn all(source: &'a Source) -> Result<Vec<Self>, String> {
        let root = Node::root(source);
        let document = &source.document;
        walk::sites(document)
            .into_iter()
            .map(|site| {
                let site = site.map_err(|problem| format!("{} {problem}", source.name))?;
                let node = |at: &Pointer| {
                    let value = document.pointer(at.as_str()).unwrap_or(&Value::Null);
                    Node::of(source, at.clone(), value)
                };
                Ok(Self {
                    root: root.clone(),
                    item: node(&site.item.at),
                    node: node(&site.at),
                    id: site.id(),
                    path: site.path,
                    method: site.method,
                })
            })
            .collect()
    }

    /// The names of the parameters in the path, in their order.
    pub fn placeholders(&self) -> impl Iterator<Item = &'a str> {
        self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
    }

    /// What tells it from other operations: method and path, whatever its parameters are called.
    fn shape(&self) -> (&'static str, String) {
        let mut path = self.path.to_owned();
        for name in self.placeholders() {
            path = path.replacen(&format!("{{{name}}}"), "{}", 1);
        }
        (self.method, path)
    }

    fn tags(&self) -> impl Iterator<Item = &'a str> {
        let tags = self.node.value.get("tags").and_then(|tags| tags.as_array());
        tags.into_iter().flatten().filter_map(|tag| tag.as_str())
    }
}

/// Holds every operation of the fragment against the document's.
pub fn compare(
    findings: &mut Findings,
    fragment: &[Operation<'_>],
    document: &[Operation<'_>],
) -> Result<(), String> {
    let known: BTreeMap<_, _> = document.iter().map(|other| (other.shape(), other)).collect();
    for one in fragment {
        findings.enter(&one.id, Part::Operation);
        if let Some(other) = known.get(&one.shape()) {
            operation(findings, one, other)?;
        } else {
            let has = Side::something(&one.node.at);
            let lacks = Side::nothing(&Pointer::default().to("paths"));
            findings.add(Kind::Operation, &one.node.at, has, lacks, true);
        }
    }
    Ok(())
}

/// Operations of the fragment's own tags that the document has and the fragment has not.
pub fn missing<'o, 'a>(
    fragment: &[Operation<'_>],
    document: &'o [Operation<'a>],
) -> Vec<&'o Operation<'a>> {
    let is_tag = |tag: &str| fragment.iter().any(|one| one.tags().any(|known| known == tag));
    let is_known = |other: &Operation<'_>| fragment.iter().any(|one| one.shape() == other.shape());
    document.iter().filter(|other| other.tags().any(is_tag) && !is_known(other)).collect()
}

fn operation(
    findings: &mut Findings,
    fragment: &Operation<'_>,
    document: &Operation<'_>,
) -> Result<(), String> {
    let (one, other) = (&fragment.node, &document.node);
    let id = "operationId";
    let (old, new) = ((&one.at, one.member(id)), (&other.at, other.member(id)));
    findings.keyword(Kind::OperationId, id, old, new, false);
    findings.deprecation(one, other);
    callers::compare(findings, fragment, document)?;
    findings.enter(&fragment.id, Part::Request);
    parameters::compare(findings, fragment, document)?;
    bodies::compare(findings, one, other)?;
    findings.enter(&fragment.id, Part::Response);
    answers::compare(findings, one, other)
}

/// Two collections of named things held against each other.
pub struct Members<'c, 'a, 'b> {
    pub kind: Kind,
    /// The keyword that they stand under.
    pub keyword: &'static str,
    /// What has the keyword, or might have it.
    pub parents: (&'c Node<'a>, &'c Node<'b>),
    pub fragment: Vec<(String, Node<'a>)>,
    pub document: Vec<(String, Node<'b>)>,
}

impl<'a, 'b> Members<'_, 'a, 'b> {
    /// Takes down what only one of them has, and returns what both have. Which absences break is for the
    /// caller to say.
    pub fn match_up(
        self,
        findings: &mut Findings,
        removed_breaks: impl Fn(&str, &Node<'a>) -> bool,
        added_breaks: impl Fn(&str, &Node<'b>) -> bool,
    ) -> Vec<(Node<'a>, Node<'b>)> {
        let Self { kind, keyword, parents, fragment, mut document } = self;
        let at = parents.0.at.to(keyword);
        let mut both = Vec::new();
        for (name, one) in fragment {
            if let Some(index) = document.iter().position(|(known, _)| *known == name) {
                both.push((one, document.remove(index).1));
                continue;
            }
            let (has, lacks) = (Side::something(&one.at), Side::nothing(&parents.1.at));
            findings.add(kind, &at.to(&name), has, lacks, removed_breaks(&name, &one));
        }
        for (name, other) in document {
            let (lacks, has) = (Side::nothing(&parents.0.at), Side::something(&other.at));
            findings.add(kind, &at.to(&name), lacks, has, added_breaks(&name, &other));
        }
        both
    }
}
