//! `atlas-codegen generate`.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::emit::{Input, workspace_files};
use crate::generate::client;
use crate::normalize::Profile;
use crate::write::{compare, write};

/// Generate the client of a document into a crate
///
/// Exits with 1 if the document cannot be generated from, or, with --check, if a generated file is not up to date.
#[derive(clap::Args)]
pub struct Generate {
    /// OpenAPI 3.0 document, as JSON or YAML
    #[arg(long, value_name = "FILE")]
    spec: PathBuf,
    /// Folder of the crate
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What the generated types preserve
    #[arg(long, value_enum, default_value_t)]
    profile: Profile,
    /// Also generate Cargo.toml and README.md, for a member of a workspace that has the dependencies
    #[arg(long)]
    member: bool,
    /// Write nothing and list the files that are not up to date
    #[arg(long)]
    check: bool,
    /// With --check, show how each file would change
    #[arg(long, short, requires = "check")]
    verbose: bool,
}

impl Generate {
    pub fn run(&self) -> Result<ExitCode, Box<dyn Error>> {
        let name = self.spec.display().to_string();
        let text = fs::read_to_string(&self.spec).map_err(|error| format!("{name}: {error}"))?;
        let input = Input { command: "generate", name: &name, text: &text };
        let (normalized, mut rendered) =
            client(&input, self.profile).map_err(|problem| format!("{name} {problem}"))?;
        if self.member {
            let package = self.out.file_name().unwrap_or_default().to_string_lossy();
            rendered.files.extend(workspace_files(&input, &package, &normalized, &rendered));
        }
        let stale = compare(&self.out, &rendered.files)?;
        if !self.check {
            write(&stale)?;
            for file in &stale {
                eprintln!("wrote {}", file.path.display());
            }
            return Ok(ExitCode::SUCCESS);
        }
        for file in &stale {
            eprintln!("{}: {}", file.path.display(), file.state());
            if self.verbose {
                println!("{}", file.diff());
            }
        }
        if stale.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!("the generated code is not up to date with {name}: generate it without --check");
        Ok(ExitCode::FAILURE)
    }
}
