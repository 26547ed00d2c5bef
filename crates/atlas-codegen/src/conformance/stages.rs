//! Slicing and generating: each operation by itself, and all of them as one.

use std::error::Error;
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use super::Report;
use super::compiler;
use crate::document::walk;
use crate::emit::Files;
use crate::oracle;
use crate::slice::{self, Home, Refusal, Selection, Slice, Task};
use crate::write;

/// As deep as generators recurse.
const STACK: usize = 32 << 20;

/// What came of slicing each operation by itself.
pub struct Attempt {
    pub slices: Vec<Slice>,
    /// The operations of these slices.
    pub selection: Selection,
    pub left_out: usize,
}

/// Slices and generates each operation by itself.
pub fn each(task: &Task<'_>, report: &mut Report) -> Attempt {
    let operations: Vec<_> = walk::operations(task.document)
        .map(|(path, method, _, operation)| {
            (walk::id_of(path, method, operation), (path.to_owned(), method))
        })
        .collect();
    let known: Vec<(String, String)> = operations
        .iter()
        .map(|(_, (path, method))| (method.to_uppercase(), path.clone()))
        .collect();
    for (method, path) in oracle::operations(task.document) {
        if !known.contains(&(method.clone(), path.clone())) {
            let cause = "it is not among the operations that are sliced".to_owned();
            report.failed("sliced", Some(&format!("{method} {path}")), cause);
        }
    }
    for path in oracle::paths_elsewhere(task.document) {
        let cause = "its operations are not in the document".to_owned();
        report.failed("sliced", Some(&path), cause);
    }
    let started = Instant::now();
    let cuts = in_parallel("slice", operations, |(id, place)| {
        let selection = Selection::from([place]);
        let cut = slice::cut(task.document, &selection, task.version);
        (id, selection, cut)
    });
    let took = started.elapsed();
    let mut cut_out = Vec::new();
    let mut left_out = 0;
    for (id, selection, cut) in cuts {
        match cut {
            Ok(cut) if cut.is_empty() => left_out += 1,
            Ok(cut) => cut_out.push((id, selection, cut)),
            Err(problem) => report.failed("sliced", Some(&id), problem.to_string()),
        }
    }
    let of = cut_out.len() + report.failures.len();
    report.stage("sliced, each by itself", of, cut_out.len(), took);

    let started = Instant::now();
    let generated = in_parallel("generate", cut_out, |(id, selection, cut)| {
        (id, selection, Slice::of(cut, task.docs, task.profile))
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
    report.stage("generated, each by itself", of, slices.len(), took);
    Attempt { slices, selection: all, left_out }
}

/// Applies a function to each, on every core. The results are in the order of the inputs.
fn in_parallel<T: Send, R: Send>(
    name: &'static str,
    inputs: Vec<T>,
    apply: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let bar = compiler::bar(name, inputs.len());
    let results = Mutex::new(Vec::with_capacity(inputs.len()));
    let queue = Mutex::new(inputs.into_iter().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some((index, input)) = next() {
            let result = apply(input);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
            bar.inc(1);
        }
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        for _ in 1..cores {
            // With fewer threads it takes longer, and is no less right.
            let _ = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        }
        work();
    });
    bar.finish_and_clear();
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Slices and generates all operations as one, twice, without those that are refused beside the others. None
/// where that fails.
pub fn whole(
    task: &Task<'_>,
    selection: &mut Selection,
    report: &mut Report,
) -> Result<Option<Slice>, Box<dyn Error>> {
    const STAGE: &str = "generated, all as one";
    let bar = compiler::bar("generate all", 2);
    let of = selection.len();
    let one = |selection: &Selection| task.slice(selection).map(|(slice, _)| slice);
    let started = Instant::now();
    let first = one(selection).or_else(|_| {
        for Refusal { operations, problem } in task.refuse(selection)?.0 {
            report.failed(STAGE, Some(&operations.join(", ")), problem.to_string());
        }
        one(selection)
    });
    let took = started.elapsed();
    bar.inc(1);
    let first = match first {
        Ok(first) => first,
        Err(problem) => {
            report.failed(STAGE, None, problem.to_string());
            report.stage(STAGE, of, 0, took);
            return Ok(None);
        }
    };
    let count = first.normalised.operations.len();
    report.stage(STAGE, of, count, took);
    let started = Instant::now();
    let second = one(selection)?;
    bar.finish_and_clear();
    let is_same = first.rendered.files == second.rendered.files && first.text == second.text;
    report.stage(
        "generated again, the same",
        count,
        if is_same { count } else { 0 },
        started.elapsed(),
    );
    if !is_same {
        report.failed(STAGE, None, "the second time it was not the same".to_owned());
    }
    let sources = first.rendered.files.iter().filter(|(path, _)| path.starts_with("src/"));
    report.lines = sources.map(|(_, text)| text.lines().count()).sum();
    Ok(Some(first))
}

/// Writes the crate of all operations, with a program that sends values through its types.
pub fn write_whole(whole: &Slice, folder: &Path, root: &Path) -> Result<Home, Box<dyn Error>> {
    let home = Home::of(folder, root)?;
    let mut files = slice::library_files(whole, &home);
    files.extend(super::round_trip::program(whole, &home));
    write(folder, &files)?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(home)
}

/// Writes a workspace of which each slice is a member.
pub fn write_each(slices: &[Slice], folder: &Path, root: &Path) -> Result<(), Box<dyn Error>> {
    let bar = compiler::bar("write", slices.len());
    let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"slices/*\"]\n";
    fs::create_dir_all(folder)?;
    let slices_folder = folder.join("slices");
    if slices_folder.exists() {
        // Another document's.
        fs::remove_dir_all(&slices_folder)?;
    }
    fs::write(folder.join("Cargo.toml"), manifest)?;
    for (index, slice) in slices.iter().enumerate() {
        let Some(operation) = slice.normalised.operations.first() else { continue };
        let mut folder = slices_folder.join(&operation.name);
        if folder.exists() {
            // Another operation has the same id.
            folder = slices_folder.join(format!("{}-{index}", operation.name));
        }
        write(&folder, &slice::library_files(slice, &Home::of(&folder, root)?))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(())
}

fn write(folder: &Path, files: &Files) -> Result<(), Box<dyn Error>> {
    Ok(write::write(&write::compare(folder, files)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalize::Profile;
    use crate::slice::Docs;
    use serde_json::json;

    #[test]
    fn every_operation_is_sliced_or_told_to_be_left_out() {
        let answer = json!({ "responses": { "204": { "description": "" } } });
        let document = json!({
            "openapi": "3.0.3", "info": { "title": "t", "version": "1" },
            "paths": { "/a": { "get": answer }, "/b": { "$ref": "#/paths/~1a" } },
        });
        let profile = Profile::Lean;
        let task = Task { document: &document, version: None, docs: Docs::None, profile };
        let mut report = Report::new(&document, profile);
        let attempt = each(&task, &mut report);
        let told: Vec<&String> = report.failures.iter().map(|failure| &failure.cause).collect();
        assert_eq!(attempt.slices.len() + told.len(), 2, "{told:?}");
        // Each counts once, whether it fails or not.
        assert_eq!(report.stages[0].of, 2);
    }
}
