//! `api` as users of the official Atlas CLI type it: where the body comes from, where the response goes, which version.

use std::fs;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::atlas::{MIGRATION, simulator};
use crate::official::{older_request, with_profile};
use crate::process::{code, configured, text, with_stdin};
use crate::requests::request;

/// The bug: a script of the official CLI passes `--outputFile`, and gets a usage error or an empty file.
#[tokio::test(flavor = "multi_thread")]
async fn the_response_is_written_to_the_output_file_and_not_to_stdout() {
    let simulator = simulator().await;
    let folder = tempfile::tempdir().unwrap();
    let run = |id: &str, name: &str, more: &[&str]| {
        let file = folder.path().join(name);
        let file = file.to_str().unwrap();
        let arguments = ["api", "getGroupLiveMigration", "--liveMigrationId", id];
        configured(simulator.base_url(), &[&arguments, more, &[file]].concat()).output().unwrap()
    };
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let mut status = String::new();
    for option in ["--outputFile", "--output-file"] {
        let output = run(MIGRATION, "job.json", &[option]);
        assert_eq!((code(&output), text(&output.stdout)), (0, ""), "{}", text(&output.stderr));
        let job: Value = serde_json::from_str(&read("job.json")).unwrap();
        assert_eq!(job["_id"], MIGRATION);
        status = job["status"].as_str().unwrap().to_owned();
        fs::remove_file(folder.path().join("job.json")).unwrap();
    }
    let output = run(MIGRATION, "status", &["--jq", ".status", "--outputFile"]);
    assert_eq!((code(&output), text(&output.stdout)), (0, ""));
    assert_eq!(read("status"), status + "\n");

    // The body of an error too, as in the official CLI; the error itself is on stderr.
    let nobody = "0".repeat(24);
    let output = run(&nobody, "error.json", &["--outputFile"]);
    assert_eq!((code(&output), text(&output.stdout)), (4, ""));
    let error: Value = serde_json::from_str(&read("error.json")).unwrap();
    assert_eq!(error["errorCode"], "RESOURCE_NOT_FOUND");
    assert!(text(&output.stderr).contains("RESOURCE_NOT_FOUND"), "{}", text(&output.stderr));
}

/// The bug: a link token is created, and then nobody gets it because its file cannot be written.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_if_the_output_file_cannot_be_written() {
    let simulator = simulator().await;
    for file in ["/nonexistent/response.json", "/dev/null", "/"] {
        let arguments = ["api", "createPushMigration", "--outputFile", file];
        let output = with_stdin(&mut configured(simulator.base_url(), &arguments), &request());
        assert_eq!(code(&output), 2, "{}", text(&output.stderr));
        assert!(
            text(&output.stderr).contains(&format!("cannot write {file}")),
            "{}",
            text(&output.stderr)
        );
    }
    assert_eq!(simulator.control().request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_body_is_read_from_stdin_without_file() {
    let simulator = simulator().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("created.json");
    let created = ["api", "createPushMigration", "--outputFile", file.to_str().unwrap()];
    let output = with_stdin(&mut configured(simulator.base_url(), &created), &request());
    assert_eq!((code(&output), text(&output.stdout)), (0, ""), "{}", text(&output.stderr));
    let job: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(job["status"], "NEW");
    let sent = simulator.control().request_count();
    // Such as the stdin of a scheduled job.
    let mut empty = configured(simulator.base_url(), &["api", "createPushMigration"]);
    let output = empty.stdin(Stdio::null()).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("without --file"), "{}", text(&output.stderr));
    assert_eq!(simulator.control().request_count(), sent);
}

/// The bug: `api_version` is set for scripts whose bodies are of that version, and Atlas refuses their fields.
#[tokio::test(flavor = "multi_thread")]
async fn the_version_of_the_environment_and_the_profile_is_called() {
    let simulator = simulator().await;
    let home = tempfile::tempdir().unwrap();
    let old = older_request();
    let run = |variables: &[(&str, &str)], profile: &str, arguments: &[&str]| -> Output {
        let all = [&["api", "validateLiveMigrations"], arguments].concat();
        let mut command = configured(simulator.base_url(), &all);
        with_profile(&mut command, home.path(), profile);
        with_stdin(command.envs(variables.iter().copied()), &old)
    };
    let accepted = || {
        let requests = simulator.control().requests();
        requests.last().unwrap().headers()["accept"].to_str().unwrap().to_owned()
    };
    let older = "[default]\napi_version = \"2023-01-01\"\n";
    let newer = "[default]\napi_version = \"2024-05-30\"\n";
    let variable = ("MONGODB_ATLAS_API_VERSION", "2023-01-01");
    for (variables, profile, arguments, version, exit) in [
        (&[][..], older, &[][..], "2023-01-01", 0),
        (&[variable], newer, &[], "2023-01-01", 0),
        (&[], older, &["--version", "2024-05-30"], "2024-05-30", 5),
        (&[], newer, &[], "2024-05-30", 5),
    ] {
        let output = run(variables, profile, arguments);
        assert_eq!(code(&output), exit, "{profile}: {}", text(&output.stderr));
        assert_eq!(accepted(), format!("application/vnd.atlas.{version}+json"));
    }
    let word = run(&[], "[default]\napi_version = \"preview\"\n", &[]);
    let told = text(&word.stderr);
    assert!(told.contains("warning: api_version of") && told.contains("is ignored"), "{told}");
    assert_eq!(accepted(), "application/vnd.atlas.2024-05-30+json");
}
