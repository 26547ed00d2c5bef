//! Signals before and during a change, and during a watch.

use std::process::Stdio;

use atlas_simulator::{Fault, FaultRule, Simulator};
use serde_json::Value;

use crate::atlas::{Gate, advance, atlas, cutovers, id, respond, simulator, until};
use crate::process::{OFTEN, Process, code, configured, text, through};
use crate::requests::parts;
use crate::{GROUP, MIGRATION, ORG};

const NOTE: &str = "stopping after the response arrives; a second signal stops at once\n";
#[cfg(target_os = "linux")]
const SIGNALS: &[&str] = &["INT", "TERM", "HUP"];
/// On other systems a hangup counts only on a terminal.
#[cfg(not(target_os = "linux"))]
const SIGNALS: &[&str] = &["INT", "TERM"];

/// Starts a command that can prompt.
fn start(url: &str, arguments: &[&str]) -> Process {
    let mut command = configured(url, arguments);
    command.env("MONGODB_ATLAS_ORG_ID", ORG);
    Process::run(command, Stdio::piped())
}

/// Counts the requests with this method.
fn requests(simulator: &Simulator, method: &str) -> usize {
    let requests = simulator.control().requests();
    requests.iter().filter(|request| request.method() == method).count()
}

/// Waits for the first request with this method.
async fn arrived(simulator: &Simulator, method: &str) {
    until(|| requests(simulator, method) > 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_signal_lets_a_change_finish_and_reports_its_outcome() {
    let managed = [&parts()[..], &["--source-managed-authentication"]].concat();
    for signal in SIGNALS {
        let simulator = simulator().await;
        let ready = simulator.scenario().ready_live_migration_id().unwrap().to_owned();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("body.json");
        std::fs::write(&file, "{\"accessListIps\": []}").unwrap();
        let file = file.to_str().unwrap().to_owned();
        let create = [&["create"], &managed[..]].concat();
        let validate = [&["validate"], &managed[..]].concat();
        for (arguments, method, shown, said) in [
            (&["link", "create"][..], "POST", "", "a link token was created"),
            (&["link", "delete", "--yes"], "DELETE", "removed", "the link of organization"),
            (&["cutover", &ready, "--yes"], "PUT", "started", "the cutover of migration"),
            (&create, "POST", "NEW", "was created in project"),
            (&validate, "POST", "PENDING", "was started"),
            (&["api", "createOrgLiveMigrationLinkToken", "--file", &file], "POST", "{", "201"),
        ] {
            let gate = Gate::before(simulator.base_url());
            let before = requests(&simulator, method);
            let mut running = start(&gate.url, arguments);
            if method == "PUT" {
                // Before a cutover, the migration is looked at.
                gate.open.send(()).unwrap();
            }
            until(|| requests(&simulator, method) > before).await;
            running.signal(signal);
            running.stderr.until(NOTE);
            gate.open.send(()).unwrap();
            let (code, out, told) = running.outcome();
            assert_eq!(code, 130, "{arguments:?} {told}");
            assert!(out.contains(shown), "{arguments:?} {out}");
            assert!(told.contains("error: interrupted; ") && told.contains(said), "{told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_signal_ends_a_change_and_says_how_to_check_it() {
    let simulator = simulator().await;
    let ready = simulator.scenario().ready_live_migration_id().unwrap().to_owned();
    simulator.control().inject(FaultRule::new(Fault::StallHeaders).on_method("PUT"));
    let mut running = start(simulator.base_url(), &["cutover", &ready, "--yes"]);
    arrived(&simulator, "PUT").await;
    running.signal("INT");
    running.stderr.until(NOTE);
    running.signal("TERM");
    let (code, out, told) = running.outcome();
    assert_eq!((code, out.as_str()), (130, ""), "{told}");
    assert!(told.contains("it may have taken effect"), "{told}");
    assert!(
        told.contains(&format!("hint: check with `atlas-migrations describe {ready}")),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_retried_after_a_signal() {
    let simulator = simulator().await;
    let ready = simulator.scenario().ready_live_migration_id().unwrap().to_owned();
    let limited = Fault::RateLimited { retry_after: Some(60) };
    simulator.control().inject(FaultRule::new(limited).on_method("PUT"));
    let running = start(simulator.base_url(), &["cutover", &ready, "--yes"]);
    arrived(&simulator, "PUT").await;
    // The signal comes before the response or before the retry; neither way is it retried.
    running.signal("INT");
    let (code, _, told) = running.outcome();
    assert_eq!(code, 130, "{told}");
    assert!(told.contains("was retried; nothing was changed"), "{told}");
    assert_eq!(cutovers(&simulator.control()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_before_sending_ends_the_command_and_changes_nothing() {
    let simulator = simulator().await;
    let ready = simulator.scenario().ready_live_migration_id().unwrap().to_owned();
    let dropping =
        [&["create"], &parts()[..], &["--source-managed-authentication", "--drop"]].concat();
    for signal in SIGNALS {
        for arguments in [&["cutover", &ready][..], &["link", "delete"], &dropping] {
            let mut running = start(simulator.base_url(), arguments);
            running.stderr.until("[y/N] ");
            running.signal(signal);
            let (code, out, told) = running.outcome();
            assert_eq!((code, out.as_str()), (130, ""), "{told}");
            assert!(told.ends_with("error: interrupted; nothing was changed\n"), "{told}");
        }
    }
    let requests = simulator.control().requests();
    assert!(requests.iter().all(|request| request.method() == "GET"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_while_waiting_for_a_validation_creates_no_migration() {
    let simulator = simulator().await;
    for (first, said) in [
        (&["create", "--validate-first"][..], "no migration was created; validation"),
        (&["validate", "--wait"], "continues"),
    ] {
        let before = simulator.control().request_count();
        let arguments = [first, &["--source-managed-authentication"], &parts()[..]].concat();
        let running = start(simulator.base_url(), &arguments);
        // The second request asks for the result.
        until(|| simulator.control().request_count() >= before + 2).await;
        running.signal("INT");
        let (code, _, told) = running.outcome();
        assert_eq!(code, 130, "{told}");
        assert!(told.contains(said) && told.contains("atlas-migrations validation "), "{told}");
    }
    assert!(simulator.control().created_live_migrations(GROUP).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_json_error_of_an_interrupted_change_is_one_object() {
    let simulator = simulator().await;
    simulator.control().inject(FaultRule::new(Fault::StallHeaders));
    let arguments =
        [&["create", "-o", "json", "--source-managed-authentication"], &parts()[..]].concat();
    let running = start(simulator.base_url(), &arguments);
    arrived(&simulator, "POST").await;
    running.signal("INT");
    running.signal("TERM");
    let (code, out, told) = running.outcome();
    assert_eq!((code, out.as_str()), (130, ""));
    let error: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&error["exit_code"], &error["may_have_taken_effect"]), (&130.into(), &true.into()));
    assert!(error["hint"].as_str().unwrap().contains("Atlas UI"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_shot_commands_obey_signals_while_their_output_is_unread() {
    let simulator = simulator().await;
    let body = format!("{{\"_id\": \"{MIGRATION}\", \"x\": \"{}\"}}", "x".repeat(1 << 20));
    simulator.control().inject(FaultRule::new(respond(200, &body)));
    let mut running = start(simulator.base_url(), &["describe", MIGRATION, "-o", "json"]);
    assert!(running.stdout.read());
    running.signal("TERM");
    running.stderr.until("interrupted; nothing was changed");
    assert_eq!(running.child.wait().unwrap().code(), Some(130));
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn a_hangup_ends_a_watch_like_other_signals() {
    let simulator = atlas(2).await;
    advance(&simulator, 60);
    let folder = tempfile::tempdir().unwrap();
    let chart = folder.path().join("chart.svg");
    let (first, second) = (id(0), id(1));
    let arguments = ["watch", &first, &second, "--chart", chart.to_str().unwrap()];
    let mut watch = Process::start(&simulator, &[&arguments[..], &OFTEN[..]].concat());
    watch.until_line(|line| line.contains(&id(0)));
    watch.signal("HUP");
    let output = watch.end();
    assert_eq!(code(&output), 130);
    let out = text(&output.stdout);
    assert!(out.ends_with("interrupted\n") && out.contains("100 s"), "{out}");
    assert!(std::fs::read_to_string(&chart).unwrap().contains("interrupted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nohup_ignores_a_hangup() {
    let simulator = atlas(1).await;
    let id = id(0);
    let mut command = configured(simulator.base_url(), &["watch", &id]);
    command.args(OFTEN);
    let nohup = through(&["nohup"], command.env("NO_COLOR", "1"));
    let mut watch = Process::run(nohup, Stdio::null());
    watch.until_line(|line| line.contains("NEW"));
    watch.signal("HUP");
    advance(&simulator, 10);
    watch.until_line(|line| line.contains("WORKING"));
    simulator.control().fail(GROUP, id).unwrap();
    let output = watch.end();
    assert_eq!(code(&output), 8, "{}", text(&output.stderr));
}
