//! The help of every command, recorded so that a review shows each change of it.

use std::fmt::Write as _;
use std::fs;

use crate::process::{code, command, text};

/// Returns every command with its subcommands: the manual has a page for each.
fn commands() -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let output = command(&["man", "--out", folder.path().to_str().unwrap()]).output().unwrap();
    assert_eq!(code(&output), 0);
    let pages = fs::read_dir(folder.path()).unwrap().map(|page| page.unwrap().path());
    let mut commands: Vec<Vec<String>> = pages
        .map(|page| {
            // The names of commands can have a `-`, so the names of files do not tell them apart.
            let page = fs::read_to_string(page).unwrap().replace("\\-", "-");
            let (_, synopsis) = page.split_once(".SH SYNOPSIS\n\\fBatlas-migrations").unwrap();
            let (name, _) = synopsis.split_once("\\fR").unwrap();
            name.split_whitespace().map(str::to_owned).collect()
        })
        .collect();
    commands.sort();
    commands
}

#[test]
fn the_help_of_every_command_is_as_recorded() {
    let mut help = String::new();
    for mut arguments in commands() {
        arguments.push("--help".to_owned());
        let mut command = command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let output = command.env_remove("CLICOLOR_FORCE").output().unwrap();
        assert_eq!(code(&output), 0, "{arguments:?}");
        write!(help, "$ atlas-migrations {}\n{}\n", arguments.join(" "), text(&output.stdout))
            .unwrap();
    }
    assert!(help.matches("$ atlas-migrations ").count() > 15, "{help}");
    insta::assert_snapshot!(help);
}
