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

/// What zsh runs if it loaded the script from a folder of `fpath`. The script is then the function that completes, called for
/// the first time, and would otherwise only register the function to be called from the second time on.
const AUTOLOADED_BY_ZSH: &str = "\
if [[ $funcstack[1] == _atlas-migrations ]]; then
    _clap_dynamic_completer_atlas_migrations \"$@\"
fi
";

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
    if shell == Shell::Zsh {
        script.extend_from_slice(AUTOLOADED_BY_ZSH.as_bytes());
    }
    Ok(script)
}
