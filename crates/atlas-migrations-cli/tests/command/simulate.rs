//! `simulate`: its arguments, and the command that it runs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::atlas::http;
use crate::process::{code, command, text};
use crate::simulate;

/// Returns the response of a path of the control server.
fn control(ready: &Value, target: &str) -> Value {
    let control = ready["control_url"].as_str().unwrap().trim_start_matches("http://");
    let response = http(control, &format!("GET {target}"), "");
    serde_json::from_str(response.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn the_printed_openapi_document_is_the_served_one() {
    let output = command(&["simulate", "--print-openapi"]).output().unwrap();
    assert_eq!(code(&output), 0);
    let mut printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed["openapi"], "3.0.3");
    let (mut child, ready) = simulate(&[]);
    let served = control(&ready, "/openapi.json");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(served["servers"], json!([{ "url": ready["base_url"] }]));
    printed["servers"] = served["servers"].clone();
    assert_eq!(printed, served);
}

#[test]
fn no_rate_limits_disables_every_limit() {
    let (mut child, ready) = simulate(&["--no-rate-limits"]);
    let address = ready["base_url"].as_str().unwrap().trim_start_matches("http://");
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        ready["client_id"].as_str().unwrap(),
        ready["client_secret"].as_str().unwrap(),
    );
    let head = "POST /api/oauth/token\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    for _ in 0..15 {
        let response = http(address, head, &form);
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_scenario_is_read_from_stdin_without_its_byte_order_mark() {
    let org = "1".repeat(24);
    let mut command = command(&["simulate", "--scenario", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    write!(stdin, "\u{feff}{}", json!({ "org_id": org })).unwrap();
    drop(stdin);
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready["org_id"], org);
}

/// Checks that arguments are a usage error with this message.
fn assert_usage_error(arguments: &[&str], said: &str) {
    let output: Output = command(&[&["simulate"], arguments].concat()).output().unwrap();
    assert_eq!(code(&output), 2, "{arguments:?}");
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    let err = text(&output.stderr);
    assert!(err.contains(said), "{arguments:?}: {err}");
}

#[test]
fn an_invalid_scenario_is_rejected_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.json");
    let name = path.to_str().unwrap();
    let hush = "\u{1b}[2Jhush";
    for (content, said) in [
        ("{} {}".to_owned(), "$: trailing characters at line 1 column 4"),
        ("{}\n\nx".to_owned(), "$: trailing characters at line 3 column 1"),
        (r#"{"projects": {}}"#.to_owned(), "$.projects: invalid type: map, expected a sequence"),
        (json!({ "org_id": [hush] }).to_string(), "$.org_id: invalid type: sequence, expected a"),
        (json!({ hush: 1 }).to_string(), "unknown field"),
        (format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)), "expected"),
        (format!("{{}}{}", " ".repeat(16 * 1024 * 1024)), "larger than 16777216 bytes"),
    ] {
        std::fs::write(&path, content).unwrap();
        assert_usage_error(&["--scenario", name], said);
    }
    let output = command(&["simulate", "--scenario", name]).output().unwrap();
    assert!(!text(&output.stderr).contains('\u{1b}'));
    assert_usage_error(&["--scenario", folder.path().to_str().unwrap()], "not a regular file");
    #[cfg(unix)]
    assert_usage_error(&["--scenario", "/dev/zero"], "not a regular file");
}

/// The bug: what is sliced from the official document cannot be tried without an account.
#[test]
fn the_operations_of_a_document_are_served_with_the_credentials_of_the_simulator() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("openapi.json");
    let operation = json!({
        "operationId": "getSystemStatus",
        "responses": { "200": { "content": { "application/vnd.atlas.2023-01-01+json": {
            "schema": { "type": "object", "properties": { "build": { "type": "string", "example": "abc" } } }
        } } } }
    });
    let document =
        json!({ "openapi": "3.0.1", "paths": { "/api/atlas/v2": { "get": operation } } });
    std::fs::write(&path, document.to_string()).unwrap();
    let (mut child, ready) = simulate(&["--spec", path.to_str().unwrap()]);
    let address = ready["base_url"].as_str().unwrap().trim_start_matches("http://");
    let token = ready["bearer_token"].as_str().unwrap();
    let accept = "accept: application/vnd.atlas.2023-01-01+json";
    let head = format!("GET /api/atlas/v2\r\n{accept}\r\nauthorization: Bearer {token}\r\n");
    let served = http(address, &head, "");
    let refused = http(address, &format!("GET /api/atlas/v2\r\n{accept}\r\n"), "");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        served.starts_with("HTTP/1.1 200 ") && served.ends_with("{\"build\":\"abc\"}"),
        "{served}"
    );
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
}

