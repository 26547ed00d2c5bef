//! What each kind of value is sent as, and which rule notes or refuses it.

use serde_json::{Value, json};

use super::{
    document, lower, refused,
    sent::{at, notes, row, with_body, with_parameter},
};
use crate::normalize::Style;

/// Returns the styles of a form whose property `a` has a schema and an encoding.
fn form(schema: &Value, encoding: &Value) -> Value {
    with_body(&json!({ "application/x-www-form-urlencoded": {
        "schema": { "type": "object", "properties": { "a": schema } }, "encoding": { "a": encoding },
    } }))
}

/// The bug: a server reads another list or object than the one that was given.
#[test]
fn each_style_of_a_form_is_that_of_openapi_or_refused() {
    let text = json!({ "type": "string" });
    let list = json!({ "type": "array", "items": text });
    let map = json!({ "type": "object", "additionalProperties": text });
    for (schema, style, explode, expected) in [
        (&text, "spaceDelimited", None, None),
        (&list, "spaceDelimited", None, Some("Spaces")),
        (&list, "spaceDelimited", Some(false), Some("Spaces")),
        (&list, "spaceDelimited", Some(true), None),
        (&list, "pipeDelimited", None, Some("Pipes")),
        (&list, "pipeDelimited", Some(true), None),
        (&list, "deepObject", None, None),
        (&map, "deepObject", None, Some("DeepObject")),
        (&map, "form", None, None),
        (&map, "form", Some(false), Some("Commas")),
    ] {
        let encoding = json!({ "style": style, "explode": explode });
        let expected = expected.map(|style| ("a".to_owned(), style)).into_iter().collect();
        assert_eq!(row(&form(schema, &encoding)).form, Some(expected), "{schema} {encoding}");
    }
    for (schema, style) in
        [(&map, "spaceDelimited"), (&map, "pipeDelimited"), (&list, "matrix"), (&map, "matrix")]
    {
        for explode in [true, false] {
            let message = refused(&form(schema, &json!({ "style": style, "explode": explode })));
            assert!(message.contains(&format!("the style `{style}`")), "{message}");
        }
    }
}

#[test]
fn a_form_that_wraps_its_schema_has_the_fields_of_both() {
    let part = |name: &str| {
        json!({ "type": "object", "properties": { name: { "type": "object", "additionalProperties": {
            "type": "string",
        } } } })
    };
    let content = |schema: Value| {
        let deep = json!({ "style": "deepObject" });
        let encoding = json!({ "a": deep, "b": deep });
        let media_type = "application/x-www-form-urlencoded";
        with_body(&json!({ media_type: { "schema": schema, "encoding": encoding } }))
    };
    let names = |schema| {
        let styles = row(&content(schema)).form.unwrap();
        styles.into_iter().map(|(name, _)| name).collect::<Vec<_>>().concat()
    };
    let mut both = part("b");
    both["allOf"] = json!([part("a")]);
    assert_eq!(names(json!({ "allOf": [part("a")] })), "a");
    assert_eq!(names(both), "ab");
    assert_eq!(names(json!({ "oneOf": [part("a")] })), "a");
}

#[test]
fn json_in_a_parameter_is_written_as_its_place_needs() {
    for (place, expected) in [
        ("query", Style::Query("Json")),
        ("header", Style::HeaderJson),
        ("path", Style::Path("Json", false)),
    ] {
        let schema = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
        let content = json!({ "application/json": { "schema": schema } });
        let parameter = json!({ "name": "p", "in": place, "required": true, "content": content });
        assert_eq!(row(&with_parameter(&parameter)).parameters[0].style, Some(expected));
    }
}

/// The bug: a parameter that OpenAPI does not define is written in some way, or one that it defines is refused.
#[test]
fn nested_values_are_followed_to_a_depth_and_any_value_makes_an_object_open() {
    let style = |schema: Value| {
        let document = with_parameter(&json!({ "name": "p", "in": "query", "schema": schema }));
        let normalized = super::normalize(&document, super::Profile::Lossless);
        normalized.map(|mut normalized| normalized.operations.remove(0).parameters.remove(0).style)
    };
    let wrapped = |times: usize| {
        (0..times).fold(
            json!({ "type": "string" }),
            |inner, _| json!({ "oneOf": [inner, { "type": "integer" }] }),
        )
    };
    assert!(style(wrapped(32)).is_ok());
    assert!(style(wrapped(33)).is_err(), "it could be endless");
    let lists = |times: usize| {
        (0..times).fold(json!({ "type": "string" }), |inner, _| json!({ "allOf": [inner] }))
    };
    assert!(style(json!({ "type": "array", "items": lists(31) })).is_ok());
    assert!(style(json!({ "type": "array", "items": lists(32) })).is_err());
    assert!(style(json!({ "type": "object", "properties": { "a": lists(31) } })).is_ok());
    assert!(style(json!({ "type": "object", "properties": { "a": lists(32) } })).is_err());
    assert!(style(json!({ "type": "object", "additionalProperties": lists(31) })).is_ok());
    assert!(style(json!({ "type": "object", "additionalProperties": lists(32) })).is_err());
    for values in [json!({}), json!({ "type": "string" })] {
        for schema in [
            json!({ "type": "object", "properties": { "a": values } }),
            json!({ "type": "object", "additionalProperties": values }),
        ] {
            assert_eq!(style(schema).unwrap(), Some(Style::Query("Form")));
        }
    }
    let list = json!({ "type": "array", "items": { "type": "string" } });
    for schema in [
        json!({ "type": "object", "properties": { "a": list } }),
        json!({ "type": "object", "additionalProperties": list }),
    ] {
        assert!(style(schema).is_err());
    }
}

