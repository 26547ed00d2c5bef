//! `cargo xtask slice` as a program.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Map, Value, json};

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn probes() -> Map<String, Value> {
    serde_json::from_str(include_str!("probes.json")).unwrap()
}

/// A document of two operations in two versions, with words in it.
fn document() -> Value {
    let content = json!({
        "application/vnd.atlas.2023-01-01+json": { "schema": { "$ref": "#/components/schemas/T" } },
        "application/vnd.atlas.2024-05-30+json": {
            "schema": { "$ref": "#/components/schemas/T" }, "example": { "a": "these are words" },
        },
    });
    let operation = |id: &str| {
        json!({
            "operationId": id, "tags": ["Things"], "summary": "these are words",
            "responses": { "200": { "description": "these are words", "content": content } },
        })
    };
    json!({
        "openapi": "3.0.1",
        "info": { "title": "Test API", "version": "1", "license": { "name": "Some Licence" } },
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

/// A folder with a document in it.
fn folder(document: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("spec.json"), document.to_string()).unwrap();
    folder
}

fn slice(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["slice", "--spec", "spec.json"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Every file below a folder with what it holds.
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
fn a_slice_has_what_was_asked_for_and_none_of_the_words() {
    let folder = folder(&document());
    let output = slice(folder.path(), &["--operation", "listThings", "--out", "thing-client"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let out = folder.path().join("thing-client");
    let fragment: Value =
        serde_json::from_str(&fs::read_to_string(out.join("openapi.json")).unwrap()).unwrap();
    assert_eq!(fragment["paths"].as_object().unwrap().len(), 1);
    assert_eq!(fragment["components"]["schemas"].as_object().unwrap().len(), 1);
    for (path, text) in files(&out) {
        assert!(!text.contains("these are words"), "{}", path.display());
    }
    let manifest = fs::read_to_string(out.join("Cargo.toml")).unwrap();
    assert!(manifest.contains("name = \"thing-client\""), "{manifest}");
    assert!(manifest.contains("/crates/atlas-client-core\""), "{manifest}");
    assert!(fs::read_to_string(out.join("README.md")).unwrap().contains("Some Licence"));
    let table = fs::read_to_string(out.join("src/operations.rs")).unwrap();
    assert!(table.contains("application/vnd.atlas.2024-05-30+json"), "{table}");
}

#[test]
fn a_slice_is_written_anew_and_what_is_no_slice_is_left_alone() {
    let folder = folder(&document());
    let out = folder.path().join("out");
    assert!(slice(folder.path(), &["--all", "--docs", "full", "--out", "out"]).status.success());
    let before = files(&out);
    assert!(before.iter().any(|(_, text)| text.contains("these are words")));
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
fn what_cannot_be_cut_is_told_and_nothing_is_written() {
    let folder = folder(&document());
    for (arguments, message) in [
        (vec!["--operation", "getThings"], "near it are `getThing`"),
        (vec!["--tag", "Thing"], "near it are `Things`"),
        (
            vec!["--operation", "getThing", "--version", "2024-12-31"],
            "as of 2024-12-31 there is no version yet of: getThing",
        ),
        (vec!["--all", "--version", "2022-12-31"], "there is no version yet"),
        (vec!["--all", "--version", "yesterday"], "a day is YYYY-MM-DD"),
        (vec![], "required"),
    ] {
        let output = slice(folder.path(), &[arguments.as_slice(), &["--out", "out"]].concat());
        assert!(!output.status.success());
        assert!(stderr(&output).contains(message), "{}", stderr(&output));
        assert!(!folder.path().join("out").exists());
    }
    let odd = self::folder(&probes()["explode_false"]);
    let output = slice(odd.path(), &["--all", "--out", "out"]);
    let expected = "spec.json at /paths/~1x/get/parameters/0/explode: ";
    assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    assert!(!odd.path().join("out").exists());
}

/// One document with every construct: of each probe that can be generated its operations and schemas, under
/// names of their own.
fn every_construct() -> Value {
    const REFUSED: &[&str] = &["circle", "cookie", "deep", "explode_false", "not", "nowhere"];
    // Its 204 has content: a known failure of the case `no_content_with_schema`.
    const FAILS: &[&str] = &["ok_two_nullable"];
    let mut whole = json!({
        "openapi": "3.0.1", "info": { "title": "Every construct", "version": "1" },
        "paths": {}, "components": { "schemas": {} },
    });
    for (name, probe) in probes() {
        if REFUSED.contains(&name.as_str()) || FAILS.contains(&name.as_str()) {
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

/// Slow: it compiles the crate with all that it stands on. Whatever is generated must compile, and carry
/// what the schemas admit.
#[test]
fn a_slice_with_every_construct_builds_and_keeps_its_contract() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let target = root.join("slices");
    for profile in ["lean", "lossless"] {
        let crate_folder = root.join(format!("every-construct-{profile}"));
        fs::write(root.join("every-construct.json"), every_construct().to_string()).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
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
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}{said}", stderr(&output));
    }
}
