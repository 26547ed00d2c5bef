use serde_json::{Value, json};

use super::{OPERATION, document, lines, report, set, with};

/// Asserts the differences when a part of the operation changes, in both directions.
#[track_caller]
fn differs(part: &str, value: Option<Value>, there: &[&str], back: &[&str]) {
    let changed = with(part, value);
    assert_ids(&lines(&document(), &changed), there);
    assert_ids(&lines(&changed, &document()), back);
}

/// Removes the common prefix from ids.
#[track_caller]
fn assert_ids(found: &[String], wanted: &[&str]) {
    let found: Vec<String> = found.iter().map(|id| id.replace(OPERATION, "")).collect();
    assert_eq!(found, wanted);
}

#[test]
fn a_document_does_not_differ_from_itself() {
    assert_ids(&lines(&document(), &document()), &[]);
}

#[test]
fn operations() {
    let mut without = document();
    set(&mut without, "/paths/~1things~1{id}", Some(json!({})));
    let gone = report(&document(), &without);
    let [difference] = &gone.differences[..] else { panic!("{:?}", gone.differences) };
    assert!(difference.breaking);
    assert_eq!(difference.id, format!("{OPERATION}: something -> nothing"));
    assert_eq!(difference.document.at.as_str(), "/paths");
    // A new operation is not a difference, but is listed if it has a tag of the fragment.
    let mut more = document();
    let operation = |tag: &str| json!({ "operationId": tag, "tags": [tag], "responses": {} });
    set(&mut more, "/paths/~1others", Some(json!({ "get": operation("Others") })));
    set(&mut more, "/paths/~1things", Some(json!({ "get": operation("Things") })));
    let report = report(&document(), &more);
    assert!(report.is_settled());
    assert_eq!(report.missing, [("Things".to_owned(), "GET /things".to_owned())]);
}

#[test]
fn names_of_path_parameters_do_not_matter() {
    let mut renamed = document();
    let item = renamed["paths"]["/things/{id}"].clone();
    renamed["paths"] = json!({ "/things/{thing}": item });
    renamed["paths"]["/things/{thing}"]["post"]["parameters"][0]["name"] = json!("thing");
    assert_ids(&lines(&document(), &renamed), &[]);
}

#[test]
fn operation_ids_and_deprecations_never_break() {
    let (old, new) = ("\"makeThing\"", "\"other\"");
    differs(
        "/operationId",
        Some(json!("other")),
        &[&format!("harmless /operationId: {old} -> {new}")],
        &[&format!("harmless /operationId: {new} -> {old}")],
    );
    differs(
        "/deprecated",
        Some(json!(true)),
        &["harmless /deprecated: false -> true"],
        &["harmless /deprecated: true -> false"],
    );
    differs("/description", Some(json!("words")), &[], &[]);
    differs("/summary", Some(json!("words")), &[], &[]);
}

#[test]
fn removing_a_role_breaks() {
    differs(
        "/x-rolesRequirements",
        Some(json!(["Owner"])),
        &["breaking /x-rolesRequirements/Maker: \"Maker\" -> nothing"],
        &["harmless /x-rolesRequirements/Maker: nothing -> \"Maker\""],
    );
    // If there was no required role, the first one breaks.
    let all = |removed: &str| {
        let line = |role: &str| {
            if removed == "breaking" {
                format!("breaking /x-rolesRequirements/{role}: nothing -> \"{role}\"")
            } else {
                format!("harmless /x-rolesRequirements/{role}: \"{role}\" -> nothing")
            }
        };
        ["Owner", "Maker"].map(line)
    };
    let (there, back) = (all("harmless"), all("breaking"));
    differs(
        "/x-rolesRequirements",
        None,
        &there.each_ref().map(String::as_str),
        &back.each_ref().map(String::as_str),
    );
}

#[test]
fn removing_a_server_breaks() {
    let mut moved = document();
    moved["servers"] = json!([{ "url": "https://example.com/" }, { "url": "https://example.org" }]);
    let id = "/servers/https:~1~1example.org";
    assert_ids(
        &lines(&document(), &moved),
        &[&format!("harmless {id}: nothing -> \"https://example.org\"")],
    );
    assert_ids(
        &lines(&moved, &document()),
        &[&format!("breaking {id}: \"https://example.org\" -> nothing")],
    );
    // An operation may define its own servers.
    differs("/servers", Some(json!([{ "url": "https://example.com" }])), &[], &[]);
}

