//! Rule: an enum of strings becomes an open enum. Otherwise a new value would make the whole response undecodable.

use serde_json::{Map, Value};

use super::model::{OpenEnum, Variant};
use super::prose::prose;
use crate::names::{Scope, pascal};

pub(super) fn open_enum(name: &str, members: &Map<String, Value>, values: &[String]) -> OpenEnum {
    let descriptions = members.get("x-enum-descriptions").and_then(Value::as_object);
    // The macro has a variant of this name.
    let mut variants = Scope::with(&["Unknown"]);
    let mut seen = std::collections::HashSet::new();
    let values = values.iter().filter(|&value| seen.insert(value));
    OpenEnum {
        name: name.to_owned(),
        description: prose(members, "description"),
        variants: values
            .map(|value| Variant {
                name: variants.claim(&pascal(value)),
                value: value.clone(),
                description: descriptions.and_then(|descriptions| prose(descriptions, value)),
            })
            .collect(),
    }
}
