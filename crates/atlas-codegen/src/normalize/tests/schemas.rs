//! Normalization of schemas.

use serde_json::{Value, json};

use super::{document, lower, refused};
use crate::normalize::FieldChange;

/// Returns the normalized components of a document with these schemas in its response.
fn components(schemas: Value) -> Value {
    lower(&document(schemas, false)).document["components"]["schemas"].clone()
}

/// Returns the normalized property `a` of `T`.
fn property(schema: Value) -> Value {
    let schemas = json!({ "T": { "type": "object", "properties": { "a": schema } } });
    components(schemas)["T"]["properties"]["a"].clone()
}

#[test]
fn keywords_with_which_typify_rejects_responses_are_dropped() {
    let text = json!({
        "type": "string", "pattern": "^x$", "minLength": 1, "maxLength": 2, "default": "x",
        "title": "Title", "example": "x", "format": "date-time", "description": "kept",
    });
    assert_eq!(property(text), json!({ "type": "string", "description": "kept" }));
    let number = json!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": 2 });
    assert_eq!(property(number), json!({ "type": "integer", "format": "int32" }));
    assert_eq!(
        property(json!({ "type": "integer" })),
        json!({ "type": "integer", "format": "int64" }),
    );
    assert_eq!(
        property(json!({ "type": "number", "format": "double" })),
        json!({ "type": "number" }),
    );
}

#[test]
fn ids_are_recognized_by_their_pattern_alone() {
    let id = json!({ "type": "string", "format": "object-id" });
    for pattern in ["^([a-f0-9]{24})$", "^[0-9a-f]{24}$"] {
        assert_eq!(property(json!({ "type": "string", "pattern": pattern, "minLength": 24 })), id);
    }
    let secret = json!({ "type": "string", "format": "password" });
    assert_eq!(property(secret.clone()), secret);
    // Object ids are lowercase.
    let other = json!({ "type": "string", "pattern": "^[a-fA-F0-9]{24}$" });
    assert_eq!(property(other), json!({ "type": "string" }));
}

#[test]
fn inline_objects_and_enums_become_components_with_unique_names() {
    let inner = |kind: &str| json!({ "type": "object", "title": "Same", "properties": { "x": { "type": kind } } });
    let schemas = json!({ "T": { "type": "object", "properties": {
        "a": inner("string"),
        "b": { "type": "array", "items": inner("boolean") },
        "c": { "type": "string", "enum": ["A", "a", "B b", "", "2", "Unknown", null] },
    } }, "TA": { "type": "string" } });
    let lowered = lower(&document(schemas, false));
    let components = &lowered.document["components"]["schemas"];
    // An unused component has the name `TA`.
    assert_eq!(components["T"]["properties"]["a"]["$ref"], json!("#/components/schemas/Ta2"),);
    assert_eq!(
        components["T"]["properties"]["b"]["items"],
        json!({ "$ref": "#/components/schemas/TbItem" }),
    );
    assert_eq!(components["Ta2"]["properties"]["x"], json!({ "type": "string" }));
    assert_eq!(components["TbItem"]["properties"]["x"], json!({ "type": "boolean" }));
    let [open_enum] = lowered.enums.as_slice() else {
        panic!("{:?}", lowered.enums);
    };
    let variants: Vec<_> =
        open_enum.variants.iter().map(|v| (v.name.as_str(), v.value.as_str())).collect();
    assert_eq!(open_enum.name, "Tc");
    assert_eq!(
        variants,
        [("A", "A"), ("A2", "a"), ("Bb", "B b"), ("X", ""), ("X2", "2"), ("Unknown2", "Unknown")],
    );
    assert_eq!(components["T"]["properties"]["c"]["nullable"], json!(true));
}

#[test]
fn a_named_schema_that_is_not_an_object_is_inlined() {
    let lowered = components(json!({
        "T": { "type": "object", "properties": { "a": { "$ref": "#/components/schemas/Names" } } },
        "Names": { "type": "array", "items": { "$ref": "#/components/schemas/Name" }, "nullable": true },
        "Name": { "allOf": [{ "$ref": "#/components/schemas/Text" }] },
        "Text": { "type": "string", "maxLength": 3 },
    }));
    assert_eq!(
        lowered["T"]["properties"]["a"],
        json!({ "type": "array", "items": { "type": "string" }, "nullable": true }),
    );
    assert_eq!(lowered.as_object().unwrap().len(), 1);
}

#[test]
fn a_schema_that_consists_of_itself_is_refused() {
    for schema in [
        json!({ "$ref": "#/components/schemas/T" }),
        json!({ "allOf": [{ "$ref": "#/components/schemas/T" }] }),
        json!({ "allOf": [{ "$ref": "#/components/schemas/T" }, { "properties": { "a": {} } }] }),
    ] {
        let message = refused(&document(json!({ "T": schema }), false));
        assert!(message.starts_with("at /"), "{message}");
    }
}

