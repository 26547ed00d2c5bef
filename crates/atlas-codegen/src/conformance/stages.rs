//! Slicing and generating: each operation alone, and all of them as one crate.

use std::error::Error;
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use super::report::Report;
use super::settings::Settings;
use crate::document::walk;
use crate::emit::Files;
use crate::oracle;
use crate::select::Selection;
use crate::slice::{self, CrateLocation, Refusal, Slice, SliceOptions, refuse};
use crate::write;

/// The size of the stack of a thread: the generator is recursive.
const STACK: usize = 32 << 20;

/// The result of slicing each operation alone.
pub struct Attempt {
    pub slices: Vec<Slice>,
    /// The operations of these slices.
    pub selection: Selection,
    pub left_out: usize,
}

/// Slices and generates each operation alone.
pub fn each(options: &SliceOptions<'_>, report: &mut Report) -> Attempt {
    let operations: Vec<_> = walk::operations(options.document)
        .map(|(path, method, _, operation)| {
            (walk::id_of(path, method, operation), (path.to_owned(), method))
        })
        .collect();
    let known: Vec<(String, String)> = operations
        .iter()
        .map(|(_, (path, method))| (method.to_uppercase(), path.clone()))
        .collect();
    for (method, path) in oracle::operations(options.document) {
        if !known.contains(&(method.clone(), path.clone())) {
            let cause = "the walk does not find it".to_owned();
            report.failed("sliced", Some(&format!("{method} {path}")), cause);
        }
    }
    for path in oracle::paths_elsewhere(options.document) {
        let cause = "its operations are not in the document".to_owned();
        report.failed("sliced", Some(&path), cause);
    }
    let started = Instant::now();
    let extracts = in_parallel(operations, |(id, key)| {
        let selection = Selection::from([key]);
        let extract = options.extract(&selection);
        (id, selection, extract)
    });
    let took = started.elapsed();
    let mut extracted = Vec::new();
    let mut left_out = 0;
    for (id, selection, extract) in extracts {
        match extract {
            Ok(extract) if extract.is_empty() => left_out += 1,
            Ok(extract) => extracted.push((id, selection, extract)),
            Err(problem) => report.failed("sliced", Some(&id), problem.to_string()),
        }
    }
    let of = extracted.len() + report.failures.len();
    report.stage("sliced, each alone", of, extracted.len(), took);

    let started = Instant::now();
    let generated = in_parallel(extracted, |(id, selection, extract)| {
        (id, selection, options.generate(extract))
    });
    let took = started.elapsed();
    let mut slices = Vec::new();
    let mut all = Selection::new();
    for (id, selection, slice) in generated {
        match slice {
            Ok(slice) => {
                all.extend(selection);
                slices.push(slice);
            }
            Err(problem) => report.failed("generated", Some(&id), problem.to_string()),
        }
    }
    report.stage("generated, each alone", of, slices.len(), took);
    Attempt { slices, selection: all, left_out }
}

