//! `atlas-codegen slice`.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use super::date::date;
use crate::document::{Problem, Source};
use crate::extract::{Docs, Extract};
use crate::normalize::Profile;
use crate::select::Selector;
use crate::slice::{
    CoreSource, CrateLocation, Refusals, Slice, SliceOptions, check_folder, files, refuse,
};
use crate::write::{compare, write};

/// Extract operations from an OpenAPI document into a new crate
///
/// The crate has the extracted document, the generated client, the operation table, a contract test and a README.
/// Nothing is written if an operation is refused, unless --keep-going is given.
#[derive(clap::Args)]
pub struct SliceCommand {
    /// OpenAPI 3.0 document, as JSON or YAML
    #[arg(long, value_name = "PATH")]
    spec: PathBuf,
    #[command(flatten)]
    selector: Selector,
    /// Latest date of a version [default: the newest version of each operation]
    #[arg(long, value_name = "DATE", value_parser = date)]
    version: Option<String>,
    /// Which descriptions and examples of the document to keep
    #[arg(long, value_enum, default_value_t)]
    docs: Docs,
    /// What the generated types preserve
    #[arg(long, value_enum, default_value_t)]
    profile: Profile,
    /// Folder of the crate, which gives it its name: new, empty or an earlier slice
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Where the crate finds atlas-client-core: path=DIR, version=VERSION or git=URL [default: a workspace around or
    /// beside the crate that has it, otherwise the version of this tool]
    #[arg(long, value_name = "SOURCE")]
    core: Option<CoreSource>,
    /// Slice the other operations if some are refused, list those in NOTES.md, and exit with 1
    #[arg(long)]
    keep_going: bool,
    /// With --keep-going, exit with 0
    #[arg(long, requires = "keep_going")]
    allow_refusals: bool,
}

impl SliceCommand {
    pub fn run(&self) -> Result<ExitCode, Box<dyn Error>> {
        check_folder(&self.out)?;
        let (source, document) = Source::read(&self.spec)?;
        let describe = |problem: Problem| source.describe(&problem);
        // What cannot be read has no name, so that only a selection of everything contains it.
        let mut refusals = if self.selector.is_all() {
            Refusals::of_document(&document)
        } else {
            Refusals::default()
        };
        let mut selection = match self.selector.select(&document) {
            Ok(selection) => selection,
            Err(_) if !refusals.is_empty() => {
                return Err(refusal_error(&refusals, &source, false));
            }
            Err(message) => return Err(format!("{}: {message}", source.name).into()),
        };
        let version = self.version.as_deref();
        let options =
            SliceOptions { document: &document, version, docs: self.docs, profile: self.profile };
        if let Ok(extract) = options.extract(&selection) {
            self.check_left_out(&extract, &source.name)?;
        }
        let mut slice = match options.slice(&selection) {
            Ok(slice) => slice,
            Err(_) => {
                refusals.0.extend(refuse(&options, &mut selection).map_err(describe)?.0);
                if !self.keep_going || selection.is_empty() {
                    return Err(refusal_error(&refusals, &source, !selection.is_empty()));
                }
                options.slice(&selection).map_err(describe)?
            }
        };
        if !refusals.is_empty() {
            if !self.keep_going {
                return Err(refusal_error(&refusals, &source, true));
            }
            if let Some(notes) = slice.rendered.files.get_mut("NOTES.md") {
                notes.push_str(&refusals.table());
            }
        }
        let location = CrateLocation::of(&self.out, self.core.as_ref())?;
        let file = self.spec.file_name().unwrap_or_default().to_string_lossy();
        let stale = compare(&self.out, &files(&slice, &location, &file, &document))?;
        write(&stale)?;
        self.report(&slice, &location, stale.len());
        if refusals.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        eprint!("{}", refusals.lines(&source));
        eprintln!("refused: {} operations, see above and NOTES.md", refusals.operations());
        Ok(if self.allow_refusals { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Checks that something is extracted, and every operation that is selected by its id.
    fn check_left_out(&self, extract: &Extract, name: &str) -> Result<(), String> {
        let left_out = extract.left_out.iter().map(String::as_str);
        let missing: Vec<&str> = left_out.filter(|id| self.selector.names(id)).collect();
        if missing.is_empty() && !extract.is_empty() {
            return Ok(());
        }
        let date = self.version.as_deref().unwrap_or_default();
        let which = if missing.is_empty() { "any operation".into() } else { missing.join(", ") };
        Err(format!("{name}: there is no version as of {date} of {which}"))
    }

    fn report(&self, slice: &Slice, location: &CrateLocation, written: usize) {
        let count = slice.normalized.operations.len();
        eprintln!("{}: {count} operations, {written} files written or removed", self.out.display());
        if !slice.left_out.is_empty() {
            let count = slice.left_out.len();
            eprintln!("left out: {count} operations without a version as old as requested");
        }
        let notes = slice.normalized.notes.len();
        if notes > 0 {
            eprintln!("notes: {notes} places are generated differently, see NOTES.md");
        }
        if let Some(outer) = &location.outer {
            eprintln!(
                "the surrounding workspace {} does not list the crate, so the crate is a separate workspace: list it \
                 there and slice again to make it a member",
                outer.display(),
            );
        }
        let manifest = self.out.join("Cargo.toml");
        eprintln!("next: `cargo test --manifest-path {}`", manifest.display());
    }
}

/// Returns all refusals as one error.
fn refusal_error(refusals: &Refusals, source: &Source, has_others: bool) -> Box<dyn Error> {
    let next = if has_others { "\nslice the others with --keep-going" } else { "" };
    let lines = refusals.lines(source);
    format!("refused:\n{}{next}", lines.trim_end()).into()
}
