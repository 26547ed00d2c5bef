//! Comparing the parameters of two operations.

use serde_json::{Value, json};

use super::bodies;
use super::difference::{Findings, Kind, Side};
use super::members::Members;
use super::node::Node;
use super::operation::Operation;
use super::rules::Direction;

pub fn compare(
    findings: &mut Findings,
    fragment: &Operation<'_>,
    document: &Operation<'_>,
) -> Result<(), String> {
    let (one, other) = (parameters(fragment)?, parameters(document)?);
    let members = Members {
        kind: Kind::Parameter,
        keyword: "parameters",
        parents: (&fragment.node, &document.node),
        fragment: one,
        document: other,
    };
    for (one, other) in members.match_up(findings, |_, _| true, |_, added| added.is("required")) {
        parameter(findings, &one, &other)?;
    }
    Ok(())
}

/// Returns the parameters of an operation by what distinguishes them in a request: those in the path by position.
fn parameters<'a>(operation: &Operation<'a>) -> Result<Vec<(String, Node<'a>)>, String> {
    let mut found: Vec<(String, Node<'a>)> = Vec::new();
    for node in operation.parameters()? {
        let text = |name: &str| node.text(name).unwrap_or_default();
        let (location, name) = (text("in"), text("name"));
        let key = match (location, operation.placeholders().position(|known| known == name)) {
            ("path", Some(index)) => format!("path:{}", index + 1),
            ("header", _) => format!("header:{}", name.to_lowercase()),
            _ => format!("{location}:{name}"),
        };
        found.retain(|(known, _)| *known != key);
        found.push((key, node));
    }
    Ok(found)
}

fn parameter(
    findings: &mut Findings,
    fragment: &Node<'_>,
    document: &Node<'_>,
) -> Result<(), String> {
    let mut flag = |kind, name, breaking| {
        let (old, new) = (fragment.is(name), document.is(name));
        findings.flag(kind, name, (&fragment.at, old), (&document.at, new), breaking);
    };
    flag(Kind::Required, "required", document.is("required"));
    flag(Kind::Parameter, "allowReserved", true);
    findings.deprecation(fragment, document);
    for (name, old, new) in [
        ("style", json!(style(fragment)), json!(style(document))),
        ("explode", json!(explode(fragment)), json!(explode(document))),
    ] {
        if old != new {
            let (one, other) = (Side::value(&fragment.at, old), Side::value(&document.at, new));
            findings.add(Kind::Parameter, &fragment.at.to(name), one, other, true);
        }
    }
    bodies::content(findings, fragment, document, Direction::Request)?;
    bodies::contents(findings, fragment, document, Direction::Request)
}

/// Returns the style of a parameter. Its default depends on the location.
fn style<'a>(parameter: &Node<'a>) -> &'a str {
    let usual = match parameter.text("in") {
        Some("query" | "cookie") => "form",
        _ => "simple",
    };
    parameter.text("style").unwrap_or(usual)
}

fn explode(parameter: &Node<'_>) -> bool {
    let written = parameter.value.get("explode").and_then(Value::as_bool);
    written.unwrap_or(style(parameter) == "form")
}
