//! Records how the published progenitor fails at each odd shape without the rules. If an upgrade fixes a shape, this
//! test fails and the rule can be removed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::Value;

/// The environment variable with the name of the probe for a child process.
const PROBE: &str = "PROGENITOR_PROBE";

/// The probes that progenitor cannot generate, and its message. The code for other probes compiles, but may be wrong at
/// run time; the tests of the rules show how.
const FAILURES: &[(&str, &str)] = &[
    ("bad_default2", "type error value does not conform to the given schema"),
    ("clash", "Failed to make unique variant names for [A-B,A_B]"),
    ("clash2", "Failed to make unique variant names for [mmapv1,MMAPV1]"),
    (
        "cookie",
        "unexpected or unhandled format in the OpenAPI document cookie parameters are not supported Cookie {",
    ),
    (
        "deep",
        "unexpected or unhandled format in the OpenAPI document unsupported style of query parameter DeepObject",
    ),
    (
        "no_opid",
        "unexpected or unhandled format in the OpenAPI document path /x is missing operation ID",
    ),
    ("noschema", "not yet implemented: media type encoding, no schema: MediaType {"),
    ("not", "not yet implemented: unhandled not schema Object("),
    ("nowhere", "$ref #/components/schemas/Gone is missing"),
    ("ok_two", "assertion failed: response_types.len() <= 1"),
    ("recursion", "stack overflow"),
    ("taken", "Failed to make unique variant names for [self,Self]"),
    ("two_bodies", "not yet implemented: more media types than expected for putX: 2"),
    ("two_errors", "assertion failed: response_types.len() <= 1"),
    (
        "vendor_body",
        "unexpected or unhandled format in the OpenAPI document unexpected content type: application/vnd.atlas.2023-01-01+json",
    ),
    ("versions", "not yet implemented: more media types than expected for putX: 2"),
];

fn probes() -> BTreeMap<String, Value> {
    serde_json::from_str(include_str!("probes.json")).unwrap()
}

/// Generates from one probe. `each_odd_shape_fails_as_recorded` runs this in a child process, because it may crash.
#[test]
#[ignore = "run by the test below, in a child process"]
fn one_probe() {
    let Ok(name) = env::var(PROBE) else { return };
    let outcome =
        serde_json::from_value(probes()[&name].clone()).map_err(|error| error.to_string());
    let outcome = outcome.and_then(|document| {
        let mut settings = GenerationSettings::new();
        settings.with_interface(InterfaceStyle::Positional);
        let generated = Generator::new(&settings).generate_tokens(&document);
        generated.map_err(|error| error.to_string())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// Returns the failure message of a probe, or `None` if it is generated.
fn failure(name: &str) -> Option<String> {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--ignored", "--exact", "one_probe", "--nocapture"]);
    let output = child.env(PROBE, name).env("RUST_BACKTRACE", "0").output().unwrap();
    if output.status.success() {
        return None;
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.code().is_none() {
        return Some("stack overflow".to_owned())
            .filter(|_| stderr.contains("overflowed its stack"));
    }
    let message = stderr.split_once("panicked at ").and_then(|(_, rest)| rest.split_once('\n'));
    message.map(|(_, rest)| rest.lines().next().unwrap_or_default().trim().to_owned())
}

#[test]
fn each_odd_shape_fails_as_recorded() {
    let failures: Vec<(String, String)> = probes()
        .into_keys()
        .filter_map(|name| failure(&name).map(|message| (name, message)))
        .collect();
    let failures: Vec<(&str, &str)> =
        failures.iter().map(|(name, message)| (name.as_str(), message.as_str())).collect();
    assert_eq!(failures, FAILURES);
}
