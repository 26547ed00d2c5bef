//! Completes command lines for the shell, which runs this program for that.
//!
//! `atlas-migrations completions` prints the script that makes a shell do so.

use std::io;

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_complete::env::{CompleteEnv, Shells};

use crate::cli::Cli;

/// The variable that names the shell which asks for completions.
const VARIABLE: &str = "ATLAS_MIGRATIONS_COMPLETE";

/// Prints completions if a shell asks for them. Returns whether it did.
///
/// An error is not shown: it would be in the middle of the command line.
pub fn complete_if_asked() -> bool {
    // Unlike the help, completions of each command contain the global options.
    let engine = CompleteEnv::with_factory(Cli::command).var(VARIABLE);
    let folder = std::env::current_dir().ok();
    engine.try_complete(std::env::args_os(), folder.as_deref()).unwrap_or(true)
}

/// Returns the script that makes a shell ask this program for completions.
pub fn script(shell: Shell) -> io::Result<Vec<u8>> {
    let command = Cli::command();
    let name = command.get_name();
    let shells = Shells::builtins();
    let completer = shells.completer(&shell.to_string());
    let completer = completer.ok_or_else(|| io::Error::from(io::ErrorKind::Unsupported))?;
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, name, name, name, &mut script)?;
    Ok(script)
}
