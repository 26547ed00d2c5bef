//! The program as a plugin of the official Atlas CLI: `atlas migrations …`.
//!
//! With `ATLAS_PLUGIN_ARCHIVE`, the tests run the program of that archive, which `cargo xtask dist` made for this machine.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde::Deserialize;
use serde_json::Value;

use crate::atlas::{GROUP, MIGRATION, atlas, id, simulator};
use crate::process::{Process, code, command, configured, signal, text, with_stdin};

const MANIFEST: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../contrib/atlas-plugin/manifest.yml");

/// The variable with the archive.
const ARCHIVE: &str = "ATLAS_PLUGIN_ARCHIVE";

/// What the official CLI reads of a manifest.
#[derive(Deserialize)]
struct Manifest {
    name: String,
    description: String,
    binary: PathBuf,
    version: String,
    commands: BTreeMap<String, ManifestCommand>,
    github: Repository,
}

#[derive(Deserialize)]
struct ManifestCommand {
    description: String,
    #[serde(default)]
    aliases: Vec<String>,
}

#[derive(Deserialize)]
struct Repository {
    owner: String,
    name: String,
}

/// A folder of plugins with this program in it, as `atlas plugin install` leaves it.
struct Host {
    plugins: tempfile::TempDir,
}

impl Host {
    fn new() -> Self {
        let plugins = tempfile::tempdir().unwrap();
        let folder = plugins.path().join("owner@atlas-migrations");
        fs::create_dir(&folder).unwrap();
        if let Some(archive) = std::env::var_os(ARCHIVE) {
            install(Path::new(&archive), &folder);
            return Self { plugins };
        }
        fs::copy(MANIFEST, folder.join("manifest.yml")).unwrap();
        let binary = folder.join("atlas-migrations");
        fs::hard_link(env!("CARGO_BIN_EXE_atlas-migrations"), &binary)
            .or_else(|_| fs::copy(env!("CARGO_BIN_EXE_atlas-migrations"), &binary).map(drop))
            .unwrap();
        assert_ne!(fs::metadata(&binary).unwrap().permissions().mode() & 0o111, 0);
        Self { plugins }
    }

    fn manifest(&self) -> Manifest {
        read(&self.plugins.path().join("owner@atlas-migrations/manifest.yml"))
    }

    /// Returns the command that the official CLI runs for `atlas migrations ARGUMENTS`: the binary of the manifest, and
    /// the name of the command as first argument. The environment is that of `like`.
    fn migrations(&self, like: &Command, arguments: &[&str]) -> Command {
        let folder = self.plugins.path().join("owner@atlas-migrations");
        let manifest = self.manifest();
        let (name, _) = manifest.commands.first_key_value().unwrap();
        let mut command = Command::new(folder.join(&manifest.binary));
        command.arg(name).args(arguments);
        with_environment(command, like)
    }
}

/// Unpacks an archive as the official CLI does: only regular files, without the single folder on top.
fn install(archive: &Path, folder: &Path) {
    let mut tar = Command::new("tar");
    let listed = tar.args(["-tvzf"]).arg(archive).output().unwrap();
    assert!(listed.status.success(), "{}", text(&listed.stderr));
    for line in text(&listed.stdout).lines() {
        assert!(line.starts_with('-') && line.contains(" atlas-migrations-"), "{line}");
    }
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(archive).args(["--strip-components=1", "-C"]).arg(folder);
    assert!(tar.status().unwrap().success());
}

