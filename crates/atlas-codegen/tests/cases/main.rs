//! Slices small documents, each with one construct that generators get wrong, and compares the clients with
//! `expectations.yaml`.
//!
//! All slices are compiled as modules of one crate, which needs one build, and called against a server that records
//! the requests. `known_failures.yaml` lists exactly the cases that fail.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

#[path = "../../src/oracle/differences.rs"]
mod differences;
mod expectation;
mod slices;
mod verify;
mod whole;
#[allow(dead_code, reason = "the library uses more of it")]
#[path = "../../src/oracle/wire.rs"]
mod wire;

use std::collections::BTreeMap;

use expectation::Expectation;
use slices::Sliced;

/// Differences by case.
type Wrong = BTreeMap<String, Vec<String>>;

/// Slow: compiles the crate and its dependencies.
#[test]
fn every_case_behaves_as_openapi_defines_except_known_failures() {
    let expectations = expectation::all();
    let mut wrong = Wrong::new();
    let mut sliced = Vec::new();
    for expectation in &expectations {
        match slices::slice(expectation) {
            Ok(Some(slice)) => sliced.push(slice),
            Ok(None) => {}
            Err(error) => wrong.entry(expectation.name()).or_default().push(error),
        }
    }
    let whole = whole::compile(&sliced);
    for (name, errors) in &whole.errors {
        wrong.entry(name.clone()).or_default().push(format!("it does not compile: {errors}"));
    }
    let compiled: Vec<(&Expectation, &Sliced)> = sliced
        .iter()
        .filter(|slice| !whole.errors.contains_key(&slice.name))
        .filter_map(|slice| Some((expectations.iter().find(|e| e.name() == slice.name)?, slice)))
        .collect();
    for (name, found) in verify::all(&whole, &compiled) {
        wrong.entry(name).or_default().extend(found);
    }
    let known = expectation::known_failures();
    let mut unexpected: Vec<String> = wrong
        .iter()
        .filter(|(name, _)| !known.contains_key(*name))
        .map(|(name, wrong)| format!("{name} is wrong:\n    {}", wrong.join("\n    ")))
        .collect();
    let fixed = known.keys().filter(|name| !wrong.contains_key(*name));
    unexpected.extend(fixed.map(|name| format!("{name} passes: remove it from the list")));
    if std::env::var_os("CASES_VERBOSE").is_some() {
        println!("{wrong:#?}");
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
}
