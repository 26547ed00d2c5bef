//! `journal adopt` and `journal resolve`.

use std::time::Duration;

use atlas_migrations_journal::event::{Event, Operation};
use atlas_simulator::{Fault, FaultRule};
use serde_json::json as value;

use super::support::{Runner, json};
use crate::atlas::{GROUP, MIGRATION, advance, atlas, cut_over, id, respond, simulator};
use crate::journal::TestJournal;
use crate::process::{code, text, with_stdin};

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_is_adopted_if_atlas_shows_it() {
    let simulator = atlas(2).await;
    let journal = TestJournal::new();
    let nobody = "0".repeat(24);
    let unknown = journal.run(&simulator, &["journal", "adopt", "orders", "--id", &nobody]);
    assert_eq!(code(&unknown), 4, "{}", text(&unknown.stderr));
    advance(&simulator, 120);
    let adopt = ["journal", "adopt", "orders", "--id", &id(0), "--cluster-name", "Orders"];
    let adopted = journal.run(&simulator, &[&adopt[..], &["-ojson"]].concat());
    assert_eq!(code(&adopted), 0, "{}", text(&adopted.stderr));
    assert_eq!(json(&adopted)["status"], "WORKING");
    assert_eq!(journal.event_types("orders").await, ["adopted", "observed"]);
    let rows = journal.streams().await;
    assert_eq!(rows[0].destination.as_deref(), Some(&*format!("{GROUP}/Orders")));
    assert_eq!((&*rows[0].phase, &*rows[0].scope), ("ready", GROUP));
    for (name, index, said) in
        [("orders", 1, "named `orders`"), ("users", 0, "follows that migration")]
    {
        let again = journal.run(&simulator, &["journal", "adopt", name, "--id", &id(index)]);
        assert_eq!(code(&again), 5, "{}", text(&again.stderr));
        assert!(text(&again.stderr).contains(said), "{}", text(&again.stderr));
    }
    let wrong = journal.run(&simulator, &["journal", "adopt", "Orders", "--id", &id(1)]);
    assert_eq!(code(&wrong), 2);
    let (json, table) = (&["describe", "orders", "-ojson"][..], &["journal", "show", "orders"]);
    assert_eq!(code(&journal.run(&simulator, json)), 0);
    assert!(text(&journal.run(&simulator, table).stdout).contains("adopted, WORKING"));
    assert!(simulator.control().requests().iter().all(|request| request.method() == "GET"));
}

