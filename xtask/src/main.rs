//! The workspace's own tasks. `cargo xtask --help` lists them.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that people run")]

mod bench;
mod checks;
mod document;
mod drift;
mod generate;
mod normalise;
mod openapi;
mod original;
mod output;
mod reach;
mod render;
mod slice;

use std::process::ExitCode;

use clap::Parser;

/// The workspace's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", version, about)]
enum Task {
    Drift(drift::Arguments),
    Generate(generate::Arguments),
    Slice(slice::Arguments),
    Reach(reach::Arguments),
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Task::parse() {
        Task::Drift(arguments) => drift::run(&arguments),
        Task::Generate(arguments) => generate::run(&arguments),
        Task::Slice(arguments) => slice::run(&arguments),
        Task::Reach(arguments) => reach::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
