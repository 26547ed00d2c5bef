//! Checks that the types of responses accept what the service may send: missing properties, `null`, new
//! properties and new values. The types of requests only need to accept a part of that.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::components::{self, Component};
use crate::schema::{is_required, sample};
use crate::{Disagreements, members, operations_of};

/// Checks that every generated type decodes such values and encodes them unchanged.
///
/// An undocumented `null` only needs to decode: it becomes an absent property.
pub fn check(fragment: &Value) -> Disagreements {
    let mut list = Disagreements::new();
    let of_responses = in_responses(fragment);
    for component in components::ALL {
        let schema = &fragment["components"]["schemas"][component.name];
        if schema.get("enum").is_some() {
            check_round_trip(component, &json!("UNKNOWN_VALUE"), &mut list);
            continue;
        }
        if schema.get("properties").is_none() {
            list.push(format!("tolerance: {} is not an object", component.name));
            continue;
        }
        let full = sample(fragment, schema);
        check_round_trip(component, &full, &mut list);
        let is_response = of_responses.contains(component.name);
        if is_response {
            check_round_trip(component, &json!({}), &mut list);
        }
        for (name, _) in members(schema, "properties") {
            if is_required(schema, name) && !is_response {
                continue;
            }
            let mut without = full.clone();
            if let Some(members) = without.as_object_mut() {
                members.remove(name);
            }
            check_round_trip(component, &without, &mut list);
            let mut null = full.clone();
            null[name.as_str()] = Value::Null;
            if let Err(error) = (component.round_trip)(&null) {
                list.push(format!("tolerance: {}: {null}: {error}", component.name));
            }
        }
        for extra in [json!(1), json!(null), json!({"a": [{}]})] {
            let mut more = full.clone();
            more["unknownProperty"] = extra;
            check_round_trip(component, &more, &mut list);
        }
    }
    list
}

/// Returns the components that a response may contain.
fn in_responses(fragment: &Value) -> BTreeSet<String> {
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

fn check_round_trip(component: &Component, value: &Value, list: &mut Disagreements) {
    match (component.round_trip)(value) {
        Err(error) => list.push(format!("tolerance: {}: {value}: {error}", component.name)),
        Ok(back) if back == *value => {}
        Ok(back) => {
            list.push(format!("tolerance: {}: {value} is encoded as {back}", component.name));
        }
    }
}
