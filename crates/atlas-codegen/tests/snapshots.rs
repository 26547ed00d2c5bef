//! Snapshots of the code for each construct, which show the effect of an upgrade of progenitor or typify.
//!
//! To update the snapshots, review the changes and run `INSTA_UPDATE=always cargo test -p atlas-codegen --test
//! snapshots`.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

const CONSTRUCTS: &str = include_str!("snapshots/constructs.yaml");

/// Returns a document with one construct.
fn document(construct: &Value) -> Value {
    let mut document = json!({
        "openapi": "3.0.3", "info": { "title": "Construct", "version": "1" }, "paths": {},
    });
    if let Some(operation) = construct.get("operation") {
        let method = construct["method"].as_str().unwrap_or("get");
        document["paths"]["/x/{id}"][method] = operation.clone();
    } else {
        let content = json!({ "application/json": { "schema": construct["schema"] } });
        document["paths"]["/x"]["get"] = json!({
            "operationId": "getX",
            "responses": { "200": { "description": "ok", "content": content } },
        });
    }
    if let Some(schemas) = construct.get("schemas") {
        document["components"]["schemas"] = schemas.clone();
    }
    document
}

/// Returns a module without its header line.
fn body(text: &str) -> &str {
    text.split_once("\n\n").map_or("", |(_, body)| body.trim())
}

/// Returns the methods of a client, without the items that every client has.
fn methods(client: &str) -> &str {
    let marker = "/// The operations.";
    client.find(marker).map_or(client, |start| &client[start..])
}

#[test]
fn the_generated_code_of_each_construct_matches_its_snapshot() {
    let constructs: BTreeMap<String, Value> = serde_saphyr::from_str(CONSTRUCTS).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (name, construct) in &constructs {
        let spec = folder.path().join(format!("{name}.json"));
        fs::write(&spec, document(construct).to_string()).unwrap();
        let out = folder.path().join(name);
        let output = Command::new(env!("CARGO_BIN_EXE_atlas-codegen"))
            .args(["slice", "--all", "--profile", construct["profile"].as_str().unwrap_or("lean")])
            .arg("--spec")
            .arg(&spec)
            .arg("--out")
            .arg(&out)
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let text = |file: &str| fs::read_to_string(out.join("src").join(file)).unwrap_or_default();
        let mut generated = String::new();
        for (file, text) in [
            ("types.rs", body(&text("types.rs"))),
            ("options.rs", body(&text("options.rs"))),
            ("client.rs", methods(&text("client.rs")).trim()),
        ] {
            if !text.is_empty() {
                generated.extend(["// ", file, "\n", text, "\n\n"]);
            }
        }
        settings.bind(|| insta::assert_snapshot!(name.as_str(), generated));
    }
    let kept = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots")).unwrap();
    let kept = kept.filter(|entry| entry.as_ref().unwrap().path().extension().unwrap() == "snap");
    assert_eq!(kept.count(), constructs.len(), "there is a snapshot without a construct");
}
