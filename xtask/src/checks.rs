//! Checks that take too long for every change. Each needs a tool, which `cargo install --locked` installs.

use std::collections::BTreeSet;
use std::error::Error;
use std::process::{Command, ExitCode};

use crate::workspace::{Outcome, root, status};

/// The crates that are published.
const PUBLISHED: [&str; 2] = ["--workspace", "--ignore-private"];

/// Checks every published crate with up to two of its features at a time (cargo-hack)
pub fn features() -> Outcome {
    let mut hack = tool("hack")?;
    hack.args(["check", "--feature-powerset", "--depth", "2", "--locked"]);
    status(hack.args(PUBLISHED))
}

/// Checks every published crate with the oldest compiler that it declares (cargo-hack, rustup)
pub fn oldest_compilers() -> Outcome {
    status(tool("hack")?.args(["check", "--rust-version", "--locked"]).args(PUBLISHED))
}

/// Checks the published crates with the oldest versions of their dependencies that the manifests allow (nightly cargo)
///
/// Works on a copy of the last commit.
pub fn minimal_versions() -> Outcome {
    let copy = root().join("target/minimal-versions/workspace");
    if copy.exists() {
        std::fs::remove_dir_all(&copy)?;
    }
    let mut clone = Command::new("git");
    clone.args(["clone", "--quiet", "--shared"]).arg(root()).arg(&copy);
    let mut resolve = Command::new("cargo");
    resolve.args(["+nightly", "update", "--quiet", "-Zdirect-minimal-versions"]);
    // The pinned compiler builds.
    let mut check = tool("hack")?;
    check.args(["check", "--quiet", "--locked"]).args(PUBLISHED);
    check.env("CARGO_TARGET_DIR", root().join("target/minimal-versions/target"));
    for command in [&mut clone, resolve.current_dir(&copy), check.current_dir(&copy)] {
        if !command.status()?.success() {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Compare the public APIs of the published libraries with those of a revision (cargo-semver-checks)
#[derive(clap::Args)]
pub struct Semver {
    /// Revision to compare with [default: the newest tag of a version]
    revision: Option<String>,
}

impl Semver {
    pub fn run(&self) -> Outcome {
        let revision = match &self.revision {
            Some(revision) => Some(revision.clone()),
            None => newest_release()?,
        };
        let Some(revision) = revision else {
            if is_shallow()? {
                return Err("there is no tag `v*` in this clone, which is shallow: `git fetch --unshallow --tags` gets \
                            the releases to compare with"
                    .into());
            }
            eprintln!(
                "SKIPPED: no tag `v*` is before this commit, so there is no release to compare with. To compare with \
                 another revision, name it: cargo xtask semver REVISION"
            );
            return Ok(ExitCode::SUCCESS);
        };
        eprintln!("comparing with {revision}");
        let mut checks = tool("semver-checks")?;
        checks.args(["--workspace", "--baseline-rev", &revision]);
        let before = crates_in(&revision)?;
        // The tool fails at a crate that it cannot compare.
        for new in crates_in("HEAD")?.difference(&before) {
            eprintln!("{new} is not in {revision}: there is nothing to compare");
            checks.args(["--exclude", new]);
        }
        status(&mut checks)
    }
}

/// Kill the command thousands of times, and compare what Atlas received with the journal
#[derive(clap::Args)]
pub struct Kills {
    /// Scenarios
    #[arg(default_value_t = 2600)]
    scenarios: u32,
    /// Scenarios at the same time
    #[arg(long, default_value_t = 12)]
    at_once: u32,
}

impl Kills {
    pub fn run(&self) -> Outcome {
        let target = root().join("target/kill-points");
        let mut build = cargo(&["build", "--locked", "--package", "atlas-migrations-cli"]);
        build.args(["--features", "kill-points", "--target-dir"]).arg(&target);
        if !build.status()?.success() {
            return Ok(ExitCode::FAILURE);
        }
        let mut test = cargo(&["test", "--locked", "--package", "atlas-migrations-kill", "--"]);
        test.args(["--ignored", "thousands", "--nocapture"]);
        test.env("KILL_COMMAND", target.join("debug/atlas-migrations"));
        test.env("KILL_SCENARIOS", self.scenarios.to_string());
        status(test.env("KILL_AT_ONCE", self.at_once.to_string()))
    }
}

/// Change the code that decides about requests, one place at a time, and see that a test fails (cargo-mutants)
///
/// `.cargo/mutants.toml` names that code. Each change builds and tests some crates anew: the whole takes days, a share of it an
/// afternoon. What no test catches is listed at the end and in target/mutants.out.
#[derive(clap::Args)]
pub struct Mutants {
    /// Share to check, such as 3/40, of all changes in a random order
    #[arg(default_value = "0/40")]
    share: String,
}

impl Mutants {
    pub fn run(&self) -> Outcome {
        status(tool("mutants")?.args(["--output", "target", "--shard", &self.share]))
    }
}

/// Returns the newest tag of a version before the current commit, if there is one.
fn newest_release() -> Result<Option<String>, std::io::Error> {
    let mut describe = Command::new("git");
    // A commit with the tag of its own release is compared with the release before.
    describe.args(["describe", "--tags", "--abbrev=0", "--match=v[0-9]*", "HEAD^"]);
    let output = describe.current_dir(root()).output()?;
    let tag = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(Some(tag).filter(|tag| output.status.success() && !tag.is_empty()))
}

/// Returns the crates in a revision. Each has the name of its folder.
fn crates_in(revision: &str) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let mut list = Command::new("git");
    list.args(["ls-tree", "-d", "--name-only", &format!("{revision}:crates")]);
    let output = list.current_dir(root()).output()?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
    } else {
        let message = String::from_utf8_lossy(&output.stderr);
        Err(format!("git cannot list the crates of {revision}: {}", message.trim()).into())
    }
}

/// Returns whether the clone has only the newest commits, and with them not every tag.
fn is_shallow() -> Result<bool, std::io::Error> {
    let mut ask = Command::new("git");
    let output = ask.args(["rev-parse", "--is-shallow-repository"]).current_dir(root()).output()?;
    Ok(output.stdout.starts_with(b"true"))
}

/// Returns the command of a tool of cargo in the workspace. Fails if it is not installed.
fn tool(name: &str) -> Result<Command, Box<dyn Error>> {
    let is_installed = cargo(&[name, "--version"]).output()?.status.success();
    if is_installed {
        Ok(cargo(&[name]))
    } else {
        Err(format!("cargo-{name} is not installed: cargo install --locked cargo-{name}").into())
    }
}

/// Returns a command of cargo in the workspace.
fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(arguments).current_dir(root());
    cargo
}
