//! The report, and documents that cannot be compared.

use serde_json::{Value, json};

use super::{Known, OPERATION, document, report, set, try_report, with};
use crate::document::Pointer;
use crate::document::walk::{Part, part};

#[test]
fn a_difference_that_operations_share_is_reported_once_with_all_places() {
    let mut fragment = document();
    let operation = fragment.pointer(OPERATION).unwrap().clone();
    set(&mut fragment, "/paths/~1others~1{id}", Some(json!({ "put": operation })));
    fragment["paths"]["/others/{id}"]["put"]["operationId"] = json!("changeOther");
    let mut changed = fragment.clone();
    changed["components"]["schemas"]["Thing"]["properties"]["name"]["type"] = json!("integer");
    let report = report(&fragment, &changed);
    assert_eq!(
        report.text(),
        "operation    breaking  not breaking  explained\n\
         makeThing           1             0          0\n\
         changeOther         1             0          0\n\
         together            1             0          0\n\
         \n\
         breaking: type changed: \"string\" -> \"integer\"\n  \
           fragment  /components/schemas/Thing/properties/name\n  \
           document  /components/schemas/Thing/properties/name\n  \
           in        changeOther (request), changeOther (response), makeThing (request), \
         makeThing (response)\n  \
           id        /components/schemas/Thing/properties/name/type: \"string\" -> \"integer\"\n",
    );
}

#[test]
fn a_difference_that_breaks_in_one_place_breaks() {
    // Harmless in the request, which is compared first, but not in the response.
    let mut changed = document();
    changed["components"]["schemas"]["Thing"]["properties"]["name"]["nullable"] = json!(true);
    let report = report(&document(), &changed);
    assert_eq!(report.differences.len(), 1);
    assert!(report.differences[0].breaking);
}

#[test]
fn the_json_report_is_complete() {
    let changed = with("/responses/200/headers/X-Left/schema", Some(json!({ "type": "string" })));
    let at = format!("{OPERATION}/responses/200/headers/X-Left/schema");
    assert_eq!(
        report(&document(), &changed).json(),
        json!({
            "settled": false,
            "operations": ["makeThing"],
            "differences": [{
                "id": format!("{at}/type: \"integer\" -> \"string\""),
                "kind": "type",
                "change": "changed",
                "breaking": true,
                "fragment": { "pointer": at, "has": true, "value": "integer" },
                "document": { "pointer": at, "has": true, "value": "string" },
                "places": [{ "operation": "makeThing", "part": "response" }],
                "reason": null,
            }],
            "goneKnown": [],
            "missingOperations": [],
        }),
    );
}

#[test]
fn both_pointers_have_targets() {
    let mut changed = document();
    for part in ["responses/200", "requestBody", "parameters", "x-rolesRequirements", "operationId"]
    {
        set(&mut changed, &format!("{OPERATION}/{part}"), None);
    }
    changed["components"]["schemas"]["Thing"] = json!({ "type": "array", "enum": [1] });
    changed["security"] = json!([]);
    for (one, other) in [(document(), changed.clone()), (changed, document())] {
        for found in report(&one, &other).differences {
            assert!(one.pointer(found.fragment.at.as_str()).is_some(), "{found:?}");
            assert!(other.pointer(found.document.at.as_str()).is_some(), "{found:?}");
        }
    }
}

fn refused(document: &Value) -> String {
    let known = Known::default();
    match try_report(&super::document(), document, &known) {
        Err(message) => message,
        Ok(report) => panic!("compared: {:?}", report.differences),
    }
}

#[test]
fn a_document_that_cannot_be_compared_is_refused_with_its_place() {
    let reference = |to: &str| Some(json!({ "$ref": to }));
    assert_eq!(
        refused(&with("/responses/404", reference("#/components/responses/none"))),
        format!(
            "document at {OPERATION}/responses/404/$ref: `#/components/responses/none` points to nothing"
        ),
    );
    assert_eq!(
        refused(&with("/responses/404", reference(&format!("#{OPERATION}/responses/404")))),
        format!(
            "document at {OPERATION}/responses/404/$ref: circular `$ref`: it leads to \
             {OPERATION}/responses/404 again"
        ),
    );
    assert_eq!(
        refused(&with("/parameters/-", Some(json!({ "in": "query" })))),
        format!("document at {OPERATION}/parameters/2: this parameter has no `name`"),
    );
    assert_eq!(
        refused(&with("/security", Some(json!([{ "Other": [] }])))),
        format!("document at {OPERATION}/security/0: there is no security scheme `Other`"),
    );
    // A recursive schema is fine. A schema that nests too deep is not.
    let mut deep = super::document();
    let schemas = deep["components"]["schemas"].as_object_mut().unwrap();
    for depth in 0..10_000 {
        let next = format!("#/components/schemas/D{}", depth + 1);
        schemas.insert(format!("D{depth}"), json!({ "properties": { "of": { "$ref": next } } }));
    }
    schemas.insert("D10000".to_owned(), json!({}));
    schemas.insert("Thing".to_owned(), json!({ "$ref": "#/components/schemas/D0" }));
    let message = try_report(&deep, &deep, &Known::default()).err().unwrap();
    assert!(message.contains("nest too deep"), "{message}");
}

