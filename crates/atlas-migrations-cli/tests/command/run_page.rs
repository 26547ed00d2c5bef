//! The page and the report beside a run and a watch.

use std::cell::RefCell;
use std::fs;
use std::process::Stdio;

use crate::atlas::{GROUP, advance, atlas, http, id, until_blocking};
use crate::journal::TestJournal;
use crate::process::{OFTEN, Process, code, text};
use crate::run_plan::{CUTOVER, World};

const MIRA: &str = "X-User: mira\r\n";

/// Waits for the note that says where the page is, and returns the address.
fn address(process: &mut Process) -> String {
    let line = process.stderr.until_line(|line| line.contains("the page is at http://"));
    line.split("http://").nth(1).unwrap().trim_end_matches('/').to_owned()
}

/// Asks for a page until it has a text.
fn until(address: &str, path: &str, headers: &str, wanted: &str) -> String {
    let page = RefCell::default();
    until_blocking(|| {
        page.replace(http(address, &format!("GET {path}\r\n{headers}"), ""));
        page.borrow().contains(wanted)
    });
    page.into_inner()
}

/// The whole life of a run with a page: it waits for an approval, which is given on the page, cuts over, stays up after the
/// end, and leaves a report.
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_on_the_page_of_a_run_lets_it_cut_over_and_the_page_stays() {
    let world = World::new(1, 1).await;
    let report = world.journal.state_folder.join("weekend.html");
    let command = world.run(&[
        "--start",
        "--serve",
        "--trust-proxy-header",
        "X-User",
        "--allow-decisions",
        "--report",
        report.to_str().unwrap(),
        "--report-interval",
        "50ms",
    ]);
    let mut run = Process::run(command, Stdio::null());
    tokio::task::block_in_place(|| {
        let address = address(&mut run);
        let page = until(&address, "/", MIRA, "Waiting for approval");
        let path = page.split("href=\"").find(|rest| rest.starts_with("/decide/")).unwrap();
        let path = path.split('"').next().unwrap().to_owned();
        assert_eq!(world.received(CUTOVER), 0);
        let asked = http(&address, &format!("GET {path}\r\n{MIRA}"), "");
        let secret = asked.split("name=\"form\" value=\"").nth(1).expect(&asked);
        let body = format!("form={}", secret.split('"').next().unwrap());
        let head = format!(
            "POST {path}\r\n{MIRA}origin: http://{address}\r\ncontent-type: application/x-www-form-urlencoded\r\n"
        );
        let posted = http(&address, &head, &body);
        assert!(posted.starts_with("HTTP/1.1 303"), "{posted}");
        run.stderr.until("the page stays at http://");
        until(&address, "/", MIRA, "The migration is complete");
        assert_eq!(world.received(CUTOVER), 1);
        let written = fs::read_to_string(&report).unwrap();
        assert!(written.contains("complete") && written.contains("mira (named by the proxy)"));
        run.signal("INT");
        let output = run.end();
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_interrupted_or_fails_leaves_its_report_and_takes_its_page_along() {
    let world = World::new(1, 1).await;
    let report = world.journal.state_folder.join("weekend.html");
    let path = report.to_str().unwrap();
    let mut run = Process::run(
        world.run(&["--start", "--serve=127.0.0.1:0", "--report", path]),
        Stdio::null(),
    );
    tokio::task::block_in_place(|| {
        let address = address(&mut run);
        until(&address, "/", "", "Waiting for approval");
        assert!(!report.exists(), "the first minute is not over");
        run.signal("INT");
        let (code, _, stderr) = run.outcome();
        assert_eq!(code, 130, "{stderr}");
        assert!(!stderr.contains("the page stays"), "{stderr}");
        assert!(stderr.contains(&format!("report: {path}\n")), "{stderr}");
    });
    let written = fs::read_to_string(&report).unwrap();
    assert!(written.contains("not finished"), "{written}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_or_a_report_that_cannot_be_is_refused_before_anything_is_sent() {
    let world = World::new(1, 1).await;
    for (arguments, said) in [
        (&["--serve=0.0.0.0:0"][..], "needs a token"),
        (&["--token-env", "T"][..], "--token-env needs --serve"),
        (&["--serve", "--allow-decisions"][..], "--token-env"),
        (&["--report", "/dev/null"][..], "--report"),
    ] {
        let mut command = world.run(&[&["--start"], arguments].concat());
        let output = tokio::task::block_in_place(|| command.output().unwrap());
        assert_eq!(code(&output), 2, "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    }
    assert_eq!(world.simulator.control().request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_watch_shows_what_the_watch_sees_and_stays() {
    let (simulator, journal) = (atlas(2).await, TestJournal::new());
    journal.adopt(GROUP, "orders", &id(0)).await;
    journal.adopt(GROUP, "billing", &id(1)).await;
    let arguments = [&["watch", "orders", "--serve", "--until", "ready"], &OFTEN[..]].concat();
    let mut watch = Process::run(journal.command(&simulator, &arguments), Stdio::null());
    tokio::task::block_in_place(|| {
        let address = address(&mut watch);
        advance(&simulator, 60);
        let page = until(&address, "/", "", "Replicating");
        // The journal has another one, which nobody watches.
        assert!(page.contains("orders") && !page.contains("billing"), "{page}");
        advance(&simulator, 50);
        until(&address, "/", "", "Ready");
        watch.stderr.until("the page stays at http://");
        until(&address, "/", "", "Ready");
        watch.signal("TERM");
        assert_eq!(code(&watch.end()), 0);
    });
    // What the journal does not know is not on the page, and the watch says so.
    let other = TestJournal::new();
    other.adopt(GROUP, "billing", &id(1)).await;
    let ids = [id(0), id(1)];
    let arguments =
        [&["watch", "--group-id", GROUP, &ids[0], &ids[1], "--serve"], &OFTEN[..]].concat();
    let mut watch = Process::run(other.command(&simulator, &arguments), Stdio::null());
    tokio::task::block_in_place(|| {
        watch.stderr.until("the journal has 1 of the 2 migrations");
        let address = address(&mut watch);
        until(&address, "/", "", "billing");
        watch.signal("TERM");
        watch.end();
    });
    let arguments = ["watch", &id(0), "--serve", "--no-journal"];
    let mut command = journal.command(&simulator, &arguments);
    let output = tokio::task::block_in_place(|| command.output().unwrap());
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("--serve shows the journal: --no-journal"), "{output:?}");
}
