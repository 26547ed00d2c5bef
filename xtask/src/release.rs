//! The tasks that run `release-tasks`.

use std::ffi::OsString;
use std::process::Command;

use crate::workspace::{Outcome, root, status};

/// Options of a task of `release-tasks`.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Options {
    /// Options of the task; see --help
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<OsString>,
}

impl Options {
    /// Runs a task with the options.
    pub fn run(&self, task: &str) -> Outcome {
        let mut cargo = Command::new("cargo");
        cargo.args(["run", "--quiet", "--locked", "--package", "release-tasks", "--manifest-path"]);
        cargo.arg(root().join("Cargo.toml")).args(["--", task]).args(&self.options);
        status(&mut cargo)
    }
}