const FRAGMENT: &str = include_str!("../../../../../openapi/live-migrations.json");

/// Keywords for people or for this project, which are not compared.
const NOT_COMPARED: &[&str] = &[
    "description",
    "externalDocs",
    "info",
    "openapi",
    "summary",
    "tags",
    "x-enum-descriptions",
    "x-observed",
];

/// Collects the pointers of everything that is compared.
fn places(value: &Value, at: &Pointer, is: Part, found: &mut Vec<String>) {
    match value {
        Value::Object(members) if is != Part::Data => {
            for (name, member) in members {
                if is == Part::Keywords && NOT_COMPARED.contains(&name.as_str()) {
                    continue;
                }
                let at = at.to(name);
                found.push(at.as_str().to_owned());
                let is = if is == Part::Names { Part::Keywords } else { part(name, member) };
                places(member, &at, is, found);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                let at = at.to(index);
                found.push(at.as_str().to_owned());
                places(element, &at, is, found);
            }
        }
        _ => {}
    }
}

/// Returns whether something can be removed from the fragment without a difference.
fn may_be_removed(fragment: &Value, pointer: &str) -> bool {
    // The default admits the same.
    if pointer.ends_with("/additionalProperties") {
        return fragment.pointer(pointer) == Some(&json!({}));
    }
    let Some(at) = pointer.strip_suffix("/type") else { return false };
    let Some(schema) = fragment.pointer(at) else { return false };
    // A type that other keywords imply, or that a member of `allOf` repeats.
    let implied = ["additionalProperties", "allOf", "items", "properties"];
    let follows = implied.iter().any(|keyword| schema.get(keyword).is_some());
    follows || is_repeated(fragment, &format!("#{at}"))
}

/// Returns whether a schema is a member of an `allOf` beside the same type.
fn is_repeated(value: &Value, reference: &str) -> bool {
    match value {
        Value::Object(members) => {
            let parts = members.get("allOf").filter(|_| members.contains_key("type"));
            parts.is_some_and(|parts| parts[0]["$ref"] == reference)
                || members.values().any(|member| is_repeated(member, reference))
        }
        Value::Array(elements) => elements.iter().any(|element| is_repeated(element, reference)),
        _ => false,
    }
}

/// Returns a fragment for each path, which is faster to compare.
fn paths(fragment: &Value) -> Vec<Value> {
    let names = fragment["paths"].as_object().unwrap().keys();
    let with = |name: &String| {
        let mut one = fragment.clone();
        one["paths"] = json!({ name: fragment["paths"][name] });
        one
    };
    names.map(with).collect()
}

#[test]
fn every_part_of_the_fragment_is_compared() {
    let fragment: Value = serde_json::from_str(FRAGMENT).unwrap();
    let paths = paths(&fragment);
    let mut all = Vec::new();
    places(&fragment, &Pointer::default(), Part::Keywords, &mut all);
    let is_seen = |pointer: &str| {
        let with = |path: &&Value| path.pointer(pointer).is_some();
        paths.iter().filter(with).any(|path| {
            let mut changed = path.clone();
            set(&mut changed, pointer, None);
            // A dangling reference is an error, which also counts.
            try_report(path, &changed, &Known::default())
                .map_or(true, |report| !report.differences.is_empty())
        })
    };
    let wanted = all.iter().filter(|pointer| !may_be_removed(&fragment, pointer));
    let unseen: Vec<&String> = wanted.filter(|pointer| !is_seen(pointer)).collect();
    assert!(all.len() > 500, "{}", all.len());
    assert!(unseen.is_empty(), "{unseen:#?}");
}

#[test]
fn misplaced_values_never_panic() {
    let mut all = Vec::new();
    places(&document(), &Pointer::default(), Part::Keywords, &mut all);
    let odd = [json!(null), json!(true), json!(1), json!("x"), json!([]), json!([1]), json!({})];
    for pointer in &all {
        for odd in &odd {
            let mut changed = document();
            *changed.pointer_mut(pointer).unwrap() = odd.clone();
            for (one, other) in [(&document(), &changed), (&changed, &document())] {
                // Either outcome is fine, but no panic.
                let _ = try_report(one, other, &Known::default()).map(|report| report.text());
            }
        }
    }
}
