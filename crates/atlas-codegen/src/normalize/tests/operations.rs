//! Normalization of operations, and refusals.

use serde_json::{Value, json};

use super::{document, lower, refused};
use crate::normalize::Normalized;

/// Returns a document with one operation that has these additional or replaced members.
fn operation(members: &Value) -> Value {
    let mut document = document(json!({ "T": { "type": "string" } }), false);
    let operation = &mut document["paths"]["/x"]["put"];
    for (name, member) in members.as_object().unwrap() {
        operation[name] = member.clone();
    }
    document
}

fn put(normalized: &Normalized) -> &Value {
    &normalized.document["paths"]["/x"]["put"]
}

#[test]
fn successes_are_merged_and_only_the_types_of_errors_are_generated() {
    let error = json!({ "description": "", "content": { "application/json": { "schema": {
        "type": "object", "properties": { "detail": { "type": "string" } },
    } } } });
    let lowered = lower(&operation(&json!({ "responses": {
        "200": { "description": "", "content": {
            "application/json": { "schema": { "type": "string" } },
        } },
        "201": { "description": "", "content": {
            "application/json": { "schema": { "type": "string" } },
        } },
        "404": error,
    } })));
    let responses = put(&lowered)["responses"].as_object().unwrap();
    assert_eq!(responses.keys().collect::<Vec<_>>(), ["2XX"]);
    assert_eq!(
        responses["2XX"]["content"]["application/json"]["schema"],
        json!({ "type": "string" }),
    );
    assert_eq!(lowered.operations[0].statuses, [200, 201, 404]);
    assert!(lowered.document["components"]["schemas"]["PutXError"].is_object());
}

#[test]
fn a_title_does_not_end_the_comment_it_is_in() {
    let mut document = operation(&json!({}));
    document["info"]["title"] = json!("a\nb\r c");
    assert_eq!(lower(&document).document["info"]["title"], "a b c");
}

#[test]
fn a_success_may_be_empty() {
    let json_200 = json!({ "description": "", "content": {
        "application/vnd.atlas.2023-01-01+json": { "schema": { "type": "string" } },
    } });
    let nothing =
        lower(&operation(&json!({ "responses": { "202": { "description": "", "content": {
        "application/vnd.atlas.2023-01-01+json": {},
    } } } })));
    assert!(put(&nothing)["responses"]["2XX"].get("content").is_none());
    assert_eq!(nothing.operations[0].accept, "application/vnd.atlas.2023-01-01+json");

    let perhaps = lower(&operation(&json!({ "responses": {
        "200": json_200, "204": { "description": "" },
    } })));
    assert!(perhaps.operations[0].body_optional);
    assert_eq!(
        put(&perhaps)["responses"]["2XX"]["content"]["application/json"]["schema"],
        json!({ "type": "string", "nullable": true }),
    );

    // The status belongs to another version.
    let other = lower(&operation(&json!({ "responses": {
        "200": json_200,
        "204": { "description": "", "content": { "application/vnd.atlas.2022-01-01+json": {} } },
    } })));
    assert!(!other.operations[0].body_optional);
}

#[test]
fn a_response_other_than_json_is_a_stream() {
    let lowered =
        lower(&operation(&json!({ "responses": { "200": { "description": "", "content": {
        "application/vnd.atlas.2023-01-01+gzip": { "schema": { "type": "string" } },
    } } } })));
    assert!(lowered.operations[0].streaming);
    assert_eq!(lowered.operations[0].accept, "application/vnd.atlas.2023-01-01+gzip");
}

