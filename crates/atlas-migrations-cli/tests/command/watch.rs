//! `watch`.

use std::collections::BTreeSet;
use std::net::TcpStream;
use std::process::Stdio;

use atlas_simulator::{Fault, FaultRule, Simulator};
use serde_json::{Value, json};

use crate::atlas::{advance, atlas, cut_over, http, id, polled, respond, until};
use crate::metrics::{state, value};
use crate::process::{OFTEN, Process, code, command, configured, events, text, without_project};
use crate::{GROUP, TOKEN};

fn watch(simulator: &Simulator, arguments: &[&str]) -> Process {
    Process::start(simulator, &[&["watch"], &OFTEN[..], arguments].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_is_watched_to_each_of_its_ends() {
    for (fate, expected) in [("complete", 0), ("failed", 8), ("expired", 9)] {
        let simulator = atlas(1).await;
        let mut watch = watch(&simulator, &[&id(0), "-o", "json"]);
        let first = watch.until_status("NEW");
        assert_eq!(first["changed"], json!(["first"]));
        advance(&simulator, 10);
        let working = watch.until_status("WORKING");
        assert_eq!(
            (&working["lag_seconds"], &working["changed"][0]),
            (&200.0.into(), &"status".into())
        );
        advance(&simulator, 100);
        let ready = watch.until_ready();
        assert!(ready["deadline"]["latest"].is_string(), "{ready}");
        match fate {
            "complete" => {
                cut_over(&simulator, 0);
                watch.until(|event| event["job"]["readyForCutover"] == false);
                advance(&simulator, 30);
            }
            "failed" => simulator.control().fail(GROUP, id(0)).unwrap(),
            _ => advance(&simulator, 3600),
        }
        let output = watch.end();
        assert_eq!(code(&output), expected, "{}", text(&output.stderr));
        let events = events(&output);
        let end = events.last().unwrap();
        assert_eq!(end["event"], "end");
        assert_eq!(end["outcome"], fate);
        assert_eq!(end["exit_code"], expected);
        assert_eq!(end["status"], fate.to_uppercase());
        assert_eq!(end["failed_polls"], 0);
        assert!(
            events.iter().all(|event| event["event"] != "update" || event["changed"] != json!([]))
        );
        if expected > 0 {
            let error: Value = serde_json::from_slice(&output.stderr).unwrap();
            assert_eq!(error["exit_code"], expected);
            assert!(error["error"].as_str().unwrap().contains(&id(0)), "{error}");
        }
    }
}

/// Programs rely on these names.
#[tokio::test(flavor = "multi_thread")]
async fn the_json_fields_are_those_of_the_help() {
    let simulator = atlas(1).await;
    let mut watch = watch(&simulator, &[&id(0), "-o", "json"]);
    let update = watch.until_status("NEW");
    simulator.control().inject(FaultRule::new(Fault::HtmlBadGateway).times(1));
    let failed = watch.until(|event| event["event"] == "poll_failed");
    simulator.control().fail(GROUP, id(0)).unwrap();
    let output = watch.end();
    let end = events(&output).pop().unwrap();
    let common = ["version", "at", "event", "name", "project_id", "live_migration_id"];
    for (event, fields) in [
        (
            update,
            &[
                "job",
                "lag_seconds",
                "trend",
                "estimate",
                "deadline",
                "changed",
                "failed_polls",
                "waiting_for",
            ][..],
        ),
        (failed, &["error", "status", "failed_polls", "next_poll_seconds"]),
        (
            end,
            &[
                "outcome",
                "error",
                "exit_code",
                "status",
                "lag_seconds",
                "ready_for_cutover",
                "cutover",
                "waiting_for",
                "polls",
                "failed_polls",
                "left_out",
            ],
        ),
    ] {
        let names: BTreeSet<_> = event.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, common.iter().chain(fields).copied().collect(), "{event}");
    }
    let help = command(&["watch", "--help"]).output().unwrap();
    for name in ["poll_failed", "next_poll_seconds", "ready_for_cutover", "  130  interrupted"] {
        assert!(text(&help.stdout).contains(name), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_each_change_is_one_line() {
    let simulator = atlas(1).await;
    let mut watch = watch(&simulator, &[&id(0)]);
    watch.until_line(|line| line.contains("NEW"));
    advance(&simulator, 10);
    watch.until_line(|line| line.contains("lag 3m 20s"));
    // This change is too small for a line.
    advance(&simulator, 1);
    polled(&simulator).await;
    advance(&simulator, 49);
    watch.until_line(|line| line.contains("lag 1m 40s"));
    simulator.control().inject(FaultRule::new(Fault::EmptyServerError));
    watch.until_line(|line| line.contains("no response"));
    advance(&simulator, 1);
    simulator.control().clear_faults();
    watch.until_line(|line| line.contains("lag 1m 38s"));
    advance(&simulator, 49);
    watch.until_line(|line| line.contains("ready, "));
    cut_over(&simulator, 0);
    watch.until_line(|line| line.contains("cutting over"));
    advance(&simulator, 30);
    let output = watch.end();
    assert_eq!(code(&output), 0);
    let out = text(&output.stdout);
    assert!(!out.contains('\u{1b}'), "{out:?}");
    assert_eq!(text(&output.stderr), "");
    let (id, lines) = (id(0), out.lines().collect::<Vec<_>>());
    let told: Vec<_> = lines[..lines.len() - 2].iter().map(|line| &line[22..]).collect();
    let expected = [
        format!("{id}  NEW       not started"),
        format!("{id}  WORKING   lag 3m 20s, too early to tell"),
        format!("{id}  WORKING   lag 1m 40s, "),
        format!("{id}  WORKING   no response: getGroupLiveMigration"),
        format!("{id}  WORKING   lag 1m 38s, "),
        format!("{id}  WORKING   lag 0s, ready, 4d 23h left"),
        format!("{id}  WORKING   cutting over"),
        format!("{id}  COMPLETE  complete after "),
    ];
    assert_eq!(told.len(), expected.len(), "{out}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(&expected), "{told} {expected}");
    }
    assert_eq!(lines[lines.len() - 2].split("   ").next(), Some("MIGRATION"));
    assert!(lines[lines.len() - 1].ends_with("COMPLETE   complete"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worst_outcome_of_several_migrations_decides_the_exit_code() {
    let simulator = atlas(3).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("migrations.json");
    let entry = |index, name: &str| json!({"project_id": GROUP, "live_migration_id": id(index), "name": name});
    let list = json!([entry(0, "orders"), entry(1, "in\u{1b}[2Jvoices"), entry(2, "archive")]);
    std::fs::write(&file, list.to_string()).unwrap();
    let arguments = [&["watch", "--file", file.to_str().unwrap()], &OFTEN[..]].concat();
    let command = without_project(simulator.base_url(), &arguments);
    let mut watch = Process::run(command, Stdio::null());
    for _ in 0..3 {
        watch.until_line(|line| line.contains("NEW"));
    }
    advance(&simulator, 110);
    cut_over(&simulator, 0);
    simulator.control().fail(GROUP, id(1)).unwrap();
    advance(&simulator, 3600);
    let output = watch.end();
    assert_eq!(code(&output), 8);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(err.contains("1 of 3 migrations failed"), "{err}");
    assert!(!out.contains('\u{1b}'), "{out:?}");
    for (name, outcome) in
        [("orders", "complete"), ("in[2Jvoices", "failed"), ("archive", "expired")]
    {
        let row = out.lines().rev().find(|line| line.starts_with(name)).unwrap();
        assert!(row.ends_with(outcome), "{out}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn until_ready_ends_once_all_are_ready_or_cut_over() {
    let simulator = atlas(2).await;
    advance(&simulator, 110);
    cut_over(&simulator, 1);
    advance(&simulator, 30);
    let until_ready = |index| {
        let watch = watch(&simulator, &[&id(index), "--until", "ready", "-o", "json"]);
        let output = watch.end();
        (code(&output), events(&output).pop().unwrap()["outcome"].as_str().unwrap().to_owned())
    };
    assert_eq!(until_ready(0), (0, "ready".to_owned()));
    assert_eq!(until_ready(1), (0, "complete".to_owned()));
    simulator.control().fail(GROUP, id(0)).unwrap();
    assert_eq!(until_ready(0), (8, "failed".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_shows_the_status_of_each_migration() {
    let simulator = atlas(2).await;
    advance(&simulator, 60);
    let output = watch(&simulator, &[&id(0), &id(1), &id(0), "--timeout", "3s"]).end();
    assert_eq!(code(&output), 10);
    let out = text(&output.stdout);
    for index in [0, 1] {
        let row = format!("{}   100 s      no                  WORKING   timed out", id(index));
        assert_eq!(out.matches(&row).count(), 1, "{out}");
    }
    let err = text(&output.stderr);
    assert!(err.contains("2 of 2 migrations did not reach the awaited state in time"), "{err}");
    assert!(err.contains("hint: migrations continue"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn a_signal_shows_the_status_of_each_migration_and_writes_the_chart() {
    for signal in ["INT", "TERM"] {
        let simulator = atlas(2).await;
        advance(&simulator, 60);
        let folder = tempfile::tempdir().unwrap();
        let chart = folder.path().join("chart.svg");
        std::fs::write(&chart, "what was there before").unwrap();
        let arguments = [&id(0), &id(1), "--chart", chart.to_str().unwrap()];
        let mut watch = watch(&simulator, &arguments);
        watch.until_line(|line| line.contains(&id(0)));
        watch.signal(signal);
        let output = watch.end();
        assert_eq!(code(&output), 130);
        let out = text(&output.stdout);
        assert!(out.ends_with("interrupted\n") && out.contains("100 s"), "{out}");
        assert!(text(&output.stderr).starts_with("error: interrupted\n"));
        let svg = std::fs::read_to_string(&chart).unwrap();
        let shown = format!("{}: replicating; watch interrupted", id(0));
        assert!(svg.contains(&shown), "{svg}");
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "no other file is left");
    }
}

/// As with `watch | head`.
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_ends_if_its_reader_closes_the_pipe() {
    let simulator = atlas(1).await;
    let mut watch = watch(&simulator, &[&id(0)]);
    watch.until_line(|line| line.contains("NEW"));
    let child = watch.stop_reading();
    advance(&simulator, 10);
    let output = child.wait_with_output().unwrap();
    // It is no success, because the migration has not ended, but there is no error message.
    assert_eq!(code(&output), 141);
    assert_eq!(text(&output.stderr), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_polls_are_distinguished_from_failed_migrations() {
    let simulator = atlas(1).await;
    let rule = |fault| simulator.control().inject(FaultRule::new(fault));
    let mut going = watch(&simulator, &[&id(0), "-o", "json"]);
    going.until_status("NEW");
    rule(Fault::HtmlServiceUnavailable { retry_after: None });
    let failed = going.until(|event| event["event"] == "poll_failed");
    assert_eq!(failed["status"], 503);
    polled(&simulator).await;
    simulator.control().clear_faults();
    going.until(|event| event["event"] == "update" && event["failed_polls"].as_u64() > Some(0));
    // Consecutive failures are reported once.
    rule(Fault::ResetConnection);
    going.until(|event| event["event"] == "poll_failed");
    simulator.control().clear_faults();
    simulator.control().fail(GROUP, id(0)).unwrap();
    let output = going.end();
    assert_eq!(code(&output), 8);
    let told = events(&output);
    assert_eq!(told.iter().filter(|event| event["event"] == "poll_failed").count(), 2);

    // A rejected first poll is final.
    let output = watch(&simulator, &[&"0".repeat(24)]).end();
    assert_eq!(code(&output), 4, "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("hint: check the migration's id"));
    rule(Fault::HtmlBadGateway);
    let output = watch(&simulator, &[&id(0), "--error-timeout", "0s", "-o", "json"]).end();
    assert_eq!(code(&output), 7);
    let end = events(&output).pop().unwrap();
    assert_eq!((&end["outcome"], &end["status"]), (&"error".into(), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_from_a_server_controls_no_terminal() {
    let simulator = atlas(1).await;
    let body = json!({"status": "PAU\u{1b}[2J\u{202e}SED", "lagTimeSeconds": 5});
    let strange = respond(200, &body);
    simulator.control().inject(FaultRule::new(strange).times(1));
    let mut watch = watch(&simulator, &[&id(0)]);
    watch.until_line(|line| line.contains("PAU[2JS…"));
    watch.until_line(|line| line.contains("NEW"));
    let status = Fault::Respond { status: 400, content_type: None, body: "\u{1b}]0;x\u{7}".into() };
    simulator.control().inject(FaultRule::new(status).times(1));
    watch.until_line(|line| line.contains("no response"));
    simulator.control().fail(GROUP, id(0)).unwrap();
    let output = watch.end();
    assert!(!text(&output.stdout).contains(['\u{1b}', '\u{202e}', '\u{7}']));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chart_is_standalone_xml_with_all_events() {
    let simulator = atlas(2).await;
    let folder = tempfile::tempdir().unwrap();
    let (file, chart) = (folder.path().join("list.json"), folder.path().join("chart.svg"));
    let list = json!([
        {"project_id": GROUP, "live_migration_id": id(0), "name": "<b>&\"orders\"</b>"},
        {"project_id": GROUP, "live_migration_id": id(1)},
    ]);
    std::fs::write(&file, list.to_string()).unwrap();
    let (file, path) = (file.to_str().unwrap(), chart.to_str().unwrap());
    let mut watch = watch(&simulator, &["--file", file, "--chart", path, "-o", "json"]);
    watch.until_status("NEW");
    for seconds in [10, 50] {
        advance(&simulator, seconds);
        watch.until(|event| event["live_migration_id"] == id(0) && !event["lag_seconds"].is_null());
    }
    simulator.control().fail(GROUP, id(1)).unwrap();
    advance(&simulator, 50);
    watch.until_ready();
    cut_over(&simulator, 0);
    watch.until(|event| event["live_migration_id"] == id(0) && event["lag_seconds"].is_null());
    advance(&simulator, 30);
    let output = watch.end();
    assert_eq!(code(&output), 8);

    let svg = std::fs::read_to_string(&chart).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let named = |name| document.descendants().filter(move |node| node.has_tag_name(name));
    let namespace = document.root_element().tag_name().namespace();
    assert_eq!(namespace, Some("http://www.w3.org/2000/svg"));
    let texts: Vec<_> = document.descendants().filter_map(|node| node.text()).collect();
    let has = |part: &str| texts.iter().any(|text| text.contains(part));
    for part in [
        "<b>&\"orders\"</b>: complete",
        "<b>&\"orders\"</b>: replicating, ",
        "<b>&\"orders\"</b>: ready for cutover, ",
        "<b>&\"orders\"</b>: cutting over, ",
        &format!("{}: failed", id(1)),
        "prefers-color-scheme:dark",
    ] {
        assert!(has(part), "{part}: {texts:#?}");
    }
    assert!(named((namespace.unwrap(), "polyline")).count() >= 2, "{svg}");
    // The file loads nothing and runs nothing.
    assert_eq!(svg.matches("http").count(), 1);
    assert!(!svg.contains("href") && !svg.contains("<script") && !svg.contains(TOKEN));
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn a_watch_that_is_killed_leaves_the_chart_of_the_last_interval() {
    let simulator = atlas(1).await;
    advance(&simulator, 60);
    let folder = tempfile::tempdir().unwrap();
    let chart = folder.path().join("chart.svg");
    let arguments = [&id(0), "--chart", chart.to_str().unwrap(), "--chart-interval", "50ms"];
    let mut watch = watch(&simulator, &arguments);
    watch.until_line(|line| line.contains("WORKING"));
    let written = || std::fs::read_to_string(&chart).unwrap_or_default();
    until(|| written().contains("1 min 40 s")).await;
    watch.signal("KILL");
    watch.end();
    let svg = written();
    roxmltree::Document::parse(&svg).unwrap();
    assert!(svg.contains("not finished") && svg.contains("replicating"), "{svg}");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_served_while_it_watches() {
    let simulator = atlas(1).await;
    let mut watch = watch(&simulator, &[&id(0), "-o", "json", "--metrics", "0", "--linger", "0s"]);
    let note = watch.stderr.until_line(|_| true);
    let url = note.strip_prefix("metrics are served at http://").unwrap();
    let address = url.strip_suffix("/metrics").unwrap();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let ask = |request: &str| http(address, request, "");

    watch.until_status("NEW");
    let response = ask("GET /metrics");
    let state = |response: &str| state(response, &id(0));
    assert_eq!(state(&response).as_deref(), Some("replicating"), "{response}");
    assert_eq!(value(&response, "lag_seconds", ""), None);
    advance(&simulator, 60);
    watch.until_status("WORKING");
    let response = ask("GET /metrics");
    assert_eq!(value(&response, "lag_seconds", ""), Some(100.0));
    assert_eq!(value(&response, "needs_person", ""), Some(0.0));
    let deadline = "deadline_timestamp_seconds";
    assert_eq!(value(&response, deadline, ",bound=\"latest\""), None);
    assert_eq!(value(&response, "poll_errors_total", ""), Some(0.0));
    assert!(value(&response, "polls_total", "") >= Some(1.0), "{response}");
    assert!(response.contains("atlas_migrations_poll_errors_total{code=\"http_500\"} 0\n"));

    simulator.control().inject(FaultRule::new(Fault::EmptyServerError).times(1));
    watch.until(|event| event["event"] == "poll_failed");
    advance(&simulator, 50);
    watch.until_ready();
    let response = ask("GET /metrics");
    assert_eq!(value(&response, "lag_seconds", ""), Some(0.0));
    assert_eq!(state(&response).as_deref(), Some("ready"), "{response}");
    assert_eq!(value(&response, "poll_errors_total", ""), Some(1.0));
    assert!(response.contains("atlas_migrations_poll_errors_total{code=\"http_500\"} 1\n"));
    let latest = value(&response, deadline, ",bound=\"latest\"").unwrap();
    let earliest = value(&response, deadline, ",bound=\"earliest\"").unwrap();
    assert!(earliest <= latest && latest - earliest < 1000.0, "{response}");
    let last_success = value(&response, "last_success_timestamp_seconds", "").unwrap();
    assert!((431_000.0..=432_000.0).contains(&(latest - last_success)), "{response}");
    assert!(!response.contains(TOKEN));

    assert!(ask("GET /").starts_with("HTTP/1.1 404 "));
    assert!(ask("POST /metrics").starts_with("HTTP/1.1 405 "));
    cut_over(&simulator, 0);
    watch.until(|event| event["job"]["readyForCutover"] == false);
    let response = ask("GET /metrics");
    assert_eq!(state(&response).as_deref(), Some("cutting_over"), "{response}");
    assert_eq!(value(&response, "lag_seconds", ""), None);
    assert_eq!(value(&response, deadline, ",bound=\"latest\""), None);
    advance(&simulator, 30);
    assert_eq!(code(&watch.end()), 0);
    assert!(TcpStream::connect(address).is_err(), "the metrics server ends with the watch");
}

#[test]
fn invalid_arguments_are_rejected_before_sending() {
    let nowhere = |arguments: &[&str]| {
        let output = configured("http://127.0.0.1:1", arguments).output().unwrap();
        (code(&output), text(&output.stderr).to_owned())
    };
    let id = id(0);
    for (arguments, said) in [
        (&["watch"][..], "LIVE_MIGRATION_ID"),
        (&["watch", &id, "--file", "x"], "cannot be used with"),
        (&["watch", "--project-id", GROUP, "--file", "x"], "cannot be used with"),
        (&["watch", "--file", "no-such-file.json"], "no-such-file.json"),
        (&["watch", &id, "--chart", "no-such-folder/x.svg"], "cannot be written"),
        (&["watch", &id, "--linger", "5m"], "--metrics"),
        (&["cutover", &id, "--yes", "--when-ready", "--linger", "5m"], "--metrics"),
        (&["cutover", &id, "--yes", "--metrics", "0", "--linger", "5m"], "--when-ready"),
        (&["watch", &id, "--metrics", "example.com"], "9464"),
        (&["watch", &id, "--interval", "9s..2s"], "the lower bound is above the upper bound"),
        (&["cutover", &id, "--yes", "--timeout", "1s"], "--when-ready"),
        (&["cutover", &id, "--yes", "--max-lag", "1s"], "--when-ready"),
    ] {
        let (code, err) = nowhere(arguments);
        assert!(code == 2 && err.contains(said), "{arguments:?}: {code} {err}");
    }
}
