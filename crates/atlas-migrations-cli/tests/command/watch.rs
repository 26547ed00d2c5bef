//! `watch` as a whole process.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use atlas_simulator::{Fault, FaultRule, Simulator};
use serde_json::{Value, json};

use crate::following::{Following, OFTEN, advance, atlas, cut_over, events, id, looked_at};
use crate::{GROUP, TOKEN, code, command, configured, text};

fn watch(simulator: &Simulator, arguments: &[&str]) -> Following {
    Following::start(simulator, &[&["watch"], &OFTEN[..], arguments].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_life_is_followed_to_each_of_its_ends() {
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

/// The names that programs rely on.
#[tokio::test(flavor = "multi_thread")]
async fn the_names_in_json_are_those_of_the_help() {
    let simulator = atlas(1).await;
    let mut watch = watch(&simulator, &[&id(0), "-o", "json"]);
    let update = watch.until_status("NEW");
    simulator.control().inject(FaultRule::new(Fault::HtmlBadGateway).times(1));
    let failed = watch.until(|event| event["event"] == "poll_failed");
    simulator.control().fail(GROUP, id(0)).unwrap();
    let output = watch.end();
    let end = events(&output).pop().unwrap();
    let common = ["event", "name", "group_id", "live_migration_id"];
    for (event, fields) in [
        (
            update,
            &[
                "observed_at",
                "job",
                "lag_seconds",
                "trend",
                "estimate",
                "deadline",
                "changed",
                "failed_polls",
            ][..],
        ),
        (failed, &["at", "error", "status", "failed_polls", "next_poll_seconds"]),
        (
            end,
            &[
                "at",
                "outcome",
                "error",
                "exit_code",
                "status",
                "lag_seconds",
                "ready_for_cutover",
                "cutover",
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
async fn elsewhere_than_on_a_terminal_there_is_one_line_a_change() {
    let simulator = atlas(1).await;
    let mut watch = watch(&simulator, &[&id(0)]);
    watch.until_line(|line| line.contains("NEW"));
    advance(&simulator, 10);
    watch.until_line(|line| line.contains("lag 3m 20s"));
    // Too small a change for a line of its own.
    advance(&simulator, 1);
    looked_at(&simulator).await;
    advance(&simulator, 49);
    watch.until_line(|line| line.contains("lag 1m 40s"));
    simulator.control().inject(FaultRule::new(Fault::EmptyServerError));
    watch.until_line(|line| line.contains("no answer"));
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
        format!("{id}  NEW       not begun"),
        format!("{id}  WORKING   lag 3m 20s, too early to tell"),
        format!("{id}  WORKING   lag 1m 40s, "),
        format!("{id}  WORKING   no answer: getGroupLiveMigration"),
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
async fn of_several_the_worst_decides_and_a_file_can_name_them() {
    let simulator = atlas(3).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("migrations.json");
    let entry = |index, name: &str| json!({"project_id": GROUP, "live_migration_id": id(index), "name": name});
    let list = json!([entry(0, "orders"), entry(1, "in\u{1b}[2Jvoices"), entry(2, "archive")]);
    std::fs::write(&file, list.to_string()).unwrap();
    let command = configured(simulator.base_url(), &["watch", "--file", file.to_str().unwrap()]);
    let mut command = command;
    command.args(OFTEN).env_remove("MONGODB_ATLAS_PROJECT_ID");
    let mut watch = Following::run(command);
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
async fn until_ready_ends_once_all_are_ready_or_past_it() {
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
async fn watching_ends_in_time_and_says_where_each_stood() {
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
    assert!(err.contains("2 of 2 migrations did not get there in time"), "{err}");
    assert!(err.contains("hint: migrations go on"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn interrupted_it_says_where_each_stood_and_draws_its_chart() {
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
        assert!(svg.contains(&format!("{}: interrupted", id(0))), "{svg}");
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "nothing else is left behind");
    }
}

/// Such as `head`.
#[tokio::test(flavor = "multi_thread")]
async fn it_ends_when_nobody_reads_it_any_more() {
    let simulator = atlas(1).await;
    let mut watch = watch(&simulator, &[&id(0)]);
    watch.until_line(|line| line.contains("NEW"));
    let child = watch.stop_reading();
    advance(&simulator, 10);
    let output = child.wait_with_output().unwrap();
    // It has not come to its end, so that it is no success; but there is nothing to complain about.
    assert_eq!(code(&output), 141);
    assert_eq!(text(&output.stderr), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_polls_are_told_apart_from_failed_migrations() {
    let simulator = atlas(1).await;
    let rule = |fault| simulator.control().inject(FaultRule::new(fault));
    let mut going = watch(&simulator, &[&id(0), "-o", "json"]);
    going.until_status("NEW");
    rule(Fault::HtmlServiceUnavailable { retry_after: None });
    let failed = going.until(|event| event["event"] == "poll_failed");
    assert_eq!(failed["status"], 503);
    looked_at(&simulator).await;
    simulator.control().clear_faults();
    going.until(|event| event["event"] == "update" && event["failed_polls"].as_u64() > Some(0));
    // Each spell of failures is told once.
    rule(Fault::ResetConnection);
    going.until(|event| event["event"] == "poll_failed");
    simulator.control().clear_faults();
    simulator.control().fail(GROUP, id(0)).unwrap();
    let output = going.end();
    assert_eq!(code(&output), 8);
    let told = events(&output);
    assert_eq!(told.iter().filter(|event| event["event"] == "poll_failed").count(), 2);

    // What is refused at the first look will not pass.
    let output = watch(&simulator, &[&"0".repeat(24)]).end();
    assert_eq!(code(&output), 4, "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("hint: check the migration's id"));
    rule(Fault::HtmlBadGateway);
    let output = watch(&simulator, &[&id(0), "--patience", "0s", "-o", "json"]).end();
    assert_eq!(code(&output), 7);
    let end = events(&output).pop().unwrap();
    assert_eq!((&end["outcome"], &end["status"]), (&"error".into(), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_sends_steers_no_terminal() {
    let simulator = atlas(1).await;
    let body = json!({"status": "PAU\u{1b}[2J\u{202e}SED", "lagTimeSeconds": 5}).to_string();
    let content_type = Some("application/vnd.atlas.2023-01-01+json".to_owned());
    let strange = Fault::Respond { status: 200, content_type, body };
    simulator.control().inject(FaultRule::new(strange).times(1));
    let mut watch = watch(&simulator, &[&id(0)]);
    watch.until_line(|line| line.contains("PAU[2JS…"));
    watch.until_line(|line| line.contains("NEW"));
    let status = Fault::Respond { status: 400, content_type: None, body: "\u{1b}]0;x\u{7}".into() };
    simulator.control().inject(FaultRule::new(status).times(1));
    watch.until_line(|line| line.contains("no answer"));
    simulator.control().fail(GROUP, id(0)).unwrap();
    let output = watch.end();
    assert!(!text(&output.stdout).contains(['\u{1b}', '\u{202e}', '\u{7}']));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chart_is_sound_xml_of_its_own_with_all_that_happened() {
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
        "<b>&\"orders\"</b>: replicating, after",
        "<b>&\"orders\"</b>: ready for cutover, after",
        "<b>&\"orders\"</b>: cutting over, after",
        &format!("{}: failed", id(1)),
        "prefers-color-scheme: dark",
        "3m 20s",
    ] {
        assert!(has(part) || part == "3m 20s", "{part}: {texts:#?}");
    }
    assert!(named((namespace.unwrap(), "polyline")).count() >= 2, "{svg}");
    // Nothing is fetched from anywhere, and nothing is run.
    assert_eq!(svg.matches("http").count(), 1);
    assert!(!svg.contains("href") && !svg.contains("<script") && !svg.contains(TOKEN));
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_served_while_it_watches() {
    let simulator = atlas(1).await;
    let mut watch = watch(&simulator, &[&id(0), "-o", "json", "--metrics", "0"]);
    let mut notes = BufReader::new(watch.child.stderr.take().unwrap());
    let mut note = String::new();
    notes.read_line(&mut note).unwrap();
    let url = note.trim().strip_prefix("metrics are served at http://").unwrap();
    let address = url.strip_suffix("/metrics").unwrap().to_owned();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let ask = |request: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(stream, "{request} HTTP/1.1\r\nhost: {address}\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let of = format!("project_id=\"{GROUP}\",live_migration_id=\"{0}\",name=\"{0}\"", id(0));
    let value = |answer: &str, name: &str, more: &str| {
        let start = format!("atlas_live_migration_{name}{{{of}{more}}} ");
        let line = answer.lines().find_map(|line| line.strip_prefix(&start).map(str::to_owned));
        line.map(|value| value.parse::<f64>().unwrap())
    };

    watch.until_status("NEW");
    let answer = ask("GET /metrics");
    assert_eq!(value(&answer, "status", ",status=\"NEW\""), Some(1.0));
    assert_eq!(value(&answer, "lag_seconds", ""), None);
    advance(&simulator, 60);
    watch.until_status("WORKING");
    let answer = ask("GET /metrics");
    assert_eq!(value(&answer, "status", ",status=\"NEW\""), None);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("# EOF\n"), "{answer}");
    assert!(answer.contains("content-type: application/openmetrics-text"), "{answer}");
    assert_eq!(value(&answer, "lag_seconds", ""), Some(100.0));
    assert_eq!(value(&answer, "ready_for_cutover", ""), Some(0.0));
    assert_eq!(value(&answer, "status", ",status=\"WORKING\""), Some(1.0));
    assert_eq!(value(&answer, "time_to_deadline_at_most_seconds", ""), None);
    assert_eq!(value(&answer, "poll_errors_total", ""), Some(0.0));
    assert!(value(&answer, "polls_total", "") >= Some(1.0), "{answer}");

    simulator.control().inject(FaultRule::new(Fault::EmptyServerError).times(1));
    watch.until(|event| event["event"] == "poll_failed");
    advance(&simulator, 50);
    watch.until_ready();
    let answer = ask("GET /metrics");
    assert_eq!(value(&answer, "lag_seconds", ""), Some(0.0));
    assert_eq!(value(&answer, "ready_for_cutover", ""), Some(1.0));
    assert_eq!(value(&answer, "poll_errors_total", ""), Some(1.0));
    let at_most = value(&answer, "time_to_deadline_at_most_seconds", "").unwrap();
    let at_least = value(&answer, "time_to_deadline_at_least_seconds", "").unwrap();
    assert!(431_000.0 < at_least && at_least <= at_most && at_most <= 432_000.0, "{answer}");
    assert!(!answer.contains(TOKEN));

    assert!(ask("GET /").starts_with("HTTP/1.1 404 "));
    assert!(ask("POST /metrics").starts_with("HTTP/1.1 405 "));
    cut_over(&simulator, 0);
    watch.until(|event| event["job"]["readyForCutover"] == false);
    let answer = ask("GET /metrics");
    assert_eq!(value(&answer, "ready_for_cutover", ""), Some(0.0));
    let deadlines = ["time_to_deadline_at_most_seconds", "time_to_deadline_at_least_seconds"];
    for gone in ["lag_seconds"].into_iter().chain(deadlines) {
        assert_eq!(value(&answer, gone, ""), None, "{gone}");
    }
    advance(&simulator, 30);
    assert_eq!(code(&watch.end()), 0);
    assert!(TcpStream::connect(&address).is_err(), "it ends with the watch");
}

#[test]
fn what_cannot_be_is_said_before_anything_is_sent() {
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
        (&["watch", &id, "--interval", "9s..2s"], "longest"),
        (&["cutover", &id, "--yes", "--timeout", "1s"], "--when-ready"),
        (&["cutover", &id, "--yes", "--max-lag", "1s"], "--when-ready"),
    ] {
        let (code, err) = nowhere(arguments);
        assert!(code == 2 && err.contains(said), "{arguments:?}: {code} {err}");
    }
}