#[test]
fn removing_a_credential_breaks() {
    differs(
        "/security",
        Some(json!([{ "Key": [] }])),
        &["breaking /security/Token: \"Token\" -> nothing"],
        &["harmless /security/Token: nothing -> \"Token\""],
    );
    // The name of a scheme does not matter, its definition does.
    let mut renamed = document();
    let key = renamed["components"]["securitySchemes"]["Key"].take();
    renamed["components"]["securitySchemes"]["ApiKey"] = key;
    renamed["components"]["securitySchemes"]["ApiKey"]["description"] = json!("Other words.");
    renamed["security"][0] = json!({ "ApiKey": [] });
    assert_ids(&lines(&document(), &renamed), &[]);
    let breaks = |changed: &Value, name: &str| {
        let found = lines(&document(), changed);
        let start = format!("breaking {name}: ");
        assert!(matches!(&found[..], [one] if one.starts_with(&start)), "{found:?}");
    };
    let mut basic = document();
    basic["components"]["securitySchemes"]["Key"]["scheme"] = json!("basic");
    breaks(&basic, "/security/Key");
    let mut scoped = document();
    scoped["security"][1] = json!({ "Token": ["all"] });
    breaks(&scoped, "/security/Token");
    let token = "/components/securitySchemes/Token/flows/clientCredentials";
    let mut moved = document();
    set(&mut moved, &format!("{token}/tokenUrl"), Some(json!("https://example.org/token")));
    breaks(&moved, "/security/Token");
    let mut reworded = document();
    set(&mut reworded, &format!("{token}/scopes/all"), Some(json!("Other words.")));
    assert_ids(&lines(&document(), &reworded), &[]);
    // Both are required. Their order does not matter.
    let both = |names: [&str; 2]| {
        let mut both = document();
        both["security"] = json!([{ names[0]: ["a", "b"], names[1]: ["b", "a"] }]);
        both
    };
    let swapped = both(["Token", "Key"]);
    assert_ids(&lines(&both(["Key", "Token"]), &swapped), &[]);
    let either = lines(&document(), &swapped);
    let id = "harmless /security/Key and Token: nothing -> \"Key and Token\"";
    assert!(either.iter().any(|line| line == id), "{either:?}");
    // An empty list or an empty entry requires no credential.
    let mut open = document();
    open["security"] = json!([{}]);
    assert_ids(
        &lines(&open, &document()),
        &[
            "breaking /security/nothing: \"nothing\" -> nothing",
            "harmless /security/Key: nothing -> \"Key\"",
            "harmless /security/Token: nothing -> \"Token\"",
        ],
    );
}

#[test]
fn parameters() {
    let more = |required: bool| {
        Some(json!({ "name": "x", "in": "query", "required": required, "schema": {} }))
    };
    differs(
        "/parameters/-",
        more(false),
        &["harmless /parameters/query:x: nothing -> something"],
        &["breaking /parameters/query:x: something -> nothing"],
    );
    differs(
        "/parameters/-",
        more(true),
        &["breaking /parameters/query:x: nothing -> something"],
        &["breaking /parameters/query:x: something -> nothing"],
    );
    let at = "/parameters/1";
    let changed = |name: &str, value: Value, there: &str, back: &str| {
        let (there, back) = (there.replace('@', at), back.replace('@', at));
        differs(&format!("{at}{name}"), Some(value), &[&there], &[&back]);
    };
    changed(
        "/required",
        json!(true),
        "breaking @/required: false -> true",
        "harmless @/required: true -> false",
    );
    changed(
        "/schema",
        json!({ "type": "number" }),
        "harmless @/schema/type: \"integer\" -> \"number\"",
        "breaking @/schema/type: \"number\" -> \"integer\"",
    );
    changed(
        "/explode",
        json!(false),
        "breaking @/explode: true -> false",
        "breaking @/explode: false -> true",
    );
    changed(
        "/allowReserved",
        json!(true),
        "breaking @/allowReserved: false -> true",
        "breaking @/allowReserved: true -> false",
    );
    changed(
        "/deprecated",
        json!(true),
        "harmless @/deprecated: false -> true",
        "harmless @/deprecated: true -> false",
    );
    changed(
        "/example",
        json!(1),
        "harmless @/example: nothing -> #6b86b273ff34",
        "harmless @/example: #6b86b273ff34 -> nothing",
    );
    // The location implies the default style.
    differs(&format!("{at}/style"), Some(json!("form")), &[], &[]);
}

