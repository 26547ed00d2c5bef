//! What users of the official Atlas CLI type: its commands, options and settings.

use std::fs;
use std::path::Path;
use std::process::Command;

use atlas_simulator::{Fault, FaultRule};
use serde_json::{Value, json};

use crate::atlas::{GROUP, MIGRATION, ORG, simulator};
use crate::process::{
    code, command, configured, new_state_folder, text, with_stdin, without_project,
};
use crate::requests::{SOURCE, parts, request};

/// Returns a request with a field that only the older version knows.
pub fn older_request() -> String {
    let request = json!({
        "destination": { "clusterName": "target", "groupId": GROUP, "hostnameSchemaType": "PUBLIC" },
        "dropEnabled": false,
        "migrationHosts": ["vm001.example.com"],
        "source": {
            "clusterName": "rs0", "groupId": SOURCE, "managedAuthentication": true, "ssl": false,
        },
    });
    request.to_string()
}

/// Writes a profile at the location of each operating system, and makes the command find it.
pub fn with_profile(command: &mut Command, home: &Path, profile: &str) {
    for folder in ["", "Library/Application Support"] {
        let folder = home.join(folder).join("atlascli");
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("config.toml");
        fs::write(&file, profile).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    command.env("HOME", home).env("XDG_CONFIG_HOME", home).env("AppData", home);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_and_options_of_the_official_cli_work() {
    let simulator = simulator().await;
    let scenario = simulator.scenario();
    let (ready, validation) =
        (scenario.ready_live_migration_id().unwrap(), scenario.validation_id().unwrap());
    let create = [
        "--clusterName",
        "target",
        "--migrationHost",
        "vm001.example.com",
        "--sourceProjectId",
        SOURCE,
        "--sourceClusterName",
        "replica-set-0",
        "--sourceManagedAuthentication",
        "--sourceSsl",
        "--sourceCACertificatePath",
        "/ca.pem",
        "--force",
        "--projectId",
        GROUP,
    ];
    let with_create = |words: &[&'static str]| [words, &create].concat();
    for arguments in [
        vec!["describe", "--liveMigrationId", MIGRATION, "--projectId", GROUP],
        vec!["describe", "--live-migration-id", MIGRATION],
        vec!["get", "--liveMigrationId", MIGRATION, "-o", "plaintext"],
        vec!["validation", "describe", "--validationId", validation],
        vec!["validation", "get", validation, "--projectId", GROUP],
        vec!["validation", "--validation-id", validation],
        vec!["validation", validation],
        with_create(&["validation", "create"])[..]
            .iter()
            .copied()
            .filter(|word| *word != "--force")
            .collect(),
        with_create(&["create", "--drop"]),
        vec!["cutover", "--liveMigrationId", ready, "--projectId", GROUP, "--force"],
        vec!["source-projects", "--orgId", ORG],
        vec!["available-projects", "--org-id", ORG],
        vec!["link", "create", "--accessListIp", "203.0.113.7", "--orgId", ORG],
        vec!["link", "rm", "--force", "--orgId", ORG],
    ] {
        let output = without_project(simulator.base_url(), &arguments)
            .env("MONGODB_ATLAS_PROJECT_ID", GROUP)
            .output()
            .unwrap();
        // The scenario has a link already, and a migration that needs it.
        let is_link = arguments[0] == "link" && code(&output) == 5;
        assert!(is_link || code(&output) == 0, "{arguments:?}: {}", text(&output.stderr));
        assert!(is_link || !output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn an_id_is_given_once_by_position_or_option() {
    for arguments in [
        &["describe"][..],
        &["describe", MIGRATION, "--liveMigrationId", MIGRATION],
        &["cutover", "--liveMigrationId", "x y"],
        &["validation"],
        &["validation", "describe"],
        &["validation", "create", "describe"],
    ] {
        let output = command(arguments).output().unwrap();
        assert_eq!(code(&output), 2, "{arguments:?}: {}", text(&output.stderr));
    }
    let help = command(&["describe", "--help"]).output().unwrap();
    assert!(!text(&help.stdout).contains("iveMigrationId"), "the second spelling is hidden");
}

/// The bug: the password is in the arguments, and then also in a message, a log or the journal.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_argument_is_refused_and_not_repeated() {
    let simulator = simulator().await;
    for words in [
        &["--sourcePassword", "hunter2"][..],
        &["--sourcePassword=hunter2"],
        &["--source-password", "hunter2"],
        &["-p", "hunter2"],
        &["-phunter2"],
    ] {
        for name in ["create", "validate"] {
            let arguments = [&[name][..], &parts(), &["-u", "me"], words].concat();
            let output = with_stdin(&mut configured(simulator.base_url(), &arguments), "");
            let told = text(&output.stderr);
            assert_eq!(code(&output), 2, "{told}");
            assert!(told.contains("--source-password-file"), "{told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
    }
    let wrong = command(&["create", "--sourcePassword", "hunter2", "--nonsense"]).output().unwrap();
    assert!(!text(&wrong.stderr).contains("hunter2"), "{}", text(&wrong.stderr));
    assert_eq!(simulator.control().request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_short_options_for_profile_and_debug_work() {
    let simulator = simulator().await;
    let home = tempfile::tempdir().unwrap();
    let mut described =
        configured(simulator.base_url(), &["-P", "one", "describe", MIGRATION, "-D"]);
    with_profile(&mut described, home.path(), "[one]\norg_id = \"x\"\n[two]\n");
    let output = described.output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("atlas_call"), "{}", text(&output.stderr));
    let mut missing = configured(simulator.base_url(), &["describe", MIGRATION, "-P", "three"]);
    with_profile(&mut missing, home.path(), "[one]\n[two]\n");
    let output = missing.output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("no profile `three`"), "{}", text(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_output_setting_of_the_environment_and_the_profile_is_honored() {
    let simulator = simulator().await;
    let home = tempfile::tempdir().unwrap();
    let run = |variables: &[(&str, &str)], profile: &str, arguments: &[&str]| {
        let mut command = configured(simulator.base_url(), arguments);
        with_profile(&mut command, home.path(), profile);
        command.envs(variables.iter().copied()).output().unwrap()
    };
    let is_json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).is_ok();
    let (json, plain) = ("[default]\noutput = \"json\"\n", "[default]\noutput = \"plaintext\"\n");
    for (variables, profile, arguments, expected) in [
        (&[][..], json, &["describe", MIGRATION][..], true),
        (&[], plain, &["describe", MIGRATION], false),
        (&[("MONGODB_ATLAS_OUTPUT", "json")], plain, &["describe", MIGRATION], true),
        (&[("MONGODB_ATLAS_OUTPUT", "")], plain, &["describe", MIGRATION], false),
        (&[("MONGODB_ATLAS_OUTPUT", "json")], json, &["describe", MIGRATION, "-o", "table"], false),
        (&[], json, &["describe", MIGRATION, "-o", "table"], false),
    ] {
        let output = run(variables, profile, arguments);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        assert_eq!(is_json(&output.stdout), expected, "{variables:?} {profile} {arguments:?}");
    }
    // Errors follow, those of the command line, too.
    for arguments in [&["describe", "x y"][..], &["describe", &"0".repeat(24)]] {
        let output = run(&[], json, arguments);
        assert_ne!(code(&output), 0);
        assert!(is_json(&output.stderr), "{}", text(&output.stderr));
    }
    let wrong =
        run(&[("MONGODB_ATLAS_OUTPUT", "go-template={{.Id}}")], plain, &["describe", MIGRATION]);
    assert_eq!(code(&wrong), 2);
    let told = text(&wrong.stderr);
    assert!(
        told.contains("MONGODB_ATLAS_OUTPUT cannot be used") && told.contains("--jq"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn api_takes_both_ids_of_an_operation_and_the_group_of_the_official_cli() {
    let simulator = simulator().await;
    let run = |arguments: &[&str]| {
        configured(simulator.base_url(), &[&["api"], arguments].concat()).output().unwrap()
    };
    for arguments in [
        &["getPushMigration", "--liveMigrationId", MIGRATION][..],
        &["getPushMigration", "--live-migration-id", MIGRATION, "--projectId", GROUP],
        &["cloudMigrationService", "getGroupLiveMigration", "--liveMigrationId", MIGRATION],
        &["listSourceProjects", "--orgId", ORG],
        &["listAvailableProjects", "--org-id", ORG],
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), 0, "{arguments:?}: {}", text(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap();
    }
    for id in [
        "createPushMigration",
        "validateMigration",
        "validateLiveMigrations",
        "getValidationStatus",
        "getMigrationValidateStatus",
        "cutoverMigration",
        "createLinkToken",
        "deleteLinkToken",
        "deleteLinkTokens",
    ] {
        assert_eq!(code(&run(&[id, "--help"])), 0, "{id}");
    }
    let help = run(&["getGroupLiveMigration", "--help"]);
    for said in ["ID of the live migration", "Indent the response", "--version <YYYY-MM-DD>"] {
        assert!(text(&help.stdout).contains(said), "{said}: {}", text(&help.stdout));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn api_calls_another_version_and_warns_once_a_day_that_it_is_deprecated() {
    let simulator = simulator().await;
    let old = older_request();
    let state = new_state_folder();
    let run = |arguments: &[&str]| {
        let arguments =
            [&["api", "validateGroupLiveMigrations", "--file", "-"], arguments].concat();
        with_stdin(configured(simulator.base_url(), &arguments).env("XDG_STATE_HOME", &state), &old)
    };
    let refused = run(&[]);
    assert_eq!(code(&refused), 5, "a field of the older version: {}", text(&refused.stdout));
    let first = run(&["--version", "2023-01-01"]);
    assert_eq!(code(&first), 0, "{}", text(&first.stderr));
    let sent = simulator.control().requests();
    let sent = sent.last().unwrap().headers();
    assert_eq!(sent["accept"], "application/vnd.atlas.2023-01-01+json");
    assert_eq!(sent["content-type"], "application/vnd.atlas.2023-01-01+json");
    let told = text(&first.stderr);
    assert!(
        told.contains("warning: Atlas has deprecated the version of validateGroupLiveMigrations"),
        "{told}"
    );
    assert!(told.contains("removes it on 20"), "{told}");
    let second = run(&["--version", "2023-01-01"]);
    assert_eq!((code(&second), text(&second.stderr)), (0, ""), "the same day");
    // A folder that cannot be written only means that the warning comes again.
    let file = tempfile::NamedTempFile::new().unwrap();
    for _ in 0..2 {
        let arguments = [
            "api",
            "validateGroupLiveMigrations",
            "--file",
            "-",
            "--version",
            "2023-01-01",
            "--no-journal",
        ];
        let mut command = configured(simulator.base_url(), &arguments);
        let output = with_stdin(command.env("XDG_STATE_HOME", file.path()), &old);
        assert_eq!(code(&output), 0);
        assert!(
            text(&output.stderr).starts_with("warning: Atlas has deprecated"),
            "{}",
            text(&output.stderr)
        );
    }
    for wrong in ["2023-1-1", "yesterday", "2023-01-01\r\nx: y"] {
        assert_eq!(code(&run(&["--version", wrong])), 2, "{wrong}");
    }
}

/// The bug: only `--debug` tells that a version is about to go.
#[tokio::test(flavor = "multi_thread")]
async fn a_typed_command_warns_about_a_deprecation_with_any_output() {
    let simulator = simulator().await;
    let headers = json!({"add_headers": {"headers": {
        "deprecation": "Thu, 30 May 2024 00:00:00 GMT", "sunset": "Thu, 01 Jul 2027 00:00:00 GMT",
    }}});
    let fault: Fault = serde_json::from_value(headers).unwrap();
    simulator.control().inject(FaultRule::new(fault));
    for arguments in [&["describe", MIGRATION][..], &["describe", MIGRATION, "-o", "json"]] {
        let output = configured(simulator.base_url(), arguments).output().unwrap();
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        let told = text(&output.stderr);
        assert!(told.contains("getGroupLiveMigration") && told.contains("on 2027-07-01"), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_body_of_an_error_is_on_stdout_for_programs() {
    let simulator = simulator().await;
    let nobody = "0".repeat(24);
    let run = |more: &[&str]| {
        let arguments =
            [&["api", "getGroupLiveMigration", "--liveMigrationId", &nobody], more].concat();
        configured(simulator.base_url(), &arguments).output().unwrap()
    };
    for format in [&["-o", "json"][..], &["--jq", "._id"], &["-o", "yaml"]] {
        let output = run(format);
        assert_eq!(code(&output), 4, "{format:?}");
        let body: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(body["errorCode"], "RESOURCE_NOT_FOUND");
        let error: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!(error["exit_code"], 4);
    }
    assert_eq!(text(&run(&[]).stdout), "");
    let mut command = configured(
        simulator.base_url(),
        &["api", "createPushMigration", "--file", "-", "-o", "json"],
    );
    let output = with_stdin(&mut command, &request().replace("clusterName", "cluster"));
    assert_eq!(code(&output), 5);
    let body: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(body["error"], 400);
}
