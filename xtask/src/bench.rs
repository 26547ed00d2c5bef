//! The task that runs the benchmarks.

use std::fs;
use std::process::{Command, ExitCode, Stdio};

use crate::workspace::{Outcome, root};

/// The page of results, from the root of the workspace.
const PAGE: &str = "crates/atlas-benchmarks/RESULTS.md";

/// The packages with the programs that are measured.
const PACKAGES: [&str; 4] = ["--package", "atlas-benchmarks", "--package", "atlas-migrations-cli"];

/// Measure calls, decoding, a fleet, the command, the simulator and the build
///
/// All benchmarks take some minutes on an idle machine, and write crates/atlas-benchmarks/RESULTS.md. Single benchmarks
/// are only printed.
#[derive(clap::Args)]
pub struct Bench {
    /// Benchmarks to run: call, decode, fleet, command, memory, simulator, build [default: all]
    names: Vec<String>,
}

impl Bench {
    pub fn run(&self) -> Outcome {
        let root = root();
        let mut cargo = Command::new("cargo");
        cargo.args(["build", "--release", "--locked"]).args(PACKAGES).current_dir(&root);
        if !cargo.status()?.success() {
            return Err("the programs to measure do not build".into());
        }
        // The default of cargo is relative to the root.
        let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        let program = root.join(target).join("release/atlas-benchmarks");
        let mut benchmarks = Command::new(program);
        benchmarks.args(&self.names).current_dir(&root).stderr(Stdio::inherit());
        let output = benchmarks.output()?;
        if !output.status.success() {
            return Ok(ExitCode::FAILURE);
        }
        if self.names.is_empty() {
            fs::write(root.join(PAGE), output.stdout)?;
            eprintln!("wrote {PAGE}");
        } else {
            print!("{}", String::from_utf8(output.stdout)?);
        }
        Ok(ExitCode::SUCCESS)
    }
}
