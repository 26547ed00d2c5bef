use serde_json::{Value, json};

use super::{line, report};
use crate::diff::difference::{Change, Kind};

/// Returns a document in which a request or a response has a schema.
fn document(schema: &Value, in_request: bool) -> Value {
    let content = json!({ "content": { "application/json": { "schema": schema } } });
    let operation = if in_request {
        json!({ "operationId": "o", "requestBody": content, "responses": {} })
    } else {
        json!({ "operationId": "o", "responses": { "200": content } })
    };
    json!({
        "paths": { "/o": { "post": operation } },
        "components": { "schemas": {
            "Cat": { "type": "object", "properties": { "kind": { "type": "string" } } },
            "Dog": { "type": "object", "properties": { "kind": { "type": "string" } } },
            "Pair": { "type": "object", "properties": {
                "next": { "$ref": "#/components/schemas/Pair" }, "end": { "type": "string" },
            } },
            "Twin": { "type": "object", "properties": {
                "next": { "$ref": "#/components/schemas/Twin" }, "end": { "type": "integer" },
            } },
        } },
    })
}

/// Returns the differences when a schema changes, in a request or in a response.
fn changes(old: &Value, new: &Value, in_request: bool) -> Vec<(Kind, Change, bool)> {
    let report = report(&document(old, in_request), &document(new, in_request));
    let found = report.differences.iter();
    found.map(|found| (found.kind, found.change(), found.breaking)).collect()
}

/// Whether a change breaks in a request, and in a response.
type Breaks = [bool; 2];
const BOTH: Breaks = [true, true];
const REQUEST: Breaks = [true, false];
const RESPONSE: Breaks = [false, true];
const NEITHER: Breaks = [false, false];

/// Asserts the only difference when a schema changes, and whether it breaks, in both directions.
#[track_caller]
fn differs(kind: Kind, old: &Value, new: &Value, there: Breaks, back: Breaks) {
    for (old, new, breaks) in [(old, new, there), (new, old, back)] {
        for (in_request, breaking) in [true, false].into_iter().zip(breaks) {
            let found = changes(old, new, in_request);
            let [(found, _, is_breaking)] = found[..] else {
                panic!("{old} -> {new} (request: {in_request}): {found:?}");
            };
            assert_eq!(found, kind, "{old} -> {new}");
            assert_eq!(is_breaking, breaking, "{old} -> {new} (request: {in_request})");
        }
    }
}

#[track_caller]
fn same(old: &Value, new: &Value) {
    for in_request in [true, false] {
        assert_eq!(changes(old, new, in_request), [], "{old} -> {new}");
    }
}

#[test]
fn types() {
    let of = |kind: &str| json!({ "type": kind });
    differs(Kind::Type, &of("string"), &of("boolean"), BOTH, BOTH);
    differs(Kind::Type, &of("integer"), &of("number"), RESPONSE, REQUEST);
    differs(Kind::Type, &json!({}), &of("string"), REQUEST, RESPONSE);
    // Differences inside another type are not reported.
    differs(
        Kind::Type,
        &json!({ "type": "object", "properties": { "a": {} } }),
        &json!({ "type": "array", "items": {} }),
        BOTH,
        BOTH,
    );
    // Other keywords may imply the type.
    same(&json!({ "type": "array", "items": {} }), &json!({ "items": {} }));
    same(&json!({ "type": "object", "properties": {} }), &json!({ "properties": {} }));
}

#[test]
fn null() {
    let null = json!({ "type": "string", "nullable": true });
    differs(Kind::Nullable, &json!({ "type": "string" }), &null, RESPONSE, REQUEST);
    same(&json!({ "type": "string" }), &json!({ "type": "string", "nullable": false }));
}

#[test]
fn formats_and_patterns() {
    let of = |format: &str| json!({ "type": "integer", "format": format });
    differs(Kind::Format, &of("int32"), &of("int64"), RESPONSE, REQUEST);
    differs(Kind::Format, &of("int32"), &of("other"), BOTH, BOTH);
    differs(Kind::Format, &json!({ "type": "integer" }), &of("int32"), REQUEST, RESPONSE);
    let of = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    differs(Kind::Pattern, &of("a"), &of("b"), BOTH, BOTH);
    differs(Kind::Pattern, &json!({ "type": "string" }), &of("a"), REQUEST, RESPONSE);
}

