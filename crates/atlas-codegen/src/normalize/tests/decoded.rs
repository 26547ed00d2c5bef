//! Normalization of responses.

use serde_json::{Value, json};

use super::{document, lower};
use crate::normalize::Normalized;

fn lowered(schemas: Value) -> Normalized {
    lower(&document(schemas, false))
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn property(schema: Value) -> Value {
    let of = json!({ "T": { "type": "object", "properties": { "a": schema } } });
    lowered(of).document["components"]["schemas"]["T"]["properties"]["a"].clone()
}

/// Returns an object with a tag of one value and another property.
fn tagged(tag: &str) -> Value {
    json!({
        "type": "object", "required": ["kind"],
        "properties": { "kind": { "type": "string", "enum": [tag] }, format!("only{tag}"): { "type": "string" } },
    })
}

/// Returns the tags of the only tagged union by variant.
fn tags(lowered: &Normalized) -> Vec<(&str, Vec<&str>)> {
    let [union] = lowered.unions.as_slice() else { panic!("{:?}", lowered.unions) };
    let variants = union.variants.iter();
    variants
        .map(|(name, tags)| (name.as_str(), tags.iter().map(String::as_str).collect()))
        .collect()
}

fn names(lowered: &Normalized) -> Vec<&String> {
    let schemas = &lowered.document["components"]["schemas"];
    schemas["T"]["properties"].as_object().unwrap().keys().collect()
}

#[test]
fn a_nested_union_is_replaced_by_its_variants() {
    let inner = json!({ "anyOf": [reference("A"), reference("B")], "description": "either" });
    for inner in [inner.clone(), json!({ "allOf": [inner] })] {
        let lowered = lowered(json!({
            "T": { "oneOf": [reference("AorB"), reference("C")] },
            "AorB": inner, "A": tagged("a"), "B": tagged("b"), "C": tagged("c"),
        }));
        assert_eq!(tags(&lowered), [("A", vec!["a"]), ("B", vec!["b"]), ("C", vec!["c"])]);
        assert!(lowered.notes.is_empty());
    }
}

/// The bug: the properties that a nested union has besides one of its lists of variants are lost.
#[test]
fn a_nested_union_that_says_more_than_its_variants_stays_whole() {
    let part =
        |name: &str| json!({ "type": "object", "properties": { name: { "type": "string" } } });
    for (inner, expected) in [
        (json!({ "oneOf": [part("a")], "properties": part("own")["properties"] }), "a c own"),
        (json!({ "oneOf": [part("a")], "allOf": [part("own")] }), "a c own"),
        (json!({ "oneOf": [part("a")], "anyOf": [part("b")] }), "a b c"),
    ] {
        let lowered = lowered(json!({ "T": { "oneOf": [inner, part("c")] } }));
        let mut names = names(&lowered);
        names.sort();
        assert_eq!(names, expected.split(' ').collect::<Vec<_>>(), "{inner}");
    }
}

#[test]
fn an_inherited_union_contributes_the_properties_of_all_variants() {
    let (circle, square) = (
        json!({ "type": "object", "properties": { "radius": { "type": "number" } } }),
        json!({ "type": "object", "properties": { "side": { "type": "number" } } }),
    );
    let base = json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "string" } } });
    let one_of = json!([reference("Circle"), reference("Square")]);
    for shape in [
        json!({ "allOf": [reference("Base"), { "oneOf": one_of }] }),
        json!({ "allOf": [reference("Base")], "oneOf": one_of }),
        json!({ "allOf": [reference("Base"), reference("Either")] }),
        json!({ "allOf": [reference("Base"), { "allOf": [{ "anyOf": one_of }] }] }),
    ] {
        let lowered = lowered(json!({
            "T": shape, "Either": { "oneOf": one_of }, "Base": base, "Circle": circle, "Square": square,
        }));
        assert_eq!(names(&lowered), ["id", "radius", "side"], "{shape}");
        assert_eq!(lowered.notes.len(), 1, "{:?}", lowered.notes);
    }
}

#[test]
fn the_heirs_of_a_discriminator_are_its_variants() {
    let heir = |name: &str, own: &str| json!({ "allOf": [reference(name), { "properties": { own: { "type": "string" } } }] });
    let lowered = lowered(json!({
        "T": {
            "type": "object", "discriminator": { "propertyName": "kind" },
            "properties": { "kind": { "type": "string" } },
        },
        "Car": heir("T", "doors"), "Bike": heir("T", "bell"), "Tandem": heir("Bike", "seats"),
    }));
    assert_eq!(
        tags(&lowered),
        [("Car", vec!["Car"]), ("Bike", vec!["Bike"]), ("Tandem", vec!["Tandem"])],
    );
    let tandem = &lowered.document["components"]["schemas"]["Tandem"]["properties"];
    assert_eq!(tandem.as_object().unwrap().keys().collect::<Vec<_>>(), ["kind", "bell", "seats"]);
}

