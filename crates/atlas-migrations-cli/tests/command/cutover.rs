//! `cutover`, mostly with `--when-ready`.

use std::time::{Duration, Instant};

use atlas_simulator::{Fault, FaultRule, Simulator};
use serde_json::json;

use crate::atlas::{advance, atlas, cutovers, id, polled, respond, until};
use crate::process::{OFTEN, Process, code, configured, events, text, with_stdin};
use crate::requests::{SOURCE, parts};
use crate::{GROUP, ORG};

fn when_ready(simulator: &Simulator, more: &[&str]) -> Process {
    let arguments = ["cutover", &id(0), "--when-ready", "--yes", "-o", "json"];
    Process::start(simulator, &[&arguments, &OFTEN[..], more].concat())
}

/// Injects a fault into the next cutover request.
fn on_cutover(simulator: &Simulator, fault: Fault) {
    let rule = FaultRule::new(fault).on_operation("cutoverGroupLiveMigration");
    simulator.control().inject(rule.times(1));
}

/// Returns the states of the cutover events.
fn states(output: &std::process::Output) -> Vec<String> {
    let events = events(output).into_iter().filter(|event| event["event"] == "cutover");
    events.map(|event| event["state"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_cuts_over_once_and_watches_until_the_end() {
    let simulator = atlas(1).await;
    let mut going = when_ready(&simulator, &[]);
    going.until_status("NEW");
    advance(&simulator, 60);
    going.until_status("WORKING");
    assert_eq!(cutovers(&simulator.control()), 0);
    advance(&simulator, 50);
    going.until(|event| event["state"] == "accepted");
    advance(&simulator, 30);
    let output = going.end();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert_eq!(states(&output), ["sending", "accepted"]);
    assert_eq!(events(&output).pop().unwrap()["outcome"], "complete");
    assert_eq!(cutovers(&simulator.control()), 1);
    // The last request before it is a check.
    let requests = simulator.control().requests();
    let at = requests.iter().position(|request| request.method() == "PUT").unwrap();
    assert_eq!(requests[at - 1].method(), "GET");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cutover_with_a_lost_response_is_not_retried() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    on_cutover(&simulator, Fault::LoseResponse);
    let mut going = when_ready(&simulator, &[]);
    going.until(|event| event["state"] == "unclear");
    advance(&simulator, 30);
    let output = going.end();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert_eq!(states(&output), ["sending", "unclear"]);
    assert_eq!(cutovers(&simulator.control()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cutover_without_effect_is_not_given_up_after_a_few_quick_polls() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    on_cutover(&simulator, Fault::ResetConnection);
    let mut going = when_ready(&simulator, &[]);
    going.until(|event| event["state"] == "unclear");
    for _ in 0..6 {
        polled(&simulator).await;
    }
    // The cutover was only slow.
    simulator.control().cut_over(GROUP, id(0)).unwrap();
    advance(&simulator, 30);
    let output = going.end();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert_eq!(states(&output), ["sending", "unclear"]);
    assert_eq!(cutovers(&simulator.control()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_someone_else_cuts_over_is_watched() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    let taken = Fault::Respond { status: 409, content_type: None, body: String::new() };
    on_cutover(&simulator, taken);
    let mut going = when_ready(&simulator, &[]);
    going.until(|event| event["state"] == "unclear");
    simulator.control().cut_over(GROUP, id(0)).unwrap();
    advance(&simulator, 30);
    let output = going.end();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_cutover_ends_the_command() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    on_cutover(&simulator, Fault::Forbidden);
    let output = when_ready(&simulator, &[]).end();
    assert_eq!(code(&output), 3, "{}", text(&output.stdout));
    assert_eq!(states(&output), ["sending", "refused"]);
    assert!(text(&output.stderr).contains("cutoverGroupLiveMigration"));
    assert_eq!(cutovers(&simulator.control()), 1);
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn a_signal_during_a_cutover_says_that_it_may_have_taken_effect() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    on_cutover(&simulator, Fault::StallHeaders);
    let arguments = ["cutover", &id(0), "--when-ready", "--yes"];
    let mut going = Process::start(&simulator, &[&arguments, &OFTEN[..]].concat());
    going.until_line(|line| line.contains("checking once more"));
    until(|| cutovers(&simulator.control()) > 0).await;
    going.signal("INT");
    let output = going.end();
    assert_eq!(code(&output), 130);
    let said = "interrupted; its cutover was being sent and may have taken effect";
    assert!(text(&output.stdout).contains(said), "{}", text(&output.stdout));
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn a_signal_during_a_cutover_reports_its_outcome() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    on_cutover(&simulator, Fault::Delay { milliseconds: 300 });
    let arguments = ["cutover", &id(0), "--when-ready", "--yes"];
    let mut going = Process::start(&simulator, &[&arguments, &OFTEN[..]].concat());
    going.until_line(|line| line.contains("checking once more"));
    until(|| cutovers(&simulator.control()) > 0).await;
    going.signal("INT");
    let output = going.end();
    assert_eq!(code(&output), 130);
    let said = "interrupted; its cutover was accepted";
    assert!(text(&output.stdout).contains(said), "{}", text(&output.stdout));
}

/// Returns a response to a poll that hides the real status.
fn ready_with_lag(seconds: u64) -> Fault {
    let body = json!({
        "_id": id(0), "status": "WORKING", "readyForCutover": true, "lagTimeSeconds": seconds,
    });
    respond(200, &body)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_cutover_is_sent_above_the_maximum_lag() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    let get = FaultRule::new(ready_with_lag(6)).on_method("GET");
    simulator.control().inject(get);
    let mut going = when_ready(&simulator, &["--max-lag", "5s"]);
    going.until_ready();
    polled(&simulator).await;
    assert_eq!(cutovers(&simulator.control()), 0);
    simulator.control().clear_faults();
    simulator.control().inject(FaultRule::new(ready_with_lag(5)).on_method("GET").times(2));
    going.until(|event| event["state"] == "accepted");
    advance(&simulator, 30);
    let output = going.end();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert_eq!(cutovers(&simulator.control()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_while_the_effect_is_unclear_says_so() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    on_cutover(&simulator, Fault::ResetConnection);
    let output = when_ready(&simulator, &["--timeout", "2s"]).end();
    assert_eq!(code(&output), 10);
    let error = text(&output.stderr);
    assert!(error.contains("it is still unknown whether its cutover took effect"), "{error}");
    assert_eq!(cutovers(&simulator.control()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lag_above_the_maximum_is_named_in_each_output_format() {
    let simulator = atlas(1).await;
    let mut going = when_ready(&simulator, &["--max-lag", "5s", "--timeout", "3s"]);
    let new = going.until_status("NEW");
    assert_eq!(new["waiting_for"], "readiness");
    advance(&simulator, 110);
    simulator.control().inject(FaultRule::new(ready_with_lag(12)).on_method("GET"));
    let ready = going.until(|event| event["lag_seconds"] == 12.0);
    assert_eq!(ready["waiting_for"], "lag");
    let output = going.end();
    assert_eq!(code(&output), 10);
    assert_eq!(events(&output).pop().unwrap()["waiting_for"], "lag");
    let said = "it was ready, but its lag of 12s stayed above --max-lag 5s";
    assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    assert_eq!(cutovers(&simulator.control()), 0);

    let arguments = ["cutover", &id(0), "--when-ready", "--yes", "--max-lag", "5s"];
    let arguments = [&arguments, &OFTEN[..], &["--timeout", "1s"]].concat();
    let output = Process::start(&simulator, &arguments).end();
    let out = text(&output.stdout);
    assert!(out.contains("lag 12s, ready, lag above 5s, <"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_about_another_or_an_ended_migration_cuts_nothing_over() {
    for (id_of_answer, status) in [(Some("a".repeat(24)), "WORKING"), (None, "FAILED")] {
        let simulator = atlas(1).await;
        advance(&simulator, 110);
        // The poll of the watch finds it ready, and the last check something else.
        simulator.control().inject(FaultRule::new(ready_with_lag(0)).on_method("GET").times(1));
        let body = json!({
            "_id": id_of_answer, "status": status, "readyForCutover": true, "lagTimeSeconds": 0,
        });
        let other = respond(200, &body);
        simulator.control().inject(FaultRule::new(other).on_method("GET").times(1));
        // The last check comes before the next poll.
        let seldom = ["--interval", "2s"];
        let arguments = ["cutover", &id(0), "--when-ready", "--yes", "-o", "json"];
        let mut going = Process::start(&simulator, &[&arguments, &seldom[..]].concat());
        going.until(|event| event["state"] == "postponed");
        assert_eq!(cutovers(&simulator.control()), 0);
        simulator.control().fail(GROUP, id(0)).unwrap();
        going.end();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_check_can_postpone_the_cutover() {
    let simulator = atlas(1).await;
    advance(&simulator, 60);
    simulator.control().inject(FaultRule::new(ready_with_lag(0)).on_method("GET").times(1));
    let mut going = when_ready(&simulator, &[]);
    going.until(|event| event["state"] == "postponed");
    assert_eq!(cutovers(&simulator.control()), 0);
    advance(&simulator, 50);
    going.until(|event| event["state"] == "accepted");
    advance(&simulator, 30);
    let output = going.end();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert_eq!(states(&output), ["sending", "postponed", "sending", "accepted"]);
    assert_eq!(cutovers(&simulator.control()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_end_without_a_cutover_has_its_exit_code() {
    let simulator = atlas(2).await;
    let output = when_ready(&simulator, &["--timeout", "500ms"]).end();
    assert_eq!(code(&output), 10);
    simulator.control().fail(GROUP, id(0)).unwrap();
    assert_eq!(code(&when_ready(&simulator, &[]).end()), 8);
    let mut declined =
        configured(simulator.base_url(), &["cutover", &id(1), "--when-ready", "--max-lag", "5s"]);
    let before = simulator.control().request_count();
    let output = with_stdin(&mut declined, "no\n");
    assert_eq!(code(&output), 1);
    assert!(
        text(&output.stderr).contains("over to Atlas when it is ready? This cannot be undone.")
    );
    // It requested the migration for the prompt.
    assert_eq!(simulator.control().request_count(), before + 1);
    assert_eq!(cutovers(&simulator.control()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limited_cutover_is_checked_again_before_its_retry() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    on_cutover(&simulator, Fault::RateLimited { retry_after: Some(1) });
    let mut going = when_ready(&simulator, &["--max-lag", "1s"]);
    until(|| cutovers(&simulator.control()) > 0).await;
    // The lag grows before the service accepts a retry.
    simulator.control().inject(FaultRule::new(ready_with_lag(5_000)).on_method("GET"));
    let postponed = going.until(|event| event["state"] == "postponed");
    assert!(postponed["error"].as_str().unwrap().contains("429"), "{postponed}");
    // Longer than the service asked to wait.
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(2) {
        polled(&simulator).await;
    }
    assert_eq!(cutovers(&simulator.control()), 1);
    simulator.control().clear_faults();
    going.until(|event| event["state"] == "accepted");
    advance(&simulator, 30);
    let output = going.end();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert_eq!(states(&output), ["sending", "postponed", "sending", "accepted"]);
    assert_eq!(cutovers(&simulator.control()), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_cutover_is_retried_before_its_retry_after() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    on_cutover(&simulator, Fault::RateLimited { retry_after: Some(3600) });
    let mut going = when_ready(&simulator, &["--timeout", "2s"]);
    going.until(|event| event["state"] == "postponed");
    let output = going.end();
    assert_eq!(code(&output), 10, "{}", text(&output.stderr));
    assert_eq!(states(&output), ["sending", "postponed"]);
    assert_eq!(cutovers(&simulator.control()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_prompt_shows_the_migration_and_that_a_cutover_cannot_be_undone() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    let (first, url) = (id(0), simulator.base_url());
    let asked = |arguments: &[&str]| {
        let output = with_stdin(&mut configured(url, arguments), "no\n");
        assert_eq!(code(&output), 1);
        text(&output.stderr).to_owned()
    };
    let body = json!({
        "_id": first, "status": "WORKING", "readyForCutover": true, "lagTimeSeconds": 7,
        "migrationHosts": ["vm001.example.com\u{1b}[2J"],
        "source": {"clusterName": "rs0\nerror: x"}, "destination": {"clusterName": "target"},
    });
    let named = respond(200, &body);
    simulator.control().inject(FaultRule::new(named).times(1));
    let told = asked(&["cutover", &first]);
    for fact in [
        &*format!("migration:    {first}\n"),
        &format!("project:      {GROUP}\n"),
        "clusters:     rs0 error: x → target\n",
        "via host:     vm001.example.com[2J\n",
        "status:       WORKING\n",
        "lag:          7 s\n",
        "ready:        yes\n",
        "Atlas cannot undo this.\n",
        "? This cannot be undone. [y/N] \n",
    ] {
        assert!(told.contains(fact), "{fact}: {told}");
    }
    simulator.control().inject(FaultRule::new(Fault::Forbidden).times(1));
    let told = asked(&["cutover", &first, "--when-ready"]);
    assert!(
        told.contains("The status of the migration is unknown: ") && told.contains("403"),
        "{told}"
    );
    assert!(
        told.contains("over to Atlas when it is ready? This cannot be undone. [y/N] "),
        "{told}"
    );
    // Without a prompt and a journal it requests nothing first. With a journal it looks whether the migration is ready.
    for (journal, requests) in [(&["--no-journal"][..], 1), (&[], 2)] {
        let simulator = atlas(1).await;
        advance(&simulator, 110);
        let arguments = [&["cutover", &first, "--yes"], journal].concat();
        let output = configured(simulator.base_url(), &arguments).output().unwrap();
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        assert_eq!(simulator.control().request_count(), requests);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_prompts_of_drop_and_unlink_say_what_is_removed() {
    let simulator = atlas(1).await;
    let parts = parts();
    let drops = [&["create", "--drop", "--source-managed-authentication"], &parts[..]].concat();
    let output = with_stdin(&mut configured(simulator.base_url(), &drops), "n\n");
    let told = text(&output.stderr);
    for fact in [
        &*format!("source:       cluster replica-set-0 of project {SOURCE}\n"),
        &format!("destination:  cluster target of project {GROUP}\n"),
        "is dropped. This cannot be undone.",
        "Drop all data of the destination cluster target",
    ] {
        assert!(told.contains(fact), "{fact}: {told}");
    }
    let unlink = ["link", "delete", "--org-id", ORG];
    let output = with_stdin(&mut configured(simulator.base_url(), &unlink), "n\n");
    let told = text(&output.stderr);
    assert!(told.contains(&format!("organization: {ORG}\n")), "{told}");
    assert!(told.contains("cannot be migrated until it is linked again"), "{told}");
}
