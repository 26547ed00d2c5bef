//! The tasks of a release. `cargo xtask` runs them.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that people run")]

mod archive;
mod cargo;
mod consumer;
mod dist;
mod front_page;
mod notices;
mod package;
mod plugin;
mod sbom;

use std::process::ExitCode;

use clap::Parser;

/// Run a task of a release
#[derive(Parser)]
#[command(name = "cargo xtask", version)]
enum Task {
    Package(package::Package),
    Dist(dist::Dist),
    Notices(notices::Notices),
}

fn main() -> ExitCode {
    let outcome = match Task::parse() {
        Task::Package(task) => task.run(),
        Task::Dist(task) => task.run(),
        Task::Notices(task) => task.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
