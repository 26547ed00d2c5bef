//! Tests of samples and differences.

use serde_json::{Value, json};

use super::{Class, Direction, Kind, Source, differences, samples};

#[test]
fn each_difference_has_its_place_and_its_reason() {
    let value = json!({
        "whole": 10, "a/b": { "new": 1, "list": [1, 2] }, "gone": 1, "null": null, "same": "x",
        "large": 9_007_199_254_740_993_i64, "kind": 1,
    });
    let encoded = json!({
        "whole": 10.0, "a/b": { "list": [1, 3] }, "same": "x", "added": null,
        "large": 9_007_199_254_740_992_i64, "kind": "1",
    });
    let unknown = ["/a~1b/new".to_owned()];
    assert_eq!(
        differences(&value, &encoded, &unknown),
        [
            ("/whole", Class::NumberRespelled),
            ("/a~1b/new", Class::UnknownDropped),
            ("/a~1b/list/1", Class::Unexplained),
            ("/gone", Class::Unexplained),
            ("/null", Class::NullDropped),
            ("/large", Class::Unexplained),
            ("/kind", Class::Unexplained),
            ("/added", Class::Unexplained),
        ]
        .map(|(at, class)| (at.to_owned(), class)),
    );
    assert_eq!(differences(&value, &value, &unknown), []);
}

/// Returns a document whose only operation sends and receives the schema `T`.
fn document() -> Value {
    let content = json!({ "application/json": {
        "schema": { "$ref": "#/components/schemas/T" },
        "examples": { "one": { "value": { "text": "an example", "other": 1 } } },
    } });
    json!({
        "paths": { "/x": { "put": {
            "requestBody": { "content": content },
            "responses": {
                "200": { "content": content },
                "404": { "content": { "application/json": { "schema": { "type": "string" } } } },
            },
        } } },
        "components": { "schemas": {
            "T": { "type": "object", "required": ["text"], "properties": {
                "text": { "type": "string", "maxLength": 4 },
                "list": { "type": "array", "items": { "type": "integer", "maximum": 7 } },
                "kind": { "type": "string", "enum": ["A", "B"], "nullable": true },
                "shape": { "$ref": "#/components/schemas/Shape" },
                "self": { "$ref": "#/components/schemas/T" },
            } },
            "Shape": {
                "type": "object", "required": ["kind"], "properties": { "kind": { "type": "string" } },
                "discriminator": { "propertyName": "kind", "mapping": {
                    "circle": "Circle", "dot": "#/components/schemas/Dot",
                } },
            },
            "Circle": { "allOf": [{ "$ref": "#/components/schemas/Shape" }, {
                "type": "object", "properties": { "radius": { "type": "number" } },
            }] },
            "Dot": { "allOf": [{ "$ref": "#/components/schemas/Shape" }] },
        } },
    })
}

/// Returns the values of a kind that the operation receives.
fn received(kind: Kind) -> Vec<Value> {
    let source = Source {
        name: "putX",
        method: "PUT",
        path: "/x",
        accept: "application/json",
        content_type: None,
    };
    let samples = samples(&document(), &[source], true, false);
    let of_kind = samples.into_iter().filter(|sample| sample.kind == kind);
    of_kind
        .filter(|sample| sample.direction == Direction::Response)
        .map(|sample| sample.value)
        .collect()
}

#[test]
fn every_variant_is_sampled_with_its_tag() {
    // The nested value has the second variant.
    let full = &received(Kind::Full)[0];
    assert_eq!(full["shape"], json!({ "kind": "circle", "radius": 10 }));
    assert_eq!(full["self"]["shape"], json!({ "kind": "dot" }));
    let new: Vec<Value> =
        received(Kind::NewValue).into_iter().map(|value| value["shape"]["kind"].clone()).collect();
    assert_eq!(new, ["circle", "NOT_IN_THE_DOCUMENT"]);
}

#[test]
fn each_kind_of_sample_matches_its_name() {
    assert_eq!(received(Kind::Example), [json!({ "text": "an example", "other": 1 })]);
    assert_eq!(received(Kind::Required), [json!({ "text": "a te" })]);
    let full = &received(Kind::Full)[0];
    assert_eq!(full["list"], json!([7]));
    // A recursive value is nested once.
    assert!(full["self"].is_object() && full["self"].get("self").is_none(), "{full}");
    assert_eq!(received(Kind::Empty)[0]["list"], json!([]));
    assert_eq!(received(Kind::NewValue)[0]["kind"], "NOT_IN_THE_DOCUMENT");
    assert_eq!(received(Kind::Null)[0]["kind"], Value::Null);
    let unknown = &received(Kind::Unknown)[0];
    assert!(unknown.get("notInTheDocument").is_some(), "{unknown}");
    assert!(unknown["shape"].get("notInTheDocument").is_some(), "{unknown}");
}

