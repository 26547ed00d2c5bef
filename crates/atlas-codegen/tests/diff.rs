//! The command `atlas-codegen diff`.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::fs;
use std::process::{Command, Output};

const FRAGMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/live-migrations.json");

/// Compares the fragment with a document and a file of known differences.
fn diff(document: &str, known: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let (spec, file) = (folder.path().join("spec.json"), folder.path().join("known.json"));
    fs::write(&spec, document).unwrap();
    fs::write(&file, known).unwrap();
    Command::new(env!("CARGO_BIN_EXE_atlas-codegen"))
        .args(["diff", "--fragment", FRAGMENT])
        .arg("--spec")
        .arg(&spec)
        .arg("--known")
        .arg(&file)
        .args(arguments)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

const NONE_KNOWN: &str = r#"{ "known": [] }"#;

#[test]
fn the_exit_code_says_whether_all_differences_are_settled() {
    let fragment = fs::read_to_string(FRAGMENT).unwrap();
    let same = diff(&fragment, NONE_KNOWN, &[]);
    assert_eq!(same.status.code(), Some(0), "{}", stdout(&same));

    let other = fragment.replace("\"VPC_PEERING\"\n", "\"VPC_PEERING\", \"OTHER\"\n");
    let unexplained = diff(&other, NONE_KNOWN, &[]);
    assert_eq!(unexplained.status.code(), Some(1));
    let id = "/components/schemas/HostnameSchemaType/enum: nothing -> \"OTHER\"";
    assert!(
        stdout(&unexplained).contains(&format!("id        {id}\n")),
        "{}",
        stdout(&unexplained)
    );

    let known = serde_json::json!({ "known": [{ "reason": "It is so.", "differences": [id] }] });
    let explained = diff(&other, &known.to_string(), &["--output", "json"]);
    assert_eq!(explained.status.code(), Some(0));
    let report: serde_json::Value = serde_json::from_str(&stdout(&explained)).unwrap();
    assert_eq!(report["differences"][0]["reason"], "It is so.");

    let gone = diff(&fragment, &known.to_string(), &[]);
    assert_eq!(gone.status.code(), Some(1));
    assert!(stdout(&gone).contains("known, but gone"), "{}", stdout(&gone));
}

#[test]
fn a_file_that_is_not_a_document_is_refused_with_its_name() {
    let output = diff("{}", NONE_KNOWN, &[]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(message.contains("spec.json at /: not an OpenAPI document"), "{message}");
}
