//! Runs a parsed command line.

use std::process::ExitCode;
use std::time::Duration;

use crate::cli::{Cli, Command, GlobalOptions, Validation};
use crate::commands::{
    api, create, cutover, decisions, demo, describe, journal as journal_commands, link, list, man,
    plan, report, run_plan, schema, serve, simulate, validation, watch,
};
use crate::error::CliError;
use crate::journal::Journal;
#[cfg(unix)]
use crate::program_name;
use crate::{debug_log, interrupt, output, terminal};

/// How long to wait at the end for a stalled reader of the debug log.
const DEBUG_LOG_TIMEOUT: Duration = Duration::from_secs(1);

/// Runs the command, reports its error, and returns the exit code.
pub fn run(Cli { mut global, command }: Cli) -> ExitCode {
    let result = output::apply(&mut global, &command);
    let result = result.and_then(|()| run_on_runtime(&global, command));
    interrupt::ignore_from_now_on();
    result.unwrap_or_else(|error| error.report(global.output))
}

fn run_on_runtime(global: &GlobalOptions, command: Command) -> Result<ExitCode, CliError> {
    let cannot_start = |error| CliError::new("the program cannot start").caused_by(&error);
    let debug_log = global.debug.then(debug_log::start).transpose().map_err(cannot_start)?;
    if !global.debug {
        debug_log::start_warnings();
    }
    // `simulate` handles signals itself: it serves until a signal, or passes signals on to a command.
    if !matches!(command, Command::Simulate(_)) {
        interrupt::listen(global.output).map_err(cannot_start)?;
        #[cfg(unix)]
        if program_name::is_plugin() {
            interrupt::stop_with_parent().map_err(cannot_start)?;
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(cannot_start)?;
    let result = runtime.block_on(async {
        let journal = Journal::of(global);
        let result = dispatch(global, &journal, command).await;
        journal.close().await;
        if let Some(log) = debug_log {
            let dropped = log.total_dropped();
            // A reader that has stalled gets no warning.
            if log.finish(DEBUG_LOG_TIMEOUT).await.is_ok() && dropped > 0 {
                terminal::warn(&format!("{dropped} lines of --debug were dropped"));
            }
        }
        result
    });
    // Does not wait for a DNS lookup in progress.
    runtime.shutdown_background();
    result
}

async fn dispatch(
    global: &GlobalOptions,
    journal: &Journal,
    command: Command,
) -> Result<ExitCode, CliError> {
    match command {
        Command::Link(link) => link::run(global, journal, link).await,
        Command::Projects(options) => link::projects(global, &options).await,
        Command::Validate(options) => validation::validate(global, journal, options).await,
        Command::Validation(Validation::Create(options)) => {
            validation::validate(global, journal, *options).await
        }
        Command::Validation(Validation::Show(options)) => {
            validation::describe(global, journal, &options).await
        }
        Command::Create(options) => create::run(global, journal, options).await,
        Command::Approve(options) => decisions::approve(global, journal, &options).await,
        Command::Withdraw(options) => decisions::withdraw(global, journal, &options).await,
        Command::Hold(options) => decisions::hold(global, journal, &options).await,
        Command::Release(options) => decisions::release(global, journal, &options).await,
        Command::PostponeUntil(options) => {
            decisions::postpone_until(global, journal, &options).await
        }
        Command::AbortBeforeCutover(options) => {
            decisions::abort_before_cutover(global, journal, &options).await
        }
        Command::Retry(options) => decisions::retry(global, journal, &options).await,
        Command::Journal(command) => journal_commands::run(global, journal, command).await,
        Command::Describe(options) => describe::run(global, journal, &options).await,
        Command::Watch(options) => watch::run(global, journal, &options).await,
        Command::Cutover(options) => cutover::run(global, journal, &options).await,
        Command::Run(options) => run_plan::run(global, journal, &options).await,
        Command::List(options) => list::list(global, journal, &options).await,
        Command::Status(options) => list::status(global, journal, &options).await,
        Command::Report(options) => report::run(global, journal, &options).await,
        Command::Serve(options) => serve::run(global, journal, &options).await,
        Command::Plan(plan) => return plan::run(global, journal, plan).await,
        Command::Api(options) => api::run(global, options).await,
        Command::Simulate(options) => return simulate::run(&options).await,
        Command::Demo(options) => demo::run(global, &options).await,
        Command::Completions { shell } => man::completions(shell),
        Command::Man(options) => man::manual(options.out.as_deref()),
        Command::Schema { document } => schema::run(document),
    }?;
    Ok(ExitCode::SUCCESS)
}
