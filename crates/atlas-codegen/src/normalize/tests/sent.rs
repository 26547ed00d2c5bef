//! Normalization of parameters, request bodies and servers.

use serde_json::{Value, json};

use super::{document, lower, normalize, refused};
use crate::emit::{Input, Rendered, render};
use crate::normalize::{Normalized, Operation, Profile, Style};

/// Returns a document with one operation that has these members.
pub(super) fn at(path: &str, method: &str, members: &Value) -> Value {
    let mut document = document(json!({}), false);
    let mut operation = json!({ "operationId": "theOne", "responses": { "204": {} } });
    for (name, member) in members.as_object().unwrap() {
        operation[name] = member.clone();
    }
    document["paths"] = json!({ path: { method: operation } });
    document
}

pub(super) fn with_parameter(parameter: &Value) -> Value {
    let path = if parameter["in"] == "path" { "/x/{p}" } else { "/x" };
    at(path, "get", &json!({ "parameters": [parameter] }))
}

pub(super) fn with_body(content: &Value) -> Value {
    at("/x", "put", &json!({ "requestBody": { "required": true, "content": content } }))
}

pub(super) fn row(document: &Value) -> Operation {
    lower(document).operations.remove(0)
}

fn rendered(document: &Value) -> Rendered {
    let input = Input { command: "generate", name: "a test", text: "" };
    render(&input, &normalize(document, Profile::Lean).unwrap()).unwrap()
}

/// Returns the generated code without whitespace.
fn client(document: &Value) -> String {
    let rendered = rendered(document);
    let options = rendered.files.get("src/options.rs").cloned().unwrap_or_default();
    (options + &rendered.files["src/client.rs"]).split_whitespace().collect()
}

pub(super) fn notes(lowered: &Normalized) -> Vec<&str> {
    lowered.notes.iter().map(|note| note.text.as_str()).collect()
}

