//! Reads a schema, whether it is written as `OpenAPI` or as JSON Schema.

use serde_json::{Value, json};

use crate::{members, resolve};

/// Returns whether a schema requires a property.
pub fn is_required(schema: &Value, name: &str) -> bool {
    let mut required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    required.any(|required| required == name)
}

/// Returns whether a schema allows null.
pub fn is_nullable(schema: &Value) -> bool {
    schema.get("nullable") == Some(&Value::Bool(true))
}

/// Describes the values that a schema allows, apart from null.
pub fn describe(schema: &Value) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return reference.rsplit('/').next().unwrap_or_default().to_owned();
    }
    let several = ["allOf", "anyOf", "oneOf"].iter().find_map(|&name| schema.get(name)?.as_array());
    if let Some(several) = several {
        let described: Vec<String> = several
            .iter()
            .filter(|schema| schema.get("type") != Some(&"null".into()))
            .map(describe)
            .collect();
        return match described.as_slice() {
            [known, other] if other == "string" => format!("{known} or another"),
            _ => described.join(" and "),
        };
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|&kind| kind != "null").unwrap_or(&Value::Null),
        kind => kind,
    };
    let mut text = kind.as_str().unwrap_or("any").to_owned();
    let mut add = |before: &str, value: Option<String>| {
        if let Some(value) = value {
            text = format!("{text} {before}{value}");
        }
    };
    let plain = |name: &str| match schema.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    add("of ", schema.get("items").map(describe));
    add(
        "of ",
        schema.get("enum").and_then(Value::as_array).map(|values| {
            values.iter().map(|value| value.as_str().unwrap_or("?")).collect::<Vec<_>>().join(", ")
        }),
    );
    add("", plain("format"));
    add("matching ", plain("pattern"));
    add("of at least ", plain("minLength"));
    add("of at most ", plain("maxLength"));
    text
}

/// Builds a value with every property of a schema. Enum properties get an unknown value.
pub fn sample(fragment: &Value, schema: &Value) -> Value {
    let schema = resolve(fragment, schema);
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
        _ if schema.get("enum").is_some() => json!("UNKNOWN_VALUE"),
        _ => json!("text"),
    }
}
