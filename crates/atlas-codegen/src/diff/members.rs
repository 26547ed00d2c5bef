//! Matching collections of named things.

use super::difference::{Findings, Kind, Side};
use super::node::Node;

/// Two collections of named things to compare.
pub struct Members<'c, 'a, 'b> {
    pub kind: Kind,
    /// The keyword that they are under.
    pub keyword: &'static str,
    /// The nodes that have the keyword, or could have it.
    pub parents: (&'c Node<'a>, &'c Node<'b>),
    pub fragment: Vec<(String, Node<'a>)>,
    pub document: Vec<(String, Node<'b>)>,
}

impl<'a, 'b> Members<'_, 'a, 'b> {
    /// Adds a difference for each member that only one side has, and returns those that both have. The caller says
    /// which absences break a client.
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