/// The bug: nobody learns that the client cannot authorize a call, or a call that it can authorize is noted.
#[test]
fn a_scheme_that_no_requirement_can_do_without_is_noted() {
    let noted = |security: Value| {
        let mut document = at("/x", "get", &json!({ "security": security }));
        document["components"]["securitySchemes"] = json!({
            "bearer": { "type": "http", "scheme": "Bearer" },
            "digest": { "type": "http", "scheme": "digest" },
            "basic": { "type": "http", "scheme": "basic" },
            "oauth": { "type": "oauth2" },
            "key": { "type": "apiKey" },
        });
        lower(&document).notes.iter().map(|note| note.at.to_string()).collect::<Vec<_>>()
    };
    let at = |name: &str| format!("/components/securitySchemes/{name}");
    for supported in ["bearer", "digest", "oauth"] {
        assert_eq!(noted(json!([{ supported: [] }])), Vec::<String>::new(), "{supported}");
        assert!(noted(json!([{ "key": [] }, { supported: [] }])).is_empty(), "one is enough");
        assert_eq!(noted(json!([{ "key": [], supported: [] }])), [at("key")], "all of it");
    }
    assert_eq!(noted(json!([{ "basic": [] }, { "key": [] }])), [at("basic"), at("key")]);
    assert!(noted(json!([{}])).is_empty(), "it needs none");
}

#[test]
fn a_status_has_three_digits_and_is_at_least_100() {
    let responses = |name: &str| at("/x", "get", &json!({ "responses": { name: {} } }));
    for name in ["100", "204", "2XX", "default"] {
        lower(&responses(name));
    }
    for name in ["099", "20", "2000", "2xx", "ok", "+20"] {
        let message = refused(&responses(name));
        assert!(message.contains("expected an HTTP status"), "{name}: {message}");
    }
}

#[test]
fn a_success_is_deprecated_if_any_of_its_contents_is_and_bytes_are_noted_once() {
    let content =
        |deprecated: bool| json!({ "schema": { "type": "string" }, "deprecated": deprecated });
    let success = |content: Value| json!({ "description": "", "content": content });
    for (first, second) in [(true, false), (false, true), (false, false)] {
        let document = at(
            "/x",
            "get",
            &json!({ "responses": {
            "200": success(json!({ "application/json": content(first) })),
            "201": success(json!({ "application/json": content(second) })),
        } }),
        );
        assert_eq!(row(&document).deprecated, first || second);
    }
    let object =
        json!({ "schema": { "type": "object", "properties": { "a": { "type": "string" } } } });
    let bytes = json!({ "schema": { "type": "string", "format": "binary" } });
    for (media_type, content, is_noted) in
        [("*/*", &object, true), ("*/*", &bytes, false), ("image/png", &object, false)]
    {
        let responses = json!({ "200": success(json!({ media_type: content })) });
        let lowered = lower(&at("/x", "get", &json!({ "responses": responses })));
        let found = notes(&lowered).iter().any(|note| note.contains("read as bytes"));
        assert_eq!(found, is_noted, "{media_type}");
        assert!(lowered.operations[0].streaming);
    }
}

/// The bug: a generated error has no type, or that of another status.
#[test]
fn each_error_names_the_component_of_its_body() {
    let content = |schema: Value| {
        json!({ "description": "", "content": {
        "application/json": { "schema": schema },
    } })
    };
    let mut document = at(
        "/x",
        "get",
        &json!({ "responses": {
        "204": {}, "404": content(json!({ "$ref": "#/components/schemas/Gone" })),
        "409": content(json!({ "type": "string" })),
    } }),
    );
    document["components"]["schemas"] = json!({
        "Gone": { "type": "object", "properties": { "when": { "type": "string" } } },
    });
    assert_eq!(row(&document).errors, [("404".to_owned(), "Gone".to_owned())]);
}

