//! The forms of results: YAML, IDs, JSON paths and jq filters.

use atlas_simulator::{Fault, FaultRule};
use serde_json::{Value, json};

use crate::atlas::{MIGRATION, ORG, simulator};
use crate::process::{code, command, configured, new_state_folder, text, with_stdin};
use crate::requests::{SOURCE, parts};

#[tokio::test(flavor = "multi_thread")]
async fn a_result_has_each_form() {
    let simulator = simulator().await;
    for (arguments, expected) in [
        (&["describe", MIGRATION, "-o", "id"][..], format!("{MIGRATION}\n")),
        (
            &["describe", MIGRATION, "-o", "json-path=$.migrationHosts[0]"],
            "\"vm001.example.com\"\n".to_owned(),
        ),
        (&["describe", MIGRATION, "--jq", ".migrationHosts[0]"], "vm001.example.com\n".to_owned()),
        (&["describe", MIGRATION, "-o", "json", "--jq", "[.status]"], "[\"NEW\"]\n".to_owned()),
        (
            &["api", "getPushMigration", "--liveMigrationId", MIGRATION, "--jq", "._id"],
            format!("{MIGRATION}\n"),
        ),
        (
            &["api", "getPushMigration", "--liveMigrationId", MIGRATION, "-o", "id"],
            format!("{MIGRATION}\n"),
        ),
    ] {
        let output = configured(simulator.base_url(), arguments).output().unwrap();
        assert_eq!(code(&output), 0, "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), expected, "{arguments:?}");
    }
    let yaml =
        configured(simulator.base_url(), &["describe", MIGRATION, "-o", "yaml"]).output().unwrap();
    let json =
        configured(simulator.base_url(), &["describe", MIGRATION, "-o", "json"]).output().unwrap();
    let read: Value = serde_saphyr::from_str(text(&yaml.stdout)).unwrap();
    assert_eq!(read, serde_json::from_slice::<Value>(&json.stdout).unwrap());
    assert!(text(&yaml.stdout).contains("\nstatus: NEW\n"), "{}", text(&yaml.stdout));
}

#[test]
fn what_cannot_be_the_form_of_a_result_is_a_usage_error() {
    for (arguments, said) in [
        (&["describe", MIGRATION, "-o", "go-template={{.Id}}"][..], "--jq"),
        (&["describe", MIGRATION, "-o", "go-template-file=x"], "--jq"),
        (&["describe", MIGRATION, "-o", "xml"], "table, json, yaml, id"),
        (&["describe", MIGRATION, "-o", "json-path=$..a"], "--jq"),
        (&["describe", MIGRATION, "-o", "json-path"], "a path is missing"),
        (&["describe", MIGRATION, "--jq", ".a |"], "the end"),
        (&["describe", MIGRATION, "-o", "yaml", "--jq", "."], "--jq makes its own output"),
        (&["watch", MIGRATION, "-o", "id"], "no ID"),
        (&["cutover", MIGRATION, "-o", "id"], "no ID"),
        (&["link", "create", "-o", "id"], "no ID"),
    ] {
        let output = command(arguments).output().unwrap();
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(text(&output.stderr).contains(said), "{arguments:?}: {}", text(&output.stderr));
    }
}

fn create(more: &[&'static str]) -> Vec<&'static str> {
    [&["create"], &parts()[..], &["--source-managed-authentication"], more].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_gets_the_id_of_what_it_created() {
    let simulator = simulator().await;
    let output = configured(simulator.base_url(), &create(&["-o", "id"])).output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let id = text(&output.stdout).trim_end();
    let found =
        configured(simulator.base_url(), &["describe", id, "--jq", "._id"]).output().unwrap();
    assert_eq!(text(&found.stdout).trim_end(), id);
}

/// The bug: the migration exists, and its ID is lost because a filter failed.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_response_fits_no_filter_shows_the_whole_response() {
    let simulator = simulator().await;
    let filter = "if . == null then . else ._id.x end";
    let output = configured(simulator.base_url(), &create(&["--jq", filter])).output().unwrap();
    assert_eq!(code(&output), 11);
    let created: Value = serde_json::from_slice(&output.stdout).unwrap();
    let error: Value = serde_json::from_str(text(&output.stderr).lines().last().unwrap()).unwrap();
    assert_eq!((&error["id"], &error["may_have_taken_effect"]), (&created["_id"], &json!(true)));
    let said = error["error"].as_str().unwrap();
    assert!(
        said.contains("was created") && said.contains("stdout has the whole response"),
        "{said}"
    );
    // The same for a call that has no table.
    let request = json!({
        "destination": {"clusterName": "other", "groupId": crate::GROUP, "hostnameSchemaType": "PUBLIC"},
        "migrationHosts": ["vm001.example.com"],
        "source": {"clusterName": "rs1", "groupId": SOURCE, "managedAuthentication": true, "ssl": false},
    });
    let arguments = ["api", "createPushMigration", "--file", "-", "--jq", filter];
    let output =
        with_stdin(&mut configured(simulator.base_url(), &arguments), &request.to_string());
    assert_eq!(code(&output), 11, "{}", text(&output.stderr));
    assert!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["_id"].is_string());
}

/// The bug: the token is on stdout, and the journal says that nobody can have seen it.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_token_that_fits_no_filter_is_shown_and_recorded_as_shown() {
    let simulator = simulator().await;
    let state = new_state_folder();
    let filter = "if . == null then . else .linkToken.x end";
    let mut linked =
        configured(simulator.base_url(), &["link", "create", "--org-id", ORG, "--jq", filter]);
    let output = linked.env("XDG_STATE_HOME", &state).output().unwrap();
    assert_eq!(code(&output), 11, "{}", text(&output.stderr));
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown["linkToken"].as_str().unwrap().len(), 192);
    let mut journal = command(&["journal", "export"]);
    let events = journal.env("XDG_STATE_HOME", &state).output().unwrap();
    let events = text(&events.stdout);
    assert!(events.contains("\"delivered\":true"), "{events}");
}