/// A create request whose response was lost this long ago.
async fn lost_create(
    journal: &TestJournal,
    ago: Duration,
) -> (Runner, atlas_migrations_journal::StreamId, u64) {
    let runner = Runner::of_the_past(journal, ago).await;
    let plan = ("weekend-12", runner.plan("weekend-12").await);
    let stream = runner.planned(plan, "orders", 0).await;
    let intent = runner.intent(stream, Operation::Create).await.unwrap();
    (runner, stream, intent)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_creation_is_resolved_by_the_id_of_a_migration_that_nothing_contradicts() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    let (runner, stream, intent) = lost_create(&journal, HOUR).await;
    // The IDs of Atlas begin with their time.
    let (new, old) = ("aaaaaaaa0000000000000001", id(0));
    let shown = |id: &str, host: &str| {
        let body = value!({"_id": id, "status": "NEW", "migrationHosts": [host]});
        simulator.control().clear_faults();
        simulator.control().inject(FaultRule::new(respond(200, &body)));
    };
    let resolve = |id: &str, more: &[&str]| {
        let arguments = [&["journal", "resolve", "orders", "--yes", "--id", id], more].concat();
        journal.run(&simulator, &arguments)
    };
    let absent = resolve(new, &[]);
    assert_eq!(code(&absent), 4, "{}", text(&absent.stderr));
    shown(new, "vm999.example.com");
    let other_host = resolve(new, &[]);
    assert_eq!(code(&other_host), 5);
    let told = text(&other_host.stderr);
    assert!(
        told.contains("it runs on host vm999.example.com, and the request named vm001"),
        "{told}"
    );
    // Not even a person knows better.
    shown(&old, "vm001.example.com");
    let another = resolve(new, &["--evidence", "seen in the UI"]);
    assert_eq!(code(&another), 7, "{}", text(&another.stderr));
    assert!(text(&another.stderr).contains(&format!("Atlas responded with migration {old}")));
    let earlier = resolve(&old, &[]);
    assert_eq!(code(&earlier), 5);
    assert!(
        text(&earlier.stderr).contains("its ID is from 2022-06-01"),
        "{}",
        text(&earlier.stderr)
    );
    let taken = runner.adopted("users", new).await;
    shown(new, "vm001.example.com");
    let followed = resolve(new, &[]);
    assert_eq!(code(&followed), 5);
    assert!(text(&followed.stderr).contains("/users` follows migration"), "{taken}");

    let new = "aaaaaaaa0000000000000002";
    shown(new, "vm001.example.com");
    let resolved = resolve(new, &["--evidence", "seen in the UI", "-ojson"]);
    assert_eq!(code(&resolved), 0, "{}", text(&resolved.stderr));
    assert_eq!(json(&resolved)["intent_seq"], intent);
    assert!(json(&resolved)["afterwards"].as_str().unwrap().contains("no create request again"));
    let (row, state) = runner.store.state(stream).await.unwrap();
    assert_eq!((row.migration_id.as_deref(), state.undecided()), (Some(new), None));
    let record = runner.store.read(stream, 0).await.unwrap().pop().unwrap();
    let Event::Resolved(event) = record.event else { panic!("{record:?}") };
    assert_eq!(
        event.evidence.unwrap().as_str(),
        "seen in the UI; Atlas shows NEW, host vm001.example.com"
    );
    let again = resolve(new, &[]);
    assert_eq!(code(&again), 5);
    assert!(text(&again.stderr).contains("has no request to resolve: it is replicating"));
    assert!(simulator.control().requests().iter().all(|request| request.method() == "GET"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_contradicts_the_id_is_recorded_if_a_person_knows_better() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    let (runner, stream, _) = lost_create(&journal, HOUR).await;
    let arguments =
        ["journal", "resolve", "orders", "--id", MIGRATION, "--evidence", "the host was renamed"];
    let asked = with_stdin(&mut journal.command(&simulator, &arguments), "yes\n");
    assert_eq!(code(&asked), 0, "{}", text(&asked.stderr));
    assert!(
        text(&asked.stderr).contains(", although its ID is from 2022"),
        "{}",
        text(&asked.stderr)
    );
    let record = runner.store.read(stream, 0).await.unwrap().pop().unwrap();
    let Event::Resolved(event) = record.event else { panic!("{record:?}") };
    let evidence = event.evidence.unwrap();
    assert!(evidence.as_str().starts_with("the host was renamed; Atlas shows NEW"), "{evidence}");
    assert!(evidence.as_str().contains("although"), "{evidence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_creation_is_absent_only_after_its_time_and_a_confirmation() {
    let simulator = simulator().await;
    let early = TestJournal::new();
    lost_create(&early, Duration::ZERO).await;
    let absent = ["journal", "resolve", "orders", "--absent"];
    let output = early.run(&simulator, &[&absent[..], &["--yes"]].concat());
    assert_eq!(code(&output), 5);
    assert!(
        text(&output.stderr).contains("could still do so; allowed from 20"),
        "{}",
        text(&output.stderr)
    );

    let journal = TestJournal::new();
    let (runner, stream, _) = lost_create(&journal, HOUR).await;
    for (choice, said) in
        [("--took-effect", "say --id ID, or --absent"), ("--did-not", "say --id ID")]
    {
        let output = journal.run(&simulator, &["journal", "resolve", "orders", choice]);
        assert_eq!(code(&output), 2, "{}", text(&output.stdout));
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    }
    let declined = with_stdin(&mut journal.command(&simulator, &absent), "n\n");
    assert_eq!(code(&declined), 1);
    let told = text(&declined.stderr);
    assert!(
        told.contains("Atlas cannot list migrations.") && told.contains("event 2 at "),
        "{told}"
    );
    let resolved = with_stdin(&mut journal.command(&simulator, &absent), "y\n");
    assert_eq!(code(&resolved), 0, "{}", text(&resolved.stderr));
    assert!(text(&resolved.stdout).contains("; the create request may be sent again\n"));
    assert_eq!(simulator.control().request_count(), 0);
    runner.intent(stream, Operation::Create).await.unwrap();
}

/// A cutover of a migration of the simulator whose response was lost this long ago.
async fn lost_cutover(
    journal: &TestJournal,
    ago: Duration,
) -> (Runner, atlas_migrations_journal::StreamId) {
    let runner = Runner::of_the_past(journal, ago).await;
    let stream = runner.adopted("orders", &id(0)).await;
    runner.observe_ready(stream).await;
    runner.intent(stream, Operation::Cutover).await.unwrap();
    (runner, stream)
}

const DID_NOT: [&str; 6] = ["journal", "resolve", "orders", "--did-not", "--poll-interval", "1ms"];

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_cutover_did_not_take_effect_only_if_five_polls_after_ten_minutes_agree() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    let early = TestJournal::new();
    let (_runner, _) = lost_cutover(&early, Duration::from_mins(10)).await;
    let output = early.run(&simulator, &[&DID_NOT[..], &["--yes"]].concat());
    assert_eq!(code(&output), 5, "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("allowed from 20"), "{}", text(&output.stderr));
    assert_eq!(simulator.control().request_count(), 0);

    let journal = TestJournal::new();
    let (runner, stream) = lost_cutover(&journal, HOUR).await;
    // The fourth poll does not agree.
    let working = value!({"_id": id(0), "status": "WORKING", "readyForCutover": false});
    let ready = value!({
        "_id": id(0), "status": "WORKING", "readyForCutover": true, "lagTimeSeconds": 2,
    });
    simulator.control().inject(FaultRule::new(respond(200, &ready)).times(3));
    simulator.control().inject(FaultRule::new(respond(200, &working)).times(1));
    let output = journal.run(&simulator, &[&DID_NOT[..], &["--yes"]].concat());
    assert_eq!(code(&output), 5, "{}", text(&output.stdout));
    let told = text(&output.stderr);
    assert!(
        told.contains("poll 4 of 5 does not agree") && told.contains("--took-effect"),
        "{told}"
    );
    simulator.control().clear_faults();
    simulator.control().inject(FaultRule::new(Fault::Forbidden));
    assert_eq!(code(&journal.run(&simulator, &[&DID_NOT[..], &["--yes"]].concat())), 3);
    simulator.control().clear_faults();
    let before = simulator.control().request_count();
    let resolved = journal.run(&simulator, &[&DID_NOT[..], &["--yes"]].concat());
    assert_eq!(code(&resolved), 0, "{}", text(&resolved.stderr));
    assert!(
        text(&resolved.stdout).contains("the cutover may be sent again when its conditions hold")
    );
    assert_eq!(simulator.control().request_count(), before + 5);
    assert!(simulator.control().requests().iter().all(|request| request.method() == "GET"));
    runner.intent(stream, Operation::Cutover).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_cutover_that_took_effect_is_never_sent_again() {
    let simulator = atlas(1).await;
    advance(&simulator, 110);
    cut_over(&simulator, 0);
    let journal = TestJournal::new();
    let (runner, stream) = lost_cutover(&journal, HOUR).await;
    let refused = journal.run(&simulator, &[&DID_NOT[..], &["--yes"]].concat());
    assert_eq!(code(&refused), 5, "{}", text(&refused.stdout));
    let took_effect = ["journal", "resolve", "orders", "--took-effect"];
    let resolved = with_stdin(&mut journal.command(&simulator, &took_effect), "yes\n");
    assert_eq!(code(&resolved), 0, "{}", text(&resolved.stderr));
    assert!(text(&resolved.stderr).contains("Atlas shows WORKING, not ready for cutover"));
    assert!(text(&resolved.stdout).contains("nothing is sent any more in this attempt"));
    assert!(runner.intent(stream, Operation::Cutover).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_an_outcome_overtakes_is_not_recorded() {
    use atlas_migrations_journal::event::{Outcome, OutcomeResult};
    use std::io::Write as _;
    use std::process::Stdio;

    let simulator = simulator().await;
    let journal = TestJournal::new();
    let (runner, stream, intent) = lost_create(&journal, HOUR).await;
    let mut command = journal.command(&simulator, &["journal", "resolve", "orders", "--absent"]);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It asks.
    let mut stderr = crate::process::Reader::new(child.stderr.take().unwrap());
    stderr.until("[y/N]");
    let mut outcome = Outcome::new(intent, OutcomeResult::Accepted);
    outcome.id = Some(id(0).parse().unwrap());
    runner.fact(stream, outcome).await;
    child.stdin.take().unwrap().write_all(b"yes\n").unwrap();
    stderr.read_to_end();
    assert_eq!(child.wait().unwrap().code(), Some(5), "{}", stderr.text());
    assert!(stderr.text().contains("too late: the fate of create (event 2) became known"));
    assert_eq!(runner.types(stream).await, ["planned", "intent", "outcome"]);
}
