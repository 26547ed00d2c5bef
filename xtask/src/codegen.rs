//! The tasks that run `atlas-codegen`, each with the features that it needs.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::workspace::{Outcome, root, status};

/// A fragment of the official document.
struct Fragment {
    path: &'static str,
    /// What is intentionally different from the document.
    known: &'static str,
    /// The folder of the client that is generated from it.
    client: &'static str,
    /// What the types of the client preserve.
    profile: &'static str,
}

const FRAGMENTS: [Fragment; 2] = [
    Fragment {
        path: "openapi/live-migrations.json",
        known: "openapi/known-differences.json",
        client: "crates/atlas-migrations-generated",
        profile: "lossless",
    },
    Fragment {
        path: "openapi/clusters.json",
        known: "openapi/known-differences-clusters.json",
        client: "crates/atlas-clusters-generated",
        profile: "lean",
    },
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
        each_fragment(|fragment| {
            let mut codegen = codegen(&["cli", "emit"], "generate");
            codegen.args(["--spec", fragment.path, "--out", fragment.client]);
            codegen.args(["--profile", fragment.profile, "--member"]).current_dir(root());
            codegen.args(self.check.then_some("--check"));
            codegen.args(self.verbose.then_some("--verbose"));
            codegen
        })
    }
}

/// Compare the fragments in openapi/ with the official OpenAPI document
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
        let spec = std::path::absolute(&self.spec)?;
        each_fragment(|fragment| {
            let mut codegen = codegen(&["cli", "yaml"], "diff");
            codegen.arg("--spec").arg(&spec);
            codegen.args(["--fragment", fragment.path, "--known", fragment.known]);
            codegen.args(["--output", &self.output]).current_dir(root());
            codegen
        })
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

/// Runs a command for each fragment. Fails if one of them does.
fn each_fragment(command: impl Fn(&Fragment) -> Command) -> Outcome {
    let mut outcome = ExitCode::SUCCESS;
    for fragment in &FRAGMENTS {
        if !command(fragment).status()?.success() {
            outcome = ExitCode::FAILURE;
        }
    }
    Ok(outcome)
}
