//! Problems of settings, credentials and files.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use atlas_simulator::Simulator;
use serde_json::json;

use crate::atlas::simulator;
use crate::process::{code, command, configured, text, with_stdin, without_project};
use crate::requests::request;
use crate::{GROUP, MIGRATION, TOKEN};

/// Writes profiles below a home folder, at the location of each operating system.
fn write_profiles(home: &Path, profiles: &str) -> PathBuf {
    let mut last = PathBuf::new();
    for folder in ["Library/Application Support", ""] {
        let folder = home.join(folder).join("atlascli");
        std::fs::create_dir_all(&folder).unwrap();
        last = folder.join("config.toml");
        std::fs::write(&last, profiles).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&last, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    last
}

fn at_home<'a>(command: &'a mut Command, home: &Path) -> &'a mut Command {
    command.env("HOME", home).env("XDG_CONFIG_HOME", home).env("AppData", home)
}

/// Returns the message of a usage error.
fn refused(output: &Output) -> String {
    let told = text(&output.stderr).to_owned();
    assert_eq!(code(output), 2, "{told}");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn trailing_characters_in_a_file_are_rejected_with_their_position() {
    let simulator = simulator().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("two.json");
    std::fs::write(&file, format!("{}\n  {{\"hunter2\": 1}}", request())).unwrap();
    let file = file.to_str().unwrap();
    for arguments in [
        &["create", "--yes", "--file", file][..],
        &["validate", "--file", file],
        &["api", "createGroupLiveMigration", "--file", file],
    ] {
        let output = configured(simulator.base_url(), arguments).output().unwrap();
        let told = refused(&output);
        assert!(
            told.contains(
                "two.json: trailing characters after the JSON document at line 2, column 3"
            )
        );
        assert!(!told.contains("hunter2"), "{told}");
    }
    let list =
        format!("[{{\"project_id\": \"{GROUP}\", \"live_migration_id\": \"{MIGRATION}\"}}] []");
    let mut watch = configured(simulator.base_url(), &["watch", "--file", "-"]);
    watch.env_remove("MONGODB_ATLAS_PROJECT_ID");
    assert!(refused(&with_stdin(&mut watch, &list)).contains("stdin: trailing"));
    assert_eq!(simulator.control().request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_order_mark_is_neither_sent_nor_part_of_a_password() {
    let simulator = simulator().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("request.json");
    std::fs::write(&file, format!("\u{feff}{}", request())).unwrap();
    let file = file.to_str().unwrap();
    for arguments in
        [&["validate", "--file", file][..], &["api", "validateGroupLiveMigrations", "--file", file]]
    {
        let output = configured(simulator.base_url(), arguments).output().unwrap();
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    }
    let plan = folder.path().join("plan.json");
    let list = format!(
        "\u{feff}[{{\"project_id\": \"{GROUP}\", \"live_migration_id\": \"{MIGRATION}\"}}]"
    );
    std::fs::write(&plan, list).unwrap();
    let plan = plan.to_str().unwrap();
    let arguments = ["watch", "--file", plan, "--timeout", "1ms"];
    assert_eq!(code(&without_project(simulator.base_url(), &arguments).output().unwrap()), 10);
}

#[test]
#[cfg(unix)]
fn pipes_devices_folders_and_huge_files_are_rejected_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (pipe, huge) = (path("pipe"), path("huge"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::fs::File::create(&huge).unwrap().set_len(65 << 20).unwrap();
    let parts = crate::requests::parts();
    let dry_run = [&["create", "--dry-run", "-u", "me"], &parts[..]].concat();
    let with_password = |file| [&dry_run[..], &["--source-password-file", file]].concat();
    for (file, said) in [
        (pipe.as_str(), "it is not a regular file; expected "),
        ("/dev/zero", "it is not a regular file; expected "),
        (folder.path().to_str().unwrap(), "it is not a regular file; expected "),
        (huge.as_str(), "it is larger than "),
    ] {
        for arguments in [
            vec!["create", "--yes", "--file", file],
            vec!["api", "createGroupLiveMigration", "--file", file],
            vec!["watch", "--file", file],
            with_password(file),
        ] {
            let mut command = configured("http://localhost:1", &arguments);
            if arguments[0] == "watch" {
                command.env_remove("MONGODB_ATLAS_PROJECT_ID");
            }
            let told = refused(&with_stdin(&mut command, ""));
            assert!(told.contains(&format!("error: {file}: {said}")), "{arguments:?}: {told}");
            let is_pipe = said.contains("regular");
            assert_eq!(told.contains("pass `-`"), is_pipe, "{told}");
        }
    }
    // Reading an endless stdin ends.
    for arguments in [vec!["create", "--yes", "--file", "-"], with_password("-")] {
        let mut command = configured("http://localhost:1", &arguments);
        let endless = std::fs::File::open("/dev/zero").unwrap();
        let told = refused(&command.stdin(endless).output().unwrap());
        assert!(told.contains("stdin: it is larger than "), "{told}");
    }
    let mut cutover = configured("http://localhost:1", &["cutover", MIGRATION]);
    let endless = std::fs::File::open("/dev/zero").unwrap();
    let output = cutover.stdin(endless).output().unwrap();
    assert!(text(&output.stderr).contains("larger than"), "{}", text(&output.stderr));
}

#[test]
fn an_error_in_a_request_file_names_the_place_and_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("request.json");
    for (wrong, said) in [
        (request().replace("false", "\"hunter2\""), "source.ssl: expected a boolean"),
        (request().replace(GROUP, "hunter2"), "destination.groupId: expected an ID of 24"),
        (request().replace("PUBLIC", "hunter2"), "destination.hostnameSchemaType: expected PUBLIC"),
        (request().replace("[\"vm001.example.com\"]", "\"hunter2\""), "migrationHosts: expected a"),
        (request().replace("\"target\"", "hunter2"), "invalid JSON at line 1, column "),
        (request().replace("\"ssl\"", "\"s\\u001bsl\\nerror: x\""), "the field `ssl` is missing"),
    ] {
        std::fs::write(&file, wrong).unwrap();
        let arguments = ["create", "--dry-run", "--file", file.to_str().unwrap()];
        let told = refused(&configured("http://localhost:1", &arguments).output().unwrap());
        assert!(told.contains(said), "{said}: {told}");
        assert!(!told.contains("hunter2") && !told.contains('\u{1b}'), "{told}");
    }
}

/// Sets a simulator's service account and a token cache.
fn with_account(command: &mut Command, simulator: &Simulator, cache: &Path) {
    let account = simulator.scenario().service_account().unwrap();
    command
        .env_remove("MONGODB_ATLAS_ACCESS_TOKEN")
        .env("MONGODB_ATLAS_CLIENT_ID", &account.client_id)
        .env("MONGODB_ATLAS_CLIENT_SECRET", &account.client_secret)
        .env("ATLAS_MIGRATIONS_TOKEN_CACHE", cache);
}

/// Serves a token with this `expires_in` once and then a migration twice.
fn token_service(expires_in: &str) -> (String, std::thread::JoinHandle<()>) {
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", service.local_addr().unwrap());
    let job = json!({ "_id": MIGRATION, "status": "WORKING" }).to_string();
    let responses =
        [format!(r#"{{"access_token": "t", "expires_in": {expires_in}}}"#), job.clone(), job];
    let serving = std::thread::spawn(move || {
        for body in responses {
            let (mut stream, _) = service.accept().unwrap();
            let mut request = Vec::new();
            let is_whole = |request: &[u8]| {
                request.starts_with(b"GET ") && request.ends_with(b"\r\n\r\n")
                    || request.ends_with(b"client_credentials")
            };
            while !is_whole(&request) {
                let mut part = [0; 1024];
                let length = stream.read(&mut part).unwrap();
                assert!(length > 0, "the request is incomplete");
                request.extend_from_slice(&part[..length]);
            }
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
            let length = body.len();
            write!(stream, "{head}\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        }
    });
    (url, serving)
}

#[test]
fn a_token_with_an_absurd_lifetime_is_used_and_cached() {
    for life in [i64::MAX.to_string(), u64::MAX.to_string(), "1e300".into(), "-1".into()] {
        let (url, serving) = token_service(&life);
        let cache = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let mut command = configured(&url, &["describe", MIGRATION]);
            command
                .env_remove("MONGODB_ATLAS_ACCESS_TOKEN")
                .env("MONGODB_ATLAS_CLIENT_ID", "id")
                .env("MONGODB_ATLAS_CLIENT_SECRET", "secret")
                .env("ATLAS_MIGRATIONS_TOKEN_CACHE", cache.path());
            let output = command.output().unwrap();
            assert_eq!(code(&output), 0, "{life}: {}", text(&output.stderr));
        }
        serving.join().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn a_token_cache_that_others_can_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let simulator = simulator().await;
    let cache = tempfile::tempdir().unwrap();
    let describe = || {
        let mut command = configured(simulator.base_url(), &["describe", MIGRATION]);
        with_account(&mut command, &simulator, cache.path());
        let output = command.output().unwrap();
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        text(&output.stderr).to_owned()
    };
    assert_eq!(describe(), "");
    let file = std::fs::read_dir(cache.path()).unwrap().next().unwrap().unwrap().path();
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&file, 0o666);
    let told = describe();
    assert!(told.starts_with("warning: ") && told.contains("other users can write"), "{told}");
    assert!(told.contains(file.to_str().unwrap()), "{told}");
    mode(&file, 0o600);
    mode(cache.path(), 0o777);
    let told = describe();
    assert!(told.contains(&format!("{}: other users can write", cache.path().display())), "{told}");
    assert_eq!(simulator.control().tokens_issued(), 3);
    mode(cache.path(), 0o700);
    assert_eq!(describe(), "");
    assert_eq!(simulator.control().tokens_issued(), 3);
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(all(unix, not(target_os = "macos")))]
async fn an_empty_variable_or_a_relative_folder_counts_as_unset() {
    let simulator = simulator().await;
    let home = tempfile::tempdir().unwrap();
    let working = tempfile::tempdir().unwrap();
    for cache in ["cache", ""] {
        let mut command = configured(simulator.base_url(), &["describe", MIGRATION]);
        with_account(&mut command, &simulator, Path::new(""));
        command.env("HOME", home.path()).env("XDG_CACHE_HOME", cache).env("XDG_CONFIG_HOME", ".");
        let output = command.current_dir(working.path()).output().unwrap();
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    }
    assert_eq!(std::fs::read_dir(working.path()).unwrap().count(), 0);
    assert!(home.path().join(".cache/atlas-migrations/tokens").is_dir());
    assert_eq!(simulator.control().tokens_issued(), 1);
}

/// Returns the host that a command asks a proxy to connect to.
fn connect_target(command: &mut Command) -> String {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = proxy.local_addr().unwrap().to_string();
    command.args(["--attempts", "1"]).env("HTTPS_PROXY", format!("http://{address}"));
    command.env_remove("NO_PROXY").env_remove("no_proxy");
    let received = std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().unwrap();
        let mut head = [0; 200];
        let length = stream.read(&mut head).unwrap();
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").unwrap();
        String::from_utf8_lossy(&head[..length]).into_owned()
    });
    let output = command.output().unwrap();
    assert_eq!(code(&output), 7, "{}", text(&output.stderr));
    let head = received.join().unwrap();
    head.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn the_service_variable_selects_the_host() {
    let describe = || {
        let mut command = command(&["describe", MIGRATION, "--project-id", GROUP]);
        command.env("MONGODB_ATLAS_ACCESS_TOKEN", TOKEN);
        command
    };
    assert_eq!(connect_target(&mut describe()), "cloud.mongodb.com:443");
    let mut government = describe();
    government.env("MONGODB_ATLAS_SERVICE", "cloudgov");
    assert_eq!(connect_target(&mut government), "cloud.mongodbgov.com:443");
    let mut contradiction = describe();
    contradiction.env("MONGODB_ATLAS_SERVICE", "cloudgov");
    contradiction.args(["--base-url", "https://cloud.mongodb.com"]);
    let told = refused(&contradiction.output().unwrap());
    assert!(told.contains("--base-url cannot be used: the base URL is that of MongoDB Atlas"));
    let mut unknown = describe();
    let told = refused(&unknown.env("MONGODB_ATLAS_SERVICE", "gov").output().unwrap());
    assert!(
        told.contains("MONGODB_ATLAS_SERVICE is `gov`, which this version does not know"),
        "{told}"
    );
}

#[test]
fn a_missing_setting_names_the_file_and_the_prefix() {
    let home = tempfile::tempdir().unwrap();
    let profiles = write_profiles(home.path(), "[default]\nproject_id = hunter2\n");
    let mut describe = command(&["describe", MIGRATION]);
    describe.env("MONGODB_ATLAS_ACCESS_TOKEN", TOKEN);
    let told = refused(&at_home(&mut describe, home.path()).output().unwrap());
    assert!(told.contains("error: no project: "), "{told}");
    assert!(told.contains("config.toml, line 2, column 14: "), "{told}");
    assert!(told.contains(home.path().to_str().unwrap()) && !told.contains("hunter2"), "{told}");

    let mut stray = configured("http://localhost:1", &["describe", MIGRATION]);
    let told = refused(&stray.env("MCLI_OUTPUT", "json").output().unwrap());
    assert!(
        told.contains("MCLI_OUTPUT is set, so that all variables need the prefix MCLI_"),
        "{told}"
    );
    assert!(told.contains("MCLI_PROJECT_ID"), "{told}");

    let mut odd = configured("http://localhost:1", &["describe", MIGRATION]);
    let told = refused(&odd.env("MONGODB_ATLAS_PROJECT_ID", "x").output().unwrap());
    assert!(told.contains("error: MONGODB_ATLAS_PROJECT_ID: invalid project ID"), "{told}");
    let mut odd = configured("ftp://x", &["describe", MIGRATION]);
    let told = refused(&odd.output().unwrap());
    assert!(told.contains("MONGODB_ATLAS_BASE_URL cannot be used: "), "{told}");

    std::fs::write(&profiles, "[default]\nauth_type = \"service_account\"\n").unwrap();
    write_profiles(home.path(), "[default]\nauth_type = \"service_account\"\n");
    let mut describe = command(&["describe", MIGRATION, "--project-id", GROUP]);
    // There is no secret store, or it has no such entry.
    describe.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/such/bus");
    let told = refused(&at_home(&mut describe, home.path()).output().unwrap());
    assert!(told.contains("the profile `default` of ") && told.contains("secret store"), "{told}");
    assert!(told.contains("MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET"), "{told}");
}
