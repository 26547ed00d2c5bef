//! The command `atlas-codegen slice`.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Map, Value, json};

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const CORE: &str = concat!("path=", env!("CARGO_MANIFEST_DIR"), "/../atlas-client-core");

fn probes() -> Map<String, Value> {
    serde_json::from_str(include_str!("probes.json")).unwrap()
}

/// Returns a document with two operations, versions and descriptions.
fn document() -> Value {
    let content = json!({
        "application/vnd.atlas.2023-01-01+json": { "schema": { "$ref": "#/components/schemas/T" } },
        "application/vnd.atlas.2024-05-30+json": {
            "schema": { "$ref": "#/components/schemas/T" }, "example": { "a": "a description" },
        },
    });
    let operation = |id: &str| {
        json!({
            "operationId": id, "tags": ["Things"], "summary": "a description",
            "responses": { "200": { "description": "a description", "content": content } },
        })
    };
    json!({
        "openapi": "3.0.1",
        "info": { "title": "Test API", "version": "1", "license": { "name": "Some License" } },
        "paths": {
            "/things": { "get": operation("listThings") },
            "/things/{id}": { "get": {
                "operationId": "getThing",
                "parameters": [
                    { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
                ],
                "responses": { "200": { "description": "", "content": {
                    "application/vnd.atlas.2025-01-01+json": { "schema": { "type": "string" } },
                } } },
            } },
        },
        "components": { "schemas": {
            "T": { "type": "object", "properties": { "a": { "type": "string" } } },
            "NotReached": { "type": "object" },
        } },
    })
}

/// Returns a folder with a document in it.
fn folder(document: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("spec.json"), document.to_string()).unwrap();
    folder
}

