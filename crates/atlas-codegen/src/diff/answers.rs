//! The answers of two operations held against each other, by status.

use serde_json::Value;

use super::bodies::{self, named};
use super::difference::{Findings, Kind};
use super::node::Node;
use super::operations::Members;
use super::rules::Travel;
use crate::normalize::versions;

pub fn compare(
    findings: &mut Findings,
    fragment: &Node<'_>,
    document: &Node<'_>,
) -> Result<(), String> {
    let is_success = |operation: &Node<'_>, status: &str| {
        let responses = operation.value.get("responses").and_then(Value::as_object);
        responses.is_some_and(|responses| {
            versions::is_success(status, responses.keys().map(String::as_str))
        })
    };
    let members = Members {
        kind: Kind::Status,
        keyword: "responses",
        parents: (fragment, document),
        fragment: named(fragment.entries("responses")?),
        document: named(document.entries("responses")?),
    };
    let both = members.match_up(
        findings,
        |status, _| is_success(fragment, status),
        |status, _| is_success(document, status),
    );
    for (one, other) in both {
        headers(findings, &one, &other)?;
        bodies::contents(findings, &one, &other, Travel::Response)?;
    }
    Ok(())
}

fn headers(
    findings: &mut Findings,
    fragment: &Node<'_>,
    document: &Node<'_>,
) -> Result<(), String> {
    let members = Members {
        kind: Kind::Header,
        keyword: "headers",
        parents: (fragment, document),
        fragment: lower_case(fragment.entries("headers")?),
        document: lower_case(document.entries("headers")?),
    };
    for (one, other) in members.match_up(findings, |_, _| true, |_, _| false) {
        let (old, new) = (one.is("required"), other.is("required"));
        findings.flag(Kind::Required, "required", (&one.at, old), (&other.at, new), old);
        findings.deprecation(&one, &other);
        bodies::content(findings, &one, &other, Travel::Response)?;
    }
    Ok(())
}

/// Headers by names whose case does not matter.
fn lower_case<'a>(entries: Vec<(&str, Node<'a>)>) -> Vec<(String, Node<'a>)> {
    entries.into_iter().map(|(name, node)| (name.to_lowercase(), node)).collect()
}
