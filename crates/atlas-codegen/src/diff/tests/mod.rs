//! Compares small documents, one kind of difference at a time.

mod known;
mod operations;
mod schemas;
mod whole;

use serde_json::{Value, json};

use super::compare::compare;
use super::difference::Difference;
use super::known::Known;
use super::node::Source;
use super::report::Report;

fn source(name: &str, document: &Value) -> Source {
    Source { name: name.to_owned(), document: document.clone() }
}

fn try_report(fragment: &Value, document: &Value, known: &Known) -> Result<Report, String> {
    compare(&source("fragment", fragment), &source("document", document), known)
}

fn report(fragment: &Value, document: &Value) -> Report {
    try_report(fragment, document, &Known::default()).unwrap()
}

/// Returns a difference as one line: whether it breaks, and its id.
fn line(difference: &Difference) -> String {
    format!("{} {}", if difference.breaking { "breaking" } else { "harmless" }, difference.id)
}

fn lines(fragment: &Value, document: &Value) -> Vec<String> {
    report(fragment, document).differences.iter().map(line).collect()
}

/// Returns a document with one operation.
fn document() -> Value {
    json!({
        "openapi": "3.0.3",
        "servers": [{ "url": "https://example.com" }],
        "security": [{ "Key": [] }, { "Token": [] }],
        "paths": { "/things/{id}": { "post": {
            "operationId": "makeThing",
            "tags": ["Things"],
            "x-rolesRequirements": ["Owner", "Maker"],
            "parameters": [
                { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
                { "name": "size", "in": "query", "schema": { "type": "integer" } },
            ],
            "requestBody": { "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/Thing" },
            } } },
            "responses": {
                "200": {
                    "headers": { "X-Left": { "schema": { "type": "integer" } } },
                    "content": {
                        "application/json": {
                            "schema": { "$ref": "#/components/schemas/Thing" },
                            "example": { "name": "a", "of": null },
                            "x-sunset": "2030-01-01",
                        },
                        "application/xml": {},
                    },
                },
                "404": {},
            },
        } } },
        "components": {
            "schemas": { "Thing": {
                "type": "object",
                "properties": {
                    "name": { "type": "string" },
                    "of": { "$ref": "#/components/schemas/Thing" },
                },
            } },
            "securitySchemes": {
                "Key": { "type": "http", "scheme": "digest", "description": "A key." },
                "Token": { "type": "oauth2", "flows": { "clientCredentials": {
                    "tokenUrl": "https://example.com/token", "scopes": { "all": "Everything." },
                } } },
            },
        },
    })
}

const OPERATION: &str = "/paths/~1things~1{id}/post";

/// Returns the document with one part of its operation replaced, added or removed.
fn with(part: &str, value: Option<Value>) -> Value {
    let mut changed = document();
    set(&mut changed, &format!("{OPERATION}{part}"), value);
    changed
}

fn set(document: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(parent).unwrap() {
        Value::Object(members) => match value {
            Some(value) => drop(members.insert(name, value)),
            None => drop(members.remove(&name).unwrap()),
        },
        Value::Array(elements) => match value {
            Some(value) => elements.push(value),
            None => drop(elements.remove(name.parse().unwrap())),
        },
        _ => panic!("{pointer} has no parent"),
    }
}
