//! `atlas-migrations`: how live migrations into MongoDB Atlas stand, from the command line.

mod arguments;
mod debug;
mod demo;
mod describe;
mod failure;
mod simulate;
mod terminal;

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
                Command::Describe(arguments) => describe::run(&common, &arguments).await,
                Command::Simulate(arguments) => simulate::run(&arguments).await,
                Command::Demo => demo::run().await,
            }
        }),
        Err(error) => Err(Failure::new("the program cannot start").because(&error)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(common.output),
    }
}
