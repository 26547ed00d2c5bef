//! What the files of `contrib/` run. Each command line is taken out of its file, so that a renamed option fails here.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use atlas_simulator::{Clock, Simulator};

use crate::atlas::{GROUP, http};
use crate::journal::TestJournal;
use crate::process::{code, signal, text};

/// Options that make a run as fast as the simulator.
const FAST: &str =
    "--interval 10ms..40ms --journal-interval 20ms --lease-interval 100ms --retry-pause 100ms";

fn contrib(path: &str) -> String {
    std::fs::read_to_string(folder().join(path)).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contrib")
}

/// Returns the words after the command in the line of a unit that starts it.
fn exec_start(unit: &str) -> Vec<String> {
    let unit = contrib(unit);
    let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let words = line.strip_prefix("/usr/bin/atlas-migrations ").unwrap();
    words.split(' ').map(str::to_owned).collect()
}

/// Returns the arguments of the container in a Kubernetes manifest.
fn container_args(manifest: &str) -> Vec<String> {
    let manifest = contrib(manifest);
    let line = manifest.lines().find_map(|line| line.trim().strip_prefix("args: ["));
    let words = line.unwrap().strip_suffix(']').unwrap().split(", ");
    words.map(|word| word.trim_matches('"').to_owned()).collect()
}

struct World {
    simulator: Simulator,
    journal: TestJournal,
    plan: PathBuf,
}

impl World {
    /// Returns a fast Atlas and a plan with one migration.
    async fn new(approvers: u32) -> Self {
        let clock = Clock::with_speed(10_000.0).unwrap();
        let simulator = Simulator::builder().clock(clock).without_rate_limits();
        let simulator = simulator.start().await.unwrap();
        let journal = TestJournal::new();
        std::fs::create_dir_all(&journal.state_folder).unwrap();
        let plan = journal.state_folder.join("weekend.yaml");
        let text = format!(
            "version: 1\nname: weekend\nproject: {GROUP}\napprovers: {approvers}\nmigrations:\n  - name: orders\n    \
             source: {{project: 5f0a1b2c3d4e5f6071829304, cluster: rs0, tls: true, authentication: managed}}\n    \
             destination: {{cluster: orders, network: public}}\n    migration_host: vm001.example.com\n"
        );
        std::fs::write(&plan, text).unwrap();
        Self { simulator, journal, plan }
    }

