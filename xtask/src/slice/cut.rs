//! Cutting operations, and all that they reach, out of a document.
//!
//! - Of each operation one version is kept, see [`versions`], and of its answers those that have it.
//! - Of the components those are kept that something kept refers to, by a `$ref` or by a `mapping`.
//! - Nothing is rewritten but what a choice of version leaves out: the fragment is a document that says
//!   of its operations what the whole one says.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::select::{Selection, tags};
use crate::document::{Pointer, Problem, resolve};
use crate::normalise::versions::{self, Version};
use crate::openapi::{self, Part};

/// What was cut.
pub struct Cut {
    pub fragment: Value,
    /// The ids of those operations that have no version as old as wanted, and so are not in it.
    pub left_out: Vec<String>,
}

impl Cut {
    /// Whether no operation was cut out.
    pub fn is_empty(&self) -> bool {
        openapi::operations(&self.fragment).next().is_none()
    }
}

/// Cuts operations out of a document.
///
/// # Errors
///
/// They reach something that is not there, or is no component.
pub fn cut(document: &Value, selection: &Selection, version: Option<&str>) -> Result<Cut, Problem> {
    let mut left_out = Vec::new();
    let mut paths = Map::new();
    let mut used_tags = BTreeSet::new();
    for (path, method, item, operation) in openapi::operations(document) {
        if !selection.contains(&(path.to_owned(), method)) {
            continue;
        }
        let at = Pointer::default().to("paths").to(path);
        if item.contains_key("$ref") {
            return Err(Problem::new(
                &at.to("$ref"),
                "a path that is a reference cannot be cut out: write the path out",
            ));
        }
        let Some(operation) = of_version(document, &at.to(method), operation, version)? else {
            left_out.push(openapi::id_of(path, method, operation));
            continue;
        };
        used_tags.extend(tags(&operation).map(str::to_owned));
        let path = paths.entry(path.to_owned()).or_insert_with(|| {
            let beside = item.iter().filter(|(name, _)| !is_method(name));
            beside.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>().into()
        });
        path[method] = operation.into();
    }
    let components = components(document, &paths)?;
    let mut fragment = Map::new();
    for (name, value) in document.as_object().into_iter().flatten() {
        let value = match name.as_str() {
            "paths" => std::mem::take(&mut paths).into(),
            "components" => components.clone().into(),
            "tags" => of_tags(value, &used_tags),
            // What a vendor says of the whole document is not said of a part.
            extension if extension.starts_with("x-") => continue,
            _ => value.clone(),
        };
        fragment.insert(name.clone(), value);
    }
    Ok(Cut { fragment: fragment.into(), left_out })
}

fn is_method(name: &str) -> bool {
    openapi::METHODS.contains(&name)
}

fn of_tags(all: &Value, used: &BTreeSet<String>) -> Value {
    let is_used = |tag: &&Value| {
        tag.get("name").and_then(Value::as_str).is_some_and(|name| used.contains(name))
    };
    all.as_array().into_iter().flatten().filter(is_used).cloned().collect()
}

/// An operation with the one version of it that is wanted. None where it has none.
fn of_version(
    document: &Value,
    at: &Pointer,
    operation: &Map<String, Value>,
    wanted: Option<&str>,
) -> Result<Option<Map<String, Value>>, Problem> {
    let none = Map::new();
    let responses_at = at.to("responses");
    let responses = operation.get("responses").and_then(Value::as_object).unwrap_or(&none);
    let mut available = Vec::new();
    for (status, response) in responses {
        if versions::is_success(status, responses) {
            let response = resolved(document, &responses_at.to(status), response)?;
            available.extend(media_types(response).map(versions::version_of));
        }
    }
    let Some(version) = versions::choose(available, wanted) else {
        return Ok(None);
    };
    let mut operation = operation.clone();
    if let Some(kept) = operation.get_mut("responses").and_then(Value::as_object_mut) {
        for (status, response) in responses {
            let response = resolved(document, &responses_at.to(status), response)?;
            let Some(of_version) = only(response, &version) else {
                continue;
            };
            let is_success = versions::is_success(status, responses);
            if is_success && media_types(&of_version).next().is_none() {
                // An answer of other versions only.
                kept.remove(status);
            } else {
                kept.insert(status.clone(), of_version);
            }
        }
    }
    if let Some(body) = operation.get("requestBody") {
        let body = resolved(document, &at.to("requestBody"), body)?;
        // A body without the version is sent with all of them.
        if let Some(body) = only(body, &version)
            && media_types(&body).next().is_some()
        {
            operation.insert("requestBody".to_owned(), body);
        }
    }
    Ok(Some(operation))
}

