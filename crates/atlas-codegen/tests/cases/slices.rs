//! Slices the documents with the program.

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
    /// The names of the methods by operation id, and by method and path.
    pub methods: BTreeMap<String, String>,
    /// The arguments of each method.
    pub arguments: BTreeMap<String, Vec<String>>,
}

/// Slices a document. Returns `None` if it is refused as expected.
///
/// # Errors
///
/// Fails with the difference from the expectation.
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
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return check_refusal(expectation, &stderr).map(|()| None);
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
            return Err(format!("README.md contains {lacked:?}"));
        }
    }
    Ok(Some(read(name, folder)))
}

/// Fails if a refusal is not the expected one.
fn check_refusal(expectation: &Expectation, stderr: &str) -> Result<(), String> {
    let mut pointers = expectation.texts("refused");
    pointers.extend(expectation.texts("may_be_refused"));
    if pointers.is_empty() {
        return Err(format!("it is refused: {stderr}"));
    }
    let file = expectation.document.display().to_string();
    let after = stderr.split_once(&file).map_or(stderr, |(_, after)| after);
    let is_at = |pointer: &&str| pointer.is_empty() || after.starts_with(&format!(" at {pointer}"));
    let is_internal = stderr.contains("not fully normalized") || stderr.contains("panicked");
    let has_message = expectation.text("message").is_none_or(|text| stderr.contains(text));
    let lacks_message = expectation.text("message_lacks").is_none_or(|text| !stderr.contains(text));
    if pointers.iter().any(is_at) && !is_internal && has_message && lacks_message {
        return Ok(());
    }
    Err(format!("it is not refused at {} as expected: {stderr}", pointers.join(" or ")))
}

/// Reads the operations of a slice from its contract test.
fn read(name: String, folder: PathBuf) -> Sliced {
    let text = |path: &str| fs::read_to_string(folder.join(path)).unwrap_or_default();
    let fragment: Value = serde_json::from_str(&text("openapi.json")).unwrap();
    let mut methods = BTreeMap::new();
    let mut arguments: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text("tests/contract/requests.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let method = case["operation"].as_str().unwrap();
        let endpoint = case["endpoint"].as_str().unwrap();
        methods.insert(endpoint.to_owned(), method.to_owned());
        let (http_method, path) = endpoint.split_once(' ').unwrap();
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
    /// Returns the lines of a file of its contract test.
    pub fn lines(&self, file: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.join("tests/contract").join(file)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
