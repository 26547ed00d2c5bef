//! Changes in the journal: their intents before, their outcomes after.

mod link;
mod postgres;

use std::process::{Output, Stdio};

use atlas_migrations_journal::event::{Event, Held, Operation, Released};
use atlas_simulator::{Fault, FaultRule, Simulator};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::atlas::{Gate, advance, atlas, cutovers, id, respond, simulator, until};
use crate::journal::TestJournal;
use crate::process::{OFTEN, Process, code, text, with_stdin};
use crate::requests::parts;
use crate::{GROUP, ORG, TOKEN};

const CREATE: &str = "createGroupLiveMigration";

/// Returns the arguments that create a migration.
fn create<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["create", "--source-managed-authentication"], &parts()[..], more].concat()
}

/// Counts the requests of an operation.
fn received(simulator: &Simulator, operation: &str) -> usize {
    let requests = simulator.control().requests();
    requests.iter().filter(|request| request.operation_id() == Some(operation)).count()
}

/// Counts the requests that change something.
fn changes(simulator: &Simulator) -> usize {
    simulator.control().requests().iter().filter(|request| request.method() != "GET").count()
}

/// Returns stderr, and checks the exit code.
fn told(output: &Output, expected: i32) -> String {
    assert_eq!(code(output), expected, "{}", text(&output.stderr));
    text(&output.stderr).to_owned()
}

async fn sqlite(journal: &TestJournal) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(journal.path());
    SqliteConnection::connect_with(&options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn create_takes_the_name_of_the_destination_or_the_given_one() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    let first = journal.run(&simulator, &create(&[]));
    assert_eq!(told(&first, 0), "");
    assert!(text(&first.stdout).lines().nth(1).unwrap().contains("   target   "));
    assert_eq!(journal.event_types("target").await, ["planned", "intent", "outcome"]);
    let migration = simulator.control().created_live_migrations(GROUP).pop().unwrap();
    // The destination is occupied until the migration ends, whatever its name is.
    let other = journal.run(&simulator, &create(&["--name", "other"]));
    assert!(told(&other, 5).contains("`target` migrates to "));
    simulator.control().fail(GROUP, &migration).unwrap();
    assert_eq!(code(&journal.run(&simulator, &["status"])), 8);
    let second = journal.run(&simulator, &create(&["-ojson"]));
    assert_eq!(told(&second, 0), "the journal names the migration `target-2`\n");
    let named = journal.run(&simulator, &create(&["--name", "target"]));
    assert!(told(&named, 5).contains("a migration named `target` already: it is failed"));
    assert_eq!(received(&simulator, CREATE), 2);
    assert_eq!(told(&journal.run(&simulator, &["describe", "target-2"]), 0), "");
}

