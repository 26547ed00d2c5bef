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

use render::progenitor;

/// The workspace's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", version, about)]
enum Task {
    Drift(drift::Arguments),
    Generate(generate::Arguments),
    Slice(slice::Arguments),
    Reach(reach::Arguments),
    Bench(bench::Arguments),
    #[command(hide = true)]
    Progenitor(progenitor::Arguments),
}

/// As deep as documents are read: schemas nest, inherit and refer to each other.
const STACK: usize = 256 << 20;

fn main() -> ExitCode {
    let task = Task::parse();
    let thread = std::thread::Builder::new().stack_size(STACK);
    // Pages of a stack that are never used take no memory.
    let Ok(running) = thread.spawn(move || run(&task)) else {
        eprintln!("error: the system starts no thread");
        return ExitCode::FAILURE;
    };
    // What panics there has said so.
    running.join().unwrap_or(ExitCode::FAILURE)
}

fn run(task: &Task) -> ExitCode {
    let outcome = match task {
        Task::Drift(arguments) => drift::run(arguments),
        Task::Generate(arguments) => generate::run(arguments),
        Task::Slice(arguments) => slice::run(arguments),
        Task::Reach(arguments) => reach::run(arguments),
        Task::Bench(arguments) => bench::run(arguments),
        Task::Progenitor(arguments) => progenitor::run(arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
