//! `cargo xtask bench`.

use std::error::Error;
use std::fs;
use std::process::{Command, ExitCode, Stdio};

use crate::generate::root;

/// The page that the benchmarks write, from the root of the workspace.
const PAGE: &str = "crates/atlas-benchmarks/RESULTS.md";

/// The packages with the programs that are measured.
const PACKAGES: [&str; 4] = ["--package", "atlas-benchmarks", "--package", "atlas-migrations-cli"];

/// Measure what calls, decoding, a fleet, the command, the simulator and the build cost.
///
/// All of it takes some minutes, on a machine with nothing else to do, and writes
/// crates/atlas-benchmarks/RESULTS.md; single benchmarks are only printed.
#[derive(clap::Args)]
pub struct Arguments {
    /// The benchmarks to run: call, decode, fleet, command, memory, simulator, build. Else all.
    names: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let root = root();
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--locked"]).args(PACKAGES).current_dir(&root);
    if !cargo.status()?.success() {
        return Err("the programs to measure do not build".into());
    }
    // Where cargo puts it, unless it is told otherwise, and then for this too.
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let program = root.join(target).join("release/atlas-benchmarks");
    let mut benchmarks = Command::new(program);
    benchmarks.args(&arguments.names).current_dir(&root).stderr(Stdio::inherit());
    let output = benchmarks.output()?;
    if !output.status.success() {
        return Ok(ExitCode::FAILURE);
    }
    if arguments.names.is_empty() {
        fs::write(root.join(PAGE), output.stdout)?;
        eprintln!("wrote {PAGE}");
    } else {
        print!("{}", String::from_utf8(output.stdout)?);
    }
    Ok(ExitCode::SUCCESS)
}
