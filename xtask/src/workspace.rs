//! The workspace that the tasks work on.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What a task returns.
pub type Outcome = Result<ExitCode, Box<dyn Error>>;

/// Returns the root of the workspace.
pub fn root() -> PathBuf {
    // Cargo sets it for the programs that it runs.
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let parent = manifest.as_deref().and_then(Path::parent).map(Path::to_path_buf);
    parent.unwrap_or_default()
}

/// Runs a command, whose output is shown, and returns whether it succeeded.
pub fn status(command: &mut Command) -> Outcome {
    Ok(if command.status()?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
