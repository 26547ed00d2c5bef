//! The workspace's own tasks. `cargo xtask --help` lists them.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that people run")]

mod document;
mod drift;
mod generate;
mod normalise;
#[allow(dead_code, reason = "what walks whole documents is not a command yet")]
mod openapi;
mod output;
mod render;

use std::process::ExitCode;

use clap::Parser;

/// The workspace's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", version, about)]
enum Task {
    Drift(drift::Arguments),
    Generate(generate::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Task::parse() {
        Task::Drift(arguments) => drift::run(&arguments),
        Task::Generate(arguments) => generate::run(&arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
