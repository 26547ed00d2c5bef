//! The rules, each on the smallest document that needs it.

#![allow(clippy::needless_pass_by_value, reason = "literals read better without a reference")]

use serde_json::{Value, json};

use super::{Normalised, Profile, normalise};

mod decoded;
mod invariants;
mod mutations;
mod official;
mod operations;
mod probes;
mod schemas;
mod sent;

/// A document whose only operation is answered with the schema `T`, and sent it too where asked.
fn document(schemas: Value, with_body: bool) -> Value {
    let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/T" } } });
    let mut operation = json!({
        "operationId": "putX",
        "responses": { "200": { "description": "" } },
    });
    if with_body {
        operation["requestBody"] = json!({ "required": true, "content": content });
    } else {
        operation["responses"]["200"]["content"] = content;
    }
    json!({
        "openapi": "3.0.3",
        "info": { "title": "t", "version": "1" },
        "servers": [{ "url": "https://cloud.mongodb.com" }],
        "paths": { "/x": { "put": operation } },
        "components": { "schemas": schemas },
    })
}

fn fold(document: &Value) -> Normalised {
    normalise(document, Profile::Lossless).unwrap()
}

/// Where a document is refused.
fn refused(document: &Value) -> String {
    normalise(document, Profile::Lean).unwrap_err().to_string()
}