#[test]
fn a_server_is_a_whole_url_with_a_host_of_plain_characters() {
    let base = |url: &str| {
        let mut document = at("/x", "get", &json!({}));
        document["servers"] = json!([{ "url": url }]);
        lower(&document).base_url
    };
    for url in ["https://[2001:db8::1]:8443/a", "https://1.example.com"] {
        assert_eq!(base(url).as_deref(), Some(url));
    }
    for url in ["https:///a", "https://-a.example.com", "https://a b", "https://a?b", "https://a@b"]
    {
        assert_eq!(base(url), None, "{url}");
    }
}

fn lowered_t(schemas: Value) -> Value {
    lower(&document(schemas, false)).document["components"]["schemas"]["T"].clone()
}

/// The bug: a value that the document admits is dropped, or read as another one.
#[test]
fn two_schemas_of_additional_properties_admit_anything() {
    let with = |kind: &str| json!({ "type": "object", "additionalProperties": { "type": kind } });
    let shared = json!({ "type": "string" });
    let named = json!({ "type": "object", "properties": { "a": shared } });
    let additional = |parents: Value| {
        lowered_t(json!({ "T": { "allOf": parents } }))["additionalProperties"].clone()
    };
    assert_eq!(additional(json!([named, with("string")])), shared);
    assert_eq!(additional(json!([named, with("string"), with("string")])), shared);
    assert_eq!(additional(json!([named, with("string"), with("boolean")])), json!({}));
    let open = json!({ "type": "object", "additionalProperties": {} });
    assert_eq!(additional(json!([named, with("string"), open])), json!({}));
    // Once anything is admitted, equal schemas do not restrict it again.
    let all = json!([named, with("boolean"), with("string"), with("string")]);
    assert_eq!(additional(all), json!({}));
}

#[test]
fn text_and_a_kind_of_text_are_that_kind_and_two_kinds_are_refused() {
    let text = json!({ "type": "string" });
    let secret = json!({ "type": "string", "format": "password" });
    let t = |parts: Value| {
        document(
            json!({ "T": { "type": "object", "properties": { "a": { "allOf": parts } } } }),
            false,
        )
    };
    let lowered = lower(&t(json!([text, secret])));
    let schemas = &lowered.document["components"]["schemas"];
    assert_eq!(schemas["T"]["properties"]["a"], secret);
    let message = refused(&t(json!([text, { "type": "integer" }])));
    assert!(message.contains("different kinds of values"), "{message}");
    let message = refused(&t(json!([secret, { "type": "integer" }])));
    assert!(message.contains("different kinds of values"), "{message}");
}

#[test]
fn a_list_beside_a_list_of_itself_is_kept() {
    let lists = json!({ "T": { "type": "object", "properties": {
        "a": { "type": "array", "items": { "type": "array", "items": { "type": "string" } } },
        "b": { "$ref": "#/components/schemas/U" },
    } }, "U": { "type": "object", "properties": { "t": { "$ref": "#/components/schemas/T" } } } });
    let lowered = lower(&document(lists, false));
    assert_eq!(
        lowered.document["components"]["schemas"]["T"]["properties"]["b"],
        json!({ "$ref": "#/components/schemas/U" })
    );
    assert!(lowered.notes.is_empty(), "{:?}", notes(&lowered));
}

/// The bug: a choice, which need not be made, hides that a schema inherits from itself.
#[test]
fn a_schema_that_inherits_from_itself_beside_a_choice_is_refused() {
    let to = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let text = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let schemas = json!({
        "T": { "allOf": [{ "type": "object", "oneOf": [to("A"), to("B")] }, to("U")] },
        "U": { "allOf": [to("T")] }, "A": text, "B": text,
    });
    let message = refused(&document(schemas, false));
    assert!(message.contains("circular `allOf`"), "{message}");
}

#[test]
fn a_schema_that_consists_of_itself_beside_a_list_is_refused() {
    let itself = json!({ "$ref": "#/components/schemas/T" });
    let list = json!({ "type": "array", "items": { "type": "string" } });
    let message = refused(&document(json!({ "T": { "allOf": [list, itself] } }), false));
    assert!(message.contains("consists of itself"), "{message}");
}

/// The bug: nobody learns that a value which the document admits cannot be sent.
#[test]
fn an_object_that_admits_any_value_is_noted() {
    let any = json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }] });
    let text = json!({ "type": "string" });
    for (schema, is_noted) in [
        (json!({ "type": "object", "properties": { "a": any } }), true),
        (json!({ "type": "object", "additionalProperties": any }), true),
        (json!({ "type": "object" }), true),
        (json!({ "type": "object", "properties": { "a": text } }), false),
        (json!({ "type": "object", "additionalProperties": text }), false),
        (json!({ "type": "object", "properties": { "a": text, "b": any } }), true),
    ] {
        let parameter = json!({ "name": "p", "in": "query", "schema": schema });
        let found = notes(&lower(&with_parameter(&parameter)))
            .iter()
            .any(|note| note.contains("only text, numbers and booleans"));
        assert_eq!(found, is_noted, "{schema}");
    }
}
