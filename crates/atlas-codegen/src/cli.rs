//! The command `atlas-codegen`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that people run")]

use std::process::ExitCode;

use clap::Parser;

use crate::emit::progenitor;
use crate::{conformance, diff, generate, slice};

/// Generate a Rust client from an OpenAPI document.
#[derive(Parser)]
#[command(name = "atlas-codegen", version, about)]
enum Task {
    Diff(diff::Arguments),
    Generate(generate::Arguments),
    Slice(slice::Arguments),
    Conformance(conformance::Arguments),
    #[command(hide = true)]
    Progenitor(progenitor::Arguments),
}

/// As deep as documents are read: schemas nest, inherit and refer to each other.
const STACK: usize = 256 << 20;

/// Runs the task that the arguments name.
pub fn main() -> ExitCode {
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
        Task::Diff(arguments) => diff::run(arguments),
        Task::Generate(arguments) => generate::run(arguments),
        Task::Slice(arguments) => slice::run(arguments),
        Task::Conformance(arguments) => conformance::run(arguments),
        Task::Progenitor(arguments) => progenitor::run(arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
