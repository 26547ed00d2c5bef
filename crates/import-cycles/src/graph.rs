//! The cycles of a graph of imports.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

use crate::imports::Imports;

/// Files that all import each other, directly or through others.
#[derive(Debug)]
pub struct Cycle {
    /// The files, in order.
    pub files: Vec<PathBuf>,
    /// What one of the files takes from another: the two files and the names.
    pub imports: Vec<(PathBuf, PathBuf, Vec<String>)>,
}

/// Returns the cycles: the strongly connected components with more than one file.
pub fn cycles(imports: &Imports) -> Vec<Cycle> {
    let mut found = Vec::new();
    let mut done = BTreeSet::new();
    for file in imports.keys() {
        let is_tied = |other: &&PathBuf| reachable(imports, other).contains(file);
        let own = reachable(imports, file);
        let files: Vec<_> = own.iter().filter(is_tied).cloned().collect();
        if !files.is_empty() && !done.contains(file) {
            done.extend(files.iter().cloned());
            found.push(Cycle { imports: among(imports, &files), files });
        }
    }
    found
}

/// Returns the files that `file` imports, directly or through others.
fn reachable(imports: &Imports, file: &Path) -> BTreeSet<PathBuf> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![file];
    while let Some(file) = waiting.pop() {
        for next in imports.get(file).into_iter().flat_map(|files| files.keys()) {
            if reached.insert(next.clone()) {
                waiting.push(next);
            }
        }
    }
    reached
}

fn among(imports: &Imports, files: &[PathBuf]) -> Vec<(PathBuf, PathBuf, Vec<String>)> {
    let mut found = Vec::new();
    for from in files {
        for (to, names) in imports.get(from).into_iter().flatten() {
            if files.contains(to) {
                found.push((from.clone(), to.clone(), names.iter().cloned().collect()));
            }
        }
    }
    found
}

impl Display for Cycle {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "an import cycle of {} files:", self.files.len())?;
        for (from, to, names) in &self.imports {
            write!(f, "\n  {} -> {}: {}", from.display(), to.display(), names.join(", "))?;
        }
        Ok(())
    }
}
