//! Stdout that is not read, cannot be written, or is discarded.

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::process::{Child, Output, Stdio};

use atlas_simulator::Simulator;
use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};
use serde_json::Value;

use crate::atlas::{Gate, advance, atlas, cut_over, cutovers, id, polled, simulator, until};
use crate::process::{OFTEN, code, configured, signal, text, through};
use crate::requests::parts;
use crate::{GROUP, ORG};

fn run(simulator: &Simulator, arguments: &[&str], stdout: Stdio) -> Output {
    let mut command = configured(simulator.base_url(), arguments);
    let command = command.env("MONGODB_ATLAS_ORG_ID", ORG).stdout(stdout).stderr(Stdio::piped());
    command.spawn().unwrap().wait_with_output().unwrap()
}

/// Returns the same with its stdout closed.
fn run_closed(simulator: &Simulator, arguments: &[&str]) -> Output {
    let mut command = configured(simulator.base_url(), arguments);
    command.env("MONGODB_ATLAS_ORG_ID", ORG);
    through(&["sh", "-c", "exec \"$0\" \"$@\" >&-"], &command).output().unwrap()
}

fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

/// Returns a pipe whose reader is closed.
fn broken() -> Stdio {
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).unwrap();
    drop(reader);
    writer.into()
}

fn managed() -> Vec<&'static str> {
    [&parts()[..], &["--source-managed-authentication"]].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outcome_is_on_stderr_if_stdout_cannot_be_written() {
    for stdout in [full, broken] {
        let simulator = simulator().await;
        let ready = simulator.scenario().ready_live_migration_id().unwrap().to_owned();
        assert_eq!(code(&run(&simulator, &["link", "create"], Stdio::piped())), 0);
        let output = run(&simulator, &["link", "delete", "--yes"], stdout());
        assert_eq!(code(&output), 11, "{}", text(&output.stderr));
        assert!(
            text(&output.stderr).contains(&format!("the link of organization {ORG} was removed"))
        );
        let output = run(&simulator, &["cutover", &ready, "--yes"], stdout());
        assert_eq!(code(&output), 11, "{}", text(&output.stderr));
        let said = format!("error: the cutover of migration {ready} was accepted, but ");
        assert!(text(&output.stderr).starts_with(&said), "{}", text(&output.stderr));
        let output = run(&simulator, &[&["validate"], &managed()[..]].concat(), stdout());
        assert_eq!(code(&output), 11);
        assert!(text(&output.stderr).contains("atlas-migrations validation "));

        let create = [&["create", "-o", "json"], &managed()[..]].concat();
        let output = run(&simulator, &create, stdout());
        assert_eq!(code(&output), 11);
        let error: Value = serde_json::from_slice(&output.stderr).unwrap();
        let created = simulator.control().created_live_migrations(GROUP).pop().unwrap();
        assert_eq!(error["id"], created);
        assert_eq!(error["exit_code"], 11);
        assert_eq!(error["may_have_taken_effect"], true);
        assert!(error["error"].as_str().unwrap().contains(&created), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outcome_is_on_stderr_if_the_output_is_discarded() {
    let simulator = simulator().await;
    let create = [&["create"], &managed()[..]].concat();
    for is_closed in [false, true] {
        let output = if is_closed {
            run_closed(&simulator, &create)
        } else {
            run(&simulator, &create, Stdio::null())
        };
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        let created = simulator.control().created_live_migrations(GROUP).pop().unwrap();
        let said = format!("migration target ({created}) was created in project {GROUP}\n");
        assert_eq!(text(&output.stderr), said);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_link_token_is_created_if_nobody_can_read_it() {
    let simulator = simulator().await;
    let create = ["link", "create"];
    let read_only = || File::open("/dev/zero").unwrap().into();
    for output in [
        run(&simulator, &create, full()),
        run(&simulator, &create, broken()),
        run(&simulator, &create, Stdio::null()),
        run(&simulator, &create, read_only()),
        run_closed(&simulator, &create),
    ] {
        assert_eq!(code(&output), 2, "{}", text(&output.stderr));
        assert!(text(&output.stderr).starts_with("error: nothing was sent: stdout "));
    }
    assert_eq!(simulator.control().link_tokens_issued(), 0);
    let folder = tempfile::tempdir().unwrap();
    let file = File::create(folder.path().join("token")).unwrap();
    assert_eq!(code(&run(&simulator, &create, file.into())), 0);
    assert_eq!(simulator.control().link_tokens_issued(), 1);
}

/// Starts a command whose stdout is a full pipe. Returns the process and the reader of the pipe.
fn unread(simulator: &Simulator, arguments: &[&str]) -> (Child, File) {
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).unwrap();
    fcntl_setpipe_size(&writer, 4096).unwrap();
    // Less room than the first line needs.
    rustix::io::write(writer.as_fd(), &[b'\n'; 4096]).unwrap();
    let mut command = configured(simulator.base_url(), &[arguments, &OFTEN[..]].concat());
    let command = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
    (command.spawn().unwrap(), reader.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unread_stdout_delays_no_cutover_and_loses_no_outcome() {
    let simulator = atlas(1).await;
    let arguments = ["cutover", &id(0), "--when-ready", "--yes", "-o", "json", "--timeout", "1m"];
    let (mut child, mut reader) = unread(&simulator, &arguments);
    for _ in 0..110 {
        polled(&simulator).await;
        advance(&simulator, 1);
    }
    until(|| cutovers(&simulator.control()) > 0).await;
    polled(&simulator).await;
    advance(&simulator, 30);
    let mut out = String::new();
    reader.read_to_string(&mut out).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let events: Vec<Value> = out
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let states: Vec<_> = events.iter().filter(|event| event["event"] == "cutover").collect();
    assert_eq!(states.last().unwrap()["state"], "accepted");
    let end = events.last().unwrap();
    assert_eq!((&end["event"], &end["outcome"]), (&"end".into(), &"complete".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_cutover_is_reported_on_stderr_if_stdout_is_unread() {
    for signals in [&["TERM", "TERM"][..], &["TERM"]] {
        let simulator = atlas(1).await;
        advance(&simulator, 110);
        let first = id(0);
        let arguments = ["cutover", &first, "--when-ready", "--yes", "--timeout", "1m"];
        let (child, reader) = unread(&simulator, &arguments);
        until(|| cutovers(&simulator.control()) > 0).await;
        polled(&simulator).await;
        for name in signals {
            signal(&child, name);
        }
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), 130);
        let told = text(&output.stderr);
        assert!(told.starts_with("error: interrupted\n"), "{told}");
        assert!(told.contains(&format!("  {first}: its cutover was accepted\n")), "{told}");
        drop(reader);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn timeouts_and_signals_end_an_unread_watch() {
    let simulator = atlas(1).await;
    for (more, signals, expected) in
        [(&["--timeout", "300ms"][..], &[][..], 10), (&["--timeout", "1m"], &["TERM", "INT"], 130)]
    {
        let first = id(0);
        let (mut child, reader) = unread(&simulator, &[&["watch", &first], more].concat());
        polled(&simulator).await;
        // The first signal ends the watch, and the second the wait for the reader.
        for name in signals {
            signal(&child, name);
        }
        assert_eq!(child.wait().unwrap().code(), Some(expected));
        drop(reader);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_continues_to_its_end_if_its_output_cannot_be_written() {
    let simulator = atlas(1).await;
    let watch = |simulator: &Simulator| {
        let first = id(0);
        let arguments = [&["watch", &first, "--timeout", "1m"], &OFTEN[..]].concat();
        let mut command = configured(simulator.base_url(), &arguments);
        command.stdout(full()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let child = watch(&simulator);
    polled(&simulator).await;
    simulator.control().fail(GROUP, id(0)).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 8, "the outcome of the migration decides");
    assert!(
        text(&output.stderr).contains("warning: the output cannot be written; the watch continues")
    );

    let simulator = atlas(1).await;
    let child = watch(&simulator);
    polled(&simulator).await;
    advance(&simulator, 110);
    cut_over(&simulator, 0);
    advance(&simulator, 30);
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 11, "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains(&format!("\n  {}: complete\n", id(0))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cutover_whose_reader_is_gone_reports_its_outcome() {
    let simulator = atlas(1).await;
    let first = id(0);
    let arguments = ["cutover", &first, "--when-ready", "--yes", "--timeout", "1m"];
    let mut command = configured(simulator.base_url(), &[&arguments[..], &OFTEN[..]].concat());
    let output = command.stdout(broken()).output();
    let output = output.unwrap();
    assert_eq!(code(&output), 141);
    let said = format!("error: the reader of stdout closed it; migration {first} was not cut over");
    assert!(text(&output.stderr).starts_with(&said), "{}", text(&output.stderr));
    assert_eq!(cutovers(&simulator.control()), 0);
}

/// The reader closes the pipe while the token is created.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_token_that_could_not_be_written_is_reported_as_lost() {
    let simulator = simulator().await;
    let gate = Gate::before(simulator.base_url());
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).unwrap();
    let mut command = configured(&gate.url, &["link", "create", "-o", "json"]);
    let command = command.env("MONGODB_ATLAS_ORG_ID", ORG).stdout(writer).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    until(|| simulator.control().link_tokens_issued() > 0).await;
    drop(reader);
    gate.open.send(()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 11);
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert!(error["hint"].as_str().unwrap().contains("link delete"), "{error}");
    assert!(error["error"].as_str().unwrap().starts_with("a link token was created"), "{error}");
    assert_eq!(error["may_have_taken_effect"], true);
}
