//! `atlas-migrations`: how live migrations into MongoDB Atlas stand, from the command line.

mod api;
mod arguments;
mod ask;
mod change;
mod connection;
mod create;
mod cutover;
mod debug;
mod demo;
mod describe;
mod failure;
mod input;
mod interrupt;
mod json;
mod link;
mod output;
mod output_file;
mod pages;
mod request;
mod simulate;
mod terminal;
mod usage;
mod validation;
mod watch;

use std::process::ExitCode;
use std::time::Duration;

use crate::arguments::{Arguments, Command, Common};
use crate::failure::Failure;

/// How long a reader that does not read what `--debug` tells is waited for at the end.
const PATIENCE: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let Arguments { common, command } = match usage::arguments() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let ended = start(&common, command);
    interrupt::over();
    match ended {
        Ok(code) => code,
        Err(failure) => failure.report(common.output),
    }
}

fn start(common: &Common, command: Command) -> Result<ExitCode, Failure> {
    let cannot = |error| Failure::new("the program cannot start").because(&error);
    let told = common.debug.then(debug::tell).transpose().map_err(cannot)?;
    // The simulator serves until it is told to stop, and a command that it runs has signals of its own.
    if !matches!(command, Command::Simulate(_)) {
        interrupt::listen(common.output).map_err(cannot)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(cannot)?;
    let outcome = runtime.block_on(async {
        let outcome = run(common, command).await;
        if let Some(told) = told {
            let left_out = told.all_left_out();
            // Who does not read it is not waited for.
            if told.finish(PATIENCE).await.is_ok() && left_out > 0 {
                terminal::warn(&format!("{left_out} lines of --debug were left out"));
            }
        }
        outcome
    });
    // A name that is being looked up is not waited for.
    runtime.shutdown_background();
    outcome
}

async fn run(common: &Common, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Link(link) => link::run(common, link).await,
        Command::Projects(arguments) => link::projects(common, &arguments).await,
        Command::Validate(arguments) => validation::validate(common, arguments).await,
        Command::Validation(arguments) => validation::describe(common, &arguments).await,
        Command::Create(arguments) => create::create(common, arguments).await,
        Command::Describe(arguments) => describe::run(common, &arguments).await,
        Command::Watch(arguments) => watch::run(common, arguments).await,
        Command::Cutover(arguments) => cutover::run(common, &arguments).await,
        Command::Api(arguments) => api::run(common, arguments).await,
        Command::Simulate(arguments) => return simulate::run(&arguments).await,
        Command::Demo(arguments) => demo::run(common, &arguments).await,
        Command::Completions { shell } => pages::completions(shell),
        Command::Man(arguments) => pages::manual(arguments.out.as_deref()),
    }?;
    Ok(ExitCode::SUCCESS)
}
