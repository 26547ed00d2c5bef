//! The stages of the proof.

use std::error::Error;
use std::fs;

use super::report::Report;
use super::settings::Settings;
use super::stages::{self, Attempt};
use super::{compiler, round_trip};
use crate::slice::SliceOptions;

/// Proves that every operation of a document is generated correctly. The report lists what is not.
///
/// # Errors
///
/// A file cannot be read or written, or cargo cannot be started.
pub fn prove(options: &SliceOptions<'_>, settings: &Settings) -> Result<Report, Box<dyn Error>> {
    fs::create_dir_all(&settings.folder)?;
    let folder = settings.folder.canonicalize()?;
    let mut report = Report::new(options.document, options.profile);
    let Attempt { slices, mut selection, left_out } = stages::each(options, &mut report);
    report.left_out = left_out;
    if slices.is_empty() {
        if report.failures.is_empty() {
            let cause = "the document has no operations to prove".to_owned();
            report.failed("sliced", None, cause);
        }
        return Ok(report);
    }
    let Some(whole) = stages::whole(options, &mut selection, &mut report)? else {
        return Ok(report);
    };
    let location = stages::write_whole(&whole, &folder.join("whole"), settings)?;
    let compiled = if settings.each {
        stages::write_each(&slices, &folder.join("each"), settings)?;
        drop(slices);
        compiler::check_each(&folder, selection.len(), &mut report)?
    } else {
        drop(slices);
        compiler::check_whole(&folder, selection.len(), &location.name, &mut report)?
    };
    if compiled && settings.round_trip {
        round_trip::run(&folder, &whole, &location, options.document, &mut report)?;
    }
    Ok(report)
}
