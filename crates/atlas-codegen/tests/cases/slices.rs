//! Slicing the documents, by the program.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::expectation::Expectation;

/// A slice of a whole document.
pub struct Sliced {
    pub name: String,
    pub folder: PathBuf,
    /// By its id, and by method and path: what the methods are called.
    pub methods: BTreeMap<String, String>,
    /// What each method can be given.
    pub arguments: BTreeMap<String, Vec<String>>,
}

/// Slices a document. None where it is refused, and that is right.
///
/// # Errors
///
/// What is wrong with what became of it.
pub fn slice(expectation: &Expectation) -> Result<Option<Sliced>, String> {
    let name = expectation.name();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cases").join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_atlas-codegen"))
        .args(["slice", "--all", "--profile", &expectation.profile, "--spec"])
        .arg(&expectation.document)
        .arg("--out")
        .arg(&folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return refused(expectation, &said).map(|()| None);
    }
    let pointers = expectation.texts("refused");
    if !pointers.is_empty() {
        return Err(format!("it must be refused at {}, but is sliced", pointers.join(" or ")));
    }
    let notes = fs::read_to_string(folder.join("NOTES.md")).unwrap();
    for pointer in expectation.texts("notes") {
        if !notes.contains(&format!("`{pointer}")) {
            return Err(format!("NOTES.md does not name {pointer}"));
        }
    }
    if let Some(lacked) = expectation.text("lacks") {
        let readme = fs::read_to_string(folder.join("README.md")).unwrap();
        if readme.contains(lacked) {
            return Err(format!("README.md says {lacked:?}"));
        }
    }
    Ok(Some(read(name, folder)))
}

/// Whether a refusal is right.
fn refused(expectation: &Expectation, said: &str) -> Result<(), String> {
    let mut pointers = expectation.texts("refused");
    pointers.extend(expectation.texts("may_be_refused"));
    if pointers.is_empty() {
        return Err(format!("it is refused: {said}"));
    }
    let file = expectation.document.display().to_string();
    let after = said.split_once(&file).map_or(said, |(_, after)| after);
    let is_at = |pointer: &&str| pointer.is_empty() || after.starts_with(&format!(" at {pointer}"));
    let is_internal = said.contains("left by the rules") || said.contains("panicked");
    let is_said = expectation.text("says").is_none_or(|says| said.contains(says));
    let is_not_said = expectation.text("says_not").is_none_or(|says| !said.contains(says));
    if pointers.iter().any(is_at) && !is_internal && is_said && is_not_said {
        return Ok(());
    }
    Err(format!("its refusal is not that at {}: {said}", pointers.join(" or ")))
}

/// What its own checks say of its operations.
fn read(name: String, folder: PathBuf) -> Sliced {
    let text = |path: &str| fs::read_to_string(folder.join(path)).unwrap_or_default();
    let fragment: Value = serde_json::from_str(&text("openapi.json")).unwrap();
    let mut methods = BTreeMap::new();
    let mut arguments: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text("tests/contract/requests.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let method = case["operation"].as_str().unwrap();
        let of = case["of"].as_str().unwrap();
        methods.insert(of.to_owned(), method.to_owned());
        let (http_method, path) = of.split_once(' ').unwrap();
        let operation = &fragment["paths"][path][http_method.to_lowercase()];
        if let Some(id) = operation["operationId"].as_str() {
            methods.insert(id.to_owned(), method.to_owned());
        }
        let known = arguments.entry(method.to_owned()).or_default();
        for argument in case["arguments"].as_object().unwrap().keys() {
            if !known.contains(argument) {
                known.push(argument.clone());
            }
        }
    }
    Sliced { name, folder, methods, arguments }
}

impl Sliced {
    /// The lines of a file of its contract test.
    pub fn lines(&self, file: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.join("tests/contract").join(file)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
