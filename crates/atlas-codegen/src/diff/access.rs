//! Comparing who may call two operations: roles, servers and security.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::difference::{Findings, Kind, Side};
use super::node::Node;
use super::operation::Operation;
use crate::document::Pointer;

/// One of several alternatives.
struct Choice {
    name: String,
    /// Its meaning, independent of its name.
    meaning: Value,
    at: Pointer,
}

pub fn compare(
    findings: &mut Findings,
    fragment: &Operation<'_>,
    document: &Operation<'_>,
) -> Result<(), String> {
    choices(findings, Kind::Role, roles(fragment), roles(document));
    choices(findings, Kind::Server, servers(fragment), servers(document));
    choices(findings, Kind::Security, security(fragment)?, security(document)?);
    Ok(())
}

/// The alternatives, and the place that has them.
struct Choices {
    keyword: &'static str,
    holder: Pointer,
    all: Vec<Choice>,
}

fn choices(findings: &mut Findings, kind: Kind, fragment: Choices, document: Choices) {
    let at = fragment.holder.to(fragment.keyword);
    let (mut old, mut new) = (fragment.all, document.all);
    // Without alternatives nothing is required.
    let (nothing_asked, nothing_asked_now) = (old.is_empty(), new.is_empty());
    let means = |set: &[Choice], one: &Choice| set.iter().any(|other| other.meaning == one.meaning);
    let same: Vec<Value> =
        old.iter().filter(|one| means(&new, one)).map(|one| one.meaning.clone()).collect();
    old.retain(|one| !same.contains(&one.meaning));
    new.retain(|one| !same.contains(&one.meaning));
    for one in old {
        let name = at.to(&one.name);
        if let Some(index) = new.iter().position(|other| other.name == one.name) {
            let other = new.remove(index);
            let (old, new) =
                (Side::value(&one.at, one.meaning), Side::value(&other.at, other.meaning));
            findings.add(kind, &name, old, new, true);
            continue;
        }
        let (has, lacks) = (Side::value(&one.at, one.name), Side::nothing(&document.holder));
        findings.add(kind, &name, has, lacks, !nothing_asked_now);
    }
    for other in new {
        let name = at.to(&other.name);
        let (lacks, has) = (Side::nothing(&fragment.holder), Side::value(&other.at, other.name));
        findings.add(kind, &name, lacks, has, nothing_asked);
    }
}

/// Returns the roles, of which one is required.
fn roles(operation: &Operation<'_>) -> Choices {
    let keyword = "x-rolesRequirements";
    let roles = operation.node.elements(keyword);
    let all = roles.into_iter().filter_map(|role| {
        let name = role.value.as_str()?.to_owned();
        Some(Choice { name, meaning: role.value.clone(), at: role.at })
    });
    Choices { keyword, holder: operation.node.at.clone(), all: all.collect() }
}

/// Returns the servers of the operation, otherwise of the path, otherwise of the document.
fn servers(operation: &Operation<'_>) -> Choices {
    let keyword = "servers";
    let nodes = [&operation.node, &operation.item, &operation.root];
    let holder = nodes.into_iter().find(|node| node.member(keyword).is_some());
    let Some(holder) = holder else {
        let holder = operation.root.at.clone();
        // The default is the server of the document.
        let own = Choice { name: "/".to_owned(), meaning: json!(""), at: holder.clone() };
        return Choices { keyword, holder, all: vec![own] };
    };
    let all = holder.elements(keyword).into_iter().filter_map(|server| {
        let url = server.text("url")?.trim_end_matches('/').to_owned();
        Some(Choice { name: url.clone(), meaning: url.into(), at: server.at })
    });
    Choices { keyword, holder: holder.at.clone(), all: all.collect() }
}

/// Returns the security of the operation, otherwise of the document. One requirement is enough.
fn security(operation: &Operation<'_>) -> Result<Choices, String> {
    let keyword = "security";
    let nodes = [&operation.node, &operation.root];
    let holder = nodes.into_iter().find(|node| node.member(keyword).is_some());
    let holder = holder.unwrap_or(&operation.root);
    let schemes = schemes(&operation.root)?;
    let mut all = Vec::new();
    for requirement in holder.elements(keyword) {
        let names = requirement.value.as_object().into_iter().flatten();
        let (mut name, mut meaning) = (Vec::new(), Vec::new());
        for (scheme, scopes) in names {
            let Some(definition) = schemes.get(scheme.as_str()) else {
                return Err(requirement.problem(&format!("there is no security scheme `{scheme}`")));
            };
            name.push(scheme.as_str());
            let mut scopes = scopes.as_array().cloned().unwrap_or_default();
            scopes.sort_by_key(Value::to_string);
            meaning.push(json!([definition, scopes]));
        }
        // All of them are required, in any order.
        name.sort_unstable();
        meaning.sort_by_key(Value::to_string);
        // An empty requirement needs no credentials.
        let name = if name.is_empty() { "nothing".to_owned() } else { name.join(" and ") };
        all.push(Choice { name, meaning: meaning.into(), at: requirement.at });
    }
    Ok(Choices { keyword, holder: holder.at.clone(), all })
}

/// Returns the security schemes of a document, without prose.
fn schemes<'a>(root: &Node<'a>) -> Result<BTreeMap<&'a str, Value>, String> {
    let Some(components) = root.member("components") else { return Ok(BTreeMap::new()) };
    let schemes = components.entries("securitySchemes")?.into_iter();
    Ok(schemes.map(|(name, node)| (name, definition(node.value))).collect())
}

fn definition(scheme: &Value) -> Value {
    let mut scheme = scheme.clone();
    let Some(members) = scheme.as_object_mut() else { return scheme };
    members.remove("description");
    for (_, flow) in members.get_mut("flows").and_then(Value::as_object_mut).into_iter().flatten() {
        // A scope has a name and a description.
        if let Some(scopes) = flow.get_mut("scopes").and_then(Value::as_object_mut) {
            let names: Map<String, Value> =
                scopes.keys().map(|name| (name.clone(), Value::Null)).collect();
            *scopes = names;
        }
    }
    scheme.sort_all_objects();
    scheme
}
