//! Rule: the observed behavior of the service overrides its documentation.
//!
//! A schema's `x-observed.schema` is merged over the schema (RFC 7396) before all other rules. The fragment keeps the
//! documented schema beside it.

use serde_json::Value;

use super::model::Note;
use crate::document::Pointer;

/// Applies all observations to a document.
pub fn apply(document: &Value, notes: &mut Vec<Note>) -> Value {
    fold(&Pointer::default(), document, notes)
}

fn fold(at: &Pointer, value: &Value, notes: &mut Vec<Note>) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(name, _)| *name != "x-observed");
            let mut lowered: Value = members
                .map(|(name, member)| (name.clone(), fold(&at.to(name), member, notes)))
                .collect::<serde_json::Map<_, _>>()
                .into();
            if let Some(patch) = value.pointer("/x-observed/schema") {
                merge(&mut lowered, patch);
                notes.push(Note::new(
                    at,
                    format!("generated as observed, `{patch}`, not as documented"),
                ));
            }
            lowered
        }
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .map(|(index, element)| fold(&at.to(index), element, notes))
            .collect(),
        scalar => scalar.clone(),
    }
}

/// Merges like RFC 7396, except that an empty object replaces: `{}` is the schema of anything.
fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) if !patch.is_empty() => {
            for (name, patch) in patch {
                if patch.is_null() {
                    target.remove(name);
                } else {
                    merge(target.entry(name.clone()).or_insert(Value::Null), patch);
                }
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_observation_overrides_the_documented_schema_and_adds_a_note() {
        let document = json!({"a": [{
            "type": "array", "items": {"type": "object"}, "description": "d", "pattern": "x",
            "x-observed": {"note": "n", "schema": {
                "items": {}, "nullable": true, "pattern": null,
            }},
        }], "x-observed": {"note": "no schema, nothing to do"}});
        let mut notes = Vec::new();
        assert_eq!(
            apply(&document, &mut notes),
            json!({"a": [
                {"type": "array", "items": {}, "description": "d", "nullable": true},
            ]}),
        );
        assert_eq!(notes.len(), 1);
        assert_eq!(notes[0].at.as_str(), "/a/0");
    }
}
