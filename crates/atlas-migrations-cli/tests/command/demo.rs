//! `demo`: many migrations on a simulator.

use serde_json::Value;

use crate::process::{code, command, text};

#[test]
fn the_demo_shows_every_outcome_and_exits_with_the_worst() {
    let output = command(&["demo"]).output().unwrap();
    assert_eq!(code(&output), 8, "{}", text(&output.stderr));
    let out = text(&output.stdout);
    for said in [
        "NEW       not started",
        "WORKING   lag ",
        "ready in ~",
        "no response: getGroupLiveMigration",
        "ready: checking once more, then cutting over",
        "the cutover was accepted",
        "orders      -          no                  COMPLETE   complete",
        "customers   -          no                  COMPLETE   complete",
        "invoices    -          no                  COMPLETE   complete",
        "telemetry   -          no                  FAILED     failed",
        "archive     -          no                  EXPIRED    expired",
        " requests, 1 token\n",
    ] {
        assert!(out.contains(said), "{said}: {out}");
    }
    assert!(text(&output.stderr).contains("1 of 5 migrations failed"));
}

#[test]
fn the_happy_demo_completes_every_migration() {
    let output = command(&["demo", "--happy", "--output", "json"]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let lines = text(&output.stdout).lines().map(serde_json::from_str::<Value>);
    let lines: Vec<_> = lines.map(Result::unwrap).collect();
    let ends = lines.iter().filter(|line| line["event"] == "end");
    let outcomes: Vec<_> = ends.map(|end| end["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["complete"; 5]);
    let accepted = lines.iter().filter(|line| line["state"] == "accepted").count();
    assert_eq!(accepted, 5);
    let took = lines.last().unwrap();
    assert_eq!((&took["event"], &took["tokens"]), (&"took".into(), &1.into()));
    assert!(took["requests"].as_u64().unwrap() > 50, "{took}");
}

/// As with `demo | head`.
#[test]
#[cfg(unix)]
fn the_demo_ends_quietly_if_its_reader_closes_the_pipe() {
    use std::process::Stdio;

    let mut command = command(&["demo"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 141);
    assert!(!text(&output.stderr).contains("error"), "{}", text(&output.stderr));
}
