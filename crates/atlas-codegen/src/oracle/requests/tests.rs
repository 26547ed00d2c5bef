//! Compares the expected requests of the oracle with handwritten ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::body::Body;
use super::operation::Operation;
use super::parameters::Parameter;
use super::{operations, requests};
use crate::document;
use crate::oracle::reader::Reader;
use crate::oracle::{Source, verdict, wire};

const EXPECTATIONS: &str = include_str!("../../../tests/cases/expectations.yaml");

fn read(case: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/documents");
    let file = ["yaml", "json"].map(|kind| folder.join(format!("{case}.{kind}")));
    let text = file.iter().find_map(|file| fs::read_to_string(file).ok()).unwrap();
    document::parse(&text).unwrap()
}

/// Returns method and path of an operation that is named by its id, or by method and path.
fn find(document: &Value, called: &str) -> (String, String) {
    let reader = Reader::new(document);
    let all = operations(document);
    let is_match = |(method, path): &&(String, String)| {
        let operation = reader.path_item(path).unwrap().get(method.to_lowercase()).unwrap();
        operation["operationId"] == called || format!("{method} {path}") == called
    };
    all.iter().find(is_match).unwrap_or_else(|| panic!("no {called}")).clone()
}

fn source<'s>(method: &'s str, path: &'s str, content_type: Option<&'s str>) -> Source<'s> {
    Source { name: "it", method, path, accept: "application/json", content_type }
}

