//! Hostile text of a server, in every output.

use atlas_simulator::{Fault, FaultRule, Simulator};
use serde_json::{Value, json};

use crate::atlas::{respond, simulator};
use crate::process::{code, configured, text, with_stdin};
use crate::{MIGRATION, ORG, TOKEN};

/// Text that tries to control the terminal and to imitate messages of the command.
const HOSTILE: &str =
    "x\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}2J\u{202e}\r\nhint: run this\nerror: all is lost\u{2028}y";

fn says(simulator: &Simulator, status: u16, body: &Value) {
    simulator.control().inject(FaultRule::new(respond(status, body)));
}

/// Returns the output of a command, and checks that nothing in it controls a terminal or forges a line.
fn run(simulator: &Simulator, arguments: &[&str]) -> (i32, String, String) {
    let mut command = configured(simulator.base_url(), arguments);
    command.env("MONGODB_ATLAS_ORG_ID", ORG);
    let output = with_stdin(&mut command, "no\n");
    let (out, err) = (text(&output.stdout).to_owned(), text(&output.stderr).to_owned());
    for line in out.lines().chain(err.lines()) {
        assert_eq!(atlas_client_core::sanitize(line), line, "{arguments:?}");
        assert!(!line.starts_with("hint: run this"), "{arguments:?} {out}{err}");
        assert!(!line.starts_with("error: all is lost"), "{arguments:?} {out}{err}");
    }
    (code(&output), out, err)
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_a_server_forge_no_line_and_control_no_terminal() {
    let simulator = simulator().await;
    for (code, status) in [
        ("IP_ADDRESS_NOT_ON_ACCESS_LIST", 403),
        (HOSTILE, 400),
        ("USER_UNAUTHORIZED", 401),
        (HOSTILE, 500),
    ] {
        simulator.control().clear_faults();
        says(
            &simulator,
            status,
            &json!({
                "detail": HOSTILE, "error": status, "errorCode": code, "reason": HOSTILE,
                "parameters": [HOSTILE], "badRequestDetail": {"fields": [
                    {"field": HOSTILE, "description": HOSTILE},
                ]},
            }),
        );
        for form in ["table", "json"] {
            for arguments in [
                &["describe", MIGRATION, "--attempts", "1"][..],
                &["cutover", MIGRATION],
                &["cutover", MIGRATION, "--yes"],
                &["projects", "--attempts", "1"],
                &["watch", MIGRATION, "--interval", "10ms", "--error-timeout", "0s"],
                &[
                    "api",
                    "getGroupLiveMigration",
                    "--liveMigrationId",
                    MIGRATION,
                    "--attempts",
                    "1",
                ],
                &["describe", MIGRATION, "--debug", "--attempts", "1"],
            ] {
                let (exit, _, err) = run(&simulator, &[arguments, &["-o", form]].concat());
                assert_ne!(exit, 0);
                if form == "json"
                    && !err.starts_with("migration:")
                    && !arguments.contains(&"--debug")
                {
                    let error: Value = serde_json::from_str(&err).unwrap();
                    assert_ne!(error["exit_code"], 0);
                    // JSON contains it unchanged.
                    assert!(error["detail"].is_null() || error["detail"] == HOSTILE, "{error}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn successes_of_a_server_forge_no_line_and_control_no_terminal() {
    let simulator = simulator().await;
    for (body, commands) in [
        (
            json!({"_id": MIGRATION, "status": HOSTILE, "migrationHosts": [HOSTILE], "source": {"clusterName": HOSTILE}}),
            &[
                &["describe", MIGRATION][..],
                &["cutover", MIGRATION],
                &["describe", MIGRATION, "-o", "json"],
            ][..],
        ),
        (
            json!({"_id": MIGRATION, "status": "FAILED", "errorMessage": HOSTILE}),
            &[&["validation", MIGRATION], &["validation", MIGRATION, "-o", "json"]],
        ),
        (
            json!([{"projectId": null, "name": HOSTILE, "migrationHosts": [HOSTILE], "deployments": [{"name": HOSTILE}]}]),
            &[&["projects"], &["projects", "-o", "json"]],
        ),
        (json!({"linkToken": HOSTILE}), &[&["link", "create"], &["link", "create", "-o", "json"]]),
    ] {
        simulator.control().clear_faults();
        says(&simulator, 200, &body);
        for command in commands {
            let (_, out, err) = run(&simulator, command);
            assert!(out.contains("title") || err.contains("title"), "{command:?} {out}{err}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_token_with_control_characters_is_printed_as_a_json_string() {
    let simulator = simulator().await;
    says(&simulator, 200, &json!({"linkToken": HOSTILE}));
    let (exit, out, err) = run(&simulator, &["link", "create"]);
    assert_eq!(exit, 0, "{err}");
    assert_eq!(serde_json::from_str::<String>(&out).unwrap(), HOSTILE);
    assert!(err.starts_with("warning: the link token contains control characters"));
}

#[tokio::test(flavor = "multi_thread")]
async fn debug_logs_headers_in_one_line_per_event() {
    let simulator = simulator().await;
    let headers = [("deprecation", "a\u{9}error: b"), ("sunset", "c\u{9}hint: d")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    simulator.control().inject(FaultRule::new(Fault::AddHeaders { headers: headers.into() }));
    let output =
        configured(simulator.base_url(), &["describe", MIGRATION, "--debug"]).output().unwrap();
    let told = text(&output.stderr);
    assert!(told.contains("deprecated") && !told.contains(TOKEN), "{told}");
    for line in told.lines() {
        assert_eq!(atlas_client_core::sanitize(line), line);
        let is_log = line.contains("WARN") || line.contains("DEBUG");
        assert!(is_log || line.starts_with("warning: Atlas has deprecated"), "{line}");
    }
}