#[test]
fn body_and_response_have_one_version_and_keep_its_sunset() {
    let content = |kind: &str| {
        json!({
            "application/vnd.atlas.2023-01-01+json": {
                "schema": { "type": "boolean" }, "x-sunset": "2027-07-01",
            },
            "application/vnd.atlas.2024-05-30+json": { "schema": { "type": kind } },
        })
    };
    let document = operation(&json!({
        "requestBody": { "required": true, "content": content("integer") },
        "responses": { "201": { "description": "", "content": content("string") } },
    }));
    let newest = lower(&document);
    let row = &newest.operations[0];
    assert_eq!(row.accept, "application/vnd.atlas.2024-05-30+json");
    assert_eq!(row.content_type.as_deref(), Some("application/vnd.atlas.2024-05-30+json"));
    assert_eq!(row.sunset, None);
    let mut document = document;
    for place in ["/requestBody/content", "/responses/201/content"] {
        let content = document["paths"]["/x"]["put"].pointer_mut(place).unwrap();
        content.as_object_mut().unwrap().remove("application/vnd.atlas.2024-05-30+json");
    }
    let older = lower(&document);
    assert_eq!(older.operations[0].sunset.as_deref(), Some("2027-07-01"));
    assert_eq!(
        put(&older)["requestBody"]["content"]["application/json"]["schema"],
        json!({ "type": "boolean" }),
    );
}

