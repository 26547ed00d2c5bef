//! No crate of the workspace has an import cycle.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

#[test]
fn no_file_of_the_workspace_is_in_an_import_cycle() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    let output = cargo.output().unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 5);
    let mut reports = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let targets = package["targets"].as_array().unwrap();
        let roots = targets.iter().map(|target| Path::new(target["src_path"].as_str().unwrap()));
        let cycles: Vec<_> = roots.flat_map(|root| import_cycles::find(root).unwrap()).collect();
        reports.extend(cycles.iter().map(|cycle| format!("{name}: {cycle}")));
    }
    assert!(reports.is_empty(), "{}", reports.join("\n\n"));
}