#[test]
fn limits_only_break_requests() {
    let limit = |kind, keyword: &str, tight: Value, loose: Value| {
        let (tight, loose) = (json!({ keyword: tight }), json!({ keyword: loose }));
        differs(kind, &loose, &tight, REQUEST, NEITHER);
        differs(kind, &json!({}), &tight, REQUEST, NEITHER);
    };
    limit(Kind::Length, "minLength", json!(2), json!(1));
    limit(Kind::Length, "maxLength", json!(1), json!(2));
    limit(Kind::Limit, "minimum", json!(2), json!(1.5));
    limit(Kind::Limit, "maximum", json!(-2), json!(-1));
    limit(Kind::Limit, "minItems", json!(2), json!(1));
    limit(Kind::Limit, "maxItems", json!(1), json!(2));
    limit(Kind::Limit, "minProperties", json!(2), json!(1));
    limit(Kind::Limit, "maxProperties", json!(1), json!(2));
    limit(Kind::Limit, "uniqueItems", json!(true), json!(false));
    limit(Kind::Limit, "exclusiveMinimum", json!(true), json!(false));
    limit(Kind::Limit, "exclusiveMaximum", json!(true), json!(false));
    let (two, three) = (json!({ "multipleOf": 2 }), json!({ "multipleOf": 3 }));
    differs(Kind::Limit, &two, &three, REQUEST, REQUEST);
}

#[test]
fn new_enum_values_do_not_break_readers() {
    let of = |values: &[&str]| json!({ "type": "string", "enum": values });
    differs(Kind::Enum, &of(&["A"]), &of(&["A", "B"]), NEITHER, REQUEST);
    differs(Kind::Enum, &json!({ "type": "string" }), &of(&["A"]), REQUEST, NEITHER);
    // The order does not matter, and each value is a separate difference.
    same(&of(&["A", "B"]), &of(&["B", "A"]));
    let changed = changes(&of(&["A", "B"]), &of(&["A", "C"]), true);
    let (removed, added) =
        ((Kind::Enum, Change::Removed, true), (Kind::Enum, Change::Added, false));
    assert_eq!(changed, [removed, added]);
}

#[test]
fn properties() {
    let object = |properties: Value| json!({ "type": "object", "properties": properties });
    let (none, some) = (object(json!({})), object(json!({ "a": {} })));
    differs(Kind::Property, &none, &some, NEITHER, BOTH);
    // A new required property breaks callers that do not send it.
    let needed = json!({ "type": "object", "properties": { "a": {} }, "required": ["a"] });
    differs(Kind::Property, &none, &needed, REQUEST, BOTH);
    differs(Kind::Required, &some, &needed, REQUEST, RESPONSE);
    // A property that is never sent or received breaks nothing.
    let read_only = object(json!({ "a": { "readOnly": true } }));
    differs(Kind::Property, &none, &read_only, NEITHER, RESPONSE);
    let write_only = object(json!({ "a": { "writeOnly": true } }));
    differs(Kind::Property, &none, &write_only, NEITHER, REQUEST);
    let of = |kind: &str| object(json!({ "a": { "readOnly": true, "type": kind } }));
    differs(Kind::Type, &of("string"), &of("boolean"), RESPONSE, RESPONSE);
    let of = |kind: &str| object(json!({ "a": { "writeOnly": true, "type": kind } }));
    differs(Kind::Type, &of("string"), &of("boolean"), REQUEST, REQUEST);
}

#[test]
fn read_only_and_write_only_properties() {
    let of =
        |a: Value, required: &[&str]| json!({ "properties": { "a": a }, "required": required });
    let free = of(json!({}), &[]);
    differs(Kind::Access, &free, &of(json!({ "readOnly": true }), &[]), REQUEST, NEITHER);
    differs(Kind::Access, &free, &of(json!({ "writeOnly": true }), &[]), RESPONSE, NEITHER);
    // A read-only property becomes required in requests.
    let (read_only, needed) = (of(json!({ "readOnly": true }), &["a"]), of(json!({}), &["a"]));
    differs(Kind::Access, &read_only, &needed, REQUEST, REQUEST);
}

#[test]
fn further_properties() {
    let of = |additional: Value| json!({ "type": "object", "additionalProperties": additional });
    let (any, none, text) =
        (json!({ "type": "object" }), of(json!(false)), of(json!({ "type": "string" })));
    let kind = Kind::AdditionalProperties;
    differs(kind, &any, &none, REQUEST, NEITHER);
    differs(kind, &any, &text, REQUEST, RESPONSE);
    differs(kind, &text, &none, REQUEST, NEITHER);
    differs(Kind::Type, &text, &of(json!({ "type": "boolean" })), BOTH, BOTH);
    same(&any, &of(json!(true)));
    same(&any, &of(json!({})));
}