fn resolved<'v>(document: &'v Value, at: &Pointer, value: &'v Value) -> Result<&'v Value, Problem> {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => Ok(resolve(document, at, reference)?.1),
        None => Ok(value),
    }
}

fn media_types(response: &Value) -> impl Iterator<Item = &str> {
    let content = response.get("content").and_then(Value::as_object).into_iter().flatten();
    content.map(|(media_type, _)| media_type.as_str())
}

/// A body or an answer with the content of one version, and what has none. None where that is all it
/// has.
fn only(body: &Value, version: &Version) -> Option<Value> {
    let is_kept = |media_type: &str| {
        let own = versions::version_of(media_type);
        own == *version || own == Version::Unversioned
    };
    if media_types(body).all(is_kept) {
        return None;
    }
    let mut body = body.clone();
    if let Some(content) = body.get_mut("content").and_then(Value::as_object_mut) {
        content.retain(|media_type, _| is_kept(media_type));
    }
    Some(body)
}

/// The components that the paths reach, in the document's order.
fn components(document: &Value, paths: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let mut reached = BTreeSet::new();
    let root = Pointer::default();
    let mut waiting = Vec::new();
    for (path, item) in paths {
        references(&root.to("paths").to(path), item, Part::Keywords, &mut waiting);
    }
    while let Some((at, reference)) = waiting.pop() {
        let (target_at, _) = resolve(document, &at, &reference)?;
        let tokens: Vec<String> = target_at.tokens().collect();
        let [components, kind, name, ..] = tokens.as_slice() else {
            return Err(Problem::new(&at, format!("`{reference}` is no component")));
        };
        if components != "components" {
            return Err(Problem::new(
                &at,
                format!("`{reference}` points into another operation: make it a component"),
            ));
        }
        if reached.insert((kind.clone(), name.clone())) {
            let at = root.to("components").to(kind).to(name);
            if let Some(component) = document.pointer(at.as_str()) {
                references(&at, component, Part::Keywords, &mut waiting);
            }
        }
    }
    let mut kept = Map::new();
    for (kind, all) in document.get("components").and_then(Value::as_object).into_iter().flatten() {
        let of_kind: Map<String, Value> = all
            .as_object()
            .into_iter()
            .flatten()
            // Security is named, not referred to.
            .filter(|(name, _)| {
                kind == "securitySchemes" || reached.contains(&(kind.clone(), (*name).clone()))
            })
            .map(|(name, component)| (name.clone(), component.clone()))
            .collect();
        if !of_kind.is_empty() {
            kept.insert(kind.clone(), of_kind.into());
        }
    }
    Ok(kept)
}

/// The references in a part of a document, with where each stands.
fn references(at: &Pointer, value: &Value, part: Part, found: &mut Vec<(Pointer, String)>) {
    match (value, part) {
        (_, Part::Data) => {}
        (Value::Array(elements), _) => {
            for (index, element) in elements.iter().enumerate() {
                references(&at.to(index), element, part, found);
            }
        }
        (Value::Object(members), Part::Names) => {
            for (name, member) in members {
                references(&at.to(name), member, Part::Keywords, found);
            }
        }
        (Value::Object(members), Part::Keywords) => {
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("$ref", Value::String(reference)) => {
                        found.push((at.clone(), reference.clone()));
                    }
                    ("discriminator", discriminator) => {
                        mapped(&at.to(name), discriminator, found);
                    }
                    _ => references(&at.to(name), member, openapi::part(name, member), found),
                }
            }
        }
        _ => {}
    }
}

/// What a discriminator refers to: by a reference, or by the bare name of a schema.
fn mapped(at: &Pointer, discriminator: &Value, found: &mut Vec<(Pointer, String)>) {
    let mapping = discriminator.get("mapping").and_then(Value::as_object).into_iter().flatten();
    for (tag, target) in mapping {
        let Some(target) = target.as_str() else { continue };
        let reference = openapi::mapped(target);
        found.push((at.to("mapping").to(tag), reference));
    }
}