#[test]
fn undocumented_properties_of_an_example_are_unknown() {
    let source = Source {
        name: "putX",
        method: "PUT",
        path: "/x",
        accept: "application/json",
        content_type: Some("application/json"),
    };
    let samples = samples(&document(), &[source], true, false);
    let directions: Vec<String> = samples
        .iter()
        .filter(|sample| sample.kind == Kind::Example)
        .map(|sample| format!("{} {:?}", sample.direction, sample.unknown))
        .collect();
    assert_eq!(directions, ["response [\"/other\"]", "request [\"/other\"]"]);
    assert!(samples.iter().any(|sample| sample.direction == Direction::Error("404".to_owned())));
}

/// Returns the values of a kind and a direction of all operations with JSON responses.
fn values(document: &Value, kind: Kind, direction: &Direction) -> Vec<Value> {
    let operations = super::operations(document);
    let sources: Vec<Source<'_>> = operations
        .iter()
        .map(|(method, path)| Source {
            name: path,
            method,
            path,
            accept: "application/json",
            content_type: Some("application/json"),
        })
        .collect();
    let samples = samples(document, &sources, false, true).into_iter();
    let samples = samples.filter(|sample| sample.kind == kind && sample.direction == *direction);
    samples.map(|sample| sample.value).collect()
}

