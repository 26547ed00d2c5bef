//! The command `atlas-codegen`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that people run")]

#[cfg(feature = "proof")]
mod conformance;
#[cfg(feature = "emit")]
mod date;
mod diff;
#[cfg(feature = "emit")]
mod generate;
#[cfg(feature = "emit")]
mod slice;

use std::process::ExitCode;

use clap::Parser;

#[cfg(feature = "emit")]
use crate::emit::progenitor;

/// Generate Rust clients on atlas-client-core from OpenAPI documents
#[derive(Parser)]
#[command(name = "atlas-codegen", version)]
enum Command {
    #[cfg(feature = "emit")]
    Slice(slice::SliceCommand),
    #[cfg(feature = "emit")]
    Generate(generate::Generate),
    Diff(diff::Diff),
    #[cfg(feature = "proof")]
    Conformance(conformance::Conformance),
    #[cfg(feature = "emit")]
    #[command(hide = true)]
    Progenitor,
}

/// The size of the stack. Schemas nest, inherit and refer to each other, and are read recursively.
const STACK: usize = 256 << 20;

/// Runs the command that the arguments of the process name.
///
/// This is the whole program: with `panic = "abort"` it starts itself again to generate.
pub fn main() -> ExitCode {
    #[cfg(feature = "emit")]
    progenitor::set_is_command();
    let command = Command::parse();
    let thread = std::thread::Builder::new().stack_size(STACK);
    // Pages of a stack that are never used take no memory.
    let Ok(running) = thread.spawn(move || run(&command)) else {
        eprintln!("error: the system cannot start a thread");
        return ExitCode::FAILURE;
    };
    // The hook of a panic has printed it.
    running.join().unwrap_or(ExitCode::FAILURE)
}

fn run(command: &Command) -> ExitCode {
    let outcome = match command {
        #[cfg(feature = "emit")]
        Command::Slice(slice) => slice.run(),
        #[cfg(feature = "emit")]
        Command::Generate(generate) => generate.run(),
        Command::Diff(diff) => diff.run(),
        #[cfg(feature = "proof")]
        Command::Conformance(conformance) => conformance.run(),
        #[cfg(feature = "emit")]
        Command::Progenitor => progenitor::run(),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
