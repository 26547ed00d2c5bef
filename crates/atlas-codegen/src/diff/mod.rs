//! `cargo xtask drift`.

mod answers;
mod bodies;
mod callers;
mod difference;
mod known;
mod node;
mod operations;
mod parameters;
mod report;
mod rules;
mod schema;
mod schemas;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use self::difference::Findings;
use self::known::Known;
use self::node::Source;
use self::operations::Operation;
use self::report::Report;
use crate::document;
use crate::generate::root;

/// Hold the fragment against an official document, operation by operation.
///
/// Each difference is breaking or not for a client that is made from the fragment. Descriptions are not
/// compared: the fragment has its own.
///
/// Exits with 1 where a difference is not explained in the file of known differences, or a known one is
/// not there any more.
#[derive(clap::Args)]
pub struct Arguments {
    /// The official OpenAPI 3.0 document, as JSON or YAML.
    #[arg(long, value_name = "PATH")]
    spec: PathBuf,
    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    output: Output,
    /// The fragment, from the root of the workspace.
    #[arg(long, value_name = "FILE", default_value = "openapi/live-migrations.json")]
    fragment: PathBuf,
    /// The known differences and their reasons, from the root of the workspace.
    #[arg(long, value_name = "FILE", default_value = "openapi/known-differences.json")]
    known: PathBuf,
}

/// How to report.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Output {
    /// A table, and what is to be settled.
    Text,
    /// Everything that was found, for programs.
    Json,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let (fragment, known) = (root().join(&arguments.fragment), root().join(&arguments.known));
    let source = |path: &PathBuf| {
        document::read(path).map(|document| Source { name: path.display().to_string(), document })
    };
    let report = compare(&source(&fragment)?, &source(&arguments.spec)?, &Known::read(&known)?)?;
    match arguments.output {
        Output::Text => print!("{}", report.text()),
        Output::Json => println!("{:#}", report.json()),
    }
    if report.is_settled() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "the fragment is not what the document says: correct it, or add what it means otherwise to {}",
        arguments.known.display(),
    );
    Ok(ExitCode::FAILURE)
}

/// Holds a fragment against a document.
fn compare(fragment: &Source, document: &Source, known: &Known) -> Result<Report, String> {
    let (old, new) = (Operation::all(fragment)?, Operation::all(document)?);
    let mut findings = Findings::default();
    operations::compare(&mut findings, &old, &new)?;
    let mut differences = findings.differences;
    let gone = known.explain(&mut differences);
    let missing = operations::missing(&old, &new).into_iter();
    let missing = missing
        .map(|other| (other.id.clone(), format!("{} {}", other.method.to_uppercase(), other.path)));
    let operations = old.iter().map(|one| one.id.clone()).collect();
    Ok(Report { differences, gone, operations, missing: missing.collect() })
}
