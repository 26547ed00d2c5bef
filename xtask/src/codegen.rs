//! The tasks that run `atlas-codegen`.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::{Outcome, root};

/// Generate the client from the workspace's OpenAPI fragment
#[derive(clap::Args)]
pub struct Generate {
    #[command(flatten)]
    options: Options,
}

/// Extract operations from an OpenAPI document into a crate of their own
#[derive(clap::Args)]
pub struct Slice {
    #[command(flatten)]
    options: Options,
}

/// Compare the fragment with the official OpenAPI document
#[derive(clap::Args)]
pub struct Drift {
    #[command(flatten)]
    options: Options,
}

/// Generate every operation of a document, and test the result
#[derive(clap::Args)]
#[command(alias = "reach")]
pub struct Conformance {
    #[command(flatten)]
    options: Options,
}

/// The options of `atlas-codegen`, which explains them with `--help`.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
struct Options {
    /// Passed on to `atlas-codegen`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTION")]
    options: Vec<OsString>,
}

impl Generate {
    pub fn run(&self) -> Outcome {
        self.options.run("generate")
    }
}

impl Slice {
    pub fn run(&self) -> Outcome {
        self.options.run("slice")
    }
}

impl Drift {
    pub fn run(&self) -> Outcome {
        self.options.run("diff")
    }
}

impl Conformance {
    pub fn run(&self) -> Outcome {
        self.options.run("conformance")
    }
}

impl Options {
    /// Runs `atlas-codegen` from the folder that the task was called in.
    fn run(&self, command: &str) -> Outcome {
        let mut cargo = Command::new("cargo");
        cargo.args(["run", "--quiet", "--package", "atlas-codegen", "--manifest-path"]);
        cargo.arg(root().join("Cargo.toml")).arg("--").arg(command).args(&self.options);
        Ok(if cargo.status()?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