/// The bug: the process dies while the request is on its way, and a second one starts the migration again.
#[tokio::test(flavor = "multi_thread")]
async fn the_intent_is_in_the_journal_before_the_request_arrives_and_blocks_another() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    let stall = FaultRule::new(Fault::StallHeaders).on_operation(CREATE);
    simulator.control().inject(stall);
    let command = journal.command(&simulator, &create(&["--name", "orders"]));
    let mut running = Process::run(command, Stdio::null());
    until(|| received(&simulator, CREATE) > 0).await;
    assert_eq!(journal.event_types("orders").await, ["planned", "intent"]);
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    simulator.control().clear_faults();
    for name in ["orders", "other"] {
        let again = journal.run(&simulator, &create(&["--name", name]));
        let told = told(&again, 5);
        assert!(told.contains("journal resolve orders --id ID"), "{told}");
        assert!(told.contains("--absent"), "{told}");
    }
    assert_eq!(received(&simulator, CREATE), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_response_says_how_the_migration_is_resolved_and_nothing_more_is_sent() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    let lost = FaultRule::new(Fault::LoseResponse).on_operation(CREATE);
    simulator.control().inject(lost.times(1));
    let output = journal.run(&simulator, &create(&["--name", "orders"]));
    let said = text(&output.stderr);
    assert_eq!(code(&output), 7, "{said}");
    assert!(said.contains("nothing more is sent for `orders` until this is resolved"), "{said}");
    assert!(said.contains("journal resolve orders --id ID"), "{said}");
    assert_eq!(journal.event_types("orders").await, ["planned", "intent", "unclear"]);
    let again = journal.run(&simulator, &create(&["--name", "orders"]));
    assert!(told(&again, 5).contains("journal resolve orders --id ID"));
    assert_eq!(received(&simulator, CREATE), 1);
    // It is the most urgent in the list, and has its exit code.
    let status = journal.run(&simulator, &["status"]);
    assert_eq!(code(&status), 7);
    assert!(text(&status.stdout).contains("unclear"), "{}", text(&status.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_create_can_be_corrected_under_the_same_name() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    let refused = respond(400, &r#"{"error": 400, "errorCode": "INVALID", "detail": "no"}"#);
    simulator.control().inject(FaultRule::new(refused).on_operation(CREATE).times(1));
    told(&journal.run(&simulator, &create(&["--name", "orders"])), 5);
    told(&journal.run(&simulator, &create(&["--name", "orders"])), 0);
    assert_eq!(
        journal.event_types("orders").await,
        ["planned", "intent", "outcome", "retry", "intent", "outcome"]
    );
    assert_eq!(received(&simulator, CREATE), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limited_create_is_sent_again_with_a_new_intent() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    let limited = FaultRule::new(Fault::RateLimited { retry_after: Some(0) });
    simulator.control().inject(limited.on_operation(CREATE).times(1));
    told(&journal.run(&simulator, &create(&["--name", "orders"])), 0);
    assert_eq!(
        journal.event_types("orders").await,
        ["planned", "intent", "outcome", "intent", "outcome"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_cannot_be_written_stops_a_change_before_it_is_sent() {
    use std::os::unix::fs::PermissionsExt as _;

    let simulator = atlas(1).await;
    advance(&simulator, 110);
    // A later version wrote it: it can be read.
    let newer = TestJournal::new();
    newer.adopt(GROUP, "orders", &id(0)).await;
    let mut connection = sqlite(&newer).await;
    sqlx::query("UPDATE meta SET schema_version = 99").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    // Others could change it.
    let shared = TestJournal::new();
    shared.adopt(GROUP, "orders", &id(0)).await;
    let folder = shared.path().parent().unwrap().to_owned();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    // It is something else.
    let other = TestJournal::new();
    std::fs::create_dir_all(other.path().parent().unwrap()).unwrap();
    std::fs::write(other.path(), "x".repeat(10_000)).unwrap();
    for (journal, expected) in [(newer, 12), (shared, 2), (other, 2)] {
        let (create, first) = (create(&[]), id(0));
        let validate = [&["validate"], &create[1..]].concat();
        for arguments in [
            &create[..],
            &validate,
            &["cutover", &first, "--yes"],
            &["cutover", &first, "--yes", "--when-ready"],
            &["link", "create", "--org-id", ORG, "--access-list-ip", "203.0.113.7"],
            &["link", "delete", "--org-id", ORG, "--yes"],
        ] {
            let output = journal.run(&simulator, arguments);
            let told = told(&output, expected);
            assert!(told.contains("error: nothing was sent: "), "{arguments:?}: {told}");
            assert!(told.contains("--no-journal"), "{arguments:?}: {told}");
        }
    }
    assert_eq!(changes(&simulator), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_journal_changes_are_sent_and_no_file_is_left() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    let journal = TestJournal::new();
    let (create, first) = (create(&["--no-journal"]), id(0));
    let validate = [&["validate"], &create[1..]].concat();
    for arguments in [
        &["link", "create", "--no-journal", "--org-id", ORG, "--access-list-ip", "203.0.113.7"][..],
        &["link", "delete", "--org-id", ORG, "--yes", "--no-journal"],
        &validate,
        &create,
        &["cutover", &first, "--yes", "--no-journal"],
    ] {
        let output = journal.run(&simulator, arguments);
        assert_eq!(code(&output), 0, "{arguments:?}: {}", text(&output.stderr));
        assert!(!journal.state_folder.exists(), "{arguments:?}");
    }
    assert_eq!(changes(&simulator), 5);
    let named = journal.run(&simulator, &[&create[..], &["--name", "orders"]].concat());
    assert!(told(&named, 2).contains("--name needs a journal"));
    let overridden = ["cutover", &first, "--yes", "--no-journal", "--override-policy", "because"];
    assert!(told(&journal.run(&simulator, &overridden), 2).contains("--override-policy"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_cutover_is_refused_with_who_sent_the_first_and_when() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    let journal = TestJournal::new();
    journal.adopt(GROUP, "orders", &id(0)).await;
    let first = journal.run(&simulator, &["cutover", "orders", "--yes"]);
    assert_eq!(told(&first, 0), "");
    assert_eq!(journal.event_types("orders").await, ["adopted", "observed", "intent", "outcome"]);
    let mut second = journal.command(&simulator, &["cutover", &id(0), "--yes"]);
    let told = told(&second.env("USER", "bob").output().unwrap(), 5);
    assert!(told.contains("`cutover` took effect in this attempt (event 3)"), "{told}");
    let by = told.lines().find(|line| line.starts_with("  event 3 is by ")).unwrap();
    assert!(by.contains('@') && by.contains(" at 2"), "{by}");
    assert_eq!(cutovers(&simulator.control()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_is_not_ready_is_not_cut_over() {
    let simulator = atlas(1).await;
    let journal = TestJournal::new();
    journal.adopt(GROUP, "orders", &id(0)).await;
    let output = journal.run(&simulator, &["cutover", "orders", "--yes"]);
    assert!(told(&output, 5).contains("nothing was sent: the migration is not ready"));
    assert_eq!(cutovers(&simulator.control()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_id_is_adopted_under_a_new_name_when_it_is_cut_over() {
    let simulator = atlas(2).await;
    advance(&simulator, 110);
    let journal = TestJournal::new();
    for index in [0, 1] {
        told(&journal.run(&simulator, &["cutover", &id(index), "--yes"]), 0);
    }
    let mut names: Vec<_> =
        journal.streams().await.into_iter().map(|row| (row.name, row.migration_id)).collect();
    names.sort();
    assert_eq!(
        names,
        [
            ("migration-6296fb4c".to_owned(), Some(id(0))),
            ("migration-6296fb4c-2".to_owned(), Some(id(1))),
        ]
    );
    // What Atlas does not know is not adopted.
    let nobody = "0".repeat(24);
    told(&journal.run(&simulator, &["cutover", &nobody, "--yes"]), 4);
    assert_eq!(journal.streams().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_stops_a_cutover_and_a_reason_overrides_it() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    let journal = TestJournal::new();
    let stream = journal.adopt(GROUP, "orders", &id(0)).await;
    journal.append(stream, Held::new()).await;
    let held = journal.run(&simulator, &["cutover", "orders", "--yes"]);
    let said = told(&held, 5);
    assert!(said.contains("it is held"), "{said}");
    assert!(said.contains("`atlas-migrations release orders`"), "{said}");
    assert_eq!(cutovers(&simulator.control()), 0);
    let reason = ["cutover", "orders", "--yes", "--override-policy", "the window is over"];
    told(&journal.run(&simulator, &reason), 0);
    let events = journal.events("orders").await;
    let intent = events.iter().find_map(|record| match &record.event {
        Event::Intent(intent) => intent.override_policy.as_ref(),
        _ => None,
    });
    assert_eq!(intent.unwrap().as_str(), "the window is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cutover_when_ready_waits_for_the_release_of_a_hold() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    let journal = TestJournal::new();
    let stream = journal.adopt(GROUP, "orders", &id(0)).await;
    journal.append(stream, Held::new()).await;
    let arguments = ["cutover", "orders", "--when-ready", "--yes", "-ojson"];
    let command = journal.command(&simulator, &[&arguments, &OFTEN[..]].concat());
    let mut going = Process::run(command, Stdio::null());
    let postponed = going.until(|event| event["state"] == "postponed");
    assert!(postponed["error"].as_str().unwrap().contains("it is held"), "{postponed}");
    assert_eq!(cutovers(&simulator.control()), 0);
    journal.append(stream, Released::new()).await;
    going.until(|event| event["state"] == "accepted");
    advance(&simulator, 30);
    told(&going.end(), 0);
    assert_eq!(cutovers(&simulator.control()), 1);
    // The end is in the journal, too.
    let types = journal.event_types("orders").await;
    assert_eq!(types.last().unwrap(), "ended", "{types:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unclear_cutover_is_not_sent_again_and_status_finds_that_it_took_effect() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    let journal = TestJournal::new();
    journal.adopt(GROUP, "orders", &id(0)).await;
    let lost = FaultRule::new(Fault::LoseResponse).on_operation("cutoverGroupLiveMigration");
    simulator.control().inject(lost.times(1));
    told(&journal.run(&simulator, &["cutover", "orders", "--yes"]), 7);
    let again = journal.run(&simulator, &["cutover", "orders", "--yes"]);
    assert!(told(&again, 5).contains("is unclear"));
    assert_eq!(cutovers(&simulator.control()), 1);
    assert_eq!(code(&journal.run(&simulator, &["status", "orders"])), 7);
    advance(&simulator, 30);
    let status = journal.run(&simulator, &["status", "orders"]);
    assert_eq!(told(&status, 0), "");
    assert!(text(&status.stdout).contains("complete"), "{}", text(&status.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn validations_are_recorded_and_found_by_the_name_of_their_migration() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    let create = create(&[]);
    let validate = [&["validate", "--name", "orders"], &create[1..]].concat();
    let started = journal.run(&simulator, &validate);
    assert_eq!(told(&started, 0), "the journal names the migration `orders`\n");
    advance(&simulator, 60);
    let shown = journal.run(&simulator, &["validation", "orders"]);
    told(&shown, 0);
    assert!(text(&shown.stdout).contains("SUCCESS"), "{}", text(&shown.stdout));
    assert_eq!(journal.event_types("orders").await, ["planned", "intent", "outcome", "validated"]);
    // The migration that was validated is the one that is created.
    told(&journal.run(&simulator, &[&create[..], &["--name", "orders"]].concat()), 0);
    assert_eq!(journal.event_types("orders").await[4..], ["intent", "outcome"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_data_is_approved_by_the_person_who_confirms_it() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    let drops = create(&["--drop", "--name", "orders"]);
    let declined = with_stdin(&mut journal.command(&simulator, &drops), "no\n");
    told(&declined, 1);
    assert!(journal.streams().await.is_empty());
    told(&journal.run(&simulator, &[&drops[..], &["--yes"]].concat()), 0);
    assert_eq!(journal.event_types("orders").await, ["planned", "approved", "intent", "outcome"]);
}

/// Returns all bytes of the journal.
fn journal_bytes(journal: &TestJournal) -> String {
    let folder = journal.path().parent().unwrap().to_owned();
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let bytes = files.filter(|path| path.is_file()).flat_map(|path| std::fs::read(path).unwrap());
    String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_credential_and_no_password_is_in_the_journal() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    let arguments = [&["create", "--name", "orders", "-u", "migrator"], &parts()[..]].concat();
    let detail = format!("canary-password and {TOKEN}");
    let body = serde_json::json!({"error": 400, "errorCode": "INVALID", "detail": detail});
    let refused = respond(400, &body);
    simulator.control().inject(FaultRule::new(refused).on_operation(CREATE).times(1));
    for _ in 0..2 {
        with_stdin(&mut journal.command(&simulator, &arguments), "canary-password\n");
    }
    assert_eq!(received(&simulator, CREATE), 2);
    let events = journal.events("orders").await;
    let creates = events.iter().filter(
        |record| matches!(&record.event, Event::Intent(intent) if intent.op == Operation::Create),
    );
    assert_eq!(creates.count(), 2);
    let bytes = journal_bytes(&journal);
    assert!(bytes.contains("migrator"), "the journal has the request");
    for secret in ["canary-password", TOKEN] {
        assert!(!bytes.contains(secret), "{secret}");
    }
}

/// Returns a plan file with this policy of cutovers.
fn plan(cutover: &str, hooks: &str) -> String {
    format!(
        "version: 1\nname: weekend\nproject: {GROUP}\napprovers: 0\n\
         defaults:\n  source: {{project: 5f0a1b2c3d4e5f6071829304, tls: true, authentication: managed}}\n  \
         destination: {{network: public}}\n  migration_host: vm001.example.com\n\
         cutover: {{{cutover}}}\n\
         migrations:\n  - {{name: users, source: {{cluster: rs0}}, destination: {{cluster: Users}}}}\n  \
         - {{name: orders, source: {{cluster: rs1}}, destination: {{cluster: Orders}}}}\n{hooks}"
    )
}

/// The bug: a cutover by hand ignores what the plan of the migration says.
#[tokio::test(flavor = "multi_thread")]
async fn the_cutover_of_a_migration_in_a_plan_needs_what_the_plan_allows_or_a_reason() {
    let free = "order: together, max_lag: 1h";
    let window =
        "order: together, windows: [{days: [sat], from: \"22:00\", to: \"23:00\", zone: UTC}]";
    let hooks = "hooks:\n  - {on: [before_cutover], exec: [\"true\"]}\n";
    for (policy, hooks, is_held, obstacle) in [
        (free, "", false, None),
        ("order: sequence, max_lag: 1h", "", false, Some("`users` comes first")),
        (window, "", false, Some("only in windows")),
        (free, hooks, false, Some("a hook is asked before a cutover")),
        (free, "", true, Some("plan `weekend`: it is held")),
    ] {
        let simulator = atlas(2).await;
        advance(&simulator, 110);
        let journal = TestJournal::new();
        let stream = journal.start_plan(&plan(policy, hooks)).await;
        journal.adopt_in_plan(stream, "users", &id(0)).await;
        journal.adopt_in_plan(stream, "orders", &id(1)).await;
        if is_held {
            journal.append(stream, Held::new()).await;
        }
        let output = journal.run(&simulator, &["cutover", "weekend/orders", "--yes"]);
        let Some(obstacle) = obstacle else {
            told(&output, 0);
            continue;
        };
        let said = told(&output, 5);
        assert!(said.contains(obstacle) && said.contains("--override-policy"), "{said}");
        assert_eq!(cutovers(&simulator.control()), 0);
        let reason = ["cutover", "orders", "--yes", "--override-policy", "the boss says so"];
        told(&journal.run(&simulator, &reason), 0);
        assert_eq!(cutovers(&simulator.control()), 1);
    }
}

/// The bug: the journal fails after the request, and the only copy of the ID is lost with the process.
#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_that_the_journal_cannot_take_is_told_and_imported_by_the_next_command() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    let gate = Gate::before(simulator.base_url());
    let command = journal.command_at(&gate.url, &create(&["--name", "orders", "-ojson"]));
    let running = Process::run(command, Stdio::null());
    until(|| received(&simulator, CREATE) > 0).await;
    // Another process holds the journal.
    let mut holder = sqlite(&journal).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut holder).await.unwrap();
    gate.open.send(()).unwrap();
    let output = running.end();
    sqlx::query("ROLLBACK").execute(&mut holder).await.unwrap();
    holder.close().await.unwrap();
    let created = simulator.control().created_live_migrations(GROUP).pop().unwrap();
    let said = told(&output, 0);
    assert!(said.contains(&format!("create was accepted, ID {created}")), "{said}");
    assert!(text(&output.stdout).contains(&created), "{}", text(&output.stdout));
    let next = journal.run(&simulator, &["describe", "orders", "-ojson"]);
    assert!(told(&next, 0).contains("1 outcome was imported from "), "{}", text(&next.stderr));
    assert!(text(&next.stdout).contains(&created));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_by_name_records_what_changes() {
    let simulator = atlas(1).await;
    let journal = TestJournal::new();
    journal.adopt(GROUP, "orders", &id(0)).await;
    let command =
        journal.command(&simulator, &[&["watch", "orders", "-ojson"], &OFTEN[..]].concat());
    let mut watch = Process::run(command, Stdio::null());
    watch.until_status("NEW");
    advance(&simulator, 60);
    watch.until_status("WORKING");
    advance(&simulator, 50);
    watch.until_ready();
    simulator.control().fail(GROUP, id(0)).unwrap();
    assert_eq!(code(&watch.end()), 8);
    assert_eq!(
        journal.event_types("orders").await,
        ["adopted", "observed", "observed", "observed", "observed", "ended"]
    );
}