#[test]
fn elements() {
    let of = |kind: &str| json!({ "type": "array", "items": { "type": kind } });
    differs(Kind::Type, &of("string"), &of("boolean"), BOTH, BOTH);
    let any = json!({ "type": "array" });
    differs(Kind::Type, &any, &of("string"), REQUEST, RESPONSE);
}

#[test]
fn defaults_examples_and_deprecations() {
    let of = |keyword: &str, value: Value| json!({ "type": "boolean", keyword: value });
    let plain = json!({ "type": "boolean" });
    differs(Kind::Default, &plain, &of("default", json!(false)), REQUEST, REQUEST);
    differs(
        Kind::Default,
        &of("default", json!(true)),
        &of("default", json!(false)),
        REQUEST,
        REQUEST,
    );
    differs(Kind::Example, &plain, &of("example", json!(true)), NEITHER, NEITHER);
    differs(Kind::Deprecation, &plain, &of("deprecated", json!(true)), NEITHER, NEITHER);
    same(&plain, &of("deprecated", json!(false)));
    same(&plain, &of("description", json!("words")));
    same(&plain, &of("title", json!("words")));
    same(&plain, &of("x-observed", json!({ "schema": { "type": "string" } })));
}

#[test]
fn unions() {
    let cat = json!({ "$ref": "#/components/schemas/Cat" });
    let dog = json!({ "$ref": "#/components/schemas/Dog" });
    let one = json!({ "oneOf": [cat] });
    let two = json!({ "oneOf": [cat, dog] });
    differs(Kind::Variant, &one, &two, RESPONSE, REQUEST);
    differs(Kind::Variant, &json!({}), &one, BOTH, BOTH);
    same(&two, &json!({ "oneOf": [dog, cat] }));
    // Schema names only matter if a discriminator sends them.
    same(&one, &json!({ "oneOf": [dog] }));
    same(&one, &json!({ "anyOf": [dog] }));
    let tagged = |property: &str, mapping: Value, variants: &[&Value]| {
        let discriminator = json!({ "propertyName": property, "mapping": mapping });
        json!({ "oneOf": variants, "discriminator": discriminator })
    };
    let one = tagged("kind", json!({ "cat": cat["$ref"] }), &[&cat]);
    let mapping = json!({ "cat": cat["$ref"], "dog": dog["$ref"] });
    let two = tagged("kind", mapping.clone(), &[&cat, &dog]);
    // A client keeps an unknown variant if it can recognize it.
    differs(Kind::Variant, &one, &two, NEITHER, REQUEST);
    differs(Kind::Variant, &two, &tagged("other", mapping, &[&cat, &dog]), BOTH, BOTH);
    // With a discriminator, its values identify the variants, and a new value is a new variant.
    same(&one, &tagged("kind", json!({ "cat": dog["$ref"] }), &[&dog]));
    let renamed = tagged("kind", json!({ "dog": cat["$ref"] }), &[&cat]);
    let (removed, added) = ((Kind::Variant, Change::Removed), (Kind::Variant, Change::Added));
    assert_eq!(
        changes(&one, &renamed, true),
        [(removed.0, removed.1, true), (added.0, added.1, false)],
    );
}

#[test]
fn targets_of_references_and_all_of_are_compared() {
    let inline = json!({
        "type": "object", "nullable": true, "required": ["kind", "a"],
        "properties": { "kind": { "type": "string" }, "a": { "type": "string", "nullable": true } },
    });
    same(
        &inline,
        &json!({ "nullable": true, "allOf": [
        { "$ref": "#/components/schemas/Cat" },
        { "required": ["kind", "a"] },
        { "properties": { "a": { "allOf": [{ "type": "string" }], "nullable": true } } },
    ] }),
    );
    same(&inline, &json!({ "allOf": [inline] }));
}

#[test]
fn recursion_ends_and_is_compared() {
    let pair = json!({ "$ref": "#/components/schemas/Pair" });
    let twin = json!({ "$ref": "#/components/schemas/Twin" });
    let report = report(&document(&pair, false), &document(&twin, false));
    let lines: Vec<_> = report.differences.iter().map(line).collect();
    let id = "/components/schemas/Pair/properties/end/type: \"string\" -> \"integer\"";
    assert_eq!(lines, [format!("breaking {id}")]);
    let [difference] = &report.differences[..] else { unreachable!("there is one") };
    assert_eq!(difference.fragment.at.as_str(), "/components/schemas/Pair/properties/end");
    assert_eq!(difference.document.at.as_str(), "/components/schemas/Twin/properties/end");
}
