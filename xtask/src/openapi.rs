//! What stands where in an OpenAPI document: which names are keywords, and which its author gave.
//!
//! A property may be called `description`, and an example may hold a `$ref` that is none. What walks a
//! document without knowing this finds both.

use serde_json::{Map, Value};

/// The methods that a path may have.
pub const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// What the value of a keyword is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// An object whose members are keywords, or a list of such, or a plain value.
    Keywords,
    /// An object whose members have names that the author gave.
    Names,
    /// Data that travels, or that no keyword of OpenAPI describes.
    Data,
}

/// What the value of a keyword is.
pub fn part(keyword: &str, value: &Value) -> Part {
    match keyword {
        "callbacks" | "content" | "definitions" | "encoding" | "examples" | "headers" | "links"
        | "mapping" | "parameters" | "paths" | "patternProperties" | "properties"
        | "requestBodies" | "responses" | "schemas" | "scopes" | "securitySchemes"
        | "variables"
            if value.is_object() =>
        {
            Part::Names
        }
        "const" | "default" | "enum" | "example" | "required" | "security" | "value" => Part::Data,
        "x-observed" => Part::Keywords,
        extension if extension.starts_with("x-") => Part::Data,
        _ => Part::Keywords,
    }
}

/// The operations of a document: path, method, path item and operation. What is malformed is not among
/// them.
pub fn operations(
    document: &Value,
) -> impl Iterator<Item = (&str, &'static str, &Map<String, Value>, &Map<String, Value>)> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    paths.flat_map(|(path, item)| {
        METHODS.iter().filter_map(move |&method| {
            let item = item.as_object()?;
            Some((path.as_str(), method, item, item.get(method)?.as_object()?))
        })
    })
}

/// The id of an operation, or else what stands in for one: method and path.
pub fn id_of(path: &str, method: &str, operation: &Map<String, Value>) -> String {
    let id = operation.get("operationId").and_then(Value::as_str);
    id.map_or_else(|| format!("{method} {path}"), str::to_owned)
}

/// The reference that a discriminator's mapping means: it may also give the bare name of a schema.
pub fn mapped(target: &str) -> String {
    if target.starts_with('#') {
        target.to_owned()
    } else {
        format!("#/components/schemas/{target}")
    }
}
