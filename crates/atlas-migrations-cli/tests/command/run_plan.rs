//! `run`: plans from the first request to the end, as processes that are interrupted, killed and joined by others.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use atlas_simulator::{Clock, Fault, FaultRule, Simulator};
use serde_json::Value;

use crate::atlas::GROUP;
use crate::events::check_events;
use crate::journal::TestJournal;
use crate::process::{code, text};
use crate::terminal::{Terminal, left_clean};

const CREATE: &str = "createGroupLiveMigration";
pub const CUTOVER: &str = "cutoverGroupLiveMigration";
const NAMES: [&str; 6] = ["orders", "users", "stock", "carts", "mails", "audit"];

pub struct World {
    pub simulator: Simulator,
    pub journal: TestJournal,
    plan: PathBuf,
}

impl World {
    pub async fn new(migrations: usize, approvers: u32) -> Self {
        let clock = Clock::with_speed(10_000.0).unwrap();
        let simulator = Simulator::builder().clock(clock).without_rate_limits();
        let simulator = simulator.start().await.unwrap();
        let journal = TestJournal::new();
        std::fs::create_dir_all(&journal.state_folder).unwrap();
        let plan = journal.state_folder.join("weekend.yaml");
        std::fs::write(&plan, plan_text(migrations, approvers)).unwrap();
        Self { simulator, journal, plan }
    }

    /// Adds a hook that runs a program when a migration is ready or complete.
    pub fn add_hook(&self, program: &str) {
        let mut plan = std::fs::read_to_string(&self.plan).unwrap();
        let _ = write!(plan, "hooks:\n  - {{on: [ready, complete], exec: [\"{program}\"]}}\n");
        std::fs::write(&self.plan, plan).unwrap();
    }

    /// Returns a run at the speed of the simulator.
    pub fn run(&self, arguments: &[&str]) -> Command {
        let mut all = vec!["run", self.plan.to_str().unwrap(), "--interval", "10ms..40ms"];
        all.extend(["--journal-interval", "20ms", "--lease-interval", "100ms"]);
        all.extend(["--retry-pause", "100ms"]);
        all.extend(arguments);
        self.journal.command(&self.simulator, &all)
    }

