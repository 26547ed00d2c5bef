//! The command `atlas-codegen generate`.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const FRAGMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/live-migrations.json");

/// Runs `generate` on the text of a fragment.
fn generate(fragment: &str, out: &Path, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fragment.json");
    fs::write(&file, fragment).unwrap();
    Command::new(env!("CARGO_BIN_EXE_atlas-codegen"))
        .arg("generate")
        .args(["--profile", "lossless"])
        .arg("--spec")
        .arg(&file)
        .arg("--out")
        .arg(out)
        .args(arguments)
        .output()
        .unwrap()
}

fn fragment() -> String {
    fs::read_to_string(FRAGMENT).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Returns the generated files of a folder without their header, which contains the name of the fragment.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(folder.join("src"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let (_, body) = text.split_once('\n').unwrap();
            (path.file_name().unwrap().to_string_lossy().into_owned(), body.to_owned())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn the_generated_crate_of_the_workspace_is_up_to_date() {
    let output = Command::new(env!("CARGO_BIN_EXE_atlas-codegen"))
        .args(["generate", "--check", "--profile", "lossless"])
        .args(["--spec", "openapi/live-migrations.json"])
        .args(["--out", "crates/atlas-migrations-generated"])
        .current_dir(WORKSPACE)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn the_same_fragment_gives_the_same_files() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert!(generate(&fragment(), one.path(), &[]).status.success());
    assert!(generate(&fragment(), other.path(), &[]).status.success());
    assert_eq!(files(one.path()), files(other.path()));
    assert_eq!(files(one.path()).len(), 4);
}

#[test]
fn check_names_each_stale_file_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), fragment()).unwrap();
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_atlas-codegen"))
            .arg("generate")
            .args(["--spec".as_ref(), file.path(), "--out".as_ref(), folder.path()])
            .arg("--member")
            .args(arguments)
            .output()
            .unwrap()
    };
    assert!(run(&[]).status.success());
    assert!(run(&["--check"]).status.success());

    let sources = folder.path().join("src");
    let edited = sources.join("client.rs");
    let text =
        fs::read_to_string(&edited).unwrap().replace("pub struct Client", "pub struct Klient");
    fs::write(&edited, &text).unwrap();
    fs::remove_file(sources.join("types.rs")).unwrap();
    fs::write(sources.join("extra.rs"), "").unwrap();
    let manifest = folder.path().join("Cargo.toml");
    fs::write(&manifest, fs::read_to_string(&manifest).unwrap() + "\n").unwrap();

    let check = run(&["--check"]);
    let said = stderr(&check);
    assert_eq!(check.status.code(), Some(1));
    assert!(said.contains("client.rs: stale"), "{said}");
    assert!(said.contains("types.rs: missing"), "{said}");
    assert!(said.contains("Cargo.toml: stale"), "{said}");
    assert!(said.contains("extra.rs: not generated any more"), "{said}");
    assert!(!said.contains("operations.rs"), "{said}");
    assert!(check.stdout.is_empty());
    assert_eq!(fs::read_to_string(&edited).unwrap(), text);

    let diff = String::from_utf8(run(&["--check", "--verbose"]).stdout).unwrap();
    assert!(diff.contains("\n-pub struct Klient"), "{diff}");
    assert!(diff.contains("\n+pub struct Client"), "{diff}");

    assert!(run(&[]).status.success());
    assert!(run(&["--check"]).status.success());
    assert!(!sources.join("extra.rs").exists());
}

#[test]
fn an_invalid_fragment_leaves_the_files_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    assert!(generate(&fragment(), folder.path(), &[]).status.success());
    let before = files(folder.path());
    let good = fragment();
    for (bad, place) in [
        (good.replacen('}', "", 1), "not valid JSON"),
        (good.replace("3.0.3", "3.1.0"), "at /openapi:"),
        (
            good.replace("\"type\": \"boolean\"", "\"type\": \"maybe\""),
            "at /components/schemas/LiveMigrationResponse/properties/readyForCutover/type:",
        ),
        (
            good.replace("#/components/schemas/FieldViolation", "#/components/schemas/Gone"),
            "at /components/schemas/BadRequestDetail/properties/fields/items/$ref:",
        ),
    ] {
        let output = generate(&bad, folder.path(), &[]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(place), "{said}");
        assert_eq!(files(folder.path()), before);
    }
}

#[test]
fn every_change_of_the_fragment_makes_files_stale() {
    let folder = tempfile::tempdir().unwrap();
    assert!(generate(&fragment(), folder.path(), &[]).status.success());
    for (from, to) in [
        ("\"lagTimeSeconds\": 42", "\"lagTimeSeconds\": 43"),
        ("\"readyForCutover\": {", "\"readyToCutOver\": {"),
        ("\"EXPIRED\"", "\"LAPSED\""),
        ("vnd.atlas.2023-01-01+json", "vnd.atlas.2023-02-01+json"),
        ("/liveMigrations/{liveMigrationId}", "/migrations/{liveMigrationId}"),
    ] {
        assert!(fragment().contains(from), "{from}");
        let output = generate(&fragment().replace(from, to), folder.path(), &["--check"]);
        assert_eq!(output.status.code(), Some(1), "{from}");
        assert!(stderr(&output).contains("operations.rs: stale"), "{from}");
    }
}
