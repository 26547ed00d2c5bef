//! Taking a document's words out, so that its names and shapes are left.
//!
//! Names and shapes are facts; sentences and examples are someone's work, under someone's licence.

use serde_json::{Map, Value, json};

use crate::document::walk::{self, Part};

/// What the fragment keeps of the document's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Docs {
    /// Names and shapes only: for documents whose licence is not yours.
    #[default]
    None,
    /// Descriptions and examples too.
    Full,
}

/// Keywords whose value is written for people.
const WORDS: &[&str] = &[
    "contact",
    "description",
    "example",
    "examples",
    "externalDocs",
    "summary",
    "termsOfService",
    "title",
];

/// Extensions whose value is a fact.
const FACTS: &[&str] = &["x-observed", "x-rolesRequirements", "x-sunset"];

/// The fragment without the document's words. Its title stays: it says what was cut.
pub fn without_words(fragment: &Value) -> Value {
    let mut bare = strip(fragment, Part::Keywords);
    if let (Some(title), Some(info)) =
        (fragment.pointer("/info/title"), bare.get_mut("info").and_then(Value::as_object_mut))
    {
        let mut titled = Map::from_iter([("title".to_owned(), title.clone())]);
        titled.append(info);
        *info = titled;
    }
    bare
}

fn strip(value: &Value, part: Part) -> Value {
    match (value, part) {
        (Value::Array(elements), _) => {
            elements.iter().map(|element| strip(element, part)).collect()
        }
        (Value::Object(members), Part::Names) => {
            let members = members.iter();
            members.map(|(name, member)| (name.clone(), strip(member, Part::Keywords))).collect()
        }
        (Value::Object(members), Part::Keywords) => {
            let kept = members.iter().filter(|(name, _)| !is_words(name));
            let mut kept: Map<String, Value> = kept
                .map(|(name, member)| {
                    let mut bare = strip(member, walk::part(name, member));
                    if name == "responses" {
                        describe(&mut bare);
                    }
                    (name.clone(), bare)
                })
                .collect();
            // What was seen stays; what is told of it does not.
            if let Some(observed) = kept.get_mut("x-observed").and_then(Value::as_object_mut) {
                observed.remove("note");
            }
            kept.into()
        }
        _ => value.clone(),
    }
}

fn is_words(keyword: &str) -> bool {
    WORDS.contains(&keyword) || (keyword.starts_with("x-") && !FACTS.contains(&keyword))
}

/// OpenAPI wants a description of every answer.
fn describe(responses: &mut Value) {
    for (_, response) in responses.as_object_mut().into_iter().flatten() {
        if let Some(response) = response.as_object_mut()
            && !response.contains_key("$ref")
        {
            response.insert("description".to_owned(), json!(""));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_and_names_and_shapes_stay() {
        let fragment = json!({
            "openapi": "3.0.3",
            "info": {
                "title": "T", "version": "1", "description": "d", "termsOfService": "u",
                "license": { "name": "L", "url": "u" },
            },
            "tags": [{ "name": "A", "description": "d" }],
            "paths": { "/description": {
                "description": "d",
                "get": {
                    "operationId": "getDescription", "summary": "s", "x-sunset": "2027-01-01",
                    "x-rolesRequirements": ["R"], "x-other": "words",
                    "parameters": [{ "name": "title", "in": "query", "example": 1, "schema": {} }],
                    "responses": {
                        "200": { "description": "d", "content": { "application/json": {
                            "example": { "a": 1 }, "examples": { "a": { "value": 1 } },
                            "schema": { "$ref": "#/components/schemas/T" },
                        } } },
                        "404": { "$ref": "#/components/responses/example" },
                    },
                },
            } },
            "components": {
                "responses": { "example": { "description": "d" } },
                "schemas": { "T": {
                    "type": "object", "title": "t", "x-enum-descriptions": { "a": "b" },
                    "properties": {
                        "description": { "type": "string", "description": "d", "example": "e" },
                        "example": { "type": "object", "properties": {
                            "title": { "enum": ["description"], "default": { "title": "kept" } },
                        } },
                        "x-sent": { "x-observed": { "note": "n", "schema": { "nullable": true } } },
                    },
                } },
            },
        });
        assert_eq!(
            without_words(&fragment),
            json!({
                "openapi": "3.0.3",
                "info": { "title": "T", "version": "1", "license": { "name": "L", "url": "u" } },
                "tags": [{ "name": "A" }],
                "paths": { "/description": {
                    "get": {
                        "operationId": "getDescription", "x-sunset": "2027-01-01",
                        "x-rolesRequirements": ["R"],
                        "parameters": [{ "name": "title", "in": "query", "schema": {} }],
                        "responses": {
                            "200": { "description": "", "content": { "application/json": {
                                "schema": { "$ref": "#/components/schemas/T" },
                            } } },
                            "404": { "$ref": "#/components/responses/example" },
                        },
                    },
                } },
                "components": {
                    "responses": { "example": { "description": "" } },
                    "schemas": { "T": {
                        "type": "object",
                        "properties": {
                            "description": { "type": "string" },
                            "example": { "type": "object", "properties": {
                                "title": {
                                    "enum": ["description"], "default": { "title": "kept" },
                                },
                            } },
                            "x-sent": { "x-observed": { "schema": { "nullable": true } } },
                        },
                    } },
                },
            }),
        );
    }
}
