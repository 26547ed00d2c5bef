//! Parses `expectations.yaml`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value};

const EXPECTATIONS: &str = include_str!("expectations.yaml");
const KNOWN_FAILURES: &str = include_str!("known_failures.yaml");

/// The expected outcome of slicing a document with a profile.
pub struct Expectation {
    pub case: String,
    pub profile: String,
    pub document: PathBuf,
    members: Value,
}

impl Expectation {
    /// Returns the name of the case and its module.
    pub fn name(&self) -> String {
        match self.profile.as_str() {
            "lean" => self.case.clone(),
            profile => format!("{}_{profile}", self.case),
        }
    }

    pub fn get(&self, keyword: &str) -> Option<&Value> {
        self.members.get(keyword)
    }

    pub fn text(&self, keyword: &str) -> Option<&str> {
        self.members.get(keyword)?.as_str()
    }

    pub fn texts(&self, keyword: &str) -> Vec<&str> {
        match self.members.get(keyword) {
            Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) => vec![text],
            _ => Vec::new(),
        }
    }

    pub fn calls(&self) -> Vec<&Map<String, Value>> {
        let calls = self.members.get("calls").and_then(Value::as_array).into_iter().flatten();
        calls.map(|call| call.as_object().unwrap()).collect()
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/documents")
}

/// Returns the expectations of every document, one for each profile.
pub fn all() -> Vec<Expectation> {
    let all: BTreeMap<String, Value> = serde_saphyr::from_str(EXPECTATIONS).unwrap();
    let mut documents: BTreeMap<String, PathBuf> = BTreeMap::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let case = path.file_stem().unwrap().to_string_lossy().into_owned();
        documents.insert(case, path);
    }
    let named: Vec<&String> = all.keys().collect();
    assert_eq!(documents.keys().collect::<Vec<_>>(), named, "one expectation for each document");
    let mut expectations = Vec::new();
    for (case, members) in all {
        for keyword in members.as_object().unwrap().keys() {
            assert!(KEYWORDS.contains(&keyword.as_str()), "{case}: `{keyword}` is not a keyword");
        }
        for keyword in members["calls"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|call| call.as_object().unwrap().keys())
        {
            assert!(
                CALL_KEYWORDS.contains(&keyword.as_str()),
                "{case}: `{keyword}` is not a keyword"
            );
        }
        let profiles = members["profiles"].as_array().into_iter().flatten();
        let mut profiles: Vec<String> =
            profiles.map(|profile| profile.as_str().unwrap().to_owned()).collect();
        if profiles.is_empty() {
            profiles.push("lean".to_owned());
        }
        for profile in profiles {
            let (case, document) = (case.clone(), documents[&case].clone());
            expectations.push(Expectation { case, profile, document, members: members.clone() });
        }
    }
    expectations
}

const KEYWORDS: &[&str] = &[
    "calls",
    "lacks",
    "may_be_refused",
    "no_warnings",
    "notes",
    "profiles",
    "refused",
    "message",
    "message_lacks",
    "server",
];

const CALL_KEYWORDS: &[&str] = &[
    "body", "call", "headers", "refused", "response", "returns", "sends", "sent", "status", "type",
    "with",
];

/// Returns the cases that fail, with the reason.
pub fn known_failures() -> BTreeMap<String, String> {
    serde_saphyr::from_str(KNOWN_FAILURES).unwrap()
}
