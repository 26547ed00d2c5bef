//! Successful responses that do not identify anything.

use atlas_simulator::FaultRule;
use serde_json::Value;

use crate::atlas::{advance, atlas, cutovers, id, respond, simulator};
use crate::process::{OFTEN, Process, code, configured, text, with_stdin};
use crate::requests::parts;
use crate::{GROUP, MIGRATION, ORG};

fn response(body: &str) -> FaultRule {
    FaultRule::new(respond(200, &body))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_identifies_nothing_is_an_error_of_each_command() {
    let simulator = simulator().await;
    let parts = [&["--source-managed-authentication"][..], &parts()].concat();
    let error_object = r#"{"error": 503, "errorCode": "UNEXPECTED_ERROR", "detail": "later"}"#;
    for body in ["{}", error_object] {
        for (arguments, hint) in [
            (vec!["describe", MIGRATION], ""),
            (vec!["watch", MIGRATION], ""),
            (vec!["validation", "507f1f77bcf86cd799439011"], ""),
            ([&["validate"], &parts[..]].concat(), ""),
            (
                [&["create"], &parts[..]].concat(),
                "look in the Atlas UI whether the destination cluster",
            ),
            (
                vec!["link", "create", "--org-id", ORG, "--access-list-ip", "203.0.113.7"],
                "delete it and then create a new one",
            ),
        ] {
            simulator.control().inject(response(body));
            let mut command = configured(simulator.base_url(), &arguments);
            let output = with_stdin(command.args(["--output", "json"]), "");
            simulator.control().clear_faults();
            assert_eq!(code(&output), 7, "{arguments:?}: {}", text(&output.stdout));
            let error: Value = serde_json::from_slice(&output.stderr).unwrap();
            assert!(error["hint"].as_str().unwrap().contains(hint), "{arguments:?}: {error}");
        }
    }
    simulator.control().inject(response("[{}]").times(1));
    let projects = ["projects", "--org-id", ORG];
    let output = configured(simulator.base_url(), &projects).output().unwrap();
    assert_eq!(code(&output), 7, "{}", text(&output.stdout));
    // A raw response is printed.
    simulator.control().inject(response("{}").times(1));
    let raw = ["api", "getGroupLiveMigration", "--liveMigrationId", MIGRATION, "--envelope"];
    let output = configured(simulator.base_url(), &raw).output().unwrap();
    assert_eq!((code(&output), text(&output.stdout).trim()), (0, "{}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_last_check_that_identifies_nothing_cuts_nothing_over() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    let ready = r#"{"status": "WORKING", "readyForCutover": true, "lagTimeSeconds": 0}"#;
    let anything = r#"{"readyForCutover": true, "lagTimeSeconds": 0}"#;
    for body in [ready, anything] {
        simulator.control().inject(response(body).on_method("GET").times(1));
    }
    let arguments = ["cutover", &id(0), "--when-ready", "--yes", "-o", "json"];
    let mut going = Process::start(&simulator, &[&arguments, &OFTEN[..]].concat());
    let postponed = going.until(|event| event["state"] == "postponed");
    assert!(postponed["error"].as_str().unwrap().contains("an unexpected body"), "{postponed}");
    assert_eq!(cutovers(&simulator.control()), 0);
    going.until(|event| event["state"] == "accepted");
    advance(&simulator, 30);
    assert_eq!(code(&going.end()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_survives_responses_that_identify_nothing() {
    let simulator = atlas(1).await;
    let arguments = ["watch", &id(0), "-o", "json"];
    let mut watch = Process::start(&simulator, &[&arguments, &OFTEN[..]].concat());
    watch.until_status("NEW");
    simulator.control().inject(response("{}").times(3));
    watch.until(|event| event["event"] == "poll_failed");
    simulator.control().fail(GROUP, id(0)).unwrap();
    let update = watch.until_status("FAILED");
    assert!(update["failed_polls"].as_u64() > Some(0), "{update}");
    assert_eq!(code(&watch.end()), 8);
}
