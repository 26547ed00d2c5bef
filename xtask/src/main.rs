//! The workspace's own tasks. `cargo xtask --help` lists them.
//!
//! Each task runs another program of the workspace, so that a task compiles no more than what it needs.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that people run")]

mod bench;
mod checks;
mod codegen;
mod fuzz;
mod release;
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
    /// Package every crate that is published, and build from the packages alone
    Package(release::Options),
    /// Build the command for a target, and write its archive, bill of materials and checksums to target/dist
    Dist(release::Options),
    /// Write the licenses of everything that is linked into the command
    Notices(release::Options),
    /// Check every published crate with up to two of its features at a time (cargo-hack)
    Features,
    /// Check every published crate with the oldest compiler that it declares (cargo-hack, rustup)
    OldestCompilers,
    /// Check the published crates with the oldest versions of their dependencies that the manifests allow (nightly cargo)
    MinimalVersions,
    Semver(checks::Semver),
    Kills(checks::Kills),
    Fuzz(fuzz::Fuzz),
    Mutants(checks::Mutants),
}

fn main() -> ExitCode {
    let task = Task::parse();
    let outcome = match &task {
        Task::Generate(task) => task.run(),
        Task::Slice(task) => task.run(),
        Task::Drift(task) => task.run(),
        Task::Conformance(task) => task.run(),
        Task::Bench(task) => task.run(),
        Task::Package(options) => options.run("package"),
        Task::Dist(options) => options.run("dist"),
        Task::Notices(options) => options.run("notices"),
        Task::Features => checks::features(),
        Task::OldestCompilers => checks::oldest_compilers(),
        Task::MinimalVersions => checks::minimal_versions(),
        Task::Semver(task) => task.run(),
        Task::Kills(task) => task.run(),
        Task::Fuzz(task) => task.run(),
        Task::Mutants(task) => task.run(),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