#[test]
fn the_tags_of_a_discriminator_are_the_listed_values_of_its_variants() {
    let union = json!({
        "oneOf": [reference("Created"), reference("Deleted")],
        "discriminator": { "propertyName": "kind" },
    });
    let listed =
        lowered(json!({ "T": union, "Created": tagged("created"), "Deleted": tagged("deleted") }));
    assert_eq!(tags(&listed), [("Created", vec!["created"]), ("Deleted", vec!["deleted"])]);
    // A value that all variants list does not distinguish them. Their names do.
    let shared = json!({ "type": "object", "properties": { "kind": reference("Kind") } });
    let shared = lowered(json!({
        "T": union, "Created": shared, "Deleted": shared,
        "Kind": { "type": "string", "enum": ["Created", "Deleted"] },
    }));
    assert_eq!(tags(&shared), [("Created", vec!["Created"]), ("Deleted", vec!["Deleted"])]);
}

#[test]
fn additional_properties_of_a_variant_are_kept() {
    for additional in [json!({ "type": "integer" }), json!({}), json!(true)] {
        let lowered = fold_lean(json!({ "T": { "oneOf": [
            { "type": "object", "properties": { "a": { "type": "string" } } },
            { "type": "object", "properties": { "b": { "type": "string" } }, "additionalProperties": additional },
        ] } }));
        let schema = &lowered.document["components"]["schemas"]["T"];
        assert_eq!(schema["additionalProperties"], json!({}));
    }
}

fn fold_lean(schemas: Value) -> Normalized {
    crate::normalize::normalize(&document(schemas, false), crate::normalize::Profile::Lean).unwrap()
}

#[test]
fn null_is_admitted_wherever_the_document_admits_it() {
    let nothing = json!({ "enum": [null] });
    let text = json!({ "type": "string", "enum": ["a"] });
    let object = json!({ "type": "object", "properties": { "x": { "type": "string" } } });
    for schema in [
        json!({ "oneOf": [text, { "enum": [""] }, nothing] }),
        json!({ "anyOf": [object, nothing] }),
        json!({ "oneOf": [object, { "type": "object", "nullable": true, "properties": { "y": {} } }] }),
        json!({ "allOf": [object], "nullable": true }),
        json!({ "allOf": [{ "allOf": [{ "type": "integer", "nullable": true }] }] }),
        json!({ "type": "array", "items": {}, "nullable": true }),
    ] {
        assert_eq!(property(schema.clone())["nullable"], json!(true), "{schema}");
        // The same in a list.
        let list = property(json!({ "type": "array", "items": schema }));
        assert_eq!(list["items"]["nullable"], json!(true), "{schema}");
    }
    assert_eq!(property(json!({ "type": "string", "nullable": false })).get("nullable"), None);
}

#[test]
fn integers_beyond_those_of_64_bits_with_a_sign_have_none() {
    for schema in [
        json!({ "type": "integer", "format": "uint64" }),
        json!({ "type": "integer", "minimum": 0, "maximum": u64::MAX }),
    ] {
        assert_eq!(property(schema), json!({ "type": "integer", "format": "uint64" }));
    }
    let signed = json!({ "type": "integer", "format": "int64" });
    for schema in [
        json!({ "type": "integer", "minimum": 0 }),
        json!({ "type": "integer", "format": "int64", "minimum": 0, "maximum": u64::MAX }),
        json!({ "type": "integer", "minimum": 0, "maximum": i64::MAX }),
        json!({ "type": "integer", "format": "uint32" }),
    ] {
        assert_eq!(property(schema), signed);
    }
}

#[test]
fn descriptions_are_sanitized_for_comments() {
    let lowered = lowered(json!({ "T": {
        "type": "object", "description": "a\rb\u{202e}",
        "properties": { "a": { "type": "string", "description": 3, "nullable": null } },
    } }));
    let schema = &lowered.document["components"]["schemas"]["T"];
    assert_eq!(schema["description"], json!("a\nb "));
    assert_eq!(schema["properties"]["a"], json!({ "type": "string" }));
}

#[test]
fn listed_values_of_another_type_are_any_json() {
    for schema in
        [json!({ "type": "string", "enum": [1, 2] }), json!({ "type": "integer", "enum": ["1"] })]
    {
        let lowered = lowered(json!({ "T": { "type": "object", "properties": { "a": schema } } }));
        assert_eq!(lowered.document["components"]["schemas"]["T"]["properties"]["a"], json!({}));
        assert_eq!(lowered.notes.len(), 1);
    }
}