#[test]
fn a_document_that_cannot_be_served_is_rejected_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("openapi.yaml");
    let name = path.to_str().unwrap();
    for (content, said) in [
        ("openapi: 3.0.3", "openapi.yaml: it is not JSON"),
        (r#"{"swagger": "2.0"}"#, "not an OpenAPI 3 document"),
        (r#"{"openapi": "3.0.3", "paths": {}}"#, "it has no operation"),
    ] {
        std::fs::write(&path, content).unwrap();
        assert_usage_error(&["--spec", name], said);
    }
    #[cfg(unix)]
    assert_usage_error(&["--spec", "/dev/zero"], "not a regular file");
}

#[test]
fn the_printed_scenario_has_every_field_and_can_be_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.json");
    let (token, org) = ("a-token-of-this-test", "1".repeat(24));
    std::fs::write(&path, json!({ "org_id": org }).to_string()).unwrap();
    let name = path.to_str().unwrap();
    let options = ["simulate", "--scenario", name, "--bearer-token", token, "--print-scenario"];
    let output = command(&options).output().unwrap();
    assert_eq!(code(&output), 0);
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&printed["org_id"], &printed["bearer_tokens"][0]["token"]),
        (&json!(org), &json!(token))
    );
    assert_eq!(
        printed["projects"][0]["live_migrations"][0]["timeline"]["replication_seconds"],
        3600
    );
    std::fs::write(&path, &output.stdout).unwrap();
    let again = command(&["simulate", "--scenario", name, "--print-scenario"]).output().unwrap();
    assert_eq!(text(&again.stdout), text(&output.stdout));
}

#[test]
fn invalid_speeds_and_ports_are_rejected() {
    for speed in ["nan", "inf", "-inf", "-1", "0", "-0", "1e7", "1e400", "fast", ""] {
        assert_usage_error(&[&format!("--speed={speed}")], "--speed");
    }
    for port in ["-1", "65536", "x"] {
        assert_usage_error(&[&format!("--port={port}")], "--port");
    }
}

#[cfg(unix)]
mod wrapped {
    use std::fs;
    use std::io::Lines;
    use std::os::unix::process::CommandExt as _;
    use std::process::{Child, ChildStdout, Command};

    use rustix::process::{Pid, Signal, kill_process, test_kill_process};

    use super::*;
    use crate::atlas::until_blocking;
    use crate::process::through;
    use crate::terminal::{Terminal, on, open_terminal, other_side};

    /// A running `simulate -- sh -c SCRIPT`.
    struct Wrapped {
        child: Child,
        lines: Lines<BufReader<ChildStdout>>,
        /// The script's process id, which it prints first.
        script: Pid,
    }

    impl Wrapped {
        fn run(script: &str) -> Self {
            Self::of(command(&["simulate", "--", "sh", "-c", script]))
        }

        fn of(mut command: Command) -> Self {
            // A new process group: the system ignores a stop in an orphaned group.
            command.process_group(0);
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let script = lines.next().unwrap().unwrap().parse().unwrap();
            Self { child, lines, script: Pid::from_raw(script).unwrap() }
        }

        fn line(&mut self) -> Option<String> {
            self.lines.next().map(Result::unwrap)
        }

        fn send(&self, signal: Signal) {
            kill_process(pid(&self.child), signal).unwrap();
        }

        fn end(mut self) -> Option<i32> {
            // Waiting would close stdin, which also ends the script.
            let _stdin = self.child.stdin.take();
            let code = self.child.wait().unwrap().code();
            assert!(test_kill_process(self.script).is_err(), "the command is still running");
            code
        }
    }

    fn pid(child: &Child) -> Pid {
        Pid::from_raw(child.id().try_into().unwrap()).unwrap()
    }

