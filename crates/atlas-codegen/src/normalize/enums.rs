//! Rule: an enum of strings becomes an open enum. A value that is new would make the whole answer
//! undecodable.

use serde_json::{Map, Value};

use super::names::{Scope, pascal};
use super::{OpenEnum, Variant, words};

pub(super) fn open_enum(name: &str, members: &Map<String, Value>, values: &[String]) -> OpenEnum {
    let descriptions = members.get("x-enum-descriptions").and_then(Value::as_object);
    // The macro's own variant.
    let mut variants = Scope::with(&["Unknown"]);
    let mut seen = std::collections::HashSet::new();
    let values = values.iter().filter(|&value| seen.insert(value));
    OpenEnum {
        name: name.to_owned(),
        description: words(members, "description"),
        variants: values
            .map(|value| Variant {
                name: variants.claim(&pascal(value)),
                value: value.clone(),
                description: descriptions.and_then(|descriptions| words(descriptions, value)),
            })
            .collect(),
    }
}
