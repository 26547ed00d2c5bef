//! `atlas-migrations completions` and `atlas-migrations man`: made from the definitions of the arguments.

use std::path::Path;
use std::{fs, io};

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::output_file::OutputFile;
use crate::terminal::print;

pub fn completions(shell: Shell) -> Result<(), Failure> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    Ok(print(&script)?)
}

pub fn manual(folder: Option<&Path>) -> Result<(), Failure> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        Man::new(Arguments::command()).render(&mut page)?;
        return Ok(print(&page)?);
    };
    let unwritable = |error| {
        Failure::new(format!("cannot write the manual into {}", folder.display())).because(&error)
    };
    fs::create_dir_all(folder).map_err(unwritable)?;
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    write_pages(&command, folder).map_err(unwritable)
}

/// The page of a command, and those of its commands.
fn write_pages(command: &Command, folder: &Path) -> io::Result<()> {
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        write_pages(command, folder)?;
    }
    let (man, mut page) = (Man::new(command.clone()), Vec::new());
    man.render(&mut page)?;
    OutputFile::at(&folder.join(man.get_filename()))?.write(&page)
}
