//! Tests of each rule with the smallest document that needs it.

#![allow(clippy::needless_pass_by_value, reason = "literals read better without a reference")]

use serde_json::{Value, json};

use super::{Normalized, Profile, normalize};

mod decoded;
mod operations;
mod places;
mod schemas;
mod sent;

/// Returns a document whose only operation has the schema `T` in its response, or in its request body.
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

fn lower(document: &Value) -> Normalized {
    normalize(document, Profile::Lossless).unwrap()
}

/// Returns the error of a refused document.
fn refused(document: &Value) -> String {
    normalize(document, Profile::Lean).unwrap_err().to_string()
}