#[test]
fn parameters_of_the_path_belong_to_its_operations() {
    let mut shared = document();
    let item = shared.pointer_mut("/paths/~1things~1{id}").unwrap();
    let parameters = item["post"]["parameters"].take();
    item["parameters"] = parameters;
    // Parameters of the operation override those of the path.
    item["post"]["parameters"] =
        json!([{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }]);
    item["parameters"][0]["schema"]["type"] = json!("integer");
    assert_ids(&lines(&document(), &shared), &[]);
}

#[test]
fn request_bodies() {
    differs(
        "/requestBody",
        None,
        &["breaking /requestBody: something -> nothing"],
        &["harmless /requestBody: nothing -> something"],
    );
    differs(
        "/requestBody/required",
        Some(json!(true)),
        &["breaking /requestBody/required: false -> true"],
        &["harmless /requestBody/required: true -> false"],
    );
    differs(
        "/requestBody/content/application~1json/schema",
        None,
        &["harmless /requestBody/content/application~1json/schema: something -> nothing"],
        &["breaking /requestBody/content/application~1json/schema: nothing -> something"],
    );
    let mut required = with("/requestBody/required", Some(json!(true)));
    set(&mut required, &format!("{OPERATION}/requestBody/content"), Some(json!({})));
    let none = with("/requestBody", None);
    assert_ids(&lines(&none, &required), &["breaking /requestBody: nothing -> something"]);
}

#[test]
fn media_types_and_their_sunsets() {
    for of in ["/requestBody", "/responses/200"] {
        let id = format!("{of}/content/text~1csv");
        differs(
            &id,
            Some(json!({})),
            &[&format!("harmless {id}: nothing -> something")],
            &[&format!("breaking {id}: something -> nothing")],
        );
    }
    let at = "/responses/200/content/application~1json/x-sunset";
    let (day, later) = ("\"2030-01-01\"", "\"2031-01-01\"");
    differs(
        at,
        Some(json!("2031-01-01")),
        &[&format!("harmless {at}: {day} -> {later}")],
        &[&format!("breaking {at}: {later} -> {day}")],
    );
    differs(
        at,
        None,
        &[&format!("harmless {at}: {day} -> nothing")],
        &[&format!("breaking {at}: nothing -> {day}")],
    );
}

#[test]
fn statuses() {
    let (success, error) = ("/responses/201", "/responses/409");
    differs(
        success,
        Some(json!({})),
        &[&format!("breaking {success}: nothing -> something")],
        &[&format!("breaking {success}: something -> nothing")],
    );
    differs(
        error,
        Some(json!({})),
        &[&format!("harmless {error}: nothing -> something")],
        &[&format!("harmless {error}: something -> nothing")],
    );
}

#[test]
fn headers() {
    let at = "/responses/200/headers/X-Left";
    let lower = "/responses/200/headers/x-left";
    differs(
        at,
        None,
        &[&format!("breaking {lower}: something -> nothing")],
        &[&format!("harmless {lower}: nothing -> something")],
    );
    differs(
        &format!("{at}/required"),
        Some(json!(true)),
        &[&format!("harmless {at}/required: false -> true")],
        &[&format!("breaking {at}/required: true -> false")],
    );
    differs(
        &format!("{at}/schema"),
        Some(json!({ "type": "number" })),
        &[&format!("breaking {at}/schema/type: \"integer\" -> \"number\"")],
        &[&format!("harmless {at}/schema/type: \"number\" -> \"integer\"")],
    );
    // The case of header names does not matter.
    let mut lower = document();
    let headers = lower.pointer_mut(&format!("{OPERATION}/responses/200/headers")).unwrap();
    *headers = json!({ "x-left": headers["X-Left"] });
    assert_ids(&lines(&document(), &lower), &[]);
}

#[test]
fn response_bodies() {
    let at = "/responses/200/content/application~1json";
    differs(
        &format!("{at}/schema"),
        None,
        &[&format!("breaking {at}/schema: something -> nothing")],
        &[&format!("harmless {at}/schema: nothing -> something")],
    );
    let examples = json!({ "one": { "summary": "words", "value": 1 } });
    differs(
        &format!("{at}/examples"),
        Some(examples),
        &[&format!("harmless {at}/examples/one: nothing -> #6b86b273ff34")],
        &[&format!("harmless {at}/examples/one: #6b86b273ff34 -> nothing")],
    );
    // The order of members does not matter.
    differs(&format!("{at}/example"), Some(json!({ "of": null, "name": "a" })), &[], &[]);
}
