//! The root command, and the commands that have few options.

use std::path::PathBuf;

use clap::{Arg, Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use super::api::Api;
use super::decisions::{
    AbortBeforeCutover, Approve, Hold, PostponeUntil, Release, Retry, Withdraw,
};
use super::global::GlobalOptions;
use super::journal::JournalCommand;
use super::link::{Link, Projects};
use super::list::{List, Status};
use super::migration::{Create, Cutover, Describe, Validate, Validation};
use super::plan::Plan;
use super::report::Report;
use super::run::Run;
use super::serve::Serve;
use super::simulate::Simulate;
use super::watch::Watch;
use crate::program_name::{is_plugin, program_name, with_program_name};

const AFTER_HELP: &str = "\
Credentials come from the environment, never from the command line:
    MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET            service account
    MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY     API key
    MONGODB_ATLAS_ACCESS_TOKEN                                         bearer token
or from a profile of the official Atlas CLI and the secret store of the system.
Set MONGODB_ATLAS_SERVICE=cloudgov for credentials of MongoDB Atlas for Government.

Exit codes:
    0  success
    1  any error that is not listed here
    2  usage: an argument, a setting or a credential is missing or invalid
    3  not authorized (401, 403)
    4  not found (404)
    5  rejected (400, 409, 410 and other 4xx)
    6  rate limited (429)
    7  the service failed (5xx), or sent no complete response
    8  the migration or its validation failed
    9  the migration expired
   10  timed out
   11  done, but the output could not be written; stderr says what was done
   12  the journal cannot be used; nothing was sent
  130  interrupted (SIGINT, SIGTERM or SIGHUP)
  141  the reader of stdout closed it before a watch ended

The first signal lets a change that is being sent finish and reports its result; the second one stops at once.

Colors: --color decides, then NO_COLOR, CLICOLOR_FORCE and CLICOLOR=0; by default only terminals get colors. If TERM is
unset or `dumb`, there are no colors and no live view.";

const GLOBAL_OPTIONS_NOTE: &str = "Global options: see `atlas-migrations --help`.";

/// Migrate MongoDB clusters into Atlas with live migrations, and watch their progress
///
/// Supports push live migrations only: from a cluster that Cloud Manager or Ops Manager monitors into Atlas. Atlas has
/// no API for pull live migrations.
#[derive(Parser)]
#[command(name = "atlas-migrations", version, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(flatten)]
    pub global: GlobalOptions,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Link a Cloud Manager or Ops Manager organization to an Atlas organization
    #[command(subcommand)]
    Link(Link),
    Projects(Projects),
    Validate(Validate),
    Validation(Validation),
    Create(Create),
    Describe(Describe),
    Watch(Watch),
    Cutover(Cutover),
    Run(Run),
    List(List),
    Status(Status),
    Report(Report),
    Serve(Serve),
    #[command(subcommand)]
    Plan(Plan),
    Approve(Approve),
    Withdraw(Withdraw),
    Hold(Hold),
    Release(Release),
    PostponeUntil(PostponeUntil),
    AbortBeforeCutover(AbortBeforeCutover),
    Retry(Retry),
    /// Show and repair the journal, which records every request, its outcome and every decision
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Call an API operation by its operationId and print the response body as received
    ///
    /// Parameters have the names of the API. There is no confirmation prompt.
    #[command(subcommand)]
    Api(Api),
    Simulate(Simulate),
    Demo(Demo),
    /// Print the script that completes commands, options and names of the journal in a shell
    ///
    /// For bash and zsh: source <(atlas-migrations completions bash). For fish: atlas-migrations completions fish | source.
    Completions {
        /// Shell
        shell: clap_complete::Shell,
    },
    Man(Man),
    /// Print the JSON Schema of what programs read or write
    Schema {
        /// Which one
        document: SchemaDocument,
    },
}

/// A document that has a JSON Schema.
#[derive(Clone, Copy, ValueEnum)]
pub enum SchemaDocument {
    /// One line of `watch`, `run` or `demo` with --output json
    Events,
    /// Plan files, as `plan schema` prints it
    Plan,
}

impl Command {
    /// Returns whether the result of the command has IDs.
    pub fn has_ids(&self) -> bool {
        matches!(
            self,
            Self::Projects(_)
                | Self::Validate(_)
                | Self::Validation(_)
                | Self::Create(_)
                | Self::Describe(_)
                | Self::List(_)
                | Self::Status(_)
                | Self::Api(_)
        )
    }
}

/// Watch a few migrations on a simulated Atlas for some seconds
///
/// Needs no account: the command starts a simulator, watches its migrations over HTTP, and cuts them over when they
/// are ready. One is cut over, one has an unreliable network, one fails, and one expires because nobody cuts it over.
/// The exit code is that of the worst outcome.
#[derive(Args)]
pub struct Demo {
    /// Complete all migrations
    #[arg(long)]
    pub happy: bool,
}

/// Print the manual page of this command, or write the pages of all commands to a directory
#[derive(Args)]
pub struct Man {
    /// Directory for the pages
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Returns the definition of the command line. Only the help of the root command lists the global options.
pub fn command() -> clap::Command {
    let root = Cli::command();
    // Otherwise it is the name of the file.
    let root = if is_plugin() { root.bin_name(program_name()) } else { root };
    let global: Vec<Arg> = root
        .get_arguments()
        .filter(|arg| arg.is_global_set())
        .map(|arg| arg.clone().hide(true))
        .collect();
    let after_help =
        root.get_after_help().map(|text| with_program_name(&text.to_string()).into_owned());
    let root = root.after_help(after_help.unwrap_or_default());
    root.mut_subcommands(|subcommand| with_hidden(subcommand, &global))
}

/// Defines the global options as hidden in a command, where clap would otherwise define them as visible.
fn with_hidden(command: clap::Command, global: &[Arg]) -> clap::Command {
    let after_help = |text: Option<&clap::builder::StyledStr>| {
        let text = match text {
            Some(text) => format!("{text}\n\n{GLOBAL_OPTIONS_NOTE}"),
            None => GLOBAL_OPTIONS_NOTE.to_owned(),
        };
        with_program_name(&text).into_owned()
    };
    let short = after_help(command.get_after_help());
    let long = command.get_after_long_help().map(|text| after_help(Some(text)));
    let mut command = command.args(global).after_help(short);
    if let Some(long) = long {
        command = command.after_long_help(long);
    }
    command.mut_subcommands(|subcommand| with_hidden(subcommand, global))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_definition_is_valid() {
        command().debug_assert();
    }

    /// Each of these treats an empty variable as not set. Test that for each new one.
    #[test]
    fn only_these_options_have_an_environment_variable() {
        fn variables(command: &clap::Command, found: &mut Vec<String>) {
            let names = command.get_arguments().filter_map(Arg::get_env);
            found.extend(names.map(|name| name.to_string_lossy().into_owned()));
            command.get_subcommands().for_each(|command| variables(command, found));
        }
        let mut found = Vec::new();
        variables(&Cli::command(), &mut found);
        assert_eq!(found, ["ATLAS_MIGRATIONS_TOKEN_CACHE", "ATLAS_MIGRATIONS_JOURNAL"]);
    }
}
