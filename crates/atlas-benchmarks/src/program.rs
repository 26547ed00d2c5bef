//! Finds the programs that are measured.

use std::error::Error;
use std::path::PathBuf;

/// Returns the path of a program that is built beside this one.
pub fn program(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let program = std::env::current_exe()?.with_file_name(name);
    let program = program.with_extension(std::env::consts::EXE_EXTENSION);
    if program.exists() { Ok(program) } else { Err(format!("build {name} first").into()) }
}
