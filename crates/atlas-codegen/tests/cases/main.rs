//! Small documents, each with one thing in it that generators get wrong, and what must become of each: of
//! `documents` what `expectations.yaml` says, by OpenAPI 3.0 and by hand.
//!
//! All that is sliced is compiled as the modules of one crate, so that it costs one build, and called against a
//! server that records what it is sent. What is not right yet stands in `known_failures.yaml`, and may
//! neither grow nor have anything in it that is right.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

#[path = "../../src/oracle/differences.rs"]
mod differences;
mod expectation;
mod judge;
mod slices;
mod whole;
#[allow(dead_code, reason = "also of the program")]
#[path = "../../src/oracle/wire.rs"]
mod wire;

use std::collections::BTreeMap;

use expectation::Expectation;
use slices::Sliced;

/// What is wrong, by the case.
type Wrong = BTreeMap<String, Vec<String>>;

/// Slow: it compiles the crate, with all that it stands on where that is not done yet.
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
    for (name, found) in judge::all(&whole, &compiled) {
        wrong.entry(name).or_default().extend(found);
    }
    let known = expectation::known_failures();
    let mut unexpected: Vec<String> = wrong
        .iter()
        .filter(|(name, _)| !known.contains_key(*name))
        .map(|(name, wrong)| format!("{name} is wrong:\n    {}", wrong.join("\n    ")))
        .collect();
    let mended = known.keys().filter(|name| !wrong.contains_key(*name));
    unexpected.extend(mended.map(|name| format!("{name} is right: take it from the list")));
    if std::env::var_os("CASES_VERBOSE").is_some() {
        println!("{wrong:#?}");
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
}
