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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use clap::CommandFactory as _;

    use super::Task;

    /// The words after `cargo xtask` in a text.
    fn tasks_in(text: &str) -> impl Iterator<Item = &str> {
        let words = text.split("cargo xtask ").skip(1);
        words.filter_map(|rest| rest.split(|c: char| !(c == '-' || c.is_ascii_lowercase())).next())
    }

    /// The bug: a task gets another name, and the workflow that runs it fails a week later.
    #[test]
    #[allow(clippy::unwrap_used, reason = "this is a test")]
    fn workflows_and_documents_name_tasks_that_exist() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let task = Task::command();
        let names: BTreeSet<&str> = task
            .get_subcommands()
            .flat_map(|task| [task.get_name()].into_iter().chain(task.get_all_aliases()))
            .collect();
        let mut files: Vec<_> = ["README.md", "CONTRIBUTING.md", "xtask/README.md", ".ci/run"]
            .map(|file| root.join(file))
            .into();
        files.extend(
            fs::read_dir(root.join(".github/workflows")).unwrap().map(|file| file.unwrap().path()),
        );
        let mut found = 0;
        for file in files {
            for name in tasks_in(&fs::read_to_string(&file).unwrap())
                .filter(|name| !name.is_empty() && !name.starts_with('-'))
            {
                assert!(names.contains(name), "{}: there is no task {name}", file.display());
                found += 1;
            }
        }
        assert!(found > 20, "{found}");
        let readme = fs::read_to_string(root.join("xtask/README.md")).unwrap();
        for task in task.get_subcommands() {
            let row = format!("\n| `{}` |", task.get_name());
            assert!(readme.contains(&row), "README.md has no row for {}", task.get_name());
        }
    }
}
