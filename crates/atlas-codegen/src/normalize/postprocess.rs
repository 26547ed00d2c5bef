//! Rules that need the whole lowered document.
//!
//! - In a response nothing is required: any part of it may be absent. A schema of requests only keeps what it requires,
//!   except read-only properties.
//! - An optional list or map is nullable, which distinguishes absent from empty: otherwise typify leaves out an empty
//!   one, and a request could not clear a list.
//! - In the lossless profile, a property that may be `null` and may be absent distinguishes the two.
//! - Components that contain themselves are first: only then does typify box the right field.
//!
//! Nothing of this is lost on the wire, except `null` in the lean profile.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::lowering::Lowering;
use super::model::{Field, FieldChange, Normalized, Profile};
use super::operations::Operations;
use super::prose::one_line;
use crate::document::{Pointer, Problem};
use crate::names::{pascal, snake};

/// Keywords that no normalized schema may have.
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

pub(super) fn postprocess(
    mut lowering: Lowering<'_>,
    operations: Operations,
) -> Result<Normalized, Problem> {
    let edges: BTreeMap<String, BTreeSet<String>> = lowering
        .components
        .iter()
        .map(|(name, component)| (name.clone(), references(component)))
        .collect();
    let in_responses = reach(&edges, lowering.responses.iter().flat_map(references).collect());
    let mut components = std::mem::take(&mut lowering.components);
    for (name, component) in &mut components {
        relax(component, in_responses.contains(name));
        let fields = distinguish_absence(name, component);
        if lowering.profile == Profile::Lossless {
            lowering.fields.extend(fields);
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
    let info = lowering.document.get("info");
    // On one line, because it is used in comments.
    let about = |name: &str| {
        let text = info?.get(name)?.as_str()?;
        Some(one_line(text)).filter(|text| !text.is_empty())
    };
    let (title, version) = (about("title"), about("version"));
    if title.is_none() || version.is_none() {
        let at = Pointer::default().to("info");
        lowering.note(&at, "`title` or `version` is missing, which OpenAPI requires");
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
    Ok(Normalized {
        profile: lowering.profile,
        document,
        operations: operations.rows,
        base_url: operations.base_url,
        enums: lowering.enums,
        unions: lowering.unions,
        fields: lowering.fields,
        notes: lowering.notes,
    })
}

/// Returns the components that a schema refers to.
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

/// Returns the components that some components reach, including themselves.
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

/// Removes from `required` what need not be present.
fn relax(component: &mut Value, in_response: bool) {
    let read_only = |component: &Value, name: &Value| {
        let property = name.as_str().and_then(|name| component["properties"].get(name));
        property.is_some_and(|property| property.get("readOnly").is_some())
    };
    let Some(required) = component.get("required").and_then(Value::as_array) else {
        return;
    };
    let kept: Vec<Value> = required
        .iter()
        .filter(|name| !in_response && !read_only(component, name))
        .cloned()
        .collect();
    component["required"] = kept.into();
}

/// Distinguishes absence from emptiness and from `null` in the optional properties of a component.
fn distinguish_absence(name: &str, component: &mut Value) -> Vec<Field> {
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

/// Checks that nothing is left that would be generated incorrectly.
fn check(components: &Map<String, Value>) -> Result<(), Problem> {
    let at = Pointer::default().to("components").to("schemas");
    for (name, component) in components {
        let at = at.to(name);
        if pascal(name) != *name {
            return Err(Problem::new(&at, "bug in the rules: typify would change this name"));
        }
        let top = component.as_object().into_iter().flatten();
        for (keyword, value) in top {
            match (keyword.as_str(), value) {
                // Only a component itself may have these.
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
            return Err(Problem::new(&at, "bug in the rules: this would be generated incorrectly"));
        }
        if matches!(keyword.as_str(), "items" | "additionalProperties") {
            check_inline(&at, value)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks a component `T` whose only property has this schema.
    fn check_property(schema: &Value) -> Result<(), String> {
        check_component("T", &json!({ "type": "object", "properties": { "a": schema } }))
    }

    fn check_component(name: &str, component: &Value) -> Result<(), String> {
        let components = Map::from_iter([(name.to_owned(), component.clone())]);
        check(&components).map_err(|error| error.to_string())
    }

    /// The bug: a rule that misses a place yields code that refuses or loses what the service sends, and nobody is told.
    #[test]
    fn what_a_rule_left_behind_is_refused_with_its_place() {
        let text = json!({ "type": "string" });
        assert_eq!(check_property(&text), Ok(()));
        assert_eq!(check_property(&json!({ "type": "array", "items": text })), Ok(()));
        for (schema, place) in [
            (json!({ "type": "string", "pattern": "^x$" }), "a/pattern"),
            (json!({ "type": "string", "enum": ["x"] }), "a/enum"),
            (json!({ "type": "object", "properties": {} }), "a/properties"),
            (json!({ "items": { "oneOf": [] } }), "a/items/oneOf"),
            (
                json!({ "additionalProperties": { "items": { "default": 1 } } }),
                "a/additionalProperties/items/default",
            ),
        ] {
            let error = check_property(&schema).unwrap_err();
            assert!(
                error.contains(&format!("/components/schemas/T/properties/{place}:")),
                "{error}"
            );
        }
        let list = json!({ "type": "array", "items": { "type": "string", "maxLength": 1 } });
        assert!(check_component("T", &list).unwrap_err().contains("T/items/maxLength"));
        let error = check_component("two words", &json!({ "type": "object" })).unwrap_err();
        assert!(error.contains("would change this name"), "{error}");
    }
}
