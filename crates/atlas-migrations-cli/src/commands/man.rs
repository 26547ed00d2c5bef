//! `atlas-migrations completions` and `atlas-migrations man`.

use std::path::Path;
use std::{fs, io};

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli;
use crate::error::CliError;
use crate::output_file::OutputFile;
use crate::shell_completion;
use crate::terminal::print;

pub fn completions(shell: Shell) -> Result<(), CliError> {
    let script = shell_completion::script(shell)?;
    Ok(print(&script)?)
}

pub fn manual(folder: Option<&Path>) -> Result<(), CliError> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        Man::new(cli::command()).render(&mut page)?;
        return Ok(print(&page)?);
    };
    let unwritable = |error| {
        let message = format!("cannot write the manual pages to {}", folder.display());
        CliError::new(message).caused_by(&error)
    };
    fs::create_dir_all(folder).map_err(unwritable)?;
    let mut command = cli::command().disable_help_subcommand(true);
    command.build();
    write_pages(&command, folder).map_err(unwritable)
}

/// Writes the pages of a command and of its subcommands.
fn write_pages(command: &Command, folder: &Path) -> io::Result<()> {
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        write_pages(command, folder)?;
    }
    let (man, mut page) = (Man::new(command.clone()), Vec::new());
    man.render(&mut page)?;
    OutputFile::at(&folder.join(man.get_filename()))?.write(&page)
}
