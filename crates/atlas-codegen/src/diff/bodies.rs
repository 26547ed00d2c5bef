//! Request bodies, and what any content has, held against each other.

use std::collections::BTreeSet;

use super::difference::{Findings, Kind, Side};
use super::node::Node;
use super::operations::Members;
use super::rules::Travel;
use super::schema::Schema;
use super::schemas;

/// Holds the request bodies of two operations against each other.
pub fn compare(
    findings: &mut Findings,
    fragment: &Node<'_>,
    document: &Node<'_>,
) -> Result<(), String> {
    let name = fragment.at.to("requestBody");
    let (one, other) = match (fragment.get("requestBody")?, document.get("requestBody")?) {
        (None, None) => return Ok(()),
        (Some(one), Some(other)) => (one, other),
        (Some(one), None) => {
            let (has, lacks) = (Side::something(&one.at), Side::nothing(&document.at));
            findings.add(Kind::Body, &name, has, lacks, true);
            return Ok(());
        }
        (None, Some(other)) => {
            let (lacks, has) = (Side::nothing(&fragment.at), Side::something(&other.at));
            findings.add(Kind::Body, &name, lacks, has, other.is("required"));
            return Ok(());
        }
    };
    let (old, new) = (one.is("required"), other.is("required"));
    findings.flag(Kind::Required, "required", (&one.at, old), (&other.at, new), new);
    contents(findings, &one, &other, Travel::Request)
}

/// Holds what stands under two `content`s against each other, by media type.
pub fn contents(
    findings: &mut Findings,
    fragment: &Node<'_>,
    document: &Node<'_>,
    travel: Travel,
) -> Result<(), String> {
    let members = Members {
        kind: Kind::MediaType,
        keyword: "content",
        parents: (fragment, document),
        fragment: named(fragment.entries("content")?),
        document: named(document.entries("content")?),
    };
    for (one, other) in members.match_up(findings, |_, _| true, |_, _| false) {
        let (old, new) = (one.text("x-sunset"), other.text("x-sunset"));
        // Dates of this form compare as text.
        let breaking = new.is_some_and(|new| old.is_none_or(|old| new < old));
        let old = (&one.at, one.member("x-sunset"));
        let new = (&other.at, other.member("x-sunset"));
        findings.keyword(Kind::Sunset, "x-sunset", old, new, breaking);
        content(findings, &one, &other, travel)?;
    }
    Ok(())
}

/// Holds the schemas and examples of two media types, parameters or headers against each other.
pub fn content(
    findings: &mut Findings,
    fragment: &Node<'_>,
    document: &Node<'_>,
    travel: Travel,
) -> Result<(), String> {
    examples(findings, fragment, document)?;
    match (fragment.member("schema"), document.member("schema")) {
        (Some(one), Some(other)) => {
            schemas::compare(findings, &Schema::of(one)?, &Schema::of(other)?, travel)
        }
        (None, None) => Ok(()),
        (one, other) => {
            let side = |node: Option<&Node<'_>>, parent: &Node<'_>| {
                node.map_or_else(|| Side::nothing(&parent.at), |node| Side::something(&node.at))
            };
            // Nothing is read where nothing is said of it.
            let breaking = (travel == Travel::Request) == other.is_some();
            let (old, new) = (side(one.as_ref(), fragment), side(other.as_ref(), document));
            findings.add(Kind::Body, &fragment.at.to("schema"), old, new, breaking);
            Ok(())
        }
    }
}

fn examples(
    findings: &mut Findings,
    fragment: &Node<'_>,
    document: &Node<'_>,
) -> Result<(), String> {
    let old = (&fragment.at, fragment.member("example"));
    let new = (&document.at, document.member("example"));
    findings.keyword(Kind::Example, "example", old, new, false);
    let (old, new) = (fragment.entries("examples")?, document.entries("examples")?);
    let names: BTreeSet<&str> = old.iter().chain(&new).map(|(name, _)| *name).collect();
    for name in names {
        let at = fragment.at.to("examples").to(name);
        let value = |examples: &[(&str, Node<'_>)], parent: &Node<'_>| {
            let example = examples.iter().find(|(known, _)| *known == name);
            let value = example.and_then(|(_, example)| example.member("value"));
            Side::of(value, &parent.at)
        };
        let (one, other) = (value(&old, fragment), value(&new, document));
        if one.holds != other.holds {
            findings.add(Kind::Example, &at, one, other, false);
        }
    }
    Ok(())
}

/// Named things with names of their own.
pub fn named<'a>(entries: Vec<(&str, Node<'a>)>) -> Vec<(String, Node<'a>)> {
    entries.into_iter().map(|(name, node)| (name.to_owned(), node)).collect()
}
