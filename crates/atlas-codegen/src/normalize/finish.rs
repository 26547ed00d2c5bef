//! Rules that need the whole folded document.
//!
//! - Nothing that an answer reaches is required: any part of it may be absent. What only requests reach
//!   keeps what it requires, but for what only the service may set.
//! - An optional list or map is nullable, so that absent and empty stay apart: typify would leave out an
//!   empty one, and a request could not clear a list.
//! - Where a property may be `null` and may be absent, the two stay apart, in the lossless profile.
//! - Components that contain themselves stand first: only then does typify box the right field.
//!
//! Nothing of this is lost on the wire, but for `null` in the lean profile.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::names::{pascal, snake};
use super::operations::Operations;
use super::words::line;
use super::{Field, FieldChange, Fold, Normalised, Profile};
use crate::document::{Pointer, Problem};

/// What must not be left in any schema that is generated.
const FORBIDDEN: &[&str] = &[
    "default",
    "discriminator",
    "maximum",
    "maxLength",
    "minimum",
    "minLength",
    "pattern",
    "title",
    "uniqueItems",
];

pub(super) fn finish(mut fold: Fold<'_>, operations: Operations) -> Result<Normalised, Problem> {
    let edges: BTreeMap<String, BTreeSet<String>> = fold
        .components
        .iter()
        .map(|(name, component)| (name.clone(), references(component)))
        .collect();
    let answered = reach(&edges, fold.answers.iter().flat_map(references).collect());
    let mut components = std::mem::take(&mut fold.components);
    for (name, component) in &mut components {
        relax(component, answered.contains(name));
        let apart = keep_apart(name, component);
        if fold.profile == Profile::Lossless {
            fold.fields.extend(apart);
        }
    }
    let (mut first, mut rest) = (Map::new(), Map::new());
    for (name, component) in components {
        let contained = reach(&edges, edges.get(&name).cloned().unwrap_or_default());
        let half = if contained.contains(&name) { &mut first } else { &mut rest };
        half.insert(name, component);
    }
    first.extend(rest);
    check(&first)?;
    let info = fold.document.get("info");
    // On one line: it stands in comments.
    let about = |name: &str| {
        let text = info?.get(name)?.as_str()?;
        Some(line(text)).filter(|text| !text.is_empty())
    };
    let (title, version) = (about("title"), about("version"));
    if title.is_none() || version.is_none() {
        let at = Pointer::default().to("info");
        fold.note(&at, "OpenAPI wants a `title` and a `version`, which are missing");
    }
    let document = json!({
        "openapi": "3.0.3",
        "info": {
            "title": title.unwrap_or_else(|| "An API without a title".to_owned()),
            "version": version.unwrap_or_else(|| "unknown".to_owned()),
        },
        "paths": operations.paths,
        "components": { "schemas": first },
    });
    Ok(Normalised {
        profile: fold.profile,
        document,
        operations: operations.rows,
        base_url: operations.base_url,
        enums: fold.enums,
        unions: fold.unions,
        fields: fold.fields,
        notes: fold.notes,
    })
}

/// The components that a schema refers to.
fn references(schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![schema];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(members) => {
                let reference = members.get("$ref").and_then(Value::as_str);
                let name = reference.and_then(|text| text.rsplit('/').next());
                found.extend(name.map(str::to_owned));
                waiting.extend(members.values());
            }
            Value::Array(elements) => waiting.extend(elements),
            _ => {}
        }
    }
    found
}

/// All that some components reach, themselves included.
fn reach(edges: &BTreeMap<String, BTreeSet<String>>, from: BTreeSet<String>) -> BTreeSet<String> {
    let mut waiting: Vec<String> = from.into_iter().collect();
    let mut reached = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        if let Some(next) = edges.get(&name) {
            waiting.extend(next.iter().filter(|&next| !reached.contains(next)).cloned());
        }
        reached.insert(name);
    }
    reached
}

/// Takes out of `required` what need not be there.
fn relax(component: &mut Value, in_answers: bool) {
    let read_only = |component: &Value, name: &Value| {
        let property = name.as_str().and_then(|name| component["properties"].get(name));
        property.is_some_and(|property| property.get("readOnly").is_some())
    };
    let Some(required) = component.get("required").and_then(Value::as_array) else {
        return;
    };
    let kept: Vec<Value> = required
        .iter()
        .filter(|name| !in_answers && !read_only(component, name))
        .cloned()
        .collect();
    component["required"] = kept.into();
}

/// Keeps absence apart from emptiness and from `null` in the optional properties of a component.
fn keep_apart(name: &str, component: &mut Value) -> Vec<Field> {
    let required = component.get("required").cloned().unwrap_or_default();
    let is_required = |name: &String| {
        let mut names = required.as_array().into_iter().flatten();
        names.any(|required| required.as_str() == Some(name))
    };
    let Some(Value::Object(properties)) = component.get_mut("properties") else {
        return Vec::new();
    };
    let mut changed = Vec::new();
    for (property, schema) in properties.iter_mut().filter(|(name, _)| !is_required(name)) {
        let Some(members) = schema.as_object_mut() else {
            continue;
        };
        let is_any = !members.contains_key("type")
            && !members.contains_key("$ref")
            && !members.contains_key("allOf");
        if members.contains_key("nullable") || is_any {
            changed.push(Field {
                component: name.to_owned(),
                name: snake(property),
                change: FieldChange::NullIsNotAbsence,
            });
        }
        if matches!(members.get("type").and_then(Value::as_str), Some("array" | "object")) {
            members.insert("nullable".to_owned(), Value::Bool(true));
        }
    }
    changed
}

/// Makes sure that nothing is left that would be generated wrongly.
fn check(components: &Map<String, Value>) -> Result<(), Problem> {
    let at = Pointer::default().to("components").to("schemas");
    for (name, component) in components {
        let at = at.to(name);
        if pascal(name) != *name {
            return Err(Problem::new(&at, "left by the rules: a name that typify would change"));
        }
        let top = component.as_object().into_iter().flatten();
        for (keyword, value) in top {
            match (keyword.as_str(), value) {
                // What may stand at the top of a component only.
                ("properties", Value::Object(properties)) => {
                    for (name, property) in properties {
                        check_inline(&at.to(keyword).to(name), property)?;
                    }
                }
                ("oneOf" | "enum" | "required" | "type" | "description", _) => {}
                _ => check_inline(&at.to(keyword), value)?,
            }
        }
    }
    Ok(())
}

fn check_inline(at: &Pointer, schema: &Value) -> Result<(), Problem> {
    let Some(members) = schema.as_object() else {
        return Ok(());
    };
    for (keyword, value) in members {
        let at = at.to(keyword);
        if FORBIDDEN.contains(&keyword.as_str())
            || matches!(keyword.as_str(), "properties" | "enum" | "oneOf" | "anyOf")
        {
            return Err(Problem::new(&at, "left by the rules: this would be generated wrongly"));
        }
        if matches!(keyword.as_str(), "items" | "additionalProperties") {
            check_inline(&at, value)?;
        }
    }
    Ok(())
}
