//! No crate of the workspace has an import cycle.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The cycles that are still to remove: how many a package has.
const KNOWN: [(&str, usize); 4] =
    [("atlas-client-core", 3), ("atlas-migrations-cli", 1), ("atlas-simulator", 3), ("xtask", 5)];

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
        let known = KNOWN.iter().find(|(known, _)| *known == name).map_or(0, |(_, count)| *count);
        if cycles.len() != known {
            let cycles: Vec<_> = cycles.iter().map(ToString::to_string).collect();
            reports.push(format!("{name}: {known} known cycles, but {}", cycles.join("\n")));
        }
    }
    assert!(reports.is_empty(), "{}", reports.join("\n\n"));
}
