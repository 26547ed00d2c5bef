//! Which values are drawn, and what became of them.

use serde_json::{Value, json};

use super::{Class, Direction, Kind, Source, differences, samples};

#[test]
fn each_difference_has_its_place_and_its_reason() {
    let value = json!({
        "whole": 10, "a/b": { "new": 1, "list": [1, 2] }, "gone": 1, "null": null, "same": "x",
        "large": 9_007_199_254_740_993_i64, "kind": 1,
    });
    let became = json!({
        "whole": 10.0, "a/b": { "list": [1, 3] }, "same": "x", "added": null,
        "large": 9_007_199_254_740_992_i64, "kind": "1",
    });
    let unknown = ["/a~1b/new".to_owned()];
    assert_eq!(
        differences(&value, &became, &unknown),
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

/// A document whose only operation sends and receives the schema `T`.
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

/// The values of a kind that the operation receives.
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
fn every_variant_is_drawn_with_the_tag_that_announces_it() {
    // The one that contains itself has the second variant within.
    let full = &received(Kind::Full)[0];
    assert_eq!(full["shape"], json!({ "kind": "circle", "radius": 10 }));
    assert_eq!(full["self"]["shape"], json!({ "kind": "dot" }));
    let new: Vec<Value> =
        received(Kind::NewValue).into_iter().map(|value| value["shape"]["kind"].clone()).collect();
    assert_eq!(new, ["circle", "NOT_IN_THE_DOCUMENT"]);
}

#[test]
fn each_kind_is_what_it_is_called() {
    assert_eq!(received(Kind::Example), [json!({ "text": "an example", "other": 1 })]);
    assert_eq!(received(Kind::Required), [json!({ "text": "a te" })]);
    let full = &received(Kind::Full)[0];
    assert_eq!(full["list"], json!([7]));
    // What contains itself does so once, and then no more.
    assert!(full["self"].is_object() && full["self"].get("self").is_none(), "{full}");
    assert_eq!(received(Kind::Empty)[0]["list"], json!([]));
    assert_eq!(received(Kind::NewValue)[0]["kind"], "NOT_IN_THE_DOCUMENT");
    assert_eq!(received(Kind::Null)[0]["kind"], Value::Null);
    let unknown = &received(Kind::Unknown)[0];
    assert!(unknown.get("notInTheDocument").is_some(), "{unknown}");
    assert!(unknown["shape"].get("notInTheDocument").is_some(), "{unknown}");
}

#[test]
fn what_an_example_has_too_many_is_known_to_be_unknown() {
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
