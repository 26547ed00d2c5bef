//! `atlas-migrations`: live migrations into MongoDB Atlas from the command line.

mod change;
mod cli;
mod client;
mod command_line;
mod commands;
mod debug_log;
mod deprecation_notice;
mod error;
mod events;
mod follow_view;
mod input;
mod instant;
mod interrupt;
mod journal;
mod json_input;
mod last_validation;
mod metrics;
mod migration_request;
mod migration_target;
mod name_completion;
mod output;
mod output_file;
mod overview;
mod page;
mod program_name;
mod prompt;
mod recorded;
mod report;
mod run;
mod shell_completion;
mod stream_lookup;
mod terminal;
mod time_text;
mod watch;

use std::process::ExitCode;

fn main() -> ExitCode {
    if shell_completion::complete_if_asked() {
        return ExitCode::SUCCESS;
    }
    #[cfg(feature = "kill-points")]
    atlas_migrations_runs::kill_points::probe("command.started");
    match command_line::parse() {
        Ok(cli) => run::run(cli),
        Err(code) => code,
    }
}