/// Returns the sample responses of a document with these schemas.
fn responses(kind: Kind, schema: &Value, schemas: &Value) -> Vec<Value> {
    let content = json!({ "application/json": { "schema": schema } });
    let document = json!({
        "paths": { "/x": { "get": { "responses": { "200": { "content": content } } } } },
        "components": { "schemas": schemas },
    });
    values(&document, kind, &Direction::Response)
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn json_content(schema: &Value) -> Value {
    json!({ "content": { "application/json": { "schema": schema } } })
}

#[test]
fn default_is_an_error_only_beside_a_success() {
    let (text, flag) = (json!({ "type": "string" }), json!({ "type": "boolean" }));
    let document =
        |responses: &Value| json!({ "paths": { "/x": { "get": { "responses": responses } } } });
    let both = document(&json!({ "200": json_content(&flag), "default": json_content(&text) }));
    assert_eq!(values(&both, Kind::Full, &Direction::Response), [json!(true)]);
    let error = Direction::Error("default".to_owned());
    assert_eq!(values(&both, Kind::Full, &error).len(), 1);
    let range = document(&json!({ "2XX": json_content(&flag), "default": json_content(&text) }));
    assert_eq!(values(&range, Kind::Full, &Direction::Response), [json!(true)]);
    let alone = document(&json!({ "default": json_content(&flag), "x-note": {} }));
    assert_eq!(values(&alone, Kind::Full, &Direction::Response), [json!(true)]);
    let redirect = document(&json!({ "302": json_content(&flag), "4XX": json_content(&text) }));
    assert_eq!(values(&redirect, Kind::Full, &Direction::Response), [json!(null); 0]);
    assert_eq!(values(&redirect, Kind::Full, &Direction::Error("4XX".to_owned())).len(), 1);
}

#[test]
fn references_are_followed_to_their_end_everywhere() {
    let mut schemas = json!({ "Last <One>": { "type": "boolean" } });
    for number in 0..60 {
        schemas[format!("S{number}")] = match number {
            59 => json!({ "$ref": "#/components/schemas/Last%20%3COne%3E" }),
            number => reference(&format!("S{}", number + 1)),
        };
    }
    let document = json!({
        "paths": {
            "/a": { "$ref": "#/paths/~1b" },
            "/b": { "$ref": "#/paths/~1c" },
            "/c": { "put": {
                "requestBody": { "$ref": "#/components/requestBodies/A" },
                "responses": { "200": { "$ref": "#/components/responses/A" } },
            } },
        },
        "components": {
            "requestBodies": { "A": { "$ref": "#/components/requestBodies/B" }, "B": json_content(&reference("S0")) },
            "responses": { "A": { "$ref": "#/components/responses/B" }, "B": json_content(&reference("S0")) },
            "schemas": schemas,
        },
    });
    for direction in [Direction::Request, Direction::Response] {
        assert_eq!(
            values(&document, Kind::Full, &direction),
            [json!(true), json!(true), json!(true)]
        );
    }
    // A schema that only refers to itself has no samples.
    let circle = json!({ "A": reference("B"), "B": reference("A") });
    assert_eq!(responses(Kind::Full, &reference("A"), &circle).len(), 1);
}

#[test]
fn samples_respect_the_schema_of_additional_properties() {
    let of = |kind, additional: &Value| {
        let schema = json!({
            "type": "object", "properties": { "a": { "type": "boolean" } },
            "additionalProperties": additional,
        });
        responses(kind, &schema, &json!({}))
    };
    let text = json!({ "type": "string", "maxLength": 1 });
    assert_eq!(
        of(Kind::Unknown, &text),
        [json!({ "a": true, "aKey": "a", "notInTheDocument": "a" })]
    );
    // The schema admits no unknown properties.
    assert_eq!(of(Kind::Unknown, &json!(false)), [json!(null); 0]);
    assert_eq!(of(Kind::Full, &json!(false)), [json!({ "a": true })]);
    let required = json!({ "type": "object", "required": ["b"], "additionalProperties": text });
    assert_eq!(responses(Kind::Required, &required, &json!({})), [json!({ "b": "a" })]);
}

#[test]
fn text_has_no_properties_and_a_union_defines_what_its_variants_require() {
    let text = json!({ "type": "string", "additionalProperties": true });
    let check = json!({
        "type": "object",
        "properties": {
            "status": { "type": "string" }, "end": { "type": "string" }, "note": { "type": "string" },
        },
        "oneOf": [{
            "type": "object", "properties": { "status": { "enum": ["over"] } },
            "required": ["status", "end"], "additionalProperties": true,
        }],
    });
    let drawn = responses(Kind::Full, &text, &json!({}));
    assert!(drawn[0].is_string(), "{drawn:?}");
    for kind in [Kind::Full, Kind::Required] {
        let drawn = responses(kind, &check, &json!({}));
        assert!(drawn[0]["end"].is_string(), "{drawn:?}");
    }
}

#[test]
fn variants_that_only_limit_an_object_add_nothing_but_what_they_require() {
    let flag = json!({ "type": "boolean" });
    let own = json!({ "type": "object", "properties": { "a": flag, "b": flag } });
    let schemas = json!({ "Own": own, "Limit": { "type": "object", "required": ["a"] } });
    let limits = json!([reference("Limit"), { "required": ["b"] }, { "minProperties": 1 }, {}]);
    for keyword in ["anyOf", "oneOf"] {
        let mut with_variants = own.clone();
        with_variants[keyword] = limits.clone();
        let inherited = json!({ "allOf": [reference("Own"), { keyword: limits }] });
        for schema in [with_variants, inherited] {
            let full = responses(Kind::Full, &schema, &schemas);
            assert_eq!(full, [json!({ "a": true, "b": true })], "{schema}");
            let required = responses(Kind::Required, &schema, &schemas);
            let expected = [json!({ "a": true }), json!({ "b": true }), json!({})];
            assert_eq!(required, expected, "{schema}");
        }
        // Nothing is named here, and so nothing is unknown.
        let alone = responses(Kind::Full, &json!({ keyword: limits }), &schemas);
        assert!(alone.iter().all(|value| value != &json!({})), "{alone:?}");
        let part = json!({ "allOf": [{ keyword: [reference("Own"), { "type": "string" }] }, { "required": ["a"] }] });
        let full = responses(Kind::Full, &part, &schemas);
        assert_eq!(full[0], json!({ "a": true, "b": true }), "{part}");
    }
    let map = json!({ "type": "object", "additionalProperties": flag });
    let mut with_map = own;
    with_map["oneOf"] = json!([map]);
    let full = responses(Kind::Full, &with_map, &schemas);
    assert_eq!(full, [json!({ "a": true, "aKey": true, "b": true })]);
}

#[test]
fn integers_are_sampled_at_both_ends_of_their_range() {
    for (schema, least, greatest) in [
        (json!({ "format": "int32" }), json!(i32::MIN), json!(i32::MAX)),
        (json!({ "format": "int64" }), json!(i64::MIN), json!(i64::MAX)),
        (json!({ "format": "uint64" }), json!(0), json!(u64::MAX)),
        (json!({ "format": "uint8" }), json!(0), json!(255)),
        (json!({}), json!(i64::MIN), json!(i64::MAX)),
        (json!({ "maximum": u64::MAX, "minimum": 0 }), json!(0), json!(u64::MAX)),
        (json!({ "maximum": 9_223_372_036_854_776_000_u64 }), json!(i64::MIN), json!(i64::MAX)),
        (json!({ "format": "int32", "minimum": 1, "maximum": 9 }), json!(1), json!(9)),
        (json!({ "minimum": 1, "exclusiveMinimum": true, "maximum": 9.5 }), json!(2), json!(9)),
        (json!({ "minimum": 0, "maximum": 10, "multipleOf": 4 }), json!(0), json!(8)),
    ] {
        let mut schema = schema;
        schema["type"] = "integer".into();
        assert_eq!(responses(Kind::Least, &schema, &json!({})), [least], "{schema}");
        let drawn: Vec<Value> = [Kind::Full, Kind::Greatest]
            .into_iter()
            .flat_map(|kind| responses(kind, &schema, &json!({})))
            .collect();
        assert!(drawn.contains(&greatest), "{schema}: {drawn:?}");
    }
    assert_eq!(responses(Kind::Least, &json!({ "type": "string" }), &json!({})), [json!(null); 0]);
}

#[test]
fn heirs_of_a_discriminator_are_sampled_as_variants() {
    let schemas = json!({
        "Vehicle": {
            "type": "object", "properties": { "kind": { "type": "string" } },
            "discriminator": { "propertyName": "kind" },
        },
        "Car": { "allOf": [reference("Vehicle"), { "properties": { "doors": { "type": "boolean" } } }] },
        "Taxi": { "allOf": [reference("Car"), { "properties": { "fare": { "type": "boolean" } } }] },
        "Other": { "type": "object" },
    });
    assert_eq!(
        responses(Kind::Full, &reference("Vehicle"), &schemas),
        [
            json!({ "kind": "Car", "doors": true }),
            json!({ "kind": "Taxi", "doors": true, "fare": true }),
        ],
    );
}

#[test]
fn listed_tags_of_a_variant_override_its_name() {
    let variant = |tag: &str| json!({ "type": "object", "properties": { "type": { "type": "string", "enum": [tag] } } });
    let schemas = json!({ "Created": variant("created"), "Deleted": { "type": "object" } });
    let union = json!({
        "oneOf": [reference("Created"), reference("Deleted")],
        "discriminator": { "propertyName": "type" },
    });
    let drawn = responses(Kind::Full, &union, &schemas);
    let tags: Vec<&Value> = drawn.iter().map(|value| &value["type"]).collect();
    assert_eq!(tags, ["created", "Deleted"]);
}

#[test]
fn listed_values_have_the_type_of_their_schema() {
    // YAML reads `enum: [1, on]` of a string as a number and a boolean.
    let schema = json!({ "type": "array", "items": { "type": "string", "enum": [1, null] } });
    assert_eq!(responses(Kind::Full, &schema, &json!({})), [json!(["1"])]);
    let nothing = json!({ "oneOf": [{ "type": "string", "enum": ["a"] }, { "enum": [null] }] });
    assert_eq!(responses(Kind::Full, &nothing, &json!({})), [json!("a"), json!(null)]);
}

#[test]
fn every_operation_is_listed_by_method_and_path() {
    let response = json!({ "responses": {} });
    let document = json!({ "paths": {
        "/a": { "get": response, "parameters": [], "put": response },
        "/b": { "$ref": "#/paths/~1a" },
        "/c": { "$ref": "other.yaml" },
    } });
    let listed: Vec<String> = super::operations(&document)
        .into_iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    assert_eq!(listed, ["GET /a", "PUT /a", "GET /b", "PUT /b"]);
    assert_eq!(super::paths_elsewhere(&document), ["/c"]);
}

#[test]
fn a_response_without_content_has_no_samples() {
    let text = json_content(&json!({ "type": "string" }));
    let document = json!({ "paths": { "/x": {
        "head": { "responses": { "200": text, "400": text } },
        "get": { "responses": { "204": text } },
    } } });
    assert_eq!(values(&document, Kind::Full, &Direction::Response), [json!(null); 0]);
    assert_eq!(
        values(&document, Kind::Full, &Direction::Error("400".to_owned())),
        [json!(null); 0]
    );
}

#[test]
fn an_all_of_without_objects_is_sampled_by_one_member() {
    let schemas = json!({ "Color": { "type": "string", "enum": ["red"] } });
    let described = json!({ "allOf": [reference("Color"), { "description": "paint" }] });
    assert_eq!(responses(Kind::Full, &described, &schemas), [json!("red")]);
    let circle = json!({ "A": { "allOf": [reference("B")] }, "B": { "allOf": [reference("A")], "type": "string" } });
    assert!(responses(Kind::Full, &reference("A"), &circle).len() <= 1);
}
