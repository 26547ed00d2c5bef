//! `atlas-codegen diff`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::diff::{Known, Source, compare};
use crate::document;

/// Compare a fragment of an OpenAPI document with the document, operation by operation
///
/// Says of each difference whether it breaks a client that is generated from the fragment. Descriptions are not
/// compared. Exits with 1 if a difference is not listed in the file of known differences, or a listed one is gone.
#[derive(clap::Args)]
pub struct Diff {
    /// OpenAPI 3.0 document, as JSON or YAML
    #[arg(long, value_name = "PATH")]
    spec: PathBuf,
    /// Fragment to compare with it
    #[arg(long, value_name = "FILE")]
    fragment: PathBuf,
    /// Known differences and their reasons
    #[arg(long, value_name = "FILE")]
    known: PathBuf,
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    output: Output,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Output {
    /// A table, and the differences without a reason
    Text,
    /// All differences as JSON
    Json,
}

impl Diff {
    pub fn run(&self) -> Result<ExitCode, Box<dyn Error>> {
        let report =
            compare(&source(&self.fragment)?, &source(&self.spec)?, &Known::read(&self.known)?)?;
        match self.output {
            Output::Text => print!("{}", report.text()),
            Output::Json => println!("{:#}", report.json()),
        }
        if report.is_settled() {
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!(
            "the fragment differs from the document: correct it, or explain the differences in {}",
            self.known.display(),
        );
        Ok(ExitCode::FAILURE)
    }
}

fn source(path: &Path) -> Result<Source, String> {
    let document = document::read(path)?;
    Ok(Source { name: path.display().to_string(), document })
}