#[test]
fn all_parameters_are_in_the_table_and_all_but_two_in_the_signature() {
    let parameter = |name: &str, location: &str| json!({ "name": name, "in": location, "schema": { "type": "boolean" } });
    let lowered = lower(&operation(&json!({ "parameters": [
        parameter("envelope", "query"), parameter("pretty", "query"),
        parameter("body", "query"), parameter("dryRun", "query"), parameter("dry_run", "header"),
    ] })));
    let names = |parameters: &Value| {
        let parameters = parameters.as_array().unwrap().iter();
        parameters.map(|p| p["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&put(&lowered)["parameters"]), ["body2", "dryRun", "dry_run2"]);
    let table: Vec<_> = lowered.operations[0].parameters.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(table, ["envelope", "pretty", "body", "dryRun", "dry_run"]);
}

#[test]
fn a_path_has_the_parameters_of_its_operation() {
    let with_path = |path: &str, name: &str| {
        let mut document = operation(&json!({ "parameters": [
            { "name": name, "in": "path", "required": true, "schema": { "type": "string" } },
        ] }));
        let item = document["paths"]["/x"].take();
        document["paths"] = json!({ path: item });
        document
    };
    assert_eq!(lower(&with_path("/x/{id}:act", "id")).operations.len(), 1);
    for (path, name, message) in [
        ("/x/{id}", "other", "at /paths/~1x~1{id}/put: the path has `{id}`"),
        ("/x?a=b", "id", "at /paths/~1x?a=b: a path must not have a query"),
        ("/x/{id", "id", "at /paths/~1x~1{id: the braces"),
        ("/x/id}", "id", "at /paths/~1x~1id}: the braces"),
        ("/x/{a{id}}", "id", "at /paths/~1x~1{a{id}}: the braces"),
    ] {
        let said = refused(&with_path(path, name));
        assert!(said.starts_with(message), "{said}");
    }
}

#[test]
fn unsupported_schemas_are_refused_with_their_place() {
    let parameter = |members: Value| {
        let mut parameter = json!({
            "name": "q", "in": "query", "schema": { "type": "array", "items": { "type": "string" } },
        });
        for (name, member) in members.as_object().unwrap() {
            parameter[name] = member.clone();
        }
        operation(&json!({ "parameters": [parameter] }))
    };
    let schema = |schema: Value| document(json!({ "T": schema }), false);
    let at = "/paths/~1x/put/parameters/0";
    for (document, place) in [
        (parameter(json!({ "style": "deepObject" })), format!("{at}/style")),
        (parameter(json!({ "style": "simple" })), format!("{at}/style")),
        (parameter(json!({ "in": "header", "style": "form" })), format!("{at}/style")),
        (parameter(json!({ "in": "cookie" })), format!("{at}/in")),
        (parameter(json!({ "in": "body" })), format!("{at}/in")),
        (parameter(json!({ "in": "header", "name": "X Odd" })), format!("{at}/name")),
        (
            parameter(json!({ "schema": { "items": { "type": "object" }, "type": "array" } })),
            format!("{at}/schema"),
        ),
        (
            parameter(json!({ "schema": { "properties": { "a": { "type": "array" } } } })),
            format!("{at}/schema"),
        ),
        (parameter(json!({ "schema": { "$ref": "#/nowhere" } })), format!("{at}/schema/$ref")),
        (schema(json!({ "type": "null" })), "/components/schemas/T/type".to_owned()),
        (schema(json!({ "type": ["string"] })), "/components/schemas/T/type".to_owned()),
        (schema(json!({ "not": {} })), "/components/schemas/T/not".to_owned()),
        (
            schema(json!({ "allOf": [{ "type": "string" }, { "type": "integer" }] })),
            "/components/schemas/T/allOf".to_owned(),
        ),
        (
            operation(&json!({ "requestBody": { "content": { "multipart/form-data": {} } } })),
            "/paths/~1x/put/requestBody/content/multipart~1form-data".to_owned(),
        ),
        (
            operation(&json!({ "requestBody": { "content": { "image/*": {} } } })),
            "/paths/~1x/put/requestBody/content/image~1*".to_owned(),
        ),
        (
            operation(&json!({ "responses": { "ok": {} } })),
            "/paths/~1x/put/responses/ok".to_owned(),
        ),
        (
            operation(&json!({ "parameters": [{ "name": "q" }] })),
            "/paths/~1x/put/parameters/0".to_owned(),
        ),
        (operation(&json!({ "operationId": 7 })), "/paths/~1x/put/operationId".to_owned()),
    ] {
        let message = refused(&document);
        assert!(message.starts_with(&format!("at {place}: ")), "{place}: {message}");
    }
}

/// Returns a document whose operation refers to components through two references each.
fn by_references() -> Value {
    let mut document = operation(&json!({
        "parameters": [{ "$ref": "#/components/parameters/A" }],
        "requestBody": { "$ref": "#/components/requestBodies/A" },
        "responses": { "200": { "$ref": "#/components/responses/A" } },
    }));
    let content = json!({ "application/json": { "schema": { "type": "boolean" } } });
    for (kind, end) in [
        ("parameters", json!({ "name": "q", "in": "query", "schema": { "type": "integer" } })),
        ("requestBodies", json!({ "required": true, "content": content })),
        ("responses", json!({ "description": "", "content": content })),
    ] {
        let next = json!({ "$ref": format!("#/components/{kind}/B") });
        document["components"][kind] = json!({ "A": next, "B": end });
    }
    document
}

#[test]
fn every_reference_of_an_operation_is_followed_to_its_end() {
    let lowered = lower(&by_references());
    let content = json!({ "application/json": { "schema": { "type": "boolean" } } });
    assert_eq!(put(&lowered)["responses"]["2XX"]["content"], content);
    assert_eq!(put(&lowered)["requestBody"]["content"], content);
    assert_eq!(put(&lowered)["parameters"][0]["name"], "q");
    assert!(lowered.notes.is_empty(), "{:?}", lowered.notes);
    for kind in ["parameters", "requestBodies", "responses"] {
        let mut circle = by_references();
        circle["components"][kind]["B"] = json!({ "$ref": format!("#/components/{kind}/A") });
        let message = refused(&circle);
        assert!(message.contains("circular `$ref`"), "{message}");
    }
}

#[test]
fn a_path_with_a_reference_has_the_operations_of_its_target() {
    let mut document = operation(&json!({}));
    document["paths"]["/y"] = json!({ "$ref": "#/paths/~1x" });
    let paths: Vec<String> = lower(&document).operations.into_iter().map(|row| row.path).collect();
    assert_eq!(paths, ["/x", "/y"]);
    for (item, at) in [
        (
            json!({ "$ref": "other.yaml#/x" }),
            "at /paths/~1y/$ref: `other.yaml#/x` points into another document",
        ),
        (
            json!({ "$ref": "#/paths/~1x", "get": {} }),
            "at /paths/~1y/$ref: a `$ref` beside other members",
        ),
        (json!({ "get": { "$ref": "get.yaml" } }), "at /paths/~1y/get/$ref: "),
        (json!({ "GET": {} }), "at /paths/~1y/GET: "),
    ] {
        document["paths"]["/y"] = item;
        let message = refused(&document);
        assert!(message.starts_with(at), "{message}");
    }
}

#[test]
fn extensions_are_ignored() {
    let mut document = operation(&json!({ "responses": { "x-notes": { "a": 1 }, "204": {} } }));
    document["paths"]["x-paths"] = json!({ "get": {} });
    assert_eq!(lower(&document).operations[0].statuses, [204]);
}