    async fn output(&self, arguments: &[&str]) -> Output {
        let mut command = self.run(arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    pub fn received(&self, operation: &str) -> usize {
        let requests = self.simulator.control().requests();
        requests.iter().filter(|request| request.operation_id() == Some(operation)).count()
    }
}

pub fn plan_text(migrations: usize, approvers: u32) -> String {
    let mut text = format!(
        "version: 1\nname: weekend\nproject: {GROUP}\napprovers: {approvers}\n\
         defaults:\n  source: {{project: 5f0a1b2c3d4e5f6071829304, tls: true, authentication: managed}}\n  \
         destination: {{network: public}}\n  migration_host: vm001.example.com\nmigrations:\n"
    );
    for name in &NAMES[..migrations] {
        let _ = writeln!(
            text,
            "  - {{name: {name}, source: {{cluster: {name}-rs0}}, destination: {{cluster: {name}}}}}"
        );
    }
    text
}

/// Returns the JSON objects of the lines on stdout.
fn lines(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_runs_to_the_end_and_prints_what_happens() {
    let world = World::new(2, 0).await;
    let output = world.output(&["--start"]).await;
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    assert!(stdout.contains("Z  orders  sending the create request\n"), "{stdout}");
    assert!(stdout.contains("orders  ended: complete\n"), "{stdout}");
    let (_, table) = stdout.split_once("NAME     STATE").unwrap();
    assert_eq!(table.lines().filter(|line| line.contains("complete")).count(), 2, "{table}");
    assert_eq!((world.received(CREATE), world.received(CUTOVER)), (2, 2));
    // A plan that ended is over at once.
    let again = world.output(&["-o", "json"]).await;
    assert_eq!(code(&again), 0, "{}", text(&again.stderr));
    let ends: Vec<_> = lines(&again).into_iter().filter(|line| line["event"] == "end").collect();
    assert_eq!(ends.len(), 2);
    assert!(ends.iter().all(|end| end["result"] == "complete"));
    assert_eq!((world.received(CREATE), world.received(CUTOVER)), (2, 2));
}

/// The bug: a program that reads a run finds a line without a time, or of another form than the schema promises.
#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_a_run_is_an_event_of_the_schema() {
    let world = World::new(2, 0).await;
    let output = world.output(&["--start", "-o", "json"]).await;
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let names = check_events(text(&output.stdout));
    for name in ["recorded", "waits", "claimed", "end"] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    let only_ends = world.output(&["--jq", "select(.event == \"end\") | .result"]).await;
    assert_eq!(text(&only_ends.stdout), "complete\ncomplete\n");
    let dry = world.output(&["--dry-run", "-o", "id"]).await;
    assert_eq!(code(&dry), 2, "{}", text(&dry.stderr));
}

/// The bug: the view shows a run and nobody can approve in it, or a key alone approves.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_on_a_terminal_is_approved_by_keys() {
    let world = World::new(1, 1).await;
    let mut terminal = Terminal::run(world.run(&["--start"]), 100, 24);
    terminal.until("0 of 1, press a");
    terminal.until("WAIT");
    terminal.write(b"a");
    terminal.until("Type its name, orders:");
    terminal.write(b"order\r");
    terminal.until("nothing was approved");
    terminal.write(b"h");
    terminal.until("Hold orders");
    terminal.write(b"y");
    terminal.until("orders: held; no cutover was sent");
    terminal.until("held since");
    let release = world.journal.command(&world.simulator, &["release", "orders"]).output();
    assert_eq!(code(&release.unwrap()), 0);
    terminal.until("0 of 1, press a");
    assert_eq!(world.received(CUTOVER), 0);
    terminal.write(b"aorders\r");
    terminal.until("Sure?");
    terminal.write(b"y");
    let (code, text) = terminal.end();
    assert_eq!(code, 0, "{text}");
    assert_eq!(world.received(CUTOVER), 1);
    let end = left_clean(&text, 100);
    assert!(
        end.starts_with("Followed to the end at ") && end.contains("✓ orders  complete"),
        "{end}"
    );
    assert!(end.contains("Follow again: atlas-migrations run "), "{end}");

    let status = ["status", "--follow"];
    let mut terminal = Terminal::run(world.journal.command(&world.simulator, &status), 100, 24);
    terminal.until("OVER");
    terminal.until("cutover approved");
    terminal.write(b"q");
    let (code, text) = terminal.end();
    assert_eq!(code, 0, "{text}");
    assert!(left_clean(&text, 100).contains("✓ orders  complete"), "{text}");
}

/// The bug: a second machine starts everything again.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_not_started_without_start_and_a_dry_run_sends_and_writes_nothing() {
    let world = World::new(1, 0).await;
    let output = world.output(&["--dry-run"]).await;
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("has never seen the plan"));
    assert!(text(&output.stdout).contains("orders   new     write it down"), "{output:?}");
    assert!(!world.journal.path().exists());
    let output = world.output(&[]).await;
    assert_eq!(code(&output), 2, "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("`--start` starts it"), "{}", text(&output.stderr));
    let output = world.output(&["--no-journal", "--start"]).await;
    assert_eq!(code(&output), 2, "{}", text(&output.stderr));
    assert_eq!(world.simulator.control().request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_the_plan_has_its_place() {
    let world = World::new(1, 0).await;
    let text_of_plan = plan_text(1, 0).replace("approvers", "aprovers");
    std::fs::write(&world.plan, text_of_plan).unwrap();
    let output = world.output(&["--start"]).await;
    assert_eq!(code(&output), 2, "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("weekend.yaml:4:1"), "{}", text(&output.stderr));
}

/// The bug: a plan of a team starts a second time in the journal of one user.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_names_another_journal_is_not_run_with_this_one() {
    let world = World::new(1, 0).await;
    let pinned =
        plan_text(1, 0).replace("name: weekend", "name: weekend\njournal: postgres://ana@db/ops");
    std::fs::write(&world.plan, pinned).unwrap();
    let output = world.output(&["--start"]).await;
    assert_eq!(code(&output), 2, "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("--journal postgres://ana@db/ops"), "{output:?}");
    assert!(!world.journal.path().exists());
    assert_eq!(world.simulator.control().request_count(), 0);
}

/// The bug: a restart sends again what was sent, or forgets it.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_again_and_again_sends_each_request_at_most_once() {
    let world = World::new(1, 0).await;
    let mut is_over = false;
    for start in 0..40 {
        let mut command = world.run(&["--start", "--until", "idle", "-o", "json"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (mut child, ended) = tokio::task::spawn_blocking(move || {
            let mut lines = stdout.lines().map_while(Result::ok);
            // It dies after a few lines, later each time. Another test kills it between an intent and its outcome, which takes
            // a minute to become unclear.
            let mut seen = 0;
            let mut is_time = |line: &String| {
                seen += 1;
                seen > 2 + start / 2 && !line.contains("\"type\":\"intent\"")
            };
            if lines.any(|line| is_time(&line)) {
                let _ = child.kill();
            }
            let status = child.wait().unwrap();
            let is_killed = status.code().is_none();
            (child, !is_killed)
        })
        .await
        .unwrap();
        let _ = child.wait();
        if ended {
            is_over = true;
            break;
        }
    }
    assert!(is_over, "it never ends");
    let rows = world.journal.streams().await;
    let unclear = rows.iter().filter(|row| row.phase == "unclear").count();
    let complete = rows.iter().filter(|row| row.phase == "complete").count();
    assert!(complete == 1 || unclear > 0, "{rows:?}");
    // Each path once: a second request for a migration would be there twice.
    for operation in [CREATE, CUTOVER] {
        let requests = world.simulator.control().requests();
        let sent = requests.iter().filter(|request| request.operation_id() == Some(operation));
        let mut sent: Vec<_> =
            sent.map(|request| (request.path().to_owned(), request.body().clone())).collect();
        let count = sent.len();
        sent.sort();
        sent.dedup();
        assert_eq!(sent.len(), count, "{operation}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_a_plan_and_send_each_request_once() {
    let world = World::new(6, 0).await;
    let (one, two) = tokio::join!(
        world.output(&["--start", "-o", "json"]),
        world.output(&["--start", "-o", "json"])
    );
    for output in [&one, &two] {
        assert_eq!(code(output), 0, "{}", text(&output.stderr));
    }
    assert_eq!((world.received(CREATE), world.received(CUTOVER)), (6, 6));
    let claims = |output| lines(output).iter().filter(|line| line["event"] == "claimed").count();
    assert!(claims(&one) > 0 && claims(&two) > 0, "{} and {}", claims(&one), claims(&two));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_approves_from_a_second_shell_while_the_run_goes_on() {
    let world = World::new(1, 1).await;
    let mut command = world.run(&["--start", "-o", "json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let mut approve = world.journal.command(&world.simulator, &["approve", "orders"]);
    let cut_over = tokio::task::spawn_blocking(move || {
        let mut approved = false;
        for line in stdout.lines().map_while(Result::ok) {
            let line: Value = serde_json::from_str(&line).unwrap();
            let waits = line["waits_for"].as_str().unwrap_or_default().contains("approvals");
            if waits && !approved && line["event"] == "waits" {
                let output = approve.output().unwrap();
                assert_eq!(code(&output), 0, "{}", text(&output.stderr));
                approved = true;
            }
        }
        (child.wait().unwrap().code(), approved)
    });
    assert_eq!(cut_over.await.unwrap(), (Some(0), true));
    assert_eq!(world.received(CUTOVER), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_is_that_of_the_worst_migration() {
    let world = World::new(2, 0).await;
    world.simulator.control().inject(FaultRule::new(Fault::HtmlBadGateway).on_operation(CUTOVER));
    let output = world.output(&["--start", "--until", "idle"]).await;
    assert_eq!(code(&output), 7, "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("`orders` is unclear"), "{}", text(&output.stderr));
    assert_eq!(world.received(CUTOVER), 1);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_the_run_and_the_same_command_goes_on() {
    let world = World::new(1, 0).await;
    let mut command = world.run(&["--start", "-o", "json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let output = tokio::task::spawn_blocking(move || {
        let mut lines = stdout.lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("\"validated\"")));
        crate::process::signal(&child, "INT");
        // The rest is read, so that the command can write it.
        lines.for_each(drop);
        child.wait_with_output().unwrap()
    });
    let output = output.await.unwrap();
    assert_eq!(code(&output), 130, "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("the same command goes on"));
    let output = world.output(&[]).await;
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert_eq!((world.received(CREATE), world.received(CUTOVER)), (1, 1));
}
