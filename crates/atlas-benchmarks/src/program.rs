//! Finds and times the programs that are measured.

use std::error::Error;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Returns the path of a program that is built beside this one.
pub fn program(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let program = std::env::current_exe()?.with_file_name(name);
    let program = program.with_extension(std::env::consts::EXE_EXTENSION);
    if program.exists() { Ok(program) } else { Err(format!("build {name} first").into()) }
}

/// Runs a program without input and output. Returns its run time.
pub fn run_time(program: &mut Command) -> Result<Duration, Box<dyn Error>> {
    program.stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let status = program.status()?;
    let time = start.elapsed();
    if status.success() { Ok(time) } else { Err(format!("{program:?}: {status}").into()) }
}
