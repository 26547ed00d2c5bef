//! `cargo xtask slice`.

mod docs;
mod extract;
mod folder;
mod moved;
mod package;
mod refusals;
mod select;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

use crate::document::{Problem, Source};
use crate::emit::{Input, Rendered};
use crate::generate;
use crate::normalize::versions::is_date;
use crate::normalize::{Normalised, Profile};
use crate::write;

pub use docs::{Docs, without_words};
pub use extract::{Cut, cut};
pub use folder::Home;
pub use package::{checks, library_files};
pub use refusals::{Refusal, Task};
pub use select::{Selection, Wanted};

use refusals::Refusals;

/// What the fragment of a slice is called in it.
const FRAGMENT: &str = "openapi.json";

/// Cut operations out of an OpenAPI document into a crate of their own.
///
/// The crate is whole: fragment, generated client, operation table, contract test, README. It builds as
/// it stands beside `atlas-client-core`. Nothing is written where the document cannot be cut.
#[derive(clap::Args)]
pub struct Arguments {
    /// The OpenAPI 3.0 document, as JSON or YAML.
    #[arg(long, value_name = "PATH")]
    spec: PathBuf,
    #[command(flatten)]
    wanted: Wanted,
    /// The day after which no version of an operation is taken. Without it, the newest of each is.
    #[arg(long, value_name = "DATE", value_parser = date)]
    version: Option<String>,
    /// What the fragment keeps of the document's words.
    #[arg(long, value_enum, default_value_t)]
    docs: Docs,
    /// What the generated types keep of what travels.
    #[arg(long, value_enum, default_value_t)]
    profile: Profile,
    /// The folder of the crate, which is named after it: a new one, an empty one, or an earlier slice.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Cut what can be cut, and list what is refused, in NOTES.md too. Exits with 1 where anything is.
    #[arg(long)]
    keep_going: bool,
    /// With --keep-going, exit with 0 all the same.
    #[arg(long, requires = "keep_going")]
    allow_refusals: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let Arguments { spec, wanted, version, docs, profile, out, keep_going, allow_refusals } =
        arguments;
    folder::check(out)?;
    let (source, document) = Source::read(spec)?;
    let name = &source.name;
    let at_place = |problem: Problem| source.says(&problem);
    // What is not asked for by its name may be refused without being asked for.
    let mut refusals =
        if wanted.is_all() { Refusals::of_document(&document) } else { Refusals::default() };
    let mut selection = match wanted.select(&document) {
        Ok(selection) => selection,
        Err(_) if !refusals.is_empty() => return Err(told(&refusals, &source, false)),
        Err(message) => return Err(format!("{name}: {message}").into()),
    };
    let task =
        Task { document: &document, version: version.as_deref(), docs: *docs, profile: *profile };
    if let Ok(cut) = task.cut(&selection) {
        check_left_out(&cut, wanted, version.as_deref(), name)?;
    }
    let (mut slice, left_out) = match task.slice(&selection) {
        Ok(slice) => slice,
        Err(_) => {
            refusals.0.extend(task.refuse(&mut selection).map_err(at_place)?.0);
            if !keep_going || selection.is_empty() {
                return Err(told(&refusals, &source, !selection.is_empty()));
            }
            task.slice(&selection).map_err(at_place)?
        }
    };
    if !refusals.is_empty() {
        if !keep_going {
            return Err(told(&refusals, &source, true));
        }
        if let Some(notes) = slice.rendered.files.get_mut("NOTES.md") {
            notes.push_str(&refusals.table());
        }
    }
    let home = Home::of(out, &generate::root())?;
    let file = spec.file_name().unwrap_or_default().to_string_lossy();
    let stale = write::compare(out, &package::files(&slice, &home, &file, &document))?;
    write::write(&stale)?;
    report(&slice, &home, out, stale.len(), left_out.len());
    if refusals.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprint!("{}", refusals.listed(&source));
    eprintln!("refused: {} operations, as above and in NOTES.md", refusals.operations());
    Ok(if *allow_refusals { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// All refusals as one error.
fn told(refusals: &Refusals, source: &Source, has_others: bool) -> Box<dyn Error> {
    let next = if has_others { "\ncut the others with --keep-going" } else { "" };
    let listed = refusals.listed(source);
    format!("this cannot be cut out:\n{}{next}", listed.trim_end()).into()
}

/// Makes sure that what is asked for by its name is there, and anything at all.
fn check_left_out(
    cut: &Cut,
    wanted: &Wanted,
    version: Option<&str>,
    name: &str,
) -> Result<(), String> {
    let missing: Vec<&str> =
        cut.left_out.iter().map(String::as_str).filter(|id| wanted.names(id)).collect();
    if missing.is_empty() && !cut.is_empty() {
        return Ok(());
    }
    let date = version.unwrap_or_default();
    let which = if missing.is_empty() { "none of them".into() } else { missing.join(", ") };
    Err(format!("{name}: as of {date} there is no version yet of: {which}"))
}

fn report(slice: &Slice, home: &Home, out: &Path, written: usize, left_out: usize) {
    let count = slice.normalised.operations.len();
    let notes = slice.normalised.notes.len();
    eprintln!("{}: {count} operations, {written} files written or removed", out.display());
    if left_out > 0 {
        eprintln!("left out, for they have no version as old as wanted: {left_out} operations");
    }
    if notes > 0 {
        eprintln!("given up in {notes} places: NOTES.md says what and where");
    }
    if let Some(outer) = &home.outer {
        eprintln!(
            "it stands within the workspace {} and is none of its members, so it is a workspace of \
             its own: list it there and cut it again to make it one",
            outer.display(),
        );
    }
    eprintln!("next: `cargo test --manifest-path {}`", out.join("Cargo.toml").display());
}

/// A day that is given as an argument.
pub fn date(text: &str) -> Result<String, String> {
    if is_date(text) { Ok(text.to_owned()) } else { Err("a day is YYYY-MM-DD".to_owned()) }
}

/// A client that is cut out of a document.
pub struct Slice {
    pub fragment: Value,
    /// The fragment as it is written.
    pub text: String,
    pub docs: Docs,
    pub normalised: Normalised,
    pub rendered: Rendered,
}

impl Slice {
    /// The client of what was cut.
    ///
    /// # Errors
    ///
    /// It cannot be generated rightly.
    pub fn of(cut: Cut, docs: Docs, profile: Profile) -> Result<Self, Problem> {
        let fragment = match docs {
            Docs::None => without_words(&cut.fragment),
            Docs::Full => cut.fragment,
        };
        // Printing a value cannot fail.
        let text = format!("{fragment:#}\n");
        let input = Input { command: "slice", name: FRAGMENT, text: &text };
        let (normalised, rendered) = generate::client(&input, profile)?;
        Ok(Self { fragment, text, docs, normalised, rendered })
    }
}
