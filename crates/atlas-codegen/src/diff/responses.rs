//! Comparing the responses of two operations, by status.

use super::bodies;
use super::difference::{Findings, Kind};
use super::members::Members;
use super::node::Node;
use super::operation::Operation;
use super::rules::Direction;
use crate::document::versions;

/// Compares the responses of two operations.
pub fn compare(
    findings: &mut Findings,
    fragment: &Operation<'_>,
    document: &Operation<'_>,
) -> Result<(), String> {
    let (old, new) = (fragment.responses()?, document.responses()?);
    let statuses = |responses: &[(String, Node<'_>)]| -> Vec<String> {
        responses.iter().map(|(status, _)| status.clone()).collect()
    };
    let (old_statuses, new_statuses) = (statuses(&old), statuses(&new));
    let members = Members {
        kind: Kind::Status,
        keyword: "responses",
        parents: (&fragment.node, &document.node),
        fragment: old,
        document: new,
    };
    let is_success =
        |status: &str, all: &[String]| versions::is_success(status, all.iter().map(String::as_str));
    let both = members.match_up(
        findings,
        |status, _| is_success(status, &old_statuses),
        |status, _| is_success(status, &new_statuses),
    );
    for (one, other) in both {
        headers(findings, &one, &other)?;
        bodies::contents(findings, &one, &other, Direction::Response)?;
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
        bodies::content(findings, &one, &other, Direction::Response)?;
    }
    Ok(())
}

/// Headers by their names in lower case.
fn lower_case<'a>(entries: Vec<(&str, Node<'a>)>) -> Vec<(String, Node<'a>)> {
    entries.into_iter().map(|(name, node)| (name.to_lowercase(), node)).collect()
}