#[test]
fn inherited_properties_are_written_out_and_own_ones_override() {
    let lowered = components(json!({
        "T": { "allOf": [
            { "$ref": "#/components/schemas/Parent" },
            { "type": "object", "properties": { "kind": { "type": "string", "enum": ["OWN"] } } },
        ] },
        "Parent": { "type": "object", "required": ["kind"], "properties": {
            "kind": { "type": "string", "enum": ["OTHER"] },
            "common": { "type": "object", "properties": { "x": { "type": "string" } } },
        } },
    }));
    assert_eq!(lowered["TKind"]["enum"], json!(["OWN"]));
    // The name comes from the parent, so that all children share the type.
    assert_eq!(
        lowered["T"]["properties"]["common"]["$ref"],
        json!("#/components/schemas/ParentCommon"),
    );
}

#[test]
fn properties_with_the_same_field_name_get_different_fields() {
    let schemas = json!({ "T": { "type": "object", "properties": {
        "fooBar": { "type": "string" },
        "foo_bar": { "type": "string", "nullable": true },
        "extra": { "type": "string" },
    } } });
    let lowered = lower(&document(schemas, false));
    let names: Vec<_> = lowered.document["components"]["schemas"]["T"]["properties"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(names, ["fooBar", "foo_bar2", "extra2"]);
    let changes: Vec<_> = lowered.fields.iter().map(|f| (f.name.as_str(), &f.change)).collect();
    assert_eq!(
        changes,
        [
            ("foo_bar2", &FieldChange::Rename("foo_bar".to_owned())),
            ("extra2", &FieldChange::Rename("extra".to_owned())),
            ("foo_bar2", &FieldChange::NullIsNotAbsence),
        ],
    );
}

fn shapes(parent: Value) -> Value {
    let child = |name: &str, property: &str| {
        json!({ "allOf": [
            { "$ref": "#/components/schemas/T" },
            { "type": "object", "properties": {
                "kind": { "type": "string", "enum": [name] },
                property: { "type": "string" },
            }, "required": ["kind"] },
        ] })
    };
    json!({ "T": parent, "Circle": child("circle", "radius"), "Square": child("square", "side") })
}

#[test]
fn a_discriminator_makes_a_tagged_union_even_with_its_mapping_alone() {
    let mapping = json!({
        "circle": "#/components/schemas/Circle",
        "disc": "#/components/schemas/Circle",
        "square": "Square",
        "any": "#/components/schemas/T",
    });
    let lowered = lower(&document(
        shapes(json!({
            "type": "object",
            "properties": { "kind": { "type": "string" }, "color": { "type": "string" } },
            "discriminator": { "propertyName": "kind", "mapping": mapping },
        })),
        false,
    ));
    let [union] = lowered.unions.as_slice() else {
        panic!("{:?}", lowered.unions);
    };
    assert_eq!((union.name.as_str(), union.tag.as_str()), ("T", "kind"));
    let text = |texts: &[&str]| texts.iter().map(|&t| t.to_owned()).collect::<Vec<_>>();
    assert_eq!(
        union.variants,
        [
            ("Circle".to_owned(), text(&["circle", "disc"])),
            ("Square".to_owned(), text(&["square"])),
        ],
    );
    let circle = &lowered.document["components"]["schemas"]["Circle"]["properties"];
    let names: Vec<_> = circle.as_object().unwrap().keys().collect();
    assert_eq!(names, ["kind", "color", "radius"]);
    assert!(lowered.notes.iter().any(|note| note.text.contains("one of its own variants")));
}

#[test]
fn a_discriminator_without_variants_implies_its_property() {
    let schema = |discriminator| {
        document(json!({ "T": { "type": "object", "discriminator": discriminator } }), false)
    };
    let lowered = lower(&schema(json!({ "propertyName": "kind" })));
    let properties = &lowered.document["components"]["schemas"]["T"]["properties"];
    assert_eq!(properties["kind"]["type"], "string");
    let message = refused(&schema(json!({})));
    assert!(
        message.contains("/T/discriminator: this discriminator has no `propertyName`"),
        "{message}"
    );
}

#[test]
fn distinct_listed_values_distinguish_variants_without_a_discriminator() {
    let variant = |name: &str| {
        json!({ "type": "object", "required": ["kind"], "properties": {
            "kind": { "type": "string", "enum": [name] },
        } })
    };
    let lowered =
        lower(&document(json!({ "T": { "oneOf": [variant("a"), variant("b")] } }), false));
    assert_eq!(lowered.unions[0].tag, "kind");
    let same = lower(&document(json!({ "T": { "oneOf": [variant("a"), variant("a")] } }), false));
    assert!(same.unions.is_empty());
}

#[test]
fn indistinguishable_variants_become_one_object_with_all_properties() {
    let lowered = lower(&document(
        json!({ "T": { "oneOf": [
            { "type": "object", "required": ["a"], "properties": {
                "a": { "type": "string", "enum": ["X"] }, "b": { "type": "string" },
                "d": { "type": "string" }, "e": { "type": "string", "enum": ["X"] },
            } },
            { "type": "object", "properties": {
                "a": { "type": "string", "enum": ["Y"] }, "b": { "type": "boolean" },
                "c": { "type": "boolean" },
                "d": { "type": "string", "nullable": true },
                "e": { "type": "string", "nullable": true },
            } },
        ] } }),
        false,
    ));
    let sum = &lowered.document["components"]["schemas"]["T"];
    assert_eq!(
        sum["properties"],
        json!({
            "a": { "type": "string" }, "b": {},
            // A property that may be `null` in one variant may be `null` in the merged object.
            "d": { "type": "string", "nullable": true },
            "e": { "type": "string", "nullable": true },
            "c": { "type": "boolean" },
        }),
    );
    assert_eq!(lowered.notes.len(), 1);
}

#[test]
fn a_union_of_enums_is_an_enum_and_other_unions_are_any_value() {
    let mixed = json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }] });
    assert_eq!(property(mixed), json!({}));
    let lowered = lower(&document(
        json!({ "T": { "type": "object", "oneOf": [
            { "type": "string", "enum": ["B", "A"] },
            { "type": "string", "enum": ["B", "C"] },
        ] } }),
        false,
    ));
    let values: Vec<_> = lowered.enums[0].variants.iter().map(|v| v.value.as_str()).collect();
    assert_eq!(values, ["A", "B", "C"]);
}

