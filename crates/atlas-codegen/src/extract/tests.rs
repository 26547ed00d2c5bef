//! Tests of extraction.

use serde_json::{Value, json};

use super::{Extract, extract};
use crate::document::Problem;
use crate::select::Selection;

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn responding(schema: &Value) -> Value {
    json!({ "content": {
        "application/vnd.atlas.2023-01-01+json": { "schema": reference("Old") },
        "application/vnd.atlas.2024-05-30+json": { "schema": schema },
    } })
}

fn document() -> Value {
    json!({
        "openapi": "3.0.1",
        "info": { "title": "t" },
        "x-vendor": 1,
        "tags": [{ "name": "A" }, { "name": "B" }],
        "paths": {
            "/a": {
                "parameters": [{ "$ref": "#/components/parameters/p" }],
                "get": {
                    "operationId": "getA", "tags": ["A"],
                    "responses": {
                        "200": responding(&reference("New")),
                        "204": { "content": { "application/vnd.atlas.2023-01-01+json": {} } },
                        "404": { "$ref": "#/components/responses/notFound" },
                    },
                },
                "delete": { "operationId": "deleteA", "responses": { "204": {} } },
            },
            "/b": { "get": { "tags": ["B"], "responses": { "200": responding(&json!({
                "$ref": "#/paths/~1a/get/responses/200/content/x/schema",
            })) } } },
        },
        "components": {
            "parameters": { "p": { "name": "p", "in": "query", "schema": {} }, "q": {} },
            "responses": { "notFound": { "description": "" } },
            "securitySchemes": { "digest": {} },
            "schemas": {
                "Old": { "type": "object" },
                "New": {
                    "properties": { "$ref": { "enum": [{ "$ref": "#/nowhere" }] } },
                    "discriminator": { "propertyName": "t", "mapping": { "x": "Mapped" } },
                },
                "Mapped": { "items": reference("Deep") },
                "Deep": {},
                "Other": {},
            },
        },
    })
}

fn extracted(
    document: &Value,
    paths: &[(&str, &'static str)],
    date: Option<&str>,
) -> Result<Extract, Problem> {
    let selection: Selection = paths.iter().map(|(path, m)| ((*path).to_owned(), *m)).collect();
    extract(document, &selection, date)
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn an_operation_is_extracted_with_everything_it_reaches_and_nothing_else() {
    let extract = extracted(&document(), &[("/a", "get")], None).unwrap();
    let fragment = &extract.fragment;
    assert_eq!(names(fragment), ["openapi", "info", "tags", "paths", "components"]);
    assert_eq!(fragment["tags"], json!([{ "name": "A" }]));
    assert_eq!(names(&fragment["paths"]), ["/a"]);
    assert_eq!(names(&fragment["paths"]["/a"]), ["parameters", "get"]);
    let components = &fragment["components"];
    assert_eq!(names(&components["schemas"]), ["New", "Mapped", "Deep"]);
    assert_eq!(names(&components["parameters"]), ["p"]);
    assert_eq!(names(&components["responses"]), ["notFound"]);
    assert_eq!(names(&components["securitySchemes"]), ["digest"]);
    let responses = &fragment["paths"]["/a"]["get"]["responses"];
    // The 204 belongs to another version.
    assert_eq!(names(responses), ["200", "404"]);
    assert_eq!(names(&responses["200"]["content"]), ["application/vnd.atlas.2024-05-30+json"]);
}

#[test]
fn an_earlier_date_selects_the_earlier_version_or_none() {
    let extract = extracted(&document(), &[("/a", "get")], Some("2024-05-29")).unwrap();
    assert_eq!(names(&extract.fragment["components"]["schemas"]), ["Old"]);
    let responses = &extract.fragment["paths"]["/a"]["get"]["responses"];
    assert_eq!(names(responses), ["200", "204", "404"]);
    let nothing =
        extracted(&document(), &[("/a", "get"), ("/a", "delete")], Some("2022-12-31")).unwrap();
    assert_eq!(nothing.left_out, ["getA"]);
    assert!(!nothing.is_empty());
}

#[test]
fn a_reference_that_cannot_be_followed_is_refused_with_its_place() {
    let message = |document: &Value, path| {
        extracted(document, &[(path, "get")], None).map(|_| ()).unwrap_err().to_string()
    };
    let mut document = document();
    document["paths"]["/a"]["get"]["responses"]["200"]["content"]["x"] = json!({ "schema": {} });
    document["components"]["schemas"]["Deep"] = json!({ "not": { "$ref": "other.yaml#/x" } });
    let said = message(&document, "/a");
    assert!(said.starts_with("at /components/schemas/Deep/not/$ref: "), "{said}");
    document["paths"]["/a"]["$ref"] = json!("#/paths/~1b");
    assert!(message(&document, "/a").starts_with("at /paths/~1a/$ref: "));
}

#[test]
fn a_target_in_another_operation_becomes_a_component() {
    let mut document = document();
    let place =
        "#/paths/~1a/get/responses/200/content/application~1vnd.atlas.2024-05-30+json/schema";
    document["paths"]["/a"]["get"]["responses"]["200"]["content"]["application/vnd.atlas.2024-05-30+json"]
        ["schema"] =
        json!({ "properties": { "self": { "$ref": place }, "deep": reference("Deep") } });
    document["paths"]["/a"]["get"]["parameters"] = json!([{ "name": "q", "in": "query" }]);
    document["paths"]["/b"]["get"]["parameters"] =
        json!([{ "$ref": "#/paths/~1a/get/parameters/0" }]);
    document["paths"]["/b"]["get"]["responses"]["200"]["content"] =
        json!({ "application/json": { "schema": { "$ref": place } } });
    let extract = extracted(&document, &[("/b", "get")], None).unwrap();
    let components = &extract.fragment["components"];
    assert_eq!(names(&components["schemas"])[0], "Deep");
    let name = names(&components["schemas"])[1];
    let there = format!("#/components/schemas/{name}");
    assert_eq!(components["schemas"][name]["properties"]["self"]["$ref"], json!(there));
    let operation = &extract.fragment["paths"]["/b"]["get"];
    let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(schema["$ref"], json!(there));
    let parameter = names(&components["parameters"])[0];
    let there = format!("#/components/parameters/{parameter}");
    assert_eq!(operation["parameters"][0]["$ref"], json!(there));
}