fn slice(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_atlas-codegen"))
        .args(["slice", "--spec", "spec.json", "--core", CORE])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Returns every file below a folder with its text.
fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_slice_has_the_selected_operations_without_descriptions() {
    let folder = folder(&document());
    let output = slice(folder.path(), &["--operation", "listThings", "--out", "thing-client"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let out = folder.path().join("thing-client");
    let fragment: Value =
        serde_json::from_str(&fs::read_to_string(out.join("openapi.json")).unwrap()).unwrap();
    assert_eq!(fragment["paths"].as_object().unwrap().len(), 1);
    assert_eq!(fragment["components"]["schemas"].as_object().unwrap().len(), 1);
    for (path, text) in files(&out) {
        assert!(!text.contains("a description"), "{}", path.display());
    }
    let manifest = fs::read_to_string(out.join("Cargo.toml")).unwrap();
    assert!(manifest.contains("name = \"thing-client\""), "{manifest}");
    assert!(manifest.contains("/crates/atlas-client-core\""), "{manifest}");
    assert!(fs::read_to_string(out.join("README.md")).unwrap().contains("Some License"));
    let table = fs::read_to_string(out.join("src/operations.rs")).unwrap();
    assert!(table.contains("application/vnd.atlas.2024-05-30+json"), "{table}");
}

#[test]
fn an_earlier_slice_is_overwritten_and_other_folders_are_not() {
    let folder = folder(&document());
    let out = folder.path().join("out");
    assert!(slice(folder.path(), &["--all", "--docs", "full", "--out", "out"]).status.success());
    let before = files(&out);
    assert!(before.iter().any(|(_, text)| text.contains("a description")));
    fs::write(out.join("src/left.rs"), "").unwrap();
    let again = slice(folder.path(), &["--all", "--docs", "full", "--out", "out"]);
    assert!(
        stderr(&again).contains("2 operations, 1 files written or removed"),
        "{}",
        stderr(&again)
    );
    assert_eq!(files(&out), before);

    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/Cargo.toml"), "[package]").unwrap();
    let refused = slice(folder.path(), &["--all", "--out", "mine"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("name another folder"), "{}", stderr(&refused));
    assert_eq!(files(&folder.path().join("mine")).len(), 1);
}

#[test]
fn an_error_is_reported_and_nothing_is_written() {
    let folder = folder(&document());
    for (arguments, message) in [
        (vec!["--operation", "getThings"], "similar: `getThing`"),
        (vec!["--tag", "Thing"], "similar: `Things`"),
        (
            vec!["--operation", "getThing", "--version", "2024-12-31"],
            "there is no version as of 2024-12-31 of getThing",
        ),
        (vec!["--all", "--version", "2022-12-31"], "there is no version as of 2022-12-31"),
        (vec!["--all", "--version", "yesterday"], "expected YYYY-MM-DD"),
        (vec![], "required"),
    ] {
        let output = slice(folder.path(), &[arguments.as_slice(), &["--out", "out"]].concat());
        assert!(!output.status.success());
        assert!(stderr(&output).contains(message), "{}", stderr(&output));
        assert!(!folder.path().join("out").exists());
    }
    let odd = self::folder(&probes()["cookie"]);
    let output = slice(odd.path(), &["--all", "--out", "out"]);
    let expected = "/paths/~1x/get/parameters/0/in: ";
    assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    assert!(!odd.path().join("out").exists());
}

/// Returns one document with the operations and schemas of every probe that can be generated, under unique names.
fn every_construct() -> Value {
    const REFUSED: &[&str] = &["cookie", "not", "nowhere"];
    let mut whole = json!({
        "openapi": "3.0.1", "info": { "title": "Every construct", "version": "1" },
        "paths": {}, "components": { "schemas": {} },
    });
    for (name, probe) in probes() {
        if REFUSED.contains(&name.as_str()) {
            continue;
        }
        let prefix = format!("#/components/schemas/{name} ");
        let text = probe.to_string().replace("#/components/schemas/", &prefix);
        let mut probe: Value = serde_json::from_str(&text).unwrap();
        for (path, item) in probe["paths"].as_object_mut().unwrap() {
            for (_, operation) in item.as_object_mut().unwrap() {
                if let Some(id) = operation.get("operationId").and_then(Value::as_str) {
                    operation["operationId"] = format!("{name} {id}").into();
                }
            }
            whole["paths"][format!("/{name}{path}")] = item.clone();
        }
        let schemas = probe.pointer("/components/schemas").and_then(Value::as_object);
        for (schema_name, schema) in schemas.into_iter().flatten() {
            whole["components"]["schemas"][format!("{name} {schema_name}")] = schema.clone();
        }
    }
    whole
}

/// Slow: compiles the crate and its dependencies.
#[test]
fn a_slice_with_every_construct_builds_and_keeps_its_contract() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let target = root.join("slices");
    for profile in ["lean", "lossless"] {
        let crate_folder = root.join(format!("every-construct-{profile}"));
        fs::write(root.join("every-construct.json"), every_construct().to_string()).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_atlas-codegen"))
            .args(["slice", "--all", "--profile", profile, "--spec"])
            .arg(root.join("every-construct.json"))
            .arg("--out")
            .arg(&crate_folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        // The versions that the workspace is tested with.
        fs::copy(Path::new(WORKSPACE).join("Cargo.lock"), crate_folder.join("Cargo.lock")).unwrap();
        let output = Command::new(env!("CARGO"))
            .arg("test")
            .current_dir(&crate_folder)
            .env("CARGO_TARGET_DIR", &target)
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_INCREMENTAL", "0")
            .env("RUSTFLAGS", "--deny warnings")
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}{stdout}", stderr(&output));
    }
}

/// Returns a document with operations that can be sliced and others that cannot.
fn with_refusals() -> Value {
    let mut document = document();
    let operation = |id: &str, parameter: &Value, schema: &str| {
        json!({
            "operationId": id, "parameters": [parameter],
            "responses": { "200": { "description": "", "content": { "application/json": {
                "schema": { "$ref": format!("#/components/schemas/{schema}") },
            } } } },
        })
    };
    let query = json!({ "name": "q", "in": "query", "schema": { "type": "string" } });
    let cookie = json!({ "name": "sid", "in": "cookie", "schema": { "type": "string" } });
    document["components"]["schemas"]["Not"] = json!({ "not": {} });
    document["paths"]["/cookie"] = json!({ "get": operation("withCookie", &cookie, "T") });
    document["paths"]["/not"] = json!({
        "get": operation("getNot", &query, "Not"), "put": operation("putNot", &query, "Not"),
    });
    document["paths"]["/elsewhere"] = json!({ "$ref": "other.yaml#/paths/x" });
    let mut upload = operation("upload", &query, "T");
    upload["servers"] = json!([{ "url": "https://uploads.example.com" }]);
    document["paths"]["/upload"] = json!({ "post": upload });
    document
}

#[test]
fn every_refusal_is_reported_and_the_other_operations_are_sliced_with_keep_going() {
    let folder = folder(&with_refusals());
    let refused = slice(folder.path(), &["--all", "--out", "out"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(!folder.path().join("out").exists());
    let places = [
        "at /paths/~1cookie/get/parameters/0/in: ",
        "at /components/schemas/Not/not: ",
        "at /paths/~1elsewhere/$ref: `other.yaml#/paths/x` points into another document",
        "at /paths/~1upload/post/servers: ",
    ];
    let errors = stderr(&refused);
    for place in places {
        assert_eq!(errors.matches(place).count(), 1, "{place}: {errors}");
    }
    assert!(errors.contains("(getNot, putNot)"), "{errors}");
    assert!(errors.contains("--keep-going"), "{errors}");

    let partial = slice(folder.path(), &["--all", "--keep-going", "--out", "out"]);
    assert_eq!(partial.status.code(), Some(1));
    assert!(stderr(&partial).contains("refused: 4 operations"), "{}", stderr(&partial));
    let notes = fs::read_to_string(folder.path().join("out/NOTES.md")).unwrap();
    for place in places {
        let at = place.trim_start_matches("at ").split(": ").next().unwrap();
        assert!(notes.contains(&format!("| `{at}` | ")), "{at}: {notes}");
    }
    let fragment = fs::read_to_string(folder.path().join("out/openapi.json")).unwrap();
    let fragment: Value = serde_json::from_str(&fragment).unwrap();
    assert_eq!(fragment["paths"].as_object().unwrap().len(), 2);

    let allowed =
        slice(folder.path(), &["--all", "--keep-going", "--allow-refusals", "--out", "out"]);
    assert!(allowed.status.success(), "{}", stderr(&allowed));
    assert!(stderr(&allowed).contains(" 0 files written"), "{}", stderr(&allowed));

    let only = slice(folder.path(), &["--operation", "upload", "--out", "upload"]);
    assert!(only.status.success(), "{}", stderr(&only));
    let client = fs::read_to_string(folder.path().join("upload/src/client.rs")).unwrap();
    assert!(client.contains(".base_url(\"https://uploads.example.com\")"), "{client}");
}

#[test]
fn nothing_is_written_if_every_operation_is_refused() {
    let folder = folder(&json!({
        "openapi": "3.0.3", "info": { "title": "t", "version": "1" },
        "paths": { "/x": { "$ref": "./paths/x.yaml" } },
    }));
    let output = slice(folder.path(), &["--all", "--keep-going", "--out", "out"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("spec.json at /paths/~1x/$ref: "), "{}", stderr(&output));
    assert!(!folder.path().join("out").exists());
}

/// Returns a document with every style of a parameter and every kind of body.
fn every_style() -> Value {
    let text = json!({ "type": "string" });
    let list = json!({ "type": "array", "items": text });
    let numbers = json!({ "type": "array", "items": { "type": "integer" } });
    let color = json!({ "$ref": "#/components/schemas/Color" });
    let in_query = |name: &str, schema: &Value, style: &str, explode: bool| json!({ "name": name, "in": "query", "style": style, "explode": explode, "schema": schema });
    let in_path = |name: &str, schema: &Value, style: &str| {
        json!({
            "name": name, "in": "path", "required": true, "style": style,
            "explode": style == "matrix", "schema": schema,
        })
    };
    let operation = |id: &str, parameters: Value| json!({ "operationId": id, "parameters": parameters, "responses": { "204": { "description": "" } } });
    let body = |id: &str, media_type: &str, content: Value| {
        let mut operation = operation(id, json!([]));
        operation["requestBody"] = json!({ "required": true, "content": { media_type: content } });
        json!({ "post": operation })
    };
    let mut options = operation("sendOptions", json!([in_query("q", &text, "form", true)]));
    let response = json!({ "schema": { "type": "object", "properties": { "a": text } } });
    options["responses"] = json!({
        "200": { "description": "", "content": { "application/json": response } },
        "201": { "description": "", "content": { "application/hal+json": response } },
        "204": { "description": "" },
    });
    let one_of = json!({ "oneOf": [{ "type": "integer" }, text] });
    json!({
        "openapi": "3.0.3",
        "info": { "title": "What is sent", "version": "1" },
        "paths": {
            "/query": { "get": operation("inQuery", json!([
                in_query("list", &list, "form", true), in_query("deep", &color, "deepObject", true),
                in_query("object", &color, "form", true),
                { "name": "json", "in": "query", "content": { "application/json": { "schema": color } } },
                in_query("commas", &numbers, "form", false), in_query("text", &one_of, "form", true),
                in_query("spaces", &numbers, "spaceDelimited", false),
                in_query("pipes", &numbers, "pipeDelimited", false),
            ])) },
            "/über all/{simple}/{flow}/{label}/{matrix}": { "get": operation("inPath", json!([
                in_path("simple", &list, "simple"), in_path("flow", &one_of, "simple"),
                in_path("label", &list, "label"), in_path("matrix", &list, "matrix"),
                { "name": "X-Ids", "in": "header", "schema": list },
                { "name": "X-Trace", "in": "header", "schema": one_of },
                {
                    "name": "X-Secret", "in": "header", "required": true,
                    "schema": { "type": "string", "format": "password", "nullable": true },
                },
                { "name": "Accept", "in": "header", "required": true, "schema": text },
            ])) },
            "/form": body("sendForm", "application/x-www-form-urlencoded", json!({
                "schema": { "$ref": "#/components/schemas/Form" },
                "encoding": { "deep": { "style": "deepObject" }, "commas": { "explode": false } },
            })),
            "/text": body("sendText", "text/csv", json!({ "schema": text })),
            "/bytes": body("sendBytes", "application/xml", json!({ "schema": { "type": "object" } })),
            "/options": { "options": options },
        },
        "components": { "schemas": {
            "Color": { "type": "object", "properties": { "R": { "type": "integer" }, "G": text } },
            "Form": { "type": "object", "properties": {
                "a": text, "list": list, "commas": list,
                "deep": { "type": "object", "additionalProperties": text },
            } },
        } },
    })
}

/// Slow: compiles the crate and its dependencies.
#[test]
fn requests_are_what_the_document_defines() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let crate_folder = root.join("what-is-sent");
    fs::write(root.join("what-is-sent.json"), every_style().to_string()).unwrap();
    let _ = fs::remove_dir_all(&crate_folder);
    let output = Command::new(env!("CARGO_BIN_EXE_atlas-codegen"))
        .args(["slice", "--all", "--spec"])
        .arg(root.join("what-is-sent.json"))
        .arg("--out")
        .arg(&crate_folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let manifest = fs::read_to_string(crate_folder.join("Cargo.toml")).unwrap();
    let manifest = manifest.replace("[\"rt\"]", "[\"macros\", \"rt\"]");
    fs::write(crate_folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(crate_folder.join("tests/sent.rs"), include_str!("sent.rs.txt")).unwrap();
    fs::copy(Path::new(WORKSPACE).join("Cargo.lock"), crate_folder.join("Cargo.lock")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["test", "--test", "sent"])
        .current_dir(&crate_folder)
        .env("CARGO_TARGET_DIR", root.join("slices"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "0")
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}{stdout}", stderr(&output));
}
