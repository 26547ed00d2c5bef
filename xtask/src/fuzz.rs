//! The task that runs the fuzz targets.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::workspace::{Outcome, root};

/// The compiler that has the instrumentation.
const TOOLCHAIN: &str = "+nightly";

/// Run the fuzz targets of fuzz/, which needs a nightly compiler and `cargo install cargo-fuzz`
///
/// Each target starts with fuzz/seeds and with what earlier runs found in fuzz/corpus. An input that ends a target is
/// written to fuzz/artifacts; put it into fuzz/seeds, so that the tests hold what it found.
#[derive(clap::Args)]
pub struct Fuzz {
    /// Targets to run [default: all]
    names: Vec<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Executions for each target, if they are done before the seconds are over
    #[arg(long, default_value_t = 10_000_000)]
    runs: u64,
    /// Build the targets without an address sanitizer, which no target needs as long as it is safe Rust: twice as fast
    #[arg(long)]
    no_sanitizer: bool,
}

impl Fuzz {
    pub fn run(&self) -> Outcome {
        let version = Command::new("cargo").args([TOOLCHAIN, "fuzz", "--version"]).output()?;
        if !version.status.success() {
            return Err("cargo +nightly fuzz does not run: install a nightly compiler by `rustup toolchain install \
                        nightly`, and cargo-fuzz by `cargo install cargo-fuzz --locked`"
                .into());
        }
        let fuzz = root().join("fuzz");
        // The versions that the workspace is tested with.
        fs::copy(root().join("Cargo.lock"), fuzz.join("Cargo.lock"))?;
        let names = if self.names.is_empty() { targets(&fuzz)? } else { self.names.clone() };
        let mut outcome = ExitCode::SUCCESS;
        for name in names {
            let (corpus, seeds) = (fuzz.join("corpus").join(&name), fuzz.join("seeds").join(&name));
            fs::create_dir_all(&corpus)?;
            let mut cargo = Command::new("cargo");
            cargo.args([TOOLCHAIN, "fuzz", "run", "--fuzz-dir"]).arg(&fuzz);
            if self.no_sanitizer {
                cargo.args(["--sanitizer", "none"]);
            }
            cargo.arg(&name).args([&corpus, &seeds]).arg("--");
            cargo.args([
                format!("-max_total_time={}", self.seconds),
                format!("-runs={}", self.runs),
                // An input that takes longer is a finding.
                "-timeout=10".to_owned(),
                "-max_len=16384".to_owned(),
                "-print_final_stats=1".to_owned(),
                "-verbosity=0".to_owned(),
            ]);
            eprintln!("== {name}");
            if !cargo.current_dir(root()).status()?.success() {
                eprintln!("{name} failed: its input is in fuzz/artifacts/{name}");
                outcome = ExitCode::FAILURE;
            }
        }
        Ok(outcome)
    }
}

/// Returns the names of all targets, in order.
fn targets(fuzz: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(fuzz.join("fuzz_targets"))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort_unstable();
    Ok(names)
}
