//! Compiling what was generated, and measuring that.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::Report;

/// What the generated crates stand on.
const DEPENDENCIES: &[&str] = &["atlas-client-core"];

/// A bar on a terminal, and nothing elsewhere.
pub fn bar(name: &'static str, length: usize) -> ProgressBar {
    let bar = ProgressBar::new(length as u64).with_message(name);
    let style = ProgressStyle::with_template("{msg:13} {wide_bar} {pos}/{len} {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Cargo on a crate or a workspace below the folder, with little that costs time.
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

/// What cargo said.
pub struct Compiled {
    pub took: Duration,
    /// The time on all cores, and the memory of the largest process of all so far.
    taken: Option<Taken>,
    /// The folders' names of the packages that compiled.
    pub done: BTreeSet<String>,
    /// The first error of each that did not, by the same name.
    pub errors: BTreeMap<String, String>,
    pub succeeded: bool,
    /// The last that cargo itself said.
    pub said: String,
}

/// Runs cargo and reads what it says of each package.
pub fn compile(
    command: &mut Command,
    folder: &Path,
    bar: &ProgressBar,
) -> Result<Compiled, Box<dyn Error>> {
    let started = Instant::now();
    let before = taken().unwrap_or_default();
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
            bar.inc(1);
        } else if message["message"]["level"] == "error" {
            let text = message["message"]["rendered"].as_str().unwrap_or_default();
            errors.entry(package).or_insert_with(|| text.to_owned());
        }
    }
    let succeeded = child.wait()?.success();
    let said = fs::read_to_string(&log)?;
    let said = said.lines().rev().take(8).collect::<Vec<_>>().into_iter().rev();
    let said = said.collect::<Vec<_>>().join("\n");
    let taken = taken().map(|taken| Taken { cpu: taken.cpu.saturating_sub(before.cpu), ..taken });
    Ok(Compiled { took: started.elapsed(), taken, done, errors, succeeded, said })
}

/// Checks the crate of all operations. Whether it compiles.
pub fn check_whole(
    folder: &Path,
    operations: usize,
    name: &str,
    report: &mut Report,
) -> Result<bool, Box<dyn Error>> {
    dependencies(folder, "whole", report)?;
    // Else cargo would not do again what it has done before.
    File::options()
        .append(true)
        .open(folder.join("whole/src/lib.rs"))?
        .set_modified(SystemTime::now())?;
    let bar = bar("check all", 1);
    let mut command = cargo(folder, "whole", "check");
    let compiled = compile(command.args(["--lib", "--package", name]), folder, &bar)?;
    bar.finish_and_clear();
    let done = if compiled.succeeded { operations } else { 0 };
    finish("compiled, all as one", operations, done, &compiled, report);
    Ok(compiled.succeeded)
}

/// Checks each slice as a crate of its own. Whether all compile.
pub fn check_each(
    folder: &Path,
    operations: usize,
    report: &mut Report,
) -> Result<bool, Box<dyn Error>> {
    dependencies(folder, "each", report)?;
    let bar = bar("check each", operations);
    let mut command = cargo(folder, "each", "check");
    let compiled = compile(command.args(["--workspace", "--lib", "--keep-going"]), folder, &bar)?;
    bar.finish_and_clear();
    finish("compiled, each by itself", operations, compiled.done.len(), &compiled, report);
    Ok(compiled.succeeded)
}

/// Checks what the crates stand on first, so that it is not measured with them.
fn dependencies(
    folder: &Path,
    crate_folder: &str,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let bar = bar("dependencies", DEPENDENCIES.len());
    let mut command = cargo(folder, crate_folder, "check");
    for dependency in DEPENDENCIES {
        command.args(["--package", dependency]);
    }
    let compiled = compile(&mut command, folder, &bar)?;
    bar.finish_and_clear();
    let count = DEPENDENCIES.len();
    let done = if compiled.succeeded { count } else { 0 };
    finish("compiled, what they stand on", count, done, &compiled, report);
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
    if let (Some(stage), Some(taken)) = (report.stages.last_mut(), compiled.taken) {
        stage.cpu_seconds = Some(taken.cpu.as_secs_f64());
        stage.peak_bytes = Some(taken.peak_bytes);
    }
    for (package, error) in &compiled.errors {
        report.failed(stage, Some(package), error.clone());
    }
    if !compiled.succeeded && compiled.errors.is_empty() {
        report.failed(stage, None, compiled.said.clone());
    }
}

/// What the processes have taken that this one has started and waited for.
#[derive(Clone, Copy, Default)]
struct Taken {
    /// The time on all cores, which other programs do not lengthen.
    cpu: Duration,
    /// The memory of the largest of them.
    peak_bytes: u64,
}

/// None where the operating system does not say.
#[cfg(unix)]
fn taken() -> Option<Taken> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike as _;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let spent = |time: nix::sys::time::TimeVal| {
        Duration::from_micros(u64::try_from(time.num_microseconds()).unwrap_or_default())
    };
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    Some(Taken {
        cpu: spent(usage.user_time()) + spent(usage.system_time()),
        peak_bytes: u64::try_from(usage.max_rss()).ok()? * unit,
    })
}

#[cfg(not(unix))]
fn taken() -> Option<Taken> {
    None
}
