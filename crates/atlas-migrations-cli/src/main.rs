//! `atlas-migrations`: how live migrations into MongoDB Atlas stand, from the command line.

mod api;
mod arguments;
mod ask;
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
mod pages;
mod request;
mod simulate;
mod terminal;
mod validation;
mod watch;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

fn main() -> ExitCode {
    let Arguments { common, command } = Arguments::parse();
    if common.debug {
        debug::tell();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(async {
            match command {
                Command::Link(link) => link::run(&common, link).await,
                Command::Projects(arguments) => link::projects(&common, &arguments).await,
                Command::Validate(arguments) => validation::validate(&common, arguments).await,
                Command::Validation(arguments) => validation::describe(&common, &arguments).await,
                Command::Create(arguments) => create::create(&common, arguments).await,
                Command::Describe(arguments) => describe::run(&common, &arguments).await,
                Command::Watch(arguments) => watch::run(&common, arguments).await,
                Command::Cutover(arguments) => cutover::run(&common, &arguments).await,
                Command::Api(arguments) => api::run(&common, arguments).await,
                Command::Simulate(arguments) => return simulate::run(&arguments).await,
                Command::Demo(arguments) => demo::run(&common, &arguments).await,
                Command::Completions { shell } => pages::completions(shell),
                Command::Man(arguments) => pages::manual(arguments.out.as_deref()),
            }?;
            Ok(ExitCode::SUCCESS)
        }),
        Err(error) => Err(Failure::new("the program cannot start").because(&error)),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.report(common.output),
    }
}