    /// Prints its id and each signal that it gets.
    const TELLING: &str = "
        for signal in HUP INT QUIT TERM USR1 USR2; do trap \"echo $signal\" $signal; done
        echo $$
        while ! read -r word; do :; done
        exit 7";

    #[test]
    fn signals_are_forwarded_and_the_exit_code_is_the_commands_own() {
        let mut wrapped = Wrapped::run(TELLING);
        for (signal, name) in [
            (Signal::TERM, "TERM"),
            (Signal::INT, "INT"),
            (Signal::HUP, "HUP"),
            (Signal::QUIT, "QUIT"),
            (Signal::USR1, "USR1"),
            (Signal::USR2, "USR2"),
            (Signal::TERM, "TERM"),
        ] {
            wrapped.send(signal);
            assert_eq!(wrapped.line().as_deref(), Some(name));
        }
        wrapped.child.stdin.take().unwrap().write_all(b"end\n").unwrap();
        assert_eq!(wrapped.end(), Some(7));
    }

    #[test]
    fn a_command_that_a_signal_ends_exits_with_128_plus_its_number() {
        for (signal, expected) in
            [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129), (Signal::USR1, 138)]
        {
            let wrapped = Wrapped::run("echo $$; exec cat");
            wrapped.send(signal);
            assert_eq!(wrapped.end(), Some(expected), "{signal:?}");
        }
        let killed = command(&["simulate", "--", "sh", "-c", "kill -KILL $$"]).output().unwrap();
        assert_eq!(code(&killed), 137);
    }

    #[test]
    fn an_ignored_hangup_is_ignored_by_the_command_too() {
        let mut shell = Command::new("sh");
        let binary = env!("CARGO_BIN_EXE_atlas-migrations");
        let script = format!("trap '' HUP; exec {binary} simulate -- sh -c 'echo $$; exec cat'");
        let mut wrapped = Wrapped::of({
            shell.args(["-c", &script]);
            shell
        });
        wrapped.send(Signal::HUP);
        kill_process(wrapped.script, Signal::HUP).unwrap();
        let mut stdin = wrapped.child.stdin.take().unwrap();
        stdin.write_all(b"still there\n").unwrap();
        assert_eq!(wrapped.line().as_deref(), Some("still there"));
        drop(stdin);
        assert_eq!(wrapped.end(), Some(0));
    }

    #[test]
    fn a_missing_program_is_a_usage_error() {
        assert_usage_error(&["--", "/no/such/program"], "cannot run /no/such/program");
    }

    /// Returns the state letter of a process.
    #[cfg(target_os = "linux")]
    fn state(process: Pid) -> char {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
        stat.rsplit_once(") ").unwrap().1.chars().next().unwrap()
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn both_processes_stop_and_continue_together() {
        let mut wrapped = Wrapped::run("echo $$; exec cat");
        let outer = pid(&wrapped.child);
        for _ in 0..2 {
            wrapped.send(Signal::TSTP);
            until_blocking(|| state(wrapped.script) == 'T');
            until_blocking(|| state(outer) == 'T');
            wrapped.send(Signal::CONT);
            until_blocking(|| state(wrapped.script) != 'T');
            until_blocking(|| state(outer) != 'T');
        }
        wrapped.child.stdin.take().unwrap().write_all(b"on\n").unwrap();
        assert_eq!(wrapped.line().as_deref(), Some("on"));
        assert_eq!(wrapped.end(), Some(0));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn an_interrupt_from_the_terminal_reaches_the_command_once() {
        let script = "
            trap 'n=$((n + 1))' INT
            echo ready
            while ! read -r word; do :; done
            echo total $n.";
        let command = command(&["simulate", "--", "sh", "-c", script]);
        let command = through(&["setsid", "--ctty", "--wait"], &command);
        let screen = open_terminal(80, 24);
        let other = other_side(&screen);
        let mut terminal = Terminal::of(on(command, &other, None), screen);
        drop(other);
        terminal.until("ready");
        terminal.write(b"\x03");
        terminal.until("^C");
        terminal.write(b"end\n");
        terminal.until("total 1.");
        assert_eq!(terminal.end().0, 0);
    }
}