#[test]
fn a_union_of_plain_values_is_given_as_text() {
    let one_of = json!({ "oneOf": [{ "type": "integer" }, { "type": "string" }] });
    for schema in [one_of, json!({}), json!({ "anyOf": [{}, { "type": "boolean" }] })] {
        for place in ["path", "query", "header"] {
            let document = with_parameter(&json!({ "name": "p", "in": place, "schema": schema }));
            let lowered = lower(&document);
            let notes = notes(&lowered);
            assert!(notes.contains(&"a union of plain values: given as text"), "{notes:?}");
            let code = client(&document);
            assert!(code.contains("p:&str") || code.contains("p:Option<String>"), "{code}");
        }
    }
    let list = json!({ "oneOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] });
    let code = client(&with_parameter(&json!({ "name": "p", "in": "query", "schema": list })));
    assert!(code.contains("p:Option<Vec<String>>"), "{code}");
}

#[test]
fn null_and_passwords_are_plain_values_in_parameters() {
    for schema in [
        json!({ "type": "string", "nullable": true }),
        json!({ "type": "string", "format": "password" }),
        json!({ "type": "number", "nullable": true }),
        json!({ "type": "string", "enum": ["a", null] }),
    ] {
        for place in ["path", "query", "header"] {
            let parameter = json!({ "name": "p", "in": place, "required": true, "schema": schema });
            let code = client(&with_parameter(&parameter));
            assert!(!code.contains("Secret") && !code.contains("p:Option"), "{code}");
        }
    }
}

#[test]
fn every_style_of_a_list_or_an_object_is_supported() {
    let list = json!({ "type": "array", "items": { "type": "integer" } });
    let object = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let number = json!({ "type": "number" });
    let numbers = json!({ "type": "array", "items": number });
    for (place, style, explode, schema, expected) in [
        ("query", None, None, &list, None),
        ("query", None, Some(false), &list, Some(Style::Query("Commas"))),
        ("query", Some("spaceDelimited"), None, &list, Some(Style::Query("Spaces"))),
        ("query", Some("pipeDelimited"), Some(false), &list, Some(Style::Query("Pipes"))),
        ("query", Some("pipeDelimited"), Some(true), &list, None),
        ("query", None, None, &object, Some(Style::Query("Form"))),
        ("query", None, Some(false), &object, Some(Style::Query("Commas"))),
        ("query", Some("deepObject"), Some(true), &object, Some(Style::Query("DeepObject"))),
        ("path", None, None, &list, Some(Style::Path("Simple", false))),
        ("path", Some("matrix"), Some(true), &object, Some(Style::Path("Matrix", true))),
        ("path", Some("label"), None, &list, Some(Style::Path("Label", false))),
        ("query", None, None, &numbers, Some(Style::Query("Form"))),
        ("query", None, None, &number, Some(Style::Query("Form"))),
        ("header", None, None, &list, Some(Style::Header(false))),
        ("header", None, Some(true), &object, Some(Style::Header(true))),
    ] {
        let mut parameter = json!({ "name": "p", "in": place, "required": true, "schema": schema });
        if let Some(style) = style {
            parameter["style"] = style.into();
        }
        if let Some(explode) = explode {
            parameter["explode"] = explode.into();
        }
        let document = with_parameter(&parameter);
        assert_eq!(row(&document).parameters[0].style, expected, "{parameter}");
        let code = client(&document);
        let is_special = expected
            .is_some_and(|style| !matches!(style, Style::Query("Form") | Style::Header(false)));
        assert_eq!(code.contains("_as("), is_special, "{code}");
    }
    let parameter = json!({
        "name": "p", "in": "query", "content": { "application/json": { "schema": object } },
    });
    assert!(client(&with_parameter(&parameter)).contains("QueryStyle::Json,\"p\",&options.p"));
}

#[test]
fn an_object_with_more_than_plain_values_is_refused_as_a_parameter() {
    let list = json!({ "type": "array", "items": { "type": "string" } });
    let schema = json!({ "type": "object", "properties": { "tags": list } });
    let message =
        refused(&with_parameter(&json!({ "name": "p", "in": "query", "schema": schema })));
    assert!(message.starts_with(
        "at /paths/~1x/get/parameters/0/schema: OpenAPI does not define lists or objects"
    ));
}

#[test]
fn a_path_parameter_is_required_and_has_a_place() {
    let lowered = lower(&with_parameter(&json!({ "name": "p", "in": "path", "schema": {} })));
    assert!(lowered.operations[0].parameters[0].required);
    let lost = at(
        "/x",
        "get",
        &json!({ "parameters": [
        { "name": "p", "in": "path", "required": true, "schema": { "type": "string" } },
    ] }),
    );
    let lowered = lower(&lost);
    assert!(lowered.operations[0].parameters.is_empty());
    assert_eq!(notes(&lowered), ["left out: the path has no `{p}`"]);
}

#[test]
fn equal_argument_names_are_made_unique_and_path_parameters_keep_theirs() {
    let parameter = |name: &str, place: &str| json!({ "name": name, "in": place, "required": true, "schema": { "type": "string" } });
    let document = at(
        "/x/{user_id}/{body}",
        "get",
        &json!({ "parameters": [
        parameter("userId", "query"), parameter("user_id", "path"), parameter("body", "path"),
        parameter("options", "query"), parameter("X-Trace", "header"),
    ] }),
    );
    let lowered = lower(&document);
    let paths: Vec<_> = lowered.document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/x/{user_id}/{body2}"]);
    assert_eq!(lowered.operations[0].path, "/x/{user_id}/{body}");
    let code = client(&document);
    for part in [".query(\"userId\",user_id2)", ".query(\"options\",options2)", ".path(body2)"] {
        assert!(code.contains(part), "{part}: {code}");
    }
}

#[test]
fn headers_that_the_client_sets_itself_are_ignored() {
    for name in ["Accept", "content-type", "Authorization"] {
        let parameter = json!({ "name": name, "in": "header", "required": true, "schema": { "type": "string" } });
        let lowered = lower(&with_parameter(&parameter));
        assert!(lowered.operations[0].parameters.is_empty());
        assert_eq!(lowered.notes.len(), 1);
    }
}

#[test]
fn json_is_preferred_and_ranges_are_never_sent() {
    let schema =
        json!({ "schema": { "type": "object", "properties": { "a": { "type": "string" } } } });
    let bytes = json!({ "schema": { "type": "string", "format": "binary" } });
    for (content, sent) in [
        (json!({ "application/xml": schema, "application/json": schema }), "application/json"),
        (
            json!({ "multipart/form-data": schema, "Application/JSON; v=1": schema }),
            "Application/JSON; v=1",
        ),
        (json!({ "*/*": schema }), "application/json"),
        (json!({ "*/*": bytes }), "application/octet-stream"),
        (json!({ "image/png": bytes, "multipart/form-data": schema }), "image/png"),
        (json!({ "text/*": bytes }), "text/plain"),
        (json!({ "text/csv": { "schema": { "type": "string" } } }), "text/csv"),
        (
            json!({ "text/plain": bytes, "application/x-www-form-urlencoded": schema }),
            "application/x-www-form-urlencoded",
        ),
    ] {
        let document = with_body(&content);
        let lowered = lower(&document);
        assert_eq!(lowered.operations[0].content_type.as_deref(), Some(sent));
        assert_eq!(lowered.notes.len(), content.as_object().unwrap().len() - 1, "{content}");
        client(&document);
    }
}

#[test]
fn a_form_is_written_as_its_encoding_says() {
    let text = json!({ "type": "string" });
    let list = json!({ "type": "array", "items": text });
    let map = json!({ "type": "object", "additionalProperties": text });
    let form = |properties: &Value, encoding: &Value| {
        with_body(&json!({ "application/x-www-form-urlencoded": {
            "schema": { "type": "object", "properties": properties }, "encoding": encoding,
        } }))
    };
    let properties = json!({ "a": text, "b": list, "c": map, "d": list, "e": list });
    let encoding = json!({
        "c": { "style": "deepObject" }, "d": { "explode": false },
        "e": { "contentType": "application/json" },
    });
    let document = form(&properties, &encoding);
    let owned = |pairs: &[(&str, &'static str)]| {
        pairs.iter().map(|(name, style)| ((*name).to_owned(), *style)).collect::<Vec<_>>()
    };
    let expected = owned(&[("c", "DeepObject"), ("d", "Commas"), ("e", "Json")]);
    assert_eq!(row(&document).form, Some(expected));
    let code = client(&document);
    assert!(code.contains(".form(body,&[(\"c\","), "{code}");
    let deep = json!({ "a": { "type": "array", "items": map } });
    let message = refused(&form(&deep, &json!({})));
    assert!(
        message.contains("/schema/properties/a: OpenAPI does not define lists or objects"),
        "{message}"
    );
}

#[test]
fn accept_names_what_the_method_can_read() {
    let schema = |kind: &str| json!({ "schema": { "type": "object", "properties": { "a": { "type": kind } } } });
    let text = json!({ "schema": { "type": "string" } });
    let with_responses = |responses: &Value| at("/x", "get", &json!({ "responses": responses }));
    for (responses, accept, is_stream) in [
        (
            json!({
                "200": { "content": { "application/json": schema("string") } },
                "202": { "content": { "text/plain": text } },
            }),
            "application/json, text/plain",
            false,
        ),
        (
            json!({ "200": { "content": { "text/plain": text, "application/json": schema("string") } } }),
            "application/json",
            false,
        ),
        (
            json!({
                "200": { "content": { "application/json": schema("string") } },
                "201": { "content": { "application/hal+json": schema("string") } },
            }),
            "application/json, application/hal+json",
            false,
        ),
        (
            json!({ "200": { "content": {
                "application/json": schema("string"), "application/hal+json": schema("integer"),
            } } }),
            "application/json",
            false,
        ),
        (
            json!({ "200": { "content": { "text/csv": text, "image/*": text } } }),
            "text/csv, image/*",
            true,
        ),
        (json!({ "200": { "content": { "*/*": schema("string") } } }), "*/*", true),
        (json!({ "200": { "content": { "*/*": text } } }), "*/*", true),
        (json!({ "204": { "content": { "text/csv": text } } }), "text/csv", false),
    ] {
        let row = row(&with_responses(&responses));
        assert_eq!((row.accept.as_str(), row.streaming), (accept, is_stream), "{responses}");
    }
    let mixed = lower(&with_responses(&json!({
        "200": { "content": { "application/json": schema("string") } },
        "202": { "content": { "text/plain": text } },
    })));
    assert!(notes(&mixed)[0].ends_with("is an error; that is `text/plain`"));
    let both = lower(&with_responses(&json!({ "200": { "content": {
        "text/plain": text, "application/json": schema("string"),
    } } })));
    assert_eq!(notes(&both), ["read as JSON only: not requested: `text/plain`"]);
}

#[test]
fn json_without_a_schema_is_any_json_and_a_head_has_none() {
    let responses =
        json!({ "200": { "content": { "application/json": { "example": { "a": 1 } } } } });
    let get = at("/x", "get", &json!({ "responses": responses }));
    assert!(client(&get).contains("Response<Value>"), "{}", client(&get));
    assert!(row(&get).body_optional);
    let typed = json!({ "200": { "content": { "application/json": { "schema": { "type": "integer" } } } } });
    let head = at("/x", "head", &json!({ "responses": typed }));
    assert!(client(&head).contains("Response<()>"), "{}", client(&head));
}

#[test]
fn the_base_url_is_that_of_the_document() {
    let of = |root: Option<Value>, own: Option<Value>, other: Option<Value>| {
        let mut document = at("/x", "get", &json!({}));
        document["paths"]["/y"] = document["paths"]["/x"].clone();
        document["paths"]["/y"]["get"]["operationId"] = json!("theOther");
        document["servers"] = root.unwrap_or_default();
        for (path, own) in [("/x", own), ("/y", other)] {
            if let Some(own) = own {
                document["paths"][path]["servers"] = own;
            }
        }
        document
    };
    let server = |url: &str| Some(json!([{ "url": url }]));
    let base = |document: &Value| lower(document).base_url;
    let (one, other) = ("https://api.example.com/base/v1/", "https://files.example.com/up");
    assert_eq!(
        base(&of(server(one), None, None)).as_deref(),
        Some("https://api.example.com/base/v1")
    );
    assert_eq!(base(&of(server("https://cloud.mongodb.com"), None, None)), None);
    // Every operation overrides the server.
    assert_eq!(base(&of(server(one), server(other), server(other))).as_deref(), Some(other));
    let variables = Some(json!([{ "url": "https://{host}/{v}", "variables": {
        "host": { "default": "a.example.com" }, "v": { "default": "v2" },
    } }]));
    assert_eq!(base(&of(variables, None, None)).as_deref(), Some("https://a.example.com/v2"));
    for relative in
        [None, server("/api/v3"), server("http://a.example.com"), server("https://{x}/")]
    {
        let lowered = lower(&of(relative, None, None));
        assert_eq!(lowered.base_url, None);
        assert!(notes(&lowered)[0].contains("set the base URL"), "{:?}", lowered.notes);
    }
    let message = refused(&of(server(one), None, server(other)));
    assert!(message.starts_with("at /paths/~1y/servers: this is served by"), "{message}");
    let rendered = rendered(&of(server(one), None, None));
    let client = &rendered.files["src/client.rs"];
    assert!(client.contains(".base_url(\"https://api.example.com/base/v1\")"), "{client}");
}

#[test]
fn methods_do_not_take_the_names_of_client_items() {
    for id in ["all", "builder", "from", "transport", "clone"] {
        let document = at("/x", "get", &json!({ "operationId": id }));
        let lowered = lower(&document);
        assert!(lowered.operations[0].name.ends_with('2'), "{}", lowered.operations[0].name);
        assert_eq!(lowered.notes.len(), 1);
        client(&document);
    }
}
