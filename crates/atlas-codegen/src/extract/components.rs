//! Extracting operations and their components.
//!
//! - One version of each operation is kept, see [`versions`], and the responses that have it.
//! - The components are kept that something kept refers to, by a `$ref` or a `mapping`.
//! - The target of a `$ref` into another place, such as another operation, becomes a component, see [`Moved`].
//! - Nothing else changes: the fragment says of its operations what the whole document says.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::moved::Moved;
use crate::document::versions::{self, Version};
use crate::document::walk::{self, Part, Site};
use crate::document::{Heirs, Pointer, Problem, resolve, stands_for_heirs};
use crate::select::{Selection, tags};

/// An extracted fragment.
pub struct Extract {
    pub fragment: Value,
    /// The ids of the selected operations that have no version as old as requested.
    pub left_out: Vec<String>,
}

impl Extract {
    /// Returns whether the fragment has no operation.
    pub fn is_empty(&self) -> bool {
        walk::operations(&self.fragment).next().is_none()
    }
}

/// Extracts operations from a document.
///
/// # Errors
///
/// An operation cannot be read, or a reference cannot be followed.
pub fn extract(
    document: &Value,
    selection: &Selection,
    version: Option<&str>,
) -> Result<Extract, Problem> {
    let mut left_out = Vec::new();
    let mut paths = Map::new();
    let mut used_tags = BTreeSet::new();
    let mut unreadable = None;
    let mut found = 0;
    for site in walk::sites(document) {
        let site = match site {
            Ok(site) => site,
            Err(problem) => {
                unreadable = unreadable.or(Some(problem));
                continue;
            }
        };
        if !selection.contains(&(site.path.to_owned(), site.method)) {
            continue;
        }
        found += 1;
        let Some(operation) = of_version(&site, version)? else {
            left_out.push(site.id());
            continue;
        };
        used_tags.extend(tags(&operation).map(str::to_owned));
        // A path that is a reference is written out: it cannot be a component.
        let path = paths.entry(site.path).or_insert_with(|| {
            let beside = site.item.members.iter().filter(|(name, _)| !is_method(name));
            beside.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>().into()
        });
        path[site.method] = operation.into();
    }
    if let Some(problem) = unreadable.filter(|_| found < selection.len()) {
        return Err(problem);
    }
    let (mut components, moved) = components(document, &paths)?;
    if !moved.is_empty() {
        for item in paths.values_mut() {
            moved.rewrite(document, item, Part::Keywords);
        }
        for of_kind in components.values_mut() {
            moved.rewrite(document, of_kind, Part::Names);
        }
    }
    let mut fragment = Map::new();
    for (name, value) in document.as_object().into_iter().flatten() {
        let value = match name.as_str() {
            "paths" => std::mem::take(&mut paths).into(),
            "components" => continue,
            "tags" => filtered_tags(value, &used_tags),
            // An extension of the whole document does not describe a part.
            extension if extension.starts_with("x-") => continue,
            _ => value.clone(),
        };
        fragment.insert(name.clone(), value);
    }
    if !components.is_empty() {
        fragment.insert("components".to_owned(), components.into());
    }
    Ok(Extract { fragment: fragment.into(), left_out })
}

fn is_method(name: &str) -> bool {
    walk::METHODS.contains(&name)
}

fn filtered_tags(all: &Value, used: &BTreeSet<String>) -> Value {
    let is_used = |tag: &&Value| {
        tag.get("name").and_then(Value::as_str).is_some_and(|name| used.contains(name))
    };
    all.as_array().into_iter().flatten().filter(is_used).cloned().collect()
}

/// Returns an operation with one version only, or `None` if it has no such version.
fn of_version(
    site: &Site<'_>,
    wanted: Option<&str>,
) -> Result<Option<Map<String, Value>>, Problem> {
    let responses = site.responses()?;
    let is_success =
        |status: &str| versions::is_success(status, responses.iter().map(|(status, _)| *status));
    let successes = responses.iter().filter(|(status, _)| is_success(status));
    let available = successes.flat_map(|(_, response)| media_types(response.members));
    let Some(version) = versions::choose(available.map(versions::version_of), wanted) else {
        return Ok(None);
    };
    let mut operation = site.members.clone();
    if let Some(kept) = operation.get_mut("responses").and_then(Value::as_object_mut) {
        for (status, response) in &responses {
            let Some(of_version) = only(response.members, &version) else {
                continue;
            };
            if is_success(status) && media_types(&of_version).next().is_none() {
                // A response that only other versions have.
                kept.remove(*status);
            } else {
                kept.insert((*status).to_owned(), of_version.into());
            }
        }
    }
    // A body without the version belongs to all versions.
    if let Some(body) = site.request_body()?
        && let Some(body) = only(body.members, &version)
        && media_types(&body).next().is_some()
    {
        operation.insert("requestBody".to_owned(), body.into());
    }
    Ok(Some(operation))
}

fn media_types(response: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let content = response.get("content").and_then(Value::as_object).into_iter().flatten();
    content.map(|(media_type, _)| media_type.as_str())
}

/// Returns a body or a response with the contents of one version, and those without a version, or `None` if nothing
/// changes.
fn only(body: &Map<String, Value>, version: &Version) -> Option<Map<String, Value>> {
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

/// Returns the components that the paths reach, in the order of the document, and the parts that are moved to components.
fn components(
    document: &Value,
    paths: &Map<String, Value>,
) -> Result<(Map<String, Value>, Moved), Problem> {
    let heirs = Heirs::of(document);
    let mut moved = Moved::default();
    let mut reached = BTreeSet::new();
    let root = Pointer::default();
    let mut waiting = Vec::new();
    for (path, item) in paths {
        references(&root.to("paths").to(path), item, Part::Keywords, &mut waiting);
    }
    while let Some((at, reference)) = waiting.pop() {
        let (target_at, target) = resolve(document, &at, &reference)?;
        let tokens: Vec<String> = target_at.tokens().collect();
        let (kind, name) = match tokens.as_slice() {
            [components, kind, name, ..] if components == "components" => (kind, name),
            _ => {
                if moved.add(document, &at, &target_at) {
                    references(&target_at, target, Part::Keywords, &mut waiting);
                }
                continue;
            }
        };
        if reached.insert((kind.clone(), name.clone())) {
            let at = root.to("components").to(kind).to(name);
            let Some(component) = document.pointer(at.as_str()) else { continue };
            references(&at, component, Part::Keywords, &mut waiting);
            // Without a mapping only inheritance leads to the variants.
            if stands_for_heirs(component) {
                let heirs = heirs.all(&at).into_iter();
                waiting.extend(heirs.map(|heir| (at.clone(), format!("#{}", heir.as_str()))));
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
    for (at, (kind, name)) in &moved.0 {
        let target = document.pointer(at.as_str()).cloned().unwrap_or_default();
        kept.entry(*kind).or_insert_with(|| Value::Object(Map::new()))[name.as_str()] = target;
    }
    Ok((kept, moved))
}

/// The references in a part of a document, with their places.
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
                    _ => references(&at.to(name), member, walk::part(name, member), found),
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
        let reference = walk::mapped(target);
        found.push((at.to("mapping").to(tag), reference));
    }
}
