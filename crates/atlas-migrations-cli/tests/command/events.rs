//! The events for programs: their schema, and how filters treat them.

use std::fs;
use std::path::Path;

use atlas_simulator::{Fault, FaultRule};
use jsonschema::Validator;
use serde_json::Value;

use crate::atlas::{GROUP, advance, atlas, id};
use crate::process::{OFTEN, Process, code, command, text};

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/events.schema.json");

/// Checks every line of an output against the published schema, and returns the names of the events.
pub fn check_events(stdout: &str) -> Vec<String> {
    let schema: Value = serde_json::from_str(&fs::read_to_string(SCHEMA).unwrap()).unwrap();
    let options = jsonschema::options().should_validate_formats(true);
    let validator: Validator = options.build(&schema).unwrap();
    let mut names = Vec::new();
    for line in stdout.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let problems: Vec<_> =
            validator.iter_errors(&event).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{line}: {problems:?}");
        assert_eq!(event["version"], 1, "{line}");
        names.push(event["event"].as_str().unwrap().to_owned());
    }
    names
}

/// Update it with `atlas-migrations schema events > docs/events.schema.json`.
#[test]
fn the_schema_in_the_documentation_is_the_current_one() {
    let output = command(&["schema", "events"]).output().unwrap();
    assert_eq!(code(&output), 0);
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        fs::write(Path::new(SCHEMA), &output.stdout).unwrap();
    }
    assert_eq!(text(&output.stdout), fs::read_to_string(SCHEMA).unwrap());
    let plan = command(&["schema", "plan"]).output().unwrap();
    assert_eq!(plan.stdout, command(&["plan", "schema"]).output().unwrap().stdout);
}

/// The bug: an event without its time, or of another form than the schema promises.
#[test]
fn the_schema_refuses_other_lines() {
    let schema: Value = serde_json::from_str(&fs::read_to_string(SCHEMA).unwrap()).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let good = serde_json::json!({
        "version": 1, "at": "2026-12-05T22:15:41Z", "name": "orders", "event": "claimed", "taken_over": false,
    });
    assert!(validator.is_valid(&good));
    for (field, value) in [
        ("at", Value::Null),
        ("at", "yesterday".into()),
        ("version", 2.into()),
        ("event", "nonsense".into()),
        ("taken_over", "no".into()),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        assert!(!validator.is_valid(&bad), "{bad}");
    }
    for field in ["at", "version", "event", "taken_over"] {
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().remove(field);
        assert!(!validator.is_valid(&bad), "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_a_watch_is_an_event_of_the_schema() {
    let simulator = atlas(2).await;
    let ids = [id(0), id(1)];
    let mut watch = Process::start(
        &simulator,
        &["watch", &ids[0], &ids[1], "-o", "json", "--interval", "10ms"],
    );
    watch.until_status("NEW");
    simulator.control().inject(FaultRule::new(Fault::HtmlBadGateway).times(2));
    watch.until(|event| event["event"] == "poll_failed");
    advance(&simulator, 60);
    watch.until_status("WORKING");
    for _ in 0..4 {
        advance(&simulator, 10);
        watch.until(|event| event["changed"][0] == "lag");
    }
    advance(&simulator, 60);
    watch.until_ready();
    simulator.control().fail(GROUP, id(0)).unwrap();
    simulator.control().cut_over(GROUP, id(1)).unwrap();
    advance(&simulator, 100);
    let output = watch.end();
    assert_eq!(code(&output), 8);
    let names = check_events(text(&output.stdout));
    for name in ["update", "poll_failed", "end"] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    // For programs, stderr has the error alone.
    serde_json::from_str::<Value>(text(&output.stderr)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_a_cutover_is_an_event_of_the_schema() {
    let simulator = atlas(1).await;
    let migration = &*id(0);
    advance(&simulator, 200);
    let arguments =
        [&["cutover", migration, "--when-ready", "--yes", "-o", "json"][..], &OFTEN].concat();
    let mut cutover = Process::start(&simulator, &arguments);
    cutover.until(|event| event["state"] == "accepted");
    advance(&simulator, 100);
    let output = cutover.end();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let names = check_events(text(&output.stdout));
    assert_eq!(names.iter().filter(|name| *name == "cutover").count(), 2, "{names:?}");
}

#[test]
fn every_line_of_the_demo_is_an_event_of_the_schema() {
    let output = command(&["demo", "--happy", "-o", "json"]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let names = check_events(text(&output.stdout));
    assert_eq!(names.last().unwrap(), "took");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_makes_its_own_lines_of_events() {
    let simulator = atlas(1).await;
    let migration = &*id(0);
    let filter = "select(.event == \"end\") | \"\\(.name) \\(.outcome)\"";
    let arguments =
        [&["watch", migration, "--jq", filter, "--until", "ready"][..], &OFTEN].concat();
    let watch = Process::start(&simulator, &arguments);
    advance(&simulator, 200);
    let output = watch.end();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), format!("{} ready\n", id(0)));
}

/// The bug: a filter that fails on one event ends a watch that has a cutover to send.
#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_fails_leaves_events_out_and_the_watch_goes_on() {
    let simulator = atlas(1).await;
    let migration = &*id(0);
    let filter = "if .event == \"update\" then .job.status.x else .outcome end";
    let arguments =
        [&["watch", migration, "--jq", filter, "--until", "ready"][..], &OFTEN].concat();
    let watch = Process::start(&simulator, &arguments);
    advance(&simulator, 200);
    let output = watch.end();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "ready\n");
    let told = text(&output.stderr);
    assert_eq!(told.matches("the jq filter failed").count(), 1, "{told}");
    assert!(told.contains("the event is left out"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_can_be_yaml_documents() {
    let simulator = atlas(1).await;
    let migration = &*id(0);
    let arguments = [&["watch", migration, "-o", "yaml", "--until", "ready"][..], &OFTEN].concat();
    let watch = Process::start(&simulator, &arguments);
    advance(&simulator, 200);
    let output = watch.end();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let documents: Vec<Value> = serde_saphyr::from_multiple(text(&output.stdout)).unwrap();
    assert_eq!(documents.last().unwrap()["outcome"], "ready");
}
