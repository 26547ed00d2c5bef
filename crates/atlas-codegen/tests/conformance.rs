//! The command `atlas-codegen conformance`, without the stages that need a compiler.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::fs;
use std::process::{Command, Output};

fn conformance(document: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("spec.json");
    fs::write(&spec, document).unwrap();
    Command::new(env!("CARGO_BIN_EXE_atlas-codegen"))
        .args(["conformance", "--no-round-trip", "--spec"])
        .arg(&spec)
        .arg("--work-dir")
        .arg(folder.path())
        .output()
        .unwrap()
}

#[test]
fn a_document_with_nothing_to_prove_fails() {
    let head = r#""openapi": "3.0.3", "info": {"title": "t", "version": "1"}"#;
    for paths in ["{}", r#"{"/x": {"parameters": []}}"#] {
        let output = conformance(&format!("{{{head}, \"paths\": {paths}}}"));
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{paths}: {stdout}");
        assert!(stdout.contains("the document has no operations to prove"), "{paths}: {stdout}");
    }
    let output =
        conformance(&format!("{{{head}, \"paths\": {}}}", r#"{"/x": {"$ref": "other.yaml#/x"}}"#));
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{stdout}");
    assert!(stdout.contains("sliced: /x: its operations are not in the document"), "{stdout}");
}
