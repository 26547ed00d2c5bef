//! `cutover --when-ready` as a whole process.

use std::time::Duration;

use atlas_simulator::{Fault, FaultRule, Simulator};
use serde_json::json;

use crate::following::{Following, OFTEN, advance, atlas, cutovers, events, id, looked_at};
use crate::requests::with_stdin;
use crate::{GROUP, code, configured, text};

fn when_ready(simulator: &Simulator, more: &[&str]) -> Following {
    let arguments = ["cutover", &id(0), "--when-ready", "--yes", "-o", "json"];
    Following::start(simulator, &[&arguments, &OFTEN[..], more].concat())
}

/// A fault of the cutover alone.
fn on_cutover(simulator: &Simulator, fault: Fault) {
    let rule = FaultRule::new(fault).on_operation("cutoverGroupLiveMigration");
    simulator.control().inject(rule.times(1));
}

/// The states of the cutover that were told.
fn states(output: &std::process::Output) -> Vec<String> {
    let events = events(output).into_iter().filter(|event| event["event"] == "cutover");
    events.map(|event| event["state"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_cuts_over_once_and_follows_to_the_end() {
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
    // Right before, it looked once more.
    let requests = simulator.control().requests();
    let at = requests.iter().position(|request| request.method() == "PUT").unwrap();
    assert_eq!(requests[at - 1].method(), "GET");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_not_a_reason_to_send_it_again() {
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
async fn a_cutover_that_never_arrived_is_not_given_up_after_a_few_quick_looks() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    on_cutover(&simulator, Fault::ResetConnection);
    let mut going = when_ready(&simulator, &[]);
    going.until(|event| event["state"] == "unclear");
    for _ in 0..6 {
        let look = tokio::time::timeout(Duration::from_secs(20), looked_at(&simulator));
        look.await.expect("it goes on looking");
    }
    // It had only been slow.
    simulator.control().cut_over(GROUP, id(0)).unwrap();
    advance(&simulator, 30);
    let output = going.end();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert_eq!(states(&output), ["sending", "unclear"]);
    assert_eq!(cutovers(&simulator.control()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_cut_over_by_another_is_followed() {
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
async fn a_refusal_ends_it() {
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
async fn interrupted_while_it_is_sent_it_says_that_it_may_have_taken_effect() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    on_cutover(&simulator, Fault::StallHeaders);
    let arguments = ["cutover", &id(0), "--when-ready", "--yes"];
    let mut going = Following::start(&simulator, &[&arguments, &OFTEN[..]].concat());
    going.until_line(|line| line.contains("looking once more"));
    while cutovers(&simulator.control()) == 0 {
        tokio::task::yield_now().await;
    }
    going.signal("INT");
    let output = going.end();
    assert_eq!(code(&output), 130);
    let said = "interrupted; its cutover was being sent and may have taken effect";
    assert!(text(&output.stdout).contains(said), "{}", text(&output.stdout));
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn interrupted_while_it_is_sent_it_says_what_came_of_it() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    on_cutover(&simulator, Fault::Delay { milliseconds: 300 });
    let arguments = ["cutover", &id(0), "--when-ready", "--yes"];
    let mut going = Following::start(&simulator, &[&arguments, &OFTEN[..]].concat());
    going.until_line(|line| line.contains("looking once more"));
    while cutovers(&simulator.control()) == 0 {
        tokio::task::yield_now().await;
    }
    going.signal("INT");
    let output = going.end();
    assert_eq!(code(&output), 130);
    let said = "interrupted; its cutover was accepted";
    assert!(text(&output.stdout).contains(said), "{}", text(&output.stdout));
}

/// What is answered to a look, however the migration really stands.
fn ready_with_lag(seconds: u64) -> Fault {
    let body = json!({
        "_id": id(0), "status": "WORKING", "readyForCutover": true, "lagTimeSeconds": seconds,
    });
    let content_type = Some("application/vnd.atlas.2023-01-01+json".to_owned());
    Fault::Respond { status: 200, content_type, body: body.to_string() }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lag_has_to_be_small_enough() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    let get = FaultRule::new(ready_with_lag(6)).on_method("GET");
    simulator.control().inject(get);
    let mut going = when_ready(&simulator, &["--max-lag", "5s"]);
    going.until_ready();
    looked_at(&simulator).await;
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
async fn a_time_that_is_over_while_the_effect_is_unclear_says_so() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    on_cutover(&simulator, Fault::ResetConnection);
    let output = when_ready(&simulator, &["--timeout", "2s"]).end();
    assert_eq!(code(&output), 10);
    let error = text(&output.stderr);
    assert!(error.contains("whether its cutover took effect is not known yet"), "{error}");
    assert_eq!(cutovers(&simulator.control()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lag_that_stays_too_large_is_named_in_each_output() {
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
    let output = Following::start(&simulator, &arguments).end();
    let out = text(&output.stdout);
    assert!(out.contains("lag 12s, ready, lag above 5s, <"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_answers_for_another_migration_or_one_that_is_over_cuts_nothing_over() {
    for (id_of_answer, status) in [(Some("a".repeat(24)), "WORKING"), (None, "FAILED")] {
        let simulator = atlas(1).await;
        advance(&simulator, 110);
        // The watch's look finds it ready, and the last one something else.
        simulator.control().inject(FaultRule::new(ready_with_lag(0)).on_method("GET").times(1));
        let body = json!({
            "_id": id_of_answer, "status": status, "readyForCutover": true, "lagTimeSeconds": 0,
        });
        let content_type = Some("application/vnd.atlas.2023-01-01+json".to_owned());
        let other = Fault::Respond { status: 200, content_type, body: body.to_string() };
        simulator.control().inject(FaultRule::new(other).on_method("GET").times(1));
        let mut going = when_ready(&simulator, &[]);
        going.until(|event| event["state"] == "put_off");
        assert_eq!(cutovers(&simulator.control()), 0);
        simulator.control().fail(GROUP, id(0)).unwrap();
        going.end();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_look_can_put_it_off() {
    let simulator = atlas(1).await;
    advance(&simulator, 60);
    simulator.control().inject(FaultRule::new(ready_with_lag(0)).on_method("GET").times(1));
    let mut going = when_ready(&simulator, &[]);
    going.until(|event| event["state"] == "put_off");
    assert_eq!(cutovers(&simulator.control()), 0);
    advance(&simulator, 50);
    going.until(|event| event["state"] == "accepted");
    advance(&simulator, 30);
    let output = going.end();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert_eq!(states(&output), ["sending", "put_off", "sending", "accepted"]);
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
    assert!(text(&output.stderr).contains("over to Atlas once it is ready? It cannot be undone."));
    // It has looked, to say what is to be cut over.
    assert_eq!(simulator.control().request_count(), before + 1);
    assert_eq!(cutovers(&simulator.control()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cutover_that_was_not_taken_is_decided_anew_before_it_is_sent_again() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    // The last look finds no lag; what comes after the refusal finds much.
    on_cutover(&simulator, Fault::RateLimited { retry_after: Some(1) });
    let near = FaultRule::new(ready_with_lag(0)).on_method("GET").times(2);
    simulator.control().inject(near);
    simulator.control().inject(FaultRule::new(ready_with_lag(5_000)).on_method("GET"));
    let mut going = when_ready(&simulator, &["--max-lag", "1s"]);
    let put_off = going.until(|event| event["state"] == "put_off");
    assert!(put_off["error"].as_str().unwrap().contains("429"), "{put_off}");
    going.until(|event| event["lag_seconds"] == 5_000.0);
    // Longer than the service asked to wait.
    let began = std::time::Instant::now();
    while began.elapsed() < std::time::Duration::from_secs(2) {
        looked_at(&simulator).await;
    }
    assert_eq!(cutovers(&simulator.control()), 1);
    simulator.control().clear_faults();
    simulator.control().inject(FaultRule::new(ready_with_lag(1)).on_method("GET").times(2));
    going.until(|event| event["state"] == "accepted");
    advance(&simulator, 30);
    let output = going.end();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert_eq!(states(&output), ["sending", "put_off", "sending", "accepted"]);
    assert_eq!(cutovers(&simulator.control()), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_cutover_is_sent_before_the_service_wants_to_be_asked_again() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    on_cutover(&simulator, Fault::RateLimited { retry_after: Some(3600) });
    let mut going = when_ready(&simulator, &["--timeout", "2s"]);
    going.until(|event| event["state"] == "put_off");
    let output = going.end();
    assert_eq!(code(&output), 10, "{}", text(&output.stderr));
    assert_eq!(states(&output), ["sending", "put_off"]);
    assert_eq!(cutovers(&simulator.control()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_prompt_shows_what_is_cut_over_and_what_cannot_be_undone() {
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
    let content_type = Some("application/vnd.atlas.2023-01-01+json".to_owned());
    let named = Fault::Respond { status: 200, content_type, body: body.to_string() };
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
        "Atlas has no way back.\n",
        "? It cannot be undone. [y/N] \n",
    ] {
        assert!(told.contains(fact), "{fact}: {told}");
    }
    simulator.control().inject(FaultRule::new(Fault::Forbidden).times(1));
    let told = asked(&["cutover", &first, "--when-ready"]);
    assert!(told.contains("How it stands could not be seen: ") && told.contains("403"), "{told}");
    assert!(told.contains("over to Atlas once it is ready? It cannot be undone. [y/N] "), "{told}");
    // Who is not asked needs no look.
    let before = simulator.control().request_count();
    assert_eq!(code(&configured(url, &["cutover", &first, "--yes"]).output().unwrap()), 0);
    assert_eq!(simulator.control().request_count(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_prompts_of_a_drop_and_of_an_unlinking_say_what_goes() {
    let simulator = atlas(1).await;
    let parts = crate::requests::parts();
    let drops = [&["create", "--drop", "--source-managed-authentication"], &parts[..]].concat();
    let output = with_stdin(&mut configured(simulator.base_url(), &drops), "n\n");
    let told = text(&output.stderr);
    for fact in [
        &*format!("source:       cluster replica-set-0 of project {}\n", crate::requests::SOURCE),
        &format!("destination:  cluster target of project {GROUP}\n"),
        "is dropped, which cannot be undone",
        "Drop what the destination cluster target holds",
    ] {
        assert!(told.contains(fact), "{fact}: {told}");
    }
    let org = "4888442a3354817a7320eb61";
    let unlink = ["link", "delete", "--org-id", org];
    let output = with_stdin(&mut configured(simulator.base_url(), &unlink), "n\n");
    let told = text(&output.stderr);
    assert!(told.contains(&format!("organization: {org}\n")), "{told}");
    assert!(told.contains("no project there can be migrated until it is linked anew"), "{told}");
}
