//! Tests of the command as a process: its output and its exit code.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "these are tests"
)]

mod api;
mod atlas;
#[cfg(unix)]
mod contrib;
mod cutover;
mod demo;
mod events;
mod files;
mod help;
mod hostile;
mod journal;
mod journey;
mod list;
mod metrics;
mod names;
mod network;
mod official;
mod official_api;
mod output;
mod plan;
#[cfg(unix)]
mod plugin;
mod process;
#[path = "../../../atlas-migrations-metrics/tests/contrib/promtool.rs"]
mod promtool;
mod recorded;
mod report;
mod requests;
#[cfg(unix)]
mod run_page;
mod run_plan;
#[cfg(unix)]
mod second_shell;
mod serve;
mod settings;
#[cfg(unix)]
mod signals;
mod simulate;
#[cfg(unix)]
mod terminal;
mod unidentified;
#[cfg(target_os = "linux")]
mod unread;
mod usage;
mod watch;

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, Stdio};

use atlas_simulator::{Fault, FaultRule, Scenario};
use serde_json::{Value, json};

use crate::atlas::{GROUP, MIGRATION, ORG, TOKEN, http, simulator};
use crate::process::{code, command, configured, text, without_project};

#[tokio::test(flavor = "multi_thread")]
async fn describe_prints_a_table_or_json() {
    let simulator = simulator().await;
    simulator.control().advance(std::time::Duration::from_mins(1)).unwrap();
    let run = |arguments: &[&str]| configured(simulator.base_url(), arguments).output().unwrap();

    let table = run(&["describe", MIGRATION]);
    assert_eq!(code(&table), 0);
    assert_eq!(
        text(&table.stdout),
        "ID                         LAG TIME   READY FOR CUTOVER   STATUS    MIGRATION HOST\n\
         6296fb4c7c7aa997cf94e9a8   900 s      no                  WORKING   vm001.example.com\n",
    );
    assert_eq!(text(&table.stderr), "");

    let job = json!({
        "_id": MIGRATION, "lagTimeSeconds": 900, "migrationHosts": ["vm001.example.com"],
        "readyForCutover": false, "status": "WORKING",
    });
    let json = run(&["get", MIGRATION, "--group-id", GROUP, "--output", "json"]);
    assert_eq!(code(&json), 0);
    assert_eq!(serde_json::from_slice::<Value>(&json.stdout).unwrap(), job);

    let received = run(&[
        "api",
        "getGroupLiveMigration",
        "--liveMigrationId",
        MIGRATION,
        "--envelope",
        "--pretty",
    ]);
    assert_eq!(code(&received), 0);
    assert!(text(&received.stdout).starts_with("{\n  \"content\" : {\n"));
    let envelope: Value = serde_json::from_slice(&received.stdout).unwrap();
    assert_eq!(envelope, json!({ "content": job, "status": 200 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_failure_has_its_exit_code() {
    let simulator = simulator().await;
    let url = simulator.base_url();
    let nobody = "0".repeat(24);
    for (expected, said, mut command) in [
        (2, "required", command(&["describe"])),
        (2, "names need a journal", configured(url, &["describe", "6296"])),
        (2, "found `X` at position 1", configured(url, &["describe", &"X".repeat(24)])),
        (2, "MONGODB_ATLAS_CLIENT_ID", command(&["get", MIGRATION, "--project-id", GROUP])),
        (2, "--project-id", without_project(url, &["get", MIGRATION])),
        (2, "plain http", configured("http://example.com", &["describe", MIGRATION])),
        (4, "GROUP_NOT_FOUND", configured(url, &["get", MIGRATION, "--project-id", &nobody])),
        (4, "push migrations", configured(url, &["get", &nobody])),
        (
            7,
            "onnection refused",
            configured("http://127.0.0.1:1", &["get", MIGRATION, "--attempts", "1"]),
        ),
    ] {
        let output = command.output().unwrap();
        assert_eq!(code(&output), expected, "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
    let rejected = Fault::Respond { status: 409, content_type: None, body: String::new() };
    let gone = Fault::Respond { status: 410, content_type: None, body: String::new() };
    let nonsense = Fault::Respond { status: 200, content_type: None, body: "[]".to_owned() };
    for (expected, fault) in [
        (3, Fault::Unauthorized),
        (3, Fault::Forbidden),
        (5, rejected),
        (5, gone),
        (6, Fault::RateLimited { retry_after: Some(1_000) }),
        (7, Fault::UnexpectedError),
        (7, Fault::HtmlBadGateway),
        (7, Fault::ResetConnection),
        (10, Fault::StallHeaders),
        (7, nonsense),
    ] {
        let name = format!("{fault:?}");
        simulator.control().inject(FaultRule::new(fault).times(1));
        let once = ["describe", MIGRATION, "--attempts", "1", "--call-timeout", "1"];
        let output = configured(url, &once).output().unwrap();
        assert_eq!(code(&output), expected, "{name}: {}", text(&output.stderr));
        assert!(text(&output.stderr).starts_with("error: getGroupLiveMigration"), "{name}");
        assert!(text(&output.stderr).contains("\nhint: ") || expected == 5, "{name}");
        assert!(text(&output.stderr).contains("\nrequest id: "), "{name}");
    }
    // The body is printed unchanged, and the status decides the exit code.
    let output = configured(
        url,
        &["api", "getGroupLiveMigration", "--liveMigrationId", &nobody, "--envelope"],
    )
    .output()
    .unwrap();
    assert_eq!(code(&output), 4);
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["status"], 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_stdout_is_not_an_error() {
    let simulator = simulator().await;
    let mut command = configured(simulator.base_url(), &["describe", MIGRATION]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_json_error_is_one_object() {
    let simulator = simulator().await;
    let nobody = "0".repeat(24);
    let arguments = ["describe", &nobody, "--output", "json"];
    let output = configured(simulator.base_url(), &arguments).output().unwrap();
    assert_eq!(code(&output), 4);
    assert!(output.stdout.is_empty());
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    for (name, value) in [
        ("exit_code", json!(4)),
        ("status", json!(404)),
        ("error_code", json!("RESOURCE_NOT_FOUND")),
        ("operation", json!("getGroupLiveMigration")),
        ("attempts", json!(1)),
        ("may_have_taken_effect", json!(false)),
    ] {
        assert_eq!(error[name], value, "{name}");
    }
    assert!(error["hint"].as_str().unwrap().contains("push migrations"));
    let sent = &simulator.control().requests()[0];
    assert_eq!(sent.headers()["x-request-id"], error["request_id"].as_str().unwrap());
    // A request that was not sent has no status.
    let output = command(&["get", MIGRATION, "-o", "json"]).output().unwrap();
    assert_eq!(code(&output), 2);
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((&error["exit_code"], &error["status"]), (&json!(2), &Value::Null));
}

/// Every kind of credentials, from every source.
#[tokio::test(flavor = "multi_thread")]
async fn credentials_come_from_the_environment_or_a_profile() {
    let simulator = simulator().await;
    let scenario = simulator.scenario();
    let (key, account) = (scenario.api_key().unwrap(), scenario.service_account().unwrap());
    let (public, private) = (key.public_key.as_str(), key.private_key.as_str());
    let (id, secret) = (account.client_id.as_str(), account.client_secret.as_str());
    let url = simulator.base_url();
    let common = [("MONGODB_ATLAS_OPS_MANAGER_URL", url), ("MONGODB_ATLAS_PROJECT_ID", GROUP)];
    for variables in [
        vec![("MONGODB_ATLAS_ACCESS_TOKEN", TOKEN)],
        vec![("MONGODB_ATLAS_PUBLIC_API_KEY", public), ("MONGODB_ATLAS_PRIVATE_API_KEY", private)],
        vec![("MONGODB_ATLAS_PUBLIC_KEY", public), ("MONGODB_ATLAS_PRIVATE_KEY", private)],
        vec![("MONGODB_ATLAS_CLIENT_ID", id), ("MONGODB_ATLAS_CLIENT_SECRET", secret)],
    ] {
        let mut command = command(&["describe", MIGRATION]);
        let output = command.envs(common).envs(variables.clone()).output().unwrap();
        assert_eq!(code(&output), 0, "{variables:?}: {}", text(&output.stderr));
    }
    let mut old = command(&["describe", MIGRATION]);
    old.envs([("MCLI_BASE_URL", url), ("MCLI_PROJECT_ID", GROUP)]);
    let output = old.envs([("MCLI_CLIENT_ID", id), ("MCLI_CLIENT_SECRET", secret)]).output();
    assert_eq!(code(&output.unwrap()), 0);

    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    // The folders of the three operating systems.
    for folder in ["", "Library/Application Support"] {
        let folder = home.join(folder).join("atlascli");
        std::fs::create_dir_all(&folder).unwrap();
        let profiles = format!(
            r#"
            [default]
            public_api_key = "{public}"
            private_api_key = "{private}"
            ops_manager_url = "{url}/"
            project_id = "{GROUP}"
            [account]
            auth_type = "service_account"
            client_id = "{id}"
            client_secret = "{secret}"
            base_url = "{url}"
            project_id = "{GROUP}"
            "#
        );
        std::fs::write(folder.join("config.toml"), profiles).unwrap();
    }
    for arguments in
        [&["describe", MIGRATION][..], &["describe", MIGRATION, "--profile", "account"]]
    {
        let mut command = command(arguments);
        for variable in ["HOME", "XDG_CONFIG_HOME", "AppData"] {
            command.env(variable, home);
        }
        let output = command.output().unwrap();
        assert_eq!(code(&output), 0, "{arguments:?}: {}", text(&output.stderr));
        if cfg!(unix) {
            assert!(
                text(&output.stderr).starts_with("warning: other users can read"),
                "{arguments:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_cached_between_commands() {
    let simulator = simulator().await;
    let account = simulator.scenario().service_account().unwrap();
    let cache = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let mut command = configured(simulator.base_url(), &["describe", MIGRATION]);
        command
            .env_remove("MONGODB_ATLAS_ACCESS_TOKEN")
            .env("MONGODB_ATLAS_CLIENT_ID", &account.client_id)
            .env("MONGODB_ATLAS_CLIENT_SECRET", &account.client_secret)
            .env("ATLAS_MIGRATIONS_TOKEN_CACHE", cache.path());
        assert_eq!(code(&command.output().unwrap()), 0);
    }
    assert_eq!(simulator.control().tokens_issued(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn debug_logs_each_call_and_no_secret() {
    let simulator = simulator().await;
    let key = simulator.scenario().api_key().unwrap();
    let mut command = configured(simulator.base_url(), &["describe", MIGRATION, "--debug"]);
    command
        .env_remove("MONGODB_ATLAS_ACCESS_TOKEN")
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", &key.public_key)
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", &key.private_key);
    let output = command.output().unwrap();
    assert_eq!(code(&output), 0);
    let told = text(&output.stderr);
    assert_eq!(told.matches("atlas_request").count(), 2, "{told}");
    for fact in
        ["atlas_call", "getGroupLiveMigration", "attempt=1 status=401", "attempts=1 status=200"]
    {
        assert!(told.contains(fact), "{fact}: {told}");
    }
    assert!(!told.contains(&key.private_key) && !told.contains("response=\""), "{told}");
}

#[test]
fn proxies_come_from_the_environment() {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().unwrap();
        let mut line = String::new();
        BufReader::new(&mut stream).read_line(&mut line).unwrap();
        // The end of the thread closes the connection.
        line
    });
    let mut command =
        configured("https://atlas.example", &["describe", MIGRATION, "--attempts", "1"]);
    let output = command.env("HTTPS_PROXY", address).env("NO_PROXY", "").output().unwrap();
    assert_eq!(code(&output), 7);
    assert_eq!(asked.join().unwrap(), "CONNECT atlas.example:443 HTTP/1.1\r\n");
}

/// Starts `simulate`. Returns the process and its ready record.
fn simulate(arguments: &[&str]) -> (Child, Value) {
    let mut command = command(&["simulate"]);
    let command = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (child, serde_json::from_str(&line).unwrap())
}

#[test]
#[cfg(unix)]
fn simulate_serves_until_a_signal() {
    for signal in ["INT", "TERM"] {
        let (mut child, ready) = simulate(&["--speed", "1000000"]);
        assert_eq!(ready["event"], "ready");
        assert_eq!(ready["group_id"], GROUP);
        assert_eq!(ready["org_id"], ORG);
        assert_eq!(ready["live_migration_id"], MIGRATION);
        assert_eq!(ready["bearer_token"], TOKEN);
        for name in [
            "public_key",
            "private_key",
            "client_id",
            "client_secret",
            "control_url",
            "ready_live_migration_id",
            "validation_id",
        ] {
            assert!(ready[name].is_string(), "{name}");
        }
        let url = ready["base_url"].as_str().unwrap();
        let output = configured(url, &["describe", MIGRATION, "-o", "json"]).output().unwrap();
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));

        process::signal(&child, signal);
        assert_eq!(child.wait().unwrap().code(), Some(0));
        let mut log = String::new();
        child.stderr.unwrap().read_to_string(&mut log).unwrap();
        assert!(log.starts_with(&format!("GET /api/atlas/v2/groups/{GROUP}/")), "{log}");
        assert!(log.contains(" 200 ") && !log.contains(TOKEN), "{log}");
    }
}

#[test]
fn simulate_reads_a_scenario_and_reports_its_problems() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scenario.json");
    let path = file.to_str().unwrap();

    let mut scenario = Scenario::default();
    scenario.projects[0].id = "0".repeat(24);
    std::fs::write(&file, serde_json::to_string(&scenario).unwrap()).unwrap();
    let (mut child, ready) = simulate(&["--scenario", path]);
    assert_eq!(ready["group_id"], "0".repeat(24));
    child.kill().unwrap();
    child.wait().unwrap();

    std::fs::write(&file, r#"{"projects": [{"id": 7}]}"#).unwrap();
    let wrong = command(&["simulate", "--scenario", path]).output().unwrap();
    assert_eq!(code(&wrong), 2);
    assert!(text(&wrong.stderr).contains("projects[0].id"), "{}", text(&wrong.stderr));

    let slow = command(&["simulate", "--speed", "0"]).output().unwrap();
    assert_eq!(code(&slow), 2);
}

#[test]
fn simulate_accepts_credentials_and_is_controlled_while_it_runs() {
    let (mut child, ready) = simulate(&[
        "--public-key",
        "mine",
        "--private-key",
        "also-mine",
        "--client-id",
        "me",
        "--client-secret",
        "my-secret",
        "--bearer-token",
        "my-token",
    ]);
    for (name, value) in [
        ("public_key", "mine"),
        ("private_key", "also-mine"),
        ("client_id", "me"),
        ("client_secret", "my-secret"),
        ("bearer_token", "my-token"),
    ] {
        assert_eq!(ready[name], value);
    }
    let control = ready["control_url"].as_str().unwrap().trim_start_matches("http://");
    let rule = json!({ "fault": "forbidden" }).to_string();
    let response = http(control, "POST /faults\r\ncontent-type: application/json\r\n", &rule);
    assert!(response.starts_with("HTTP/1.1 2"), "{response}");
    let url = ready["base_url"].as_str().unwrap();
    let mut command = configured(url, &["describe", MIGRATION]);
    let output = command.env("MONGODB_ATLAS_ACCESS_TOKEN", "my-token").output().unwrap();
    assert_eq!(code(&output), 3);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn help_lists_the_exit_codes() {
    let help = command(&["--help"]).output().unwrap();
    assert_eq!(code(&help), 0);
    for line in
        ["    0  success", "    8  the migration or its validation failed", "  130  interrupted"]
    {
        assert!(text(&help.stdout).contains(line), "{line}");
    }
    assert_eq!(code(&command(&["--version"]).output().unwrap()), 0);
}
