//! The workspace's own tasks. `cargo xtask --help` lists them.
//!
//! Each task runs another program of the workspace, so that a task compiles no more than what it needs.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that people run")]

mod bench;
mod codegen;
mod fuzz;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

/// Run a task of this workspace
#[derive(Parser)]
#[command(name = "cargo xtask", version)]
enum Task {
    Generate(codegen::Generate),
    Slice(codegen::Slice),
    Drift(codegen::Drift),
    #[command(alias = "reach")]
    Conformance(codegen::Conformance),
    Bench(bench::Bench),
    Fuzz(fuzz::Fuzz),
}

fn main() -> ExitCode {
    let task = Task::parse();
    let outcome = match &task {
        Task::Generate(task) => task.run(),
        Task::Slice(task) => task.run(),
        Task::Drift(task) => task.run(),
        Task::Conformance(task) => task.run(),
        Task::Bench(task) => task.run(),
        Task::Fuzz(task) => task.run(),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
