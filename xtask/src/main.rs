//! The workspace's own tasks. `cargo xtask --help` lists them.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that people run")]

mod bench;
mod document;
mod generate;
mod normalise;
mod output;
mod render;

use std::process::ExitCode;

use clap::Parser;

/// The workspace's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", version, about)]
enum Task {
    Generate(generate::Arguments),
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Task::parse() {
        Task::Generate(arguments) => generate::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