#[test]
fn responses_require_nothing_and_requests_no_read_only_properties() {
    let schemas = json!({ "T": { "type": "object", "required": ["a", "b"], "properties": {
        "a": { "type": "string" }, "b": { "type": "string", "readOnly": true },
    } } });
    let required = |with_body| {
        let lowered = lower(&document(schemas.clone(), with_body));
        lowered.document["components"]["schemas"]["T"]["required"].clone()
    };
    assert_eq!(required(false), json!([]));
    assert_eq!(required(true), json!(["a"]));
}

#[test]
fn absence_emptiness_and_null_are_distinguished() {
    let schemas = json!({ "T": { "type": "object", "required": ["given"], "properties": {
        "given": { "type": "array", "items": { "type": "string" } },
        "list": { "type": "array", "items": { "type": "string" } },
        "map": { "type": "object", "additionalProperties": { "type": "string" } },
        "text": { "type": "string", "nullable": true },
        "any": {},
    } } });
    let lowered = lower(&document(schemas, true));
    let properties = &lowered.document["components"]["schemas"]["T"]["properties"];
    let nullable = |name: &str| properties[name].get("nullable").is_some();
    assert_eq!(
        ["given", "list", "map", "text", "any"].map(nullable),
        [false, true, true, true, false],
    );
    let fields: Vec<_> = lowered.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(fields, ["text", "any"]);
}

#[test]
fn components_that_contain_themselves_are_first() {
    let lowered = components(json!({
        "T": { "type": "object", "properties": { "a": { "$ref": "#/components/schemas/Tree" } } },
        "Tree": { "type": "object", "properties": { "left": { "$ref": "#/components/schemas/Tree" } } },
    }));
    let names: Vec<_> = lowered.as_object().unwrap().keys().collect();
    assert_eq!(names, ["Tree", "T"]);
}

#[test]
fn a_list_or_a_map_of_itself_contains_any_json() {
    for (schema, lowered) in [
        (
            json!({ "type": "array", "items": { "$ref": "#/components/schemas/T" } }),
            json!({ "type": "array", "items": {} }),
        ),
        (
            json!({ "type": "object", "additionalProperties": { "$ref": "#/components/schemas/T" } }),
            json!({ "type": "object", "additionalProperties": {} }),
        ),
    ] {
        let document = lower(&document(json!({ "T": schema }), false));
        let response = &document.document["paths"]["/x"]["put"]["responses"]["2XX"];
        assert_eq!(response["content"]["application/json"]["schema"], lowered);
        assert_eq!(document.notes.len(), 1);
    }
}

#[test]
fn an_all_of_keeps_its_parts_and_siblings() {
    let text = json!({ "type": "string" });
    for part in [json!({}), json!({ "description": "d" }), json!({ "minLength": 1 }), text.clone()]
    {
        assert_eq!(property(json!({ "allOf": [text, part] }))["type"], "string");
    }
    let nullable = property(json!({ "allOf": [text, { "nullable": true }] }));
    assert_eq!(nullable["nullable"], json!(true));
    let lowered = components(json!({
        "T": { "allOf": [{ "$ref": "#/components/schemas/A" }], "required": ["a"], "oneOf": [
            { "properties": { "b": text } }, { "properties": { "c": text } },
        ] },
        "A": { "properties": { "a": text } },
    }));
    let names: Vec<_> = lowered["T"]["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["a", "b", "c"]);
}
