//! `api`: any operation by its id.

use serde_json::{Value, json};

use crate::atlas::simulator;
use crate::process::{code, command, configured, text, with_stdin, without_project};
use crate::requests::SOURCE;
use crate::{GROUP, MIGRATION, ORG};

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_can_be_called_by_its_id() {
    let simulator = simulator().await;
    let scenario = simulator.scenario();
    let (ready, validation) =
        (scenario.ready_live_migration_id().unwrap(), scenario.validation_id().unwrap());
    let request = json!({
        "destination": { "clusterName": "target", "groupId": GROUP, "hostnameSchemaType": "PUBLIC" },
        "dropDestinationData": false,
        "migrationHosts": ["vm001.example.com"],
        "source": {
            "clusterName": "replica-set-0", "groupId": SOURCE, "managedAuthentication": true,
            "ssl": false,
        },
    })
    .to_string();
    let id = "--liveMigrationId";
    let calls: &[(&[&str], &str, &str)] = &[
        (&["createOrgLiveMigrationLinkToken", "--orgId", ORG, "--file", "-"], "{}", "linkToken"),
        (&["listOrgLiveMigrationAvailableProjects", "--org-id", ORG], "", "replica-set-0"),
        (&["validateGroupLiveMigrations", "--file", "-"], &request, "PENDING"),
        (&["getGroupLiveMigrationValidateStatus", "--validationId", validation], "", "SUCCESS"),
        (&["createGroupLiveMigration", "--groupId", GROUP, "--file", "-"], &request, "NEW"),
        (&["getGroupLiveMigration", id, MIGRATION, "--project-id", GROUP], "", MIGRATION),
        (&["cutoverGroupLiveMigration", id, ready], "", "{}"),
        (&["deleteOrgLiveMigrationLinkTokens", "--orgId", ORG], "", ""),
    ];
    let last = calls.len() - 1;
    for (index, (arguments, stdin, said)) in calls.iter().enumerate() {
        let mut command = configured(simulator.base_url(), &[&["api"], *arguments].concat());
        let output = with_stdin(&mut command, stdin);
        // The link cannot be removed while a migration uses it.
        let expected = if index == last { 5 } else { 0 };
        assert_eq!(code(&output), expected, "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stdout).contains(said), "{arguments:?}: {}", text(&output.stdout));
    }
    for operation in atlas_migrations::generated::operations::ALL {
        let is_called = calls.iter().any(|(arguments, ..)| arguments[0] == operation.id);
        assert!(is_called, "no call of {}", operation.id);
    }
    assert_eq!(simulator.control().requests().len(), calls.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_response_is_printed_unchanged_and_an_error_on_stderr() {
    let simulator = simulator().await;
    let run = |arguments: &[&str]| {
        let arguments =
            [&["api", "getGroupLiveMigration", "--liveMigrationId"], arguments].concat();
        configured(simulator.base_url(), &arguments).output().unwrap()
    };
    let pretty = run(&[MIGRATION, "--pretty"]);
    assert_eq!(code(&pretty), 0);
    assert!(text(&pretty.stdout).starts_with("{\n  \"_id\" : "), "{}", text(&pretty.stdout));
    assert_eq!(text(&run(&[MIGRATION, "--pretty", "false"]).stdout).lines().count(), 1);

    let nobody = "0".repeat(24);
    let error = run(&[&nobody]);
    assert_eq!((code(&error), text(&error.stdout)), (4, ""));
    assert!(text(&error.stderr).contains("RESOURCE_NOT_FOUND"), "{}", text(&error.stderr));
    let enveloped = run(&[&nobody, "--envelope"]);
    assert_eq!(code(&enveloped), 4);
    assert_eq!(serde_json::from_slice::<Value>(&enveloped.stdout).unwrap()["status"], 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_operations_and_parameters_are_usage_errors() {
    let simulator = simulator().await;
    let url = simulator.base_url();
    let get = "getGroupLiveMigration";
    for (mut command, stdin, said) in [
        (configured(url, &["api"]), "", "createGroupLiveMigration"),
        (configured(url, &["api", "getGroupLiveMigratio"]), "", get),
        (configured(url, &["api", get]), "", "--liveMigrationId"),
        (configured(url, &["api", get, "--liveMigrationId", MIGRATION, "--x", "1"]), "", "--x"),
        (
            configured(url, &["api", get, "--liveMigrationId", MIGRATION, "--file", "-"]),
            "",
            "--file",
        ),
        (without_project(url, &["api", get, "--liveMigrationId", MIGRATION]), "", "--project-id"),
        (configured(url, &["api", "validateGroupLiveMigrations"]), "", "--file"),
        (
            configured(url, &["api", "validateGroupLiveMigrations", "--file", "-"]),
            r#"{"source": {"password": "hunter2}"#,
            "invalid JSON at line 1",
        ),
    ] {
        let output = with_stdin(&mut command, stdin);
        assert_eq!(code(&output), 2, "{said}: {}", text(&output.stdout));
        assert!(text(&output.stderr).contains(said), "{said}: {}", text(&output.stderr));
        assert!(!text(&output.stderr).contains("hunter2"));
    }
    assert_eq!(simulator.control().request_count(), 0);
    let help = command(&["api", get, "--help"]).output().unwrap();
    assert!(text(&help.stdout).contains("Requires the role Organization Member"));
}
