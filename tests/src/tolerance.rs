//! What the service may do to an answer without breaking it: leave things out, put `null`, add
//! properties, and invent values. What of this a request's type need not bear is left out.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::components::{self, Component};
use crate::schemas::is_required;
use crate::{Disagreements, members, operations_of};

/// Whether every generated type decodes each of these and gives it back.
///
/// A `null` where none is documented need only decode: it comes back as absent.
pub fn check(fragment: &Value) -> Disagreements {
    let mut list = Disagreements::new();
    let of_answers = in_answers(fragment);
    for component in components::ALL {
        let schema = &fragment["components"]["schemas"][component.name];
        if schema.get("enum").is_some() {
            survives(component, &json!("NEVER_HEARD_OF"), &mut list);
            continue;
        }
        if schema.get("properties").is_none() {
            list.push(format!("tolerance: {} is no object", component.name));
            continue;
        }
        let full = sample(fragment, schema);
        survives(component, &full, &mut list);
        let is_answer = of_answers.contains(component.name);
        if is_answer {
            survives(component, &json!({}), &mut list);
        }
        for (name, _) in members(schema, "properties") {
            if is_required(schema, name) && !is_answer {
                continue;
            }
            let mut without = full.clone();
            if let Some(members) = without.as_object_mut() {
                members.remove(name);
            }
            survives(component, &without, &mut list);
            let mut null = full.clone();
            null[name.as_str()] = Value::Null;
            if let Err(error) = (component.round_trip)(&null) {
                list.push(format!("tolerance: {}: {null}: {error}", component.name));
            }
        }
        for extra in [json!(1), json!(null), json!({"a": [{}]})] {
            let mut more = full.clone();
            more["neverHeardOf"] = extra;
            survives(component, &more, &mut list);
        }
    }
    list
}

/// The components that an answer may hold. What a request must have is none of the service's business.
fn in_answers(fragment: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let responses = operations_of(fragment).map(|(_, _, operation)| &operation["responses"]);
    let mut waiting: Vec<&Value> =
        responses.chain([&fragment["components"]["responses"]]).collect();
    while let Some(value) = waiting.pop() {
        let name = value.get("$ref").and_then(Value::as_str);
        if let Some(name) = name.and_then(|name| name.strip_prefix("#/components/schemas/"))
            && found.insert(name.to_owned())
        {
            waiting.push(&fragment["components"]["schemas"][name]);
        }
        match value {
            Value::Object(all) => waiting.extend(all.values()),
            Value::Array(elements) => waiting.extend(elements),
            _ => {}
        }
    }
    found
}

fn survives(component: &Component, value: &Value, list: &mut Disagreements) {
    match (component.round_trip)(value) {
        Err(error) => list.push(format!("tolerance: {}: {value}: {error}", component.name)),
        Ok(back) if back == *value => {}
        Ok(back) => list.push(format!("tolerance: {}: {value} became {back}", component.name)),
    }
}

/// A value with every property that a schema names. Its enums have values that are not listed.
pub fn sample(fragment: &Value, schema: &Value) -> Value {
    let schema = crate::resolve(fragment, schema);
    if let Some(only) = schema["allOf"].get(0) {
        return sample(fragment, only);
    }
    match schema["type"].as_str() {
        Some("object") => {
            let all = members(schema, "properties");
            all.map(|(name, schema)| (name.clone(), sample(fragment, schema)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        Some("array") => json!([sample(fragment, &schema["items"])]),
        Some("integer") => json!(7),
        Some("number") => json!(7.5),
        Some("boolean") => json!(true),
        _ if schema["pattern"] == "^([a-f0-9]{24})$" => json!("0123456789abcdef01234567"),
        _ if schema.get("enum").is_some() => json!("NEVER_HEARD_OF"),
        _ => json!("text"),
    }
}
