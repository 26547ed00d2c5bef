//! The operations that a document has.

use serde_json::Value;

use crate::oracle::reader::Reader;

/// The methods that a path item may have.
const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Returns the method and the path of every operation of a document, with references followed.
pub fn operations(document: &Value) -> Vec<(String, String)> {
    let reader = Reader::new(document);
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let mut found = Vec::new();
    for (path, _) in paths {
        let item = reader.path_item(path).and_then(Value::as_object).into_iter().flatten();
        let methods = item
            .filter(|(name, operation)| METHODS.contains(&name.as_str()) && operation.is_object());
        found.extend(methods.map(|(method, _)| (method.to_uppercase(), path.clone())));
    }
    found
}

/// Returns the paths whose items are not in the document, so that their operations are unknown.
pub fn paths_elsewhere(document: &Value) -> Vec<String> {
    let reader = Reader::new(document);
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let is_elsewhere = |path: &&String| {
        reader.path_item(path).is_some_and(|item| item.get("$ref").is_some_and(Value::is_string))
    };
    paths.map(|(path, _)| path).filter(is_elsewhere).cloned().collect()
}
