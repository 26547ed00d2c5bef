//! A whole migration: link, list, validate, create, describe, cut over, unlink.

use std::time::Duration;

use atlas_simulator::{Clock, Simulator};
use serde_json::{Value, json};

use crate::atlas::simulator;
use crate::process::{code, command, configured, text, with_stdin};
use crate::requests::{SOURCE, parts};
use crate::{GROUP, MIGRATION, ORG, TOKEN};

/// Returns the environment variables of each kind of credentials.
fn credentials(simulator: &Simulator) -> [[(&'static str, String); 2]; 3] {
    let scenario = simulator.scenario();
    let (key, account) = (scenario.api_key().unwrap(), scenario.service_account().unwrap());
    [
        [("MONGODB_ATLAS_ACCESS_TOKEN", TOKEN.into()), ("MONGODB_ATLAS_ORG_ID", ORG.into())],
        [
            ("MONGODB_ATLAS_PUBLIC_API_KEY", key.public_key.clone()),
            ("MONGODB_ATLAS_PRIVATE_API_KEY", key.private_key.clone()),
        ],
        [
            ("MONGODB_ATLAS_CLIENT_ID", account.client_id.clone()),
            ("MONGODB_ATLAS_CLIENT_SECRET", account.client_secret.clone()),
        ],
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_runs_from_the_link_token_to_the_unlinking() {
    for kind in 0..3 {
        let simulator = simulator().await;
        let credentials = credentials(&simulator)[kind].clone();
        let run = |expected: i32, arguments: &[&str]| {
            let mut command = command(arguments);
            command
                .env("MONGODB_ATLAS_BASE_URL", simulator.base_url())
                .env("MONGODB_ATLAS_PROJECT_ID", GROUP)
                .env("MONGODB_ATLAS_ORG_ID", ORG)
                .envs(credentials.clone());
            let output = with_stdin(&mut command, "a-password\n");
            assert_eq!(code(&output), expected, "{arguments:?}: {}", text(&output.stderr));
            text(&output.stdout).to_owned()
        };
        let json = |arguments: &[&str]| -> Value {
            serde_json::from_str(&run(0, &[arguments, &["--output", "json"]].concat())).unwrap()
        };

        let token = run(0, &["link", "create", "--access-list-ip", "203.0.113.7,198.51.100.0/24"]);
        assert_eq!(token.trim_end().len(), 192);
        let projects = run(0, &["projects"]);
        assert!(projects.starts_with("PROJECT ID "), "{projects}");
        assert!(projects.contains("replica-set-0"), "{projects}");

        let user = ["--source-username", "migrator"];
        let validation = json(&[&["validate"], &parts()[..], &user].concat());
        assert_eq!(validation["status"], "PENDING");
        simulator.control().advance(Duration::from_mins(1)).unwrap();
        let id = validation["_id"].as_str().unwrap();
        let shown = run(0, &["validation", id]);
        assert!(
            shown.starts_with("ID                         PROJECT ID                 SOURCE")
                && shown.contains(" SUCCESS"),
            "{shown}"
        );

        let job = json(&[&["create"], &parts()[..], &user].concat());
        assert_eq!(job["status"], "NEW");
        let id = job["_id"].as_str().unwrap();
        run(5, &["cutover", id, "--yes"]);
        run(5, &["link", "delete", "--yes"]);
        simulator.control().advance(Duration::from_secs(3_700)).unwrap();
        assert_eq!(json(&["describe", id])["readyForCutover"], true);
        assert_eq!(json(&["cutover", id, "--force"]), json!({}));
        simulator.control().advance(Duration::from_mins(10)).unwrap();
        assert_eq!(json(&["get", id])["status"], "COMPLETE");
        run(5, &["cutover", id, "--yes"]);
        assert!(run(0, &["link", "delete", "--yes"]).contains(ORG));
        run(4, &["link", "delete", "--yes"]);
        assert_eq!(simulator.control().created_live_migrations(GROUP), [id]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn irreversible_changes_ask_for_confirmation() {
    let simulator = simulator().await;
    let ready = simulator.scenario().ready_live_migration_id().unwrap().to_owned();
    let drops =
        [&["create"], &parts()[..], &["--source-managed-authentication", "--drop"]].concat();
    for (arguments, asked) in [
        (&["cutover", &ready][..], "This cannot be undone. [y/N]"),
        (&["link", "delete", "--org-id", ORG], "Remove the link"),
        (&drops, "Drop all data of the destination"),
    ] {
        for (response, expected) in [("", 2), ("n\n", 1), ("Yes!\n", 1)] {
            let mut command = configured(simulator.base_url(), arguments);
            let output = with_stdin(&mut command, response);
            assert_eq!(code(&output), expected, "{arguments:?}, {response:?}");
            assert!(text(&output.stderr).contains(asked), "{}", text(&output.stderr));
            assert!(text(&output.stderr).contains("nothing was done"));
        }
    }
    // It only requested what the prompt shows.
    let requests = simulator.control().requests();
    assert!(requests.iter().all(|request| request.method() == "GET"));
    let mut command = configured(simulator.base_url(), &["cutover", &ready]);
    let output = with_stdin(&mut command, "y\n");
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains(&ready));
}

#[tokio::test(flavor = "multi_thread")]
async fn validate_can_wait_for_the_result() {
    let clock = Clock::with_speed(1_000.0).unwrap();
    let simulator = Simulator::builder().clock(clock).start().await.unwrap();
    let managed = "--source-managed-authentication";
    let run = |arguments: &[&str]| {
        let output = configured(simulator.base_url(), arguments).output().unwrap();
        (code(&output), text(&output.stdout).to_owned(), text(&output.stderr).to_owned())
    };
    let (exit, out, err) = run(&[&["validate", "--wait", managed], &parts()[..]].concat());
    assert!(exit == 0 && out.contains("SUCCESS"), "{exit} {out}{err}");

    let mut unreachable = parts();
    let host = unreachable.iter().position(|part| *part == "vm001.example.com").unwrap();
    unreachable[host] = "unreachable.example.com";
    let (exit, out, err) = run(&[&["validate", "--wait", managed], &unreachable[..]].concat());
    assert!(
        exit == 8 && out.contains("FAILED") && err.contains("failed: The"),
        "{exit} {out}{err}"
    );
    let first = [&["create", "--validate-first", managed], &unreachable[..]].concat();
    let (exit, out, err) = run(&first);
    assert!(exit == 8 && out.is_empty() && err.contains("cannot be reached"), "{exit} {out}{err}");
    assert!(simulator.control().created_live_migrations(GROUP).is_empty());

    let first = [&["create", "--validate-first", managed], &parts()[..]].concat();
    let (exit, out, err) = run(&first);
    assert!(exit == 0 && out.contains("NEW"), "{exit} {out}{err}");
    assert_eq!(simulator.control().created_live_migrations(GROUP).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_times_out_and_says_how_to_continue() {
    let simulator = simulator().await;
    let arguments = [
        &["validate", "--wait", "--timeout", "1ms", "--source-managed-authentication"],
        &parts()[..],
    ];
    let output = configured(simulator.base_url(), &arguments.concat()).output().unwrap();
    assert_eq!(code(&output), 10);
    assert!(
        text(&output.stderr)
            .contains("hint: it continues: check with `atlas-migrations validation ")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_id_of_another_kind_is_not_found() {
    let simulator = simulator().await;
    for arguments in [["validation", MIGRATION], ["get", SOURCE]] {
        let output = configured(simulator.base_url(), &arguments).output().unwrap();
        assert_eq!(code(&output), 4, "{}", text(&output.stderr));
    }
}

/// Runs the commands of the README in a shell under `simulate`.
#[test]
#[cfg(unix)]
fn the_commands_of_the_readme_run_a_whole_migration() {
    let readme = include_str!("../../../../README.md");
    let (_, journey) = readme.split_once("In that shell, run a migration").unwrap();
    let script = journey.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_atlas-migrations"));
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", binary.parent().unwrap().display());
    let script = format!("set -eux\n{script}\nexit 42");
    let mut simulated = command(&["simulate", "--speed", "250", "--", "sh", "-c", &script]);
    let output = simulated.current_dir(folder.path()).env("PATH", path).output().unwrap();
    // The exit code is that of the shell.
    assert_eq!(code(&output), 42, "{}", text(&output.stderr));
    let out = text(&output.stdout);
    for said in [
        "SUCCESS",
        "replica-set-0",
        "NEW",
        "yes                 WORKING   ready",
        "Cutover started",
        "COMPLETE   complete",
        "removed",
    ] {
        assert!(out.contains(said), "{said}: {out}");
    }
}
