//! The command as a whole process: what it prints, and its exit code.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Output, Stdio};

use atlas_simulator::{Clock, Fault, FaultRule, Scenario, Simulator};
use serde_json::{Value, json};

const GROUP: &str = "32b6e34b3d91647abb20e7b8";
const MIGRATION: &str = "6296fb4c7c7aa997cf94e9a8";
const TOKEN: &str = "not-a-real-bearer-token";

/// The command with nothing of Atlas in its environment.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atlas-migrations"));
    let inherited = std::env::vars_os().map(|(name, _)| name);
    for name in inherited.filter(|name| name.to_string_lossy().starts_with("MONGODB_ATLAS_")) {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

/// The command as a user of a service has set it up.
fn configured(base_url: &str, arguments: &[&str]) -> Command {
    let mut command = command(arguments);
    command
        .env("MONGODB_ATLAS_BASE_URL", base_url)
        .env("MONGODB_ATLAS_ACCESS_TOKEN", TOKEN)
        .env("MONGODB_ATLAS_PROJECT_ID", GROUP);
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The exit code, after a look that the output is clean of the credential.
fn code(output: &Output) -> i32 {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(!out.contains(TOKEN) && !err.contains(TOKEN), "{out}{err}");
    assert!(!err.contains("panicked"), "{err}");
    output.status.code().unwrap()
}

async fn simulator() -> Simulator {
    Simulator::builder().clock(Clock::manual()).start().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn describe_prints_a_table_or_json() {
    let simulator = simulator().await;
    simulator.control().advance(std::time::Duration::from_secs(60)).unwrap();
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

    let received = run(&["describe", MIGRATION, "--envelope", "--pretty"]);
    assert_eq!(code(&received), 0);
    assert!(text(&received.stdout).starts_with("{\n  \"content\" : {\n"));
    let envelope: Value = serde_json::from_slice(&received.stdout).unwrap();
    assert_eq!(envelope, json!({ "content": job, "status": 200 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_failure_has_an_exit_code_of_its_own() {
    let simulator = simulator().await;
    let url = simulator.base_url();
    let nobody = "0".repeat(24);
    for (expected, said, mut command) in [
        (2, "required", command(&["describe"])),
        (2, "length 4", configured(url, &["describe", "6296"])),
        (2, "character 1 is `X`", configured(url, &["describe", &"X".repeat(24)])),
        (2, "MONGODB_ATLAS_ACCESS_TOKEN", command(&["get", MIGRATION, "--project-id", GROUP])),
        (2, "plain http", configured("http://example.com", &["describe", MIGRATION])),
        (2, "--output", configured(url, &["describe", MIGRATION, "--pretty", "-o", "json"])),
        (4, "GROUP_NOT_FOUND", configured(url, &["get", MIGRATION, "--project-id", &nobody])),
        (4, "push migrations", configured(url, &["get", &nobody])),
        (7, "onnection refused", configured("http://127.0.0.1:1", &["get", MIGRATION])),
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
        (6, Fault::RateLimited { retry_after: Some(1) }),
        (7, Fault::UnexpectedError),
        (7, Fault::HtmlBadGateway),
        (7, Fault::ResetConnection),
        (7, nonsense),
    ] {
        let name = format!("{fault:?}");
        simulator.control().inject(FaultRule::new(fault).times(1));
        let output = configured(url, &["describe", MIGRATION]).output().unwrap();
        assert_eq!(code(&output), expected, "{name}: {}", text(&output.stderr));
        assert!(text(&output.stderr).starts_with("error: getGroupLiveMigration"), "{name}");
        assert!(text(&output.stderr).contains("\nhint: ") || expected == 5, "{name}");
    }
    // The body is printed as received whatever the status, and the status decides the exit code.
    let output = configured(url, &["get", &nobody, "--envelope"]).output().unwrap();
    assert_eq!(code(&output), 4);
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["status"], 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_has_gone_is_no_error() {
    let simulator = simulator().await;
    let mut command = configured(simulator.base_url(), &["describe", MIGRATION]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
}

/// A running `simulate`, and its ready record.
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
fn simulate_serves_until_it_is_told_to_stop() {
    for signal in ["INT", "TERM"] {
        let (mut child, ready) = simulate(&["--speed", "1000000"]);
        assert_eq!(ready["event"], "ready");
        assert_eq!(ready["group_id"], GROUP);
        assert_eq!(ready["org_id"], "4888442a3354817a7320eb61");
        assert_eq!(ready["live_migration_id"], MIGRATION);
        assert_eq!(ready["bearer_token"], TOKEN);
        let url = ready["base_url"].as_str().unwrap();
        let output = configured(url, &["describe", MIGRATION, "-o", "json"]).output().unwrap();
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));

        let killed = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
        assert!(killed.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(0));
        let mut log = String::new();
        child.stderr.unwrap().read_to_string(&mut log).unwrap();
        assert!(log.starts_with(&format!("GET /api/atlas/v2/groups/{GROUP}/")), "{log}");
        assert!(log.contains(" 200 ") && !log.contains(TOKEN), "{log}");
    }
}

#[test]
fn simulate_takes_a_scenario_and_says_what_is_wrong_with_one() {
    let folder = std::env::temp_dir().join(format!("atlas-migrations-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("scenario.json");
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
    std::fs::remove_dir_all(&folder).unwrap();

    let slow = command(&["simulate", "--speed", "0"]).output().unwrap();
    assert_eq!(code(&slow), 2);
}

#[test]
fn demo_follows_a_migration_to_its_end() {
    let output = command(&["demo"]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let out = text(&output.stdout);
    let stages: Vec<_> = out.lines().filter_map(|line| line.get(10..)).collect();
    assert!(stages[0].starts_with("scheduled"), "{out}");
    assert!(stages.iter().any(|stage| stage.starts_with("replicating  lag ")), "{out}");
    assert!(stages.iter().any(|stage| stage.starts_with("ready for cutover")), "{out}");
    assert!(stages.iter().any(|stage| stage.starts_with("complete")), "{out}");
    assert!(out.contains("COMPLETE"), "{out}");
}

#[test]
fn help_lists_the_exit_codes() {
    let help = command(&["--help"]).output().unwrap();
    assert_eq!(code(&help), 0);
    for line in ["    0  done", "    8  the migration failed", "  130  interrupted"] {
        assert!(text(&help.stdout).contains(line), "{line}");
    }
    assert_eq!(code(&command(&["--version"]).output().unwrap()), 0);
}