/// The bug: a migration is created, and only then the filter turns out not to end.
#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_does_not_end_is_refused_before_anything_is_sent() {
    let simulator = simulator().await;
    let output =
        configured(simulator.base_url(), &create(&["--jq", "def f: f; f"])).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("did not end"), "{}", text(&output.stderr));
    assert_eq!(simulator.control().request_count(), 0);
}

/// The bug: the filter overflows the stack and ends the program, and nobody sees the ID of what was created.
#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_ends_the_program_hides_no_change() {
    let simulator = simulator().await;
    let filter = "def f: [f]; if . == null then . else f end";
    let output = configured(simulator.base_url(), &create(&["--jq", filter])).output().unwrap();
    assert!(!output.status.success());
    let told = text(&output.stderr);
    let done: Value = serde_json::from_str(told.lines().next().unwrap()).unwrap();
    let id = done["id"].as_str().unwrap();
    let found = configured(simulator.base_url(), &["describe", id]).output().unwrap();
    assert_eq!(code(&found), 0, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_response_controls_no_script_and_no_terminal() {
    let simulator = simulator().await;
    let hostile =
        json!({"_id": MIGRATION, "status": "\u{1b}[2J\u{202e}x\nstatus: COMPLETE"}).to_string();
    let answer = Fault::Respond {
        status: 200,
        content_type: Some("application/vnd.atlas.2023-01-01+json".to_owned()),
        body: hostile,
    };
    simulator.control().inject(FaultRule::new(answer));
    let output =
        configured(simulator.base_url(), &["describe", MIGRATION, "-o", "yaml"]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let yaml = text(&output.stdout);
    assert!(!yaml.contains(['\u{1b}', '\u{202e}']), "{yaml:?}");
    let read: Value = serde_saphyr::from_str(yaml).unwrap();
    assert!(read["status"].as_str().unwrap().starts_with('\u{1b}'));
}
