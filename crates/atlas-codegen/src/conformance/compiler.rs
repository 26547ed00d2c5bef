//! Compiling the generated crates.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use super::report::Report;

/// The dependencies of the generated crates that are compiled first.
const DEPENDENCIES: &[&str] = &["atlas-client-core"];

/// Returns a cargo command on a crate or a workspace below the folder, with the options that compile fastest.
pub fn cargo(folder: &Path, crate_folder: &str, task: &str) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .arg(task)
        .current_dir(folder.join(crate_folder))
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "0")
        .stdin(Stdio::null());
    command
}

/// The result of a cargo command.
pub struct Compiled {
    pub took: Duration,
    /// The names of the folders of the packages that compiled.
    pub done: BTreeSet<String>,
    /// The first error of each package that did not, by the same name.
    pub errors: BTreeMap<String, String>,
    pub succeeded: bool,
    /// The last lines of cargo's own output.
    pub output: String,
}

/// Runs a cargo command and reads its messages.
pub fn compile(command: &mut Command, folder: &Path) -> Result<Compiled, Box<dyn Error>> {
    let started = Instant::now();
    let log = folder.join("cargo.log");
    command.arg("--message-format=json").stdout(Stdio::piped()).stderr(File::create(&log)?);
    let mut child = command.spawn()?;
    let mut done = BTreeSet::new();
    let mut errors = BTreeMap::new();
    for line in child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()) {
        let Ok(message) = serde_json::from_str::<Value>(&line?) else { continue };
        let manifest = message["manifest_path"].as_str().map(Path::new).and_then(Path::parent);
        let Some(package) = manifest.filter(|at| at.starts_with(folder)).and_then(Path::file_name)
        else {
            continue;
        };
        let package = package.to_string_lossy().into_owned();
        if message["reason"] == "compiler-artifact" {
            done.insert(package);
        } else if message["message"]["level"] == "error" {
            let text = message["message"]["rendered"].as_str().unwrap_or_default();
            errors.entry(package).or_insert_with(|| text.to_owned());
        }
    }
    let succeeded = child.wait()?.success();
    let output = fs::read_to_string(&log)?;
    let output = output.lines().rev().take(8).collect::<Vec<_>>().into_iter().rev();
    let output = output.collect::<Vec<_>>().join("\n");
    Ok(Compiled { took: started.elapsed(), done, errors, succeeded, output })
}

/// Checks the crate of all operations. Returns whether it compiles.
pub fn check_whole(
    folder: &Path,
    operations: usize,
    name: &str,
    report: &mut Report,
) -> Result<bool, Box<dyn Error>> {
    dependencies(folder, "whole", report)?;
    // Otherwise cargo skips an unchanged crate.
    File::options()
        .append(true)
        .open(folder.join("whole/src/lib.rs"))?
        .set_modified(SystemTime::now())?;
    let mut command = cargo(folder, "whole", "check");
    let compiled = compile(command.args(["--lib", "--package", name]), folder)?;
    let done = if compiled.succeeded { operations } else { 0 };
    finish("compiled, all as one", operations, done, &compiled, report);
    Ok(compiled.succeeded)
}

/// Checks each slice as a separate crate. Returns whether all compile.
pub fn check_each(
    folder: &Path,
    operations: usize,
    report: &mut Report,
) -> Result<bool, Box<dyn Error>> {
    dependencies(folder, "each", report)?;
    let mut command = cargo(folder, "each", "check");
    let compiled = compile(command.args(["--workspace", "--lib", "--keep-going"]), folder)?;
    finish("compiled, each alone", operations, compiled.done.len(), &compiled, report);
    Ok(compiled.succeeded)
}

/// Checks the dependencies first, so that they are not measured with the crates.
fn dependencies(
    folder: &Path,
    crate_folder: &str,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let mut command = cargo(folder, crate_folder, "check");
    for dependency in DEPENDENCIES {
        command.args(["--package", dependency]);
    }
    let compiled = compile(&mut command, folder)?;
    let count = DEPENDENCIES.len();
    let done = if compiled.succeeded { count } else { 0 };
    finish("compiled, dependencies", count, done, &compiled, report);
    Ok(())
}

pub fn finish(
    stage: &'static str,
    of: usize,
    done: usize,
    compiled: &Compiled,
    report: &mut Report,
) {
    report.stage(stage, of, done, compiled.took);
    for (package, error) in &compiled.errors {
        report.failed(stage, Some(package), error.clone());
    }
    if !compiled.succeeded && compiled.errors.is_empty() {
        report.failed(stage, None, compiled.output.clone());
    }
}
