//! The tasks that run `atlas-codegen`, each with the features that it needs.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::workspace::{Outcome, root};

/// The fragment of the official document that is compared with it.
const FRAGMENT: &str = "openapi/live-migrations.json";

/// The generated clients: the fragment, the folder of the crate, and what its types preserve.
const CLIENTS: [(&str, &str, &str); 2] = [
    (FRAGMENT, "crates/atlas-migrations-generated", "lossless"),
    ("openapi/clusters.json", "crates/atlas-clusters-generated", "lean"),
];

/// Generate the clients from the fragments in openapi/
#[derive(clap::Args)]
pub struct Generate {
    /// Write nothing and list the files that are not up to date
    #[arg(long)]
    check: bool,
    /// With --check, show how each file would change
    #[arg(long, short, requires = "check")]
    verbose: bool,
}

impl Generate {
    pub fn run(&self) -> Outcome {
        let mut outcome = ExitCode::SUCCESS;
        for (fragment, folder, profile) in CLIENTS {
            let mut codegen = codegen(&["cli", "emit"], "generate");
            codegen.args(["--spec", fragment, "--out", folder]);
            codegen.args(["--profile", profile, "--member"]).current_dir(root());
            codegen.args(self.check.then_some("--check"));
            codegen.args(self.verbose.then_some("--verbose"));
            if !codegen.status()?.success() {
                outcome = ExitCode::FAILURE;
            }
        }
        Ok(outcome)
    }
}

/// Compare the fragment in openapi/ with the official OpenAPI document
#[derive(clap::Args)]
pub struct Drift {
    /// The official OpenAPI 3.0 document, as JSON or YAML
    #[arg(long, value_name = "PATH")]
    spec: PathBuf,
    /// Output format: text or json
    #[arg(long, default_value = "text")]
    output: String,
}

impl Drift {
    pub fn run(&self) -> Outcome {
        let mut codegen = codegen(&["cli", "yaml"], "diff");
        codegen.arg("--spec").arg(std::path::absolute(&self.spec)?);
        codegen.args(["--fragment", FRAGMENT, "--known", "openapi/known-differences.json"]);
        codegen.args(["--output", &self.output]).current_dir(root());
        status(&mut codegen)
    }
}

/// Extract operations from an OpenAPI document into a new crate
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Slice {
    /// Options of `atlas-codegen slice`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<OsString>,
}

impl Slice {
    pub fn run(&self) -> Outcome {
        let mut codegen = codegen(&["cli", "emit", "yaml"], "slice");
        status(with_core(&mut codegen, &self.options).args(&self.options))
    }
}

/// Generate every operation of an OpenAPI document and test the result
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Conformance {
    /// Options of `atlas-codegen conformance`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<OsString>,
}

impl Conformance {
    pub fn run(&self) -> Outcome {
        let mut codegen = codegen(&["cli", "proof", "yaml"], "conformance");
        codegen.arg("--work-dir").arg(root().join("target/conformance"));
        codegen.arg("--lock").arg(root().join("Cargo.lock"));
        status(with_core(&mut codegen, &self.options).args(&self.options))
    }
}

/// Returns a command of `atlas-codegen`, which is built with some of its features.
fn codegen(features: &[&str], command: &str) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args([
        "run",
        "--quiet",
        "--locked",
        "--package",
        "atlas-codegen",
        "--no-default-features",
    ]);
    cargo.args(["--features", &features.join(","), "--manifest-path"]);
    cargo.arg(root().join("Cargo.toml")).args(["--", command]);
    cargo
}

/// Adds this workspace's `atlas-client-core`, unless the options name another one.
fn with_core<'c>(codegen: &'c mut Command, options: &[OsString]) -> &'c mut Command {
    let is_core = |option: &OsString| option.to_string_lossy().starts_with("--core");
    if !options.iter().any(is_core) {
        let mut core = OsString::from("path=");
        core.push(root().join("crates/atlas-client-core"));
        codegen.args([OsStr::new("--core"), &core]);
    }
    codegen
}

fn status(command: &mut Command) -> Outcome {
    Ok(if command.status()?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
