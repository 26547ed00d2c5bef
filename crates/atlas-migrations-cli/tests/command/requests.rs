//! The requests that arguments and files make, and the errors in them.

use serde_json::{Value, json};

use crate::GROUP;
use crate::atlas::simulator;
use crate::process::{code, command, configured, text, with_stdin};

pub const SOURCE: &str = "5f0a1b2c3d4e5f6071829304";

const SECRET: &str = "canary-password";

/// Returns the arguments that every request needs.
pub fn parts() -> Vec<&'static str> {
    [
        ("--cluster-name", "target"),
        ("--migration-host", "vm001.example.com"),
        ("--source-project-id", SOURCE),
        ("--source-cluster-name", "replica-set-0"),
    ]
    .into_iter()
    .flat_map(|(name, value)| [name, value])
    .collect()
}

/// Returns a request as a file has it.
pub fn request() -> String {
    json!({
        "destination": { "clusterName": "target", "groupId": GROUP, "hostnameSchemaType": "PUBLIC" },
        "migrationHosts": ["vm001.example.com"],
        "source": {
            "clusterName": "rs0", "groupId": SOURCE, "managedAuthentication": true, "ssl": false,
        },
    })
    .to_string()
}

/// Returns the output of a dry run.
fn dry_run(arguments: &[&str], stdin: &str) -> Value {
    let mut command = command(&["create", "--dry-run", "-o", "json", "--project-id", GROUP]);
    let output = with_stdin(command.args(arguments), stdin);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(!text(&output.stdout).contains(SECRET) && !text(&output.stderr).contains(SECRET));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_dry_run_shows_the_request_with_redacted_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, format!("{SECRET}\nnot this line\n")).unwrap();
    let file = file.to_str().unwrap();
    let expected = json!({
        "destination": {
            "clusterName": "target", "groupId": GROUP, "hostnameSchemaType": "PRIVATE_LINK",
            "privateLinkId": "pl-1",
        },
        "dropDestinationData": true,
        "migrationHosts": ["vm001.example.com"],
        "sharding": {
            "createSupportingIndexes": false,
            "shardingEntries": [{
                "collection": "orders", "database": "shop",
                "shardCollection": { "key": [{ "region": 1 }, { "_id": "hashed" }] },
            }],
        },
        "source": {
            "caCertificatePath": "/etc/mongodb/ca.pem", "clusterName": "replica-set-0",
            "groupId": SOURCE, "managedAuthentication": false, "password": "••••••••", "ssl": true,
            "username": "migrator",
        },
    });
    let all = [
        &parts()[..],
        &["-u", "migrator", "--source-ca-certificate-path", "/etc/mongodb/ca.pem", "--drop"],
        &["--network", "private-link", "--private-link-id", "pl-1"],
        &["--shard", "shop.orders=region:1,_id:hashed", "--no-supporting-indexes"],
    ]
    .concat();
    for (more, stdin) in [
        (&["--source-password-file", file][..], ""),
        (&["--source-password-file", "-"], "canary-password\n"),
        (&[], "canary-password\r\n"),
    ] {
        let shown = dry_run(&[&all[..], more].concat(), stdin);
        assert_eq!(shown["method"], "POST");
        assert_eq!(shown["path"], format!("/api/atlas/v2/groups/{GROUP}/liveMigrations"));
        assert_eq!(shown["body"], expected);
    }

    // With the names of the official Atlas CLI.
    let official = [
        ["--clusterName", "target"],
        ["--migrationHost", "vm001.example.com"],
        ["--sourceProjectId", SOURCE],
        ["--sourceClusterName", "replica-set-0"],
        ["--sourceCACertificatePath", "/etc/mongodb/ca.pem"],
        ["--sourceManagedAuthentication", "--sourceSsl"],
    ];
    let body = &dry_run(&official.concat(), "")["body"];
    assert_eq!(body["source"]["managedAuthentication"], true);
    assert_eq!(body["source"]["ssl"], true);
    // Missing arguments are not sent as empty strings.
    assert_eq!(body["source"].get("username").and(body["source"].get("password")), None);
    assert_eq!(body["destination"]["hostnameSchemaType"], "PUBLIC");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_read_from_a_file_or_from_stdin() {
    let simulator = simulator().await;
    let request = json!({
        "destination": { "clusterName": "target", "groupId": GROUP, "hostnameSchemaType": "PUBLIC" },
        "migrationHosts": ["vm001.example.com"],
        "source": {
            "clusterName": "replica-set-0", "groupId": SOURCE, "managedAuthentication": false,
            "password": SECRET, "ssl": false, "username": "migrator",
        },
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("request.json");
    std::fs::write(&file, request.to_string()).unwrap();
    let file = file.to_str().unwrap();
    let run = |arguments: &[&str], stdin: &str| {
        let mut command = configured(simulator.base_url(), arguments);
        let output = with_stdin(command.env_remove("MONGODB_ATLAS_PROJECT_ID"), stdin);
        let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert!(!told.contains(SECRET), "{told}");
        (code(&output), told)
    };
    for (arguments, stdin) in
        [(["validate", "--file", file], ""), (["create", "--file", "-"], &request.to_string())]
    {
        let (exit, told) = run(&arguments, stdin);
        assert_eq!(exit, 0, "{told}");
    }
    // The password may come from another source.
    let mut without = request.clone();
    without["source"].as_object_mut().unwrap().remove("password");
    std::fs::write(file, without.to_string()).unwrap();
    let (exit, told) = run(&["create", "--file", file], "canary-password\n");
    assert_eq!(exit, 0, "{told}");
    let (exit, told) = run(&["create", "--file", file], "");
    assert!(exit == 2 && told.contains("no password"), "{told}");

    // Each problem is named, without the password.
    for (place, wrong, said) in [
        ("/source/password", json!([SECRET]), &["source.password: expected a string"][..]),
        ("/source/ssl", json!("yes"), &["source.ssl"]),
        ("/migrationHosts", json!(["a", "b"]), &["migrationHosts: expected one host, found 2"]),
        ("/source/managedAuthentication", json!(true), &["no username and no password"]),
        ("/destination/hostnameSchemaType", json!("PRIVATE_LINK"), &["privateLinkId"]),
    ] {
        let mut request = request.clone();
        *request.pointer_mut(place).unwrap() = wrong;
        std::fs::write(file, request.to_string()).unwrap();
        let before = simulator.control().request_count();
        let (exit, told) = run(&["create", "--file", file], "");
        assert_eq!(exit, 2, "{place}: {told}");
        for said in said {
            assert!(told.contains(said), "{place}: {told}");
        }
        assert_eq!(simulator.control().request_count(), before);
    }
    let other = ["create", "--file", file, "--project-id", SOURCE];
    std::fs::write(file, request.to_string()).unwrap();
    let (exit, told) = run(&other, "");
    assert!(exit == 2 && told.contains("destination.groupId"), "{told}");
}

#[test]
fn contradicting_arguments_are_usage_errors() {
    let parts = parts();
    for (more, said) in [
        (&[][..], "--source-username"),
        (&["-u", "me", "--source-managed-authentication"], "cannot be used with"),
        (&["--source-managed-authentication", "--file", "x"], "cannot be used with"),
        (&["--source-managed-authentication", "--network", "private-link"], "--private-link-id"),
        (&["--source-managed-authentication", "--private-link-id", "x"], "--network private-link"),
        (&["--source-managed-authentication", "--no-supporting-indexes"], "--shard"),
        (&["--source-managed-authentication", "--shard", "orders"], "shop.orders=region:1"),
        (&["--source-managed-authentication", "--source-password-file", "x"], "cannot be used"),
    ] {
        let mut command = command(&["create", "--dry-run", "--project-id", GROUP]);
        let output = with_stdin(command.args(&parts).args(more), "");
        assert_eq!(code(&output), 2, "{more:?}: {}", text(&output.stdout));
        assert!(text(&output.stderr).contains(said), "{more:?}: {}", text(&output.stderr));
    }
    // No argument takes a password.
    let help = command(&["create", "--help"]).output().unwrap();
    assert!(!text(&help.stdout).contains("--source-password "));
}

#[test]
fn completions_ask_the_command_and_manual_pages_cover_all_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = command(&["completions", shell]).output().unwrap();
        assert_eq!(code(&script), 0);
        // The script asks the command itself, which knows all options and the names of the journal.
        assert!(text(&script.stdout).contains("ATLAS_MIGRATIONS_COMPLETE"), "{shell}");
        assert!(!text(&script.stdout).contains(env!("CARGO_MANIFEST_DIR")), "{shell}");
    }
    // The bug: zsh loads the file `_atlas-migrations` when the first Tab is pressed, and completes nothing before the second.
    let script = command(&["completions", "zsh"]).output().unwrap();
    let script = text(&script.stdout);
    assert!(script.starts_with("#compdef atlas-migrations\n"), "{script}");
    let (registration, first_call) = script.split_once("if [[ $funcstack[1] ==").unwrap();
    let function = first_call.lines().nth(1).unwrap().trim().strip_suffix(" \"$@\"").unwrap();
    assert!(registration.contains(&format!("\nfunction {function}() {{")), "{script}");
    assert!(registration.contains(&format!("\ncompdef {function} ")), "{script}");
    let page = command(&["man"]).output().unwrap();
    assert!(text(&page.stdout).contains(".TH atlas-migrations 1"), "{}", text(&page.stdout));
    let folder = tempfile::tempdir().unwrap();
    let pages = command(&["man", "--out", folder.path().to_str().unwrap()]).output().unwrap();
    assert_eq!(code(&pages), 0, "{}", text(&pages.stderr));
    for page in ["atlas-migrations.1", "atlas-migrations-link-create.1"] {
        assert!(folder.path().join(page).is_file(), "{page}");
    }
}