    /// Runs the words of a file with the plan in place of the file's.
    async fn run(&self, words: &[String]) -> Output {
        let plan = self.plan.to_str().unwrap();
        let is_plan = |word: &str| word.starts_with("/etc/atlas-migrations/");
        assert_eq!(words.iter().filter(|word| is_plan(word)).count(), 1, "{words:?}");
        let words = words.iter().map(|word| if is_plan(word) { plan } else { word });
        let words: Vec<&str> = words.chain(FAST.split(' ')).collect();
        let mut command = self.journal.command(&self.simulator, &words);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_run_unit_and_the_job_run_a_plan_to_its_end() {
    for words in
        [exec_start("systemd/atlas-migrations-run@.service"), container_args("kubernetes/job.yaml")]
    {
        let world = World::new(0).await;
        let output = world.run(&words).await;
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains("complete"), "{}", text(&output.stdout));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_serve_unit_and_the_deployment_serve_a_page_with_the_paths_of_the_probes() {
    let journal = TestJournal::new();
    journal.adopt(GROUP, "orders", &crate::atlas::id(0)).await;
    let token = journal.state_folder.join("token");
    std::fs::write(&token, "not-a-real-page-token").unwrap();
    let manifest = contrib("kubernetes/serve.yaml");
    let probes = manifest.lines().filter_map(|line| line.trim().strip_prefix("path: /"));
    let probes: Vec<String> = probes.map(|path| format!("GET /{path}")).collect();
    assert_eq!(probes, ["GET /healthz", "GET /readyz"]);
    for words in [
        exec_start("systemd/atlas-migrations-serve.service"),
        container_args("kubernetes/serve.yaml"),
    ] {
        let words: Vec<&str> = words
            .iter()
            .map(|word| match word.as_str() {
                "127.0.0.1:9480" | "0.0.0.0:9480" => "127.0.0.1:0",
                "/etc/atlas-migrations/PAGE_TOKEN" => token.to_str().unwrap(),
                word => word,
            })
            .collect();
        let mut command = journal.command_at("http://127.0.0.1:1", &words);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().trim_end_matches('/').trim_start_matches("http://");
        // The kubelet sends no token.
        let responses: Vec<_> = probes.iter().map(|probe| http(address, probe, "")).collect();
        signal(&child, "TERM");
        assert_eq!(child.wait().unwrap().code(), Some(0));
        let is_ok = |response: &String| response.starts_with("HTTP/1.1 200 ");
        assert!(responses.iter().all(is_ok), "{responses:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_action_runs_a_plan_as_far_as_it_goes_and_writes_the_step_summary() {
    let Some(server) = atlas_test_postgres::shared().await else { return };
    let world = World::new(1).await;
    // The action has no options for tests, so that the command gets them here.
    let fast = world.journal.state_folder.join("fast");
    let program = env!("CARGO_BIN_EXE_atlas-migrations");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = run ] && exec '{program}' \"$@\" {FAST}\nexec '{program}' \"$@\"\n"
    );
    std::fs::write(&fast, script).unwrap();
    assert!(Command::new("chmod").arg("+x").arg(&fast).status().unwrap().success());

    let run = async |journal: String| {
        let environment = world.journal.command(&world.simulator, &[]);
        let mut action = Command::new(folder().join("action/run.sh"));
        for (name, value) in environment.get_envs() {
            match value {
                Some(value) => action.env(name, value),
                None => action.env_remove(name),
            };
        }
        action.env("ATLAS_MIGRATIONS_JOURNAL", journal).env("COMMAND", &fast);
        action.env("PLAN", &world.plan).env("START", "true").env("UNTIL", "idle");
        action.env("REPORT", world.journal.state_folder.join("report.html"));
        for (name, file) in [("GITHUB_OUTPUT", "output"), ("GITHUB_STEP_SUMMARY", "summary.md")] {
            action.env(name, world.journal.state_folder.join(file));
        }
        tokio::task::spawn_blocking(move || action.output().unwrap()).await.unwrap()
    };
    let refused = run("journal.db".to_owned()).await;
    assert_eq!(code(&refused), 2);
    assert!(text(&refused.stdout).contains("forgets a file"), "{}", text(&refused.stdout));
    assert_eq!(world.simulator.control().request_count(), 0);

    let output = run(server.new_database().await).await;
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let written =
        |file: &str| std::fs::read_to_string(world.journal.state_folder.join(file)).unwrap();
    assert_eq!(written("output"), "exit-code=0\n");
    let summary = written("summary.md");
    assert!(summary.contains("exit code 0"), "{summary}");
    assert!(summary.contains("orders") && summary.contains("approv"), "{summary}");
    assert!(written("report.html").contains("orders"));

    // The bug: a summary of a run that failed has an empty table alone, and whoever reads it does not see why.
    std::fs::write(&world.plan, "version: 1\nname: [").unwrap();
    let failed = run(server.new_database().await).await;
    assert_eq!(code(&failed), 2, "{}", text(&failed.stderr));
    let summary = written("summary.md");
    let (_, of_the_failed_run) = summary.rsplit_once("### ").unwrap();
    assert!(of_the_failed_run.contains("weekend.yaml:2:7: not valid YAML"), "{of_the_failed_run}");
}

/// The action gives the script its inputs in these variables.
#[test]
fn the_action_passes_every_input_to_its_script() {
    let action = contrib("action/action.yml");
    let (_, inputs) = action.split_once("inputs:\n").unwrap();
    let (inputs, rest) = inputs.split_once("\noutputs:").unwrap();
    let names = inputs.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    for name in names.filter(|name| !name.starts_with(' ')) {
        let variable = name.to_uppercase();
        assert!(rest.contains(&format!("{variable}: ${{{{ inputs.{name} }}}}")), "{name}");
        assert!(contrib("action/run.sh").contains(&format!("${variable}\"")), "{name}");
    }
}

#[test]
fn the_image_starts_the_command() {
    let file = contrib("docker/Dockerfile");
    assert!(file.contains("\nENTRYPOINT [\"/usr/bin/atlas-migrations\"]\nCMD [\"--help\"]\n"));
    assert!(file.contains("\nUSER 65532:65532\n"));
    let build = file.lines().find_map(|line| line.strip_prefix("RUN cargo build ")).unwrap();
    assert!(build.starts_with("--release --locked --package atlas-migrations-cli "), "{build}");
    let toolchain = std::fs::read_to_string(folder().join("../rust-toolchain.toml")).unwrap();
    let channel = toolchain.lines().find_map(|line| line.strip_prefix("channel = \"")).unwrap();
    let image = format!("\nFROM rust:{}-alpine AS build\n", channel.trim_end_matches('"'));
    assert!(file.contains(&image), "{image}");
    assert_eq!(code(&crate::process::command(&["--help"]).output().unwrap()), 0);
}