fn read(file: &Path) -> Manifest {
    serde_saphyr::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

fn with_environment(mut command: Command, like: &Command) -> Command {
    for (name, value) in like.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// The host ends with 1 for every failure of the plugin.
fn host_code(output: &Output) -> i32 {
    i32::from(code(output) != 0)
}

#[test]
fn the_manifest_has_what_the_host_requires() {
    let host = Host::new();
    let manifest = host.manifest();
    for required in
        [&manifest.name, &manifest.description, &manifest.github.owner, &manifest.github.name]
    {
        assert!(!required.is_empty());
    }
    assert_eq!(manifest.version, env!("CARGO_PKG_VERSION"), "the version of the program");
    assert!(manifest.binary.is_relative() && manifest.binary.components().count() == 1);
    let binary = host.plugins.path().join("owner@atlas-migrations").join(&manifest.binary);
    let binary = fs::symlink_metadata(binary).unwrap();
    assert!(binary.is_file() && binary.permissions().mode() & 0o111 == 0o111);
    assert_eq!(manifest.commands.keys().collect::<Vec<_>>(), ["migrations"]);
    // The host drops a plugin whose commands it has itself.
    for (name, command) in &manifest.commands {
        assert!(!command.description.is_empty());
        for name in [name].into_iter().chain(&command.aliases) {
            assert!(!["lm", "liveMigrations", "clusters", "plugin"].contains(&name.as_str()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_runs_a_command_with_its_environment_and_exit_code() {
    let (host, simulator) = (Host::new(), simulator().await);
    let like = configured(simulator.base_url(), &[]);
    let described =
        host.migrations(&like, &["describe", MIGRATION, "-o", "json"]).output().unwrap();
    assert_eq!(host_code(&described), 0, "{}", text(&described.stderr));
    let job: Value = serde_json::from_slice(&described.stdout).unwrap();
    assert_eq!(job["_id"], MIGRATION);
    let nobody = "0".repeat(24);
    let missing = host.migrations(&like, &["describe", &nobody, "-o", "json"]).output().unwrap();
    assert_eq!((host_code(&missing), code(&missing)), (1, 4));
    // The exit code that the host hides is in the error.
    let error: Value = serde_json::from_slice(&missing.stderr).unwrap();
    assert_eq!(error["exit_code"], 4);
}

/// `atlas -P NAME migrations …` and `atlas migrations -P NAME …` both run `migrations -P NAME …`.
#[tokio::test(flavor = "multi_thread")]
async fn the_profile_of_the_host_is_understood() {
    let (host, simulator) = (Host::new(), simulator().await);
    let home = tempfile::tempdir().unwrap();
    for folder in ["", "Library/Application Support"] {
        let folder = home.path().join(folder).join("atlascli");
        fs::create_dir_all(&folder).unwrap();
        let (url, key) = (simulator.base_url(), simulator.scenario().api_key().unwrap());
        let profile = format!(
            "[other]\nproject_id = \"{GROUP}\"\nops_manager_url = \"{url}\"\npublic_api_key = \"{}\"\n\
             private_api_key = \"{}\"\n[one_more]\n",
            key.public_key, key.private_key
        );
        let file = folder.join("config.toml");
        fs::write(&file, profile).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let mut like = command(&[]);
    like.env("HOME", home.path()).env("XDG_CONFIG_HOME", home.path());
    for arguments in [
        ["-P", "other", "describe", MIGRATION],
        ["--profile", "other", "describe", MIGRATION],
        ["describe", MIGRATION, "-P", "other"],
    ] {
        let output = host.migrations(&like, &arguments).output().unwrap();
        assert_eq!(code(&output), 0, "{arguments:?}: {}", text(&output.stderr));
    }
    let without = host.migrations(&like, &["describe", MIGRATION]).output().unwrap();
    assert_eq!(code(&without), 2);
}

#[test]
fn messages_and_help_name_the_command_of_the_host() {
    let host = Host::new();
    let like = command(&[]);
    let help = host.migrations(&like, &["--help"]).output().unwrap();
    assert!(text(&help.stdout).contains("Usage: atlas migrations [OPTIONS] <COMMAND>"));
    let help = host.migrations(&like, &["watch", "--help"]).output().unwrap();
    let told = text(&help.stdout);
    assert!(
        told.contains("Usage: atlas migrations watch") && !told.contains("`atlas-migrations"),
        "{told}"
    );
    let usage = host.migrations(&like, &["describe"]).output().unwrap();
    assert_eq!(code(&usage), 2);
    assert!(
        text(&usage.stderr).contains("Usage: atlas migrations describe"),
        "{}",
        text(&usage.stderr)
    );
    let settings = host.migrations(&like, &["describe", MIGRATION, "--project-id", GROUP]).output();
    let settings = settings.unwrap();
    let told = text(&settings.stderr);
    assert!(
        told.contains("`atlas migrations demo`") && !told.contains("`atlas-migrations"),
        "{told}"
    );
    let json = host.migrations(&like, &["get", MIGRATION, "--project-id", GROUP, "-o", "json"]);
    let json = { json }.output().unwrap();
    assert!(text(&json.stderr).contains("`atlas migrations demo`"), "{}", text(&json.stderr));
}

#[test]
fn only_the_first_argument_is_the_name_of_the_plugin() {
    // Without the host, the word in another place is an argument like any other.
    let output = command(&["describe", "migrations", "--no-journal"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("names need a journal"), "{}", text(&output.stderr));
    let twice = command(&["migrations", "migrations"]).output().unwrap();
    assert_eq!(code(&twice), 2);
    assert!(text(&twice.stderr).contains("unrecognized subcommand"), "{}", text(&twice.stderr));
    let own = command(&["--help"]).output().unwrap();
    assert!(text(&own.stdout).contains("Usage: atlas-migrations [OPTIONS] <COMMAND>"));
}

/// The host passes stdin on.
#[tokio::test(flavor = "multi_thread")]
async fn stdin_is_read_as_without_the_host() {
    let (host, simulator) = (Host::new(), simulator().await);
    let like = configured(simulator.base_url(), &[]);
    let mut command = host.migrations(&like, &["cutover", MIGRATION]);
    let output = with_stdin(&mut command, "n\n");
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("This cannot be undone. [y/N]"));
    let mut command =
        host.migrations(&like, &["validate", "--file", "-", "--dry-run", "-o", "json"]);
    let output = with_stdin(&mut command, "{\"source\": ");
    assert!(text(&output.stderr).contains("invalid JSON at line 1"), "{}", text(&output.stderr));
}

/// The bug: somebody stops the official CLI with SIGTERM, and a watch that nobody sees goes on and cuts over.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_host_ends_the_plugin_in_order() {
    let (host, simulator) = (Host::new(), atlas(1).await);
    let like = configured(simulator.base_url(), &[]);
    let migration = id(0);
    let inner = host.migrations(
        &like,
        &["watch", &migration, "-o", "json", "--interval", "10ms", "--timeout", "20s"],
    );
    // Like the host, this shell waits for the plugin and passes no signal on.
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$@\"; exit 1", "host"]).arg(inner.get_program()).args(inner.get_args());
    let mut process = Process::run(with_environment(shell, &inner), Stdio::null());
    process.until(|event| event["event"] == "update");
    signal(&process.child, "TERM");
    // The plugin holds stdout open until it ends.
    let end = process.until(|event| event["event"] == "end");
    assert_eq!(end["outcome"], "interrupted");
    process.stdout.read_to_end();
}
