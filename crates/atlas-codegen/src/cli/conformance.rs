//! `atlas-codegen conformance`.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use super::date::date;
use crate::conformance::{Settings, prove};
use crate::document;
use crate::extract::Docs;
use crate::normalize::Profile;
use crate::slice::{CoreSource, SliceOptions};

/// Generate every operation of a document and test the result
///
/// Slices and generates each operation alone, and all of them as one crate, twice, which must be the same to the
/// byte. Checks the crate with the compiler, and sends the document's examples and samples of its schemas through the
/// generated types and methods. Exits with 1 if anything fails, or differs in another way than the profile documents.
#[derive(clap::Args)]
pub struct Conformance {
    /// OpenAPI 3.0 document, as JSON or YAML
    #[arg(long, value_name = "PATH")]
    spec: PathBuf,
    /// Compile each operation as a separate crate instead of all as one, which takes minutes
    #[arg(long)]
    each: bool,
    /// Stop after compiling
    #[arg(long)]
    no_round_trip: bool,
    /// Latest date of a version [default: the newest version of each operation]
    #[arg(long, value_name = "DATE", value_parser = date)]
    version: Option<String>,
    /// Which descriptions and examples of the document to keep
    #[arg(long, value_enum, default_value_t)]
    docs: Docs,
    /// What the generated types preserve
    #[arg(long, value_enum, default_value_t)]
    profile: Profile,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    output: Output,
    /// Folder to work in
    #[arg(long, value_name = "DIR", default_value = "target/conformance")]
    work_dir: PathBuf,
    /// Where the crates find atlas-client-core, see `slice --help`
    #[arg(long, value_name = "SOURCE")]
    core: Option<CoreSource>,
    /// Cargo.lock to copy into the crates
    #[arg(long, value_name = "FILE")]
    lock: Option<PathBuf>,
}

#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum Output {
    /// Tables
    #[default]
    Table,
    /// Everything as JSON
    Json,
}

impl Conformance {
    pub fn run(&self) -> Result<ExitCode, Box<dyn Error>> {
        let document = document::read(&self.spec)?;
        let options = SliceOptions {
            document: &document,
            version: self.version.as_deref(),
            docs: self.docs,
            profile: self.profile,
        };
        let settings = Settings {
            folder: self.work_dir.clone(),
            core: self.core.clone(),
            lock: self.lock.clone(),
            each: self.each,
            round_trip: !self.no_round_trip,
        };
        let report = prove(&options, &settings)?;
        match self.output {
            Output::Table => print!("{report}"),
            Output::Json => println!("{}", serde_json::to_string_pretty(&report)?),
        }
        Ok(if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