/// Returns the differences between a handwritten request and the expected request of the oracle.
fn wrong_with(document: &Value, call: &Map<String, Value>) -> Vec<String> {
    let (method, path) = find(document, call["call"].as_str().unwrap());
    let headers = call.get("headers").and_then(Value::as_object).cloned().unwrap_or_default();
    let given_type = headers.get("content-type").map(wire::plain);
    let source = source(&method, &path, given_type.as_deref());
    let reader = Reader::new(document);
    let operation = Operation::of(&reader, &source).unwrap();
    let with = call.get("with").and_then(Value::as_object).cloned().unwrap_or_default();
    let chosen: Vec<(&Parameter<'_>, &Value)> = operation
        .parameters
        .iter()
        .filter_map(|parameter| {
            let value = with.get(&parameter.key()).or_else(|| with.get(parameter.name));
            Some((parameter, value?))
        })
        .collect();
    assert_eq!(chosen.len(), with.len(), "{call:?}");
    let is_form = given_type.as_deref() == Some("application/x-www-form-urlencoded");
    let body = call.get("body").map(|body| Body {
        value: body.clone(),
        form: is_form.then(|| super::arguments::form(body)),
        unknown: Vec::new(),
    });
    let expected = operation.expected(&chosen, body.as_ref()).unwrap();

    let mut sent: BTreeMap<String, String> =
        headers.iter().map(|(name, value)| (name.clone(), wire::plain(value))).collect();
    sent.retain(|_, value| value != "none");
    let accepted = operation.accepted().concat().join(", ");
    if !accepted.is_empty() {
        sent.entry("accept".to_owned()).or_insert(accepted);
    }
    if body.is_some() {
        let of_body = operation.content_types();
        let json = of_body.iter().find(|media_type| wire::is_json(media_type));
        sent.entry("content-type".to_owned()).or_insert_with(|| json.unwrap().clone());
    }
    let text = call.get("sent").map(wire::plain);
    let text = text.or_else(|| call.get("body").map(ToString::to_string)).unwrap_or_default();
    let (sent_method, target) = call["sends"].as_str().unwrap().split_once(' ').unwrap();
    let headers: Vec<(&String, &String)> = sent.iter().collect();
    let request =
        json!({ "method": sent_method, "target": target, "headers": headers, "body": text });
    let seen = json!({ "requests": [request], "returned": {} });
    verdict(&json!({ "expected": expected }), &seen, true)
}

#[test]
fn the_oracle_agrees_with_every_handwritten_request() {
    let all: BTreeMap<String, Value> = serde_saphyr::from_str(EXPECTATIONS).unwrap();
    let mut count = 0;
    for (case, expectation) in &all {
        for call in expectation["calls"].as_array().into_iter().flatten() {
            if call.get("sends").is_some() {
                count += 1;
                let wrong = wrong_with(&read(case), call.as_object().unwrap());
                assert!(wrong.is_empty(), "{case}: {call}: {wrong:#?}");
            }
        }
    }
    assert!(count > 80, "{count}");
}

/// Returns the cases of an operation with these parameters.
fn cases(path: &str, parameters: &Value) -> Vec<Value> {
    let document = json!({ "paths": { path: { "get": {
        "parameters": parameters,
        "responses": { "204": {} },
    } } } });
    requests(&document, &[source("GET", path, None)], false)
}

fn given(cases: &[Value], name: &str) -> Vec<Value> {
    let cases = cases.iter().filter(|case| case["refused"] != true);
    cases.filter_map(|case| case["arguments"].get(name).cloned()).collect()
}

#[test]
fn arguments_are_at_the_edges_of_what_their_schemas_admit() {
    let cases = cases(
        "/x/{a}",
        &json!([
            { "name": "a", "in": "path", "required": true, "schema": { "type": "string" } },
            { "name": "n", "in": "query", "schema": { "type": "integer", "minimum": 1, "format": "int32" } },
            { "name": "e", "in": "query", "schema": { "type": "string", "enum": ["one", "two"] } },
            { "name": "s", "in": "query", "schema": { "type": "string" } },
            { "name": "H", "in": "header", "schema": { "type": "string" } },
        ]),
    );
    let texts = given(&cases, "path a");
    assert!(texts.iter().any(|text| text.as_str().unwrap().contains("/b?c#d%e ")), "{texts:?}");
    assert!(texts.iter().any(|text| !text.as_str().unwrap().is_ascii()), "{texts:?}");
    let integers = given(&cases, "query n");
    assert!(integers.contains(&json!(1)) && integers.contains(&json!(i32::MAX)), "{integers:?}");
    let listed = given(&cases, "query e");
    assert!(listed.contains(&json!("one")) && listed.contains(&json!("two")), "{listed:?}");
    assert!(given(&cases, "query s").contains(&json!("")));
    // One case omits the optional parameters.
    assert!(cases.iter().any(|case| case["arguments"].as_object().unwrap().len() == 1));
    let refused: Vec<&Value> =
        cases.iter().filter(|case| case["refused"] == true).map(|c| &c["arguments"]).collect();
    for text in ["", ".", ".."] {
        assert!(refused.contains(&&json!({ "path a": text })), "{refused:?}");
    }
    assert!(refused.iter().any(|arguments| arguments["header H"] == "a\nb"), "{refused:?}");
}

#[test]
fn requests_that_the_document_leaves_undefined_are_reported() {
    let of = |schema: &Value| {
        cases("/x", &json!([{ "name": "q", "in": "query", "schema": schema }]))[0].clone()
    };
    let list =
        json!({ "type": "array", "items": { "type": "array", "items": { "type": "string" } } });
    assert_eq!(of(&list)["undefined"], "a list within a list or an object");
    let object = json!({ "type": "object", "properties": { "a": { "type": "object" } } });
    assert!(of(&object).get("undefined").is_some());
}

#[test]
fn every_style_of_a_list_matches_the_specification() {
    // The style examples of the OpenAPI specification: `blue`, `black`, `brown`.
    let list = json!({ "type": "array", "items": { "type": "string" } });
    for (location, style, explode, sent) in [
        ("query", "form", true, "/x?color=blue&color=black&color=brown"),
        ("query", "form", false, "/x?color=blue,black,brown"),
        ("query", "spaceDelimited", false, "/x?color=blue%20black%20brown"),
        ("query", "pipeDelimited", false, "/x?color=blue|black|brown"),
        ("path", "simple", false, "/x/blue,black,brown"),
        ("path", "label", false, "/x/.blue,black,brown"),
        ("path", "label", true, "/x/.blue.black.brown"),
        ("path", "matrix", false, "/x/;color=blue,black,brown"),
        ("path", "matrix", true, "/x/;color=blue;color=black;color=brown"),
    ] {
        let value = json!(["blue", "black", "brown"]);
        assert!(is_sent(location, style, explode, &list, &value, sent), "{style} {explode}");
        let other = sent.replace("black", "white");
        assert!(!is_sent(location, style, explode, &list, &value, &other), "{style} {explode}");
    }
    let object = json!({ "type": "object" });
    for (location, style, explode, sent) in [
        ("query", "form", true, "/x?R=100&G=200"),
        ("query", "form", false, "/x?color=R,100,G,200"),
        ("query", "deepObject", true, "/x?color[R]=100&color[G]=200"),
        ("path", "simple", false, "/x/R,100,G,200"),
        ("path", "simple", true, "/x/R=100,G=200"),
        ("path", "matrix", true, "/x/;R=100;G=200"),
    ] {
        let value = json!({ "R": 100, "G": 200 });
        assert!(is_sent(location, style, explode, &object, &value, sent), "{style} {explode}");
    }
}

/// Asserts that a GET with one argument has this target.
fn is_sent(
    location: &str,
    style: &str,
    explode: bool,
    schema: &Value,
    value: &Value,
    target: &str,
) -> bool {
    let path = if location == "path" { "/x/{color}" } else { "/x" };
    let parameter = json!({
        "name": "color", "in": location, "required": true, "style": style, "explode": explode,
        "schema": schema,
    });
    let document = json!({ "paths": { path: { "get": {
        "parameters": [parameter], "responses": { "204": {} },
    } } } });
    let source = source("GET", path, None);
    let reader = Reader::new(&document);
    let operation = Operation::of(&reader, &source).unwrap();
    let expected = operation.expected(&[(&operation.parameters[0], value)], None).unwrap();
    let request = json!({ "method": "GET", "target": target, "headers": [], "body": "" });
    let seen = json!({ "requests": [request], "returned": {} });
    verdict(&json!({ "expected": expected }), &seen, true).is_empty()
}

#[test]
fn a_request_that_differs_is_reported() {
    let cases = cases(
        "/x",
        &json!([
            { "name": "q", "in": "query", "required": true, "schema": { "type": "string", "enum": ["a b"] } },
            { "name": "H", "in": "header", "schema": { "type": "string", "enum": ["v"] } },
        ]),
    );
    let right = json!({
        "method": "GET", "target": "/x?q=a+b", "headers": [["h", "v"]], "body": "",
    });
    let reported = |change: &dyn Fn(&mut Value)| {
        let mut request = right.clone();
        change(&mut request);
        let seen = json!({ "requests": [request], "returned": { "nothing": true } });
        verdict(&cases[0], &seen, true).join("\n")
    };
    assert_eq!(reported(&|_| {}), "");
    assert_eq!(reported(&|request| request["target"] = "/x?q=a%20b".into()), "");
    assert!(reported(&|request| request["method"] = "PUT".into()).contains("the method is"));
    assert!(reported(&|request| request["target"] = "/x/?q=a+b".into()).contains("the path is"));
    assert!(
        reported(&|request| request["target"] = "/x?q=%22a+b%22".into()).contains("query's \"q\"")
    );
    assert!(reported(&|request| request["target"] = "/x?q=a+b&r=1".into()).contains("not given"));
    assert!(reported(&|request| request["headers"] = json!([])).contains("the header h"));
    assert!(reported(&|request| request["body"] = "x".into()).contains("a body is sent"));
    // A refused request must not be sent, and a panic is not a refusal.
    let refused = &json!({ "refused": true });
    let error = json!({ "requests": [], "returned": { "error": "no" } });
    assert!(verdict(refused, &error, true).is_empty());
    let panic = json!({ "requests": [], "returned": { "error": "panic: no" } });
    assert!(!verdict(refused, &panic, true).is_empty());
    let sent = json!({ "requests": [right], "returned": { "error": "no" } });
    assert!(!verdict(refused, &sent, true).is_empty());
}

#[test]
fn a_media_type_range_is_sent_as_one_media_type() {
    let object = json!({ "type": "object", "properties": { "a": { "type": "boolean" } } });
    let content = json!({ "*/*": { "schema": object } });
    let document = json!({ "paths": { "/x": { "post": {
        "requestBody": { "content": content },
        "responses": { "200": { "content": content } },
    } } } });
    let source = source("POST", "/x", Some("application/json"));
    let case = requests(&document, &[source], false).swap_remove(0);
    assert_eq!(case["arguments"]["body"], json!({ "a": true }));
    assert_eq!(case["returns"], "value");
    let wrong = |accept: &str, content_type: &str| {
        let headers = [["accept", accept], ["content-type", content_type]];
        let request = json!({
            "method": "POST", "target": "/x", "headers": headers, "body": "{\"a\":true}",
        });
        let returned = json!({ "value": "{\"a\":true}" });
        verdict(&case, &json!({ "requests": [request], "returned": returned }), true)
    };
    assert_eq!(wrong("application/json", "application/json"), [""; 0]);
    assert_eq!(wrong("application/json", "*/*").len(), 1);
}

#[test]
fn a_lean_client_may_drop_what_is_required_but_not_defined() {
    let schema = json!({
        "type": "object", "required": ["b"], "properties": { "a": { "type": "boolean" } },
    });
    let content = json!({ "application/json": { "schema": schema } });
    let document = json!({ "paths": { "/x": { "post": {
        "requestBody": { "content": content },
        "responses": { "200": { "content": content } },
    } } } });
    let source = source("POST", "/x", Some("application/json"));
    let case = requests(&document, &[source], false).swap_remove(0);
    let all = case["arguments"]["body"].clone();
    assert!(all.get("b").is_some(), "{all}");
    let wrong = |sent: &Value, returned: &Value, keeps_all: bool| {
        let headers = [["accept", "application/json"], ["content-type", "application/json"]];
        let request = json!({
            "method": "POST", "target": "/x", "headers": headers, "body": sent.to_string(),
        });
        let returned = json!({ "value": returned.to_string() });
        verdict(&case, &json!({ "requests": [request], "returned": returned }), keeps_all).len()
    };
    let named = json!({ "a": true });
    assert_eq!(wrong(&named, &named, false), 0);
    assert_eq!(wrong(&all, &all, true), 0);
    assert_eq!(wrong(&named, &all, true), 1);
    assert_eq!(wrong(&all, &named, true), 1);
    // What the document defines is kept by every client.
    let other = json!({ "b": all["b"] });
    assert_eq!(wrong(&other, &other, false), 2);
}

#[test]
fn only_segments_that_change_the_path_must_be_refused() {
    let refused = |path: &str, style: &str| -> Vec<String> {
        let schema = json!({ "type": "string" });
        let parameter = json!({ "name": "a", "in": "path", "required": true, "style": style, "schema": schema });
        let cases = cases(path, &json!([parameter])).into_iter();
        let refused = cases.filter(|case| case["refused"] == true);
        refused.map(|case| wire::plain(&case["arguments"]["path a"])).collect()
    };
    assert_eq!(refused("/x/{a}", "simple"), ["", ".", ".."]);
    assert_eq!(refused("/x/{a}", "label"), ["", "."]);
    assert_eq!(refused("/x/{a}", "matrix"), [""; 0]);
    assert_eq!(refused("/x/{a}.txt", "simple"), [""; 0]);
    // A parameter that is missing in the path is not an argument.
    assert_eq!(cases("/x", &json!([{ "name": "a", "in": "path", "schema": {} }])).len(), 2);
}