/// Applies a function to each input, on every core. The results are in the order of the inputs.
fn in_parallel<T: Send, R: Send>(inputs: Vec<T>, apply: impl Fn(T) -> R + Sync) -> Vec<R> {
    let results = Mutex::new(Vec::with_capacity(inputs.len()));
    let queue = Mutex::new(inputs.into_iter().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some((index, input)) = next() {
            let result = apply(input);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
        }
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        for _ in 1..cores {
            // Fewer threads are slower, but give the same result.
            let _ = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        }
        work();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Slices and generates all operations as one crate, twice, without those that are refused together with the others.
/// Returns `None` if that fails.
pub fn whole(
    options: &SliceOptions<'_>,
    selection: &mut Selection,
    report: &mut Report,
) -> Result<Option<Slice>, Box<dyn Error>> {
    const STAGE: &str = "generated, all as one";
    let of = selection.len();
    let started = Instant::now();
    let first = options.slice(selection).or_else(|_| {
        for Refusal { operations, problem } in refuse(options, selection)?.0 {
            report.failed(STAGE, Some(&operations.join(", ")), problem.to_string());
        }
        options.slice(selection)
    });
    let took = started.elapsed();
    let first = match first {
        Ok(first) => first,
        Err(problem) => {
            report.failed(STAGE, None, problem.to_string());
            report.stage(STAGE, of, 0, took);
            return Ok(None);
        }
    };
    let count = first.normalized.operations.len();
    report.stage(STAGE, of, count, took);
    let started = Instant::now();
    let second = options.slice(selection)?;
    let is_same = first.rendered.files == second.rendered.files && first.text == second.text;
    report.stage(
        "generated again, the same",
        count,
        if is_same { count } else { 0 },
        started.elapsed(),
    );
    if !is_same {
        report.failed(STAGE, None, "the second result differs from the first".to_owned());
    }
    let sources = first.rendered.files.iter().filter(|(path, _)| path.starts_with("src/"));
    report.lines = sources.map(|(_, text)| text.lines().count()).sum();
    Ok(Some(first))
}

/// Writes the crate of all operations, with a program that sends values through its types and methods.
pub fn write_whole(
    whole: &Slice,
    folder: &Path,
    settings: &Settings,
) -> Result<CrateLocation, Box<dyn Error>> {
    let location = CrateLocation::of(folder, settings.core.as_ref())?;
    let mut files = slice::library_files(whole, &location);
    files.extend(super::round_trip::program(whole, &location));
    write(folder, &files)?;
    copy_lock(settings, folder)?;
    Ok(location)
}

/// Writes a workspace with each slice as a member.
pub fn write_each(
    slices: &[Slice],
    folder: &Path,
    settings: &Settings,
) -> Result<(), Box<dyn Error>> {
    let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"slices/*\"]\n";
    fs::create_dir_all(folder)?;
    let slices_folder = folder.join("slices");
    if slices_folder.exists() {
        // It may be of another document.
        fs::remove_dir_all(&slices_folder)?;
    }
    fs::write(folder.join("Cargo.toml"), manifest)?;
    for (index, slice) in slices.iter().enumerate() {
        let Some(operation) = slice.normalized.operations.first() else { continue };
        let mut folder = slices_folder.join(&operation.name);
        if folder.exists() {
            // Another operation has the same id.
            folder = slices_folder.join(format!("{}-{index}", operation.name));
        }
        write(
            &folder,
            &slice::library_files(slice, &CrateLocation::of(&folder, settings.core.as_ref())?),
        )?;
    }
    copy_lock(settings, folder)?;
    Ok(())
}

fn copy_lock(settings: &Settings, folder: &Path) -> Result<(), Box<dyn Error>> {
    if let Some(lock) = &settings.lock {
        fs::copy(lock, folder.join("Cargo.lock"))?;
    }
    Ok(())
}

fn write(folder: &Path, files: &Files) -> Result<(), Box<dyn Error>> {
    Ok(write::write(&write::compare(folder, files)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::Docs;
    use crate::normalize::Profile;
    use serde_json::json;

    #[test]
    fn every_operation_is_sliced_or_reported() {
        let response = json!({ "responses": { "204": { "description": "" } } });
        let document = json!({
            "openapi": "3.0.3", "info": { "title": "t", "version": "1" },
            "paths": { "/a": { "get": response }, "/b": { "$ref": "#/paths/~1a" } },
        });
        let profile = Profile::Lean;
        let options =
            SliceOptions { document: &document, version: None, docs: Docs::None, profile };
        let mut report = Report::new(&document, profile);
        let attempt = each(&options, &mut report);
        let causes: Vec<&String> = report.failures.iter().map(|failure| &failure.cause).collect();
        assert_eq!(attempt.slices.len() + causes.len(), 2, "{causes:?}");
        // Each is counted once, whether it fails or not.
        assert_eq!(report.stages[0].of, 2);
    }
}
