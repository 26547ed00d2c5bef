//! Compares generated files with those on disk, and writes them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::emit::Files;

/// A file that is not up to date.
#[derive(Debug)]
pub struct Stale {
    pub path: PathBuf,
    /// `None` if the file is missing.
    old: Option<String>,
    /// `None` if the file should not exist.
    new: Option<String>,
}

impl Stale {
    /// Returns the state for a message.
    pub fn state(&self) -> &'static str {
        match (&self.old, &self.new) {
            (None, _) => "missing",
            (_, None) => "not generated any more",
            _ => "stale",
        }
    }

    /// Returns the change of the file: the lines from the first to the last that differ.
    pub fn diff(&self) -> String {
        let lines = |text: &Option<String>| -> Vec<String> {
            text.iter().flat_map(|text| text.lines()).map(str::to_owned).collect()
        };
        let (old, new) = (lines(&self.old), lines(&self.new));
        let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
        let (old, new) = (&old[same..], &new[same..]);
        let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new);
        let tail = tail.count();
        let mut text = format!("--- {} from line {}\n", self.path.display(), same + 1);
        for (sign, lines) in [('-', old), ('+', new)] {
            for line in &lines[..lines.len() - tail] {
                text.extend([sign.to_string().as_str(), line, "\n"]);
            }
        }
        text
    }
}

/// Returns the files of a folder that are not up to date.
pub fn compare(root: &Path, files: &Files) -> io::Result<Vec<Stale>> {
    let mut stale = Vec::new();
    for (name, new) in files {
        let path = root.join(name);
        let old = match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if old.as_ref() != Some(new) {
            stale.push(Stale { path, old, new: Some(new.clone()) });
        }
    }
    let expected: BTreeSet<PathBuf> = files.keys().map(|name| root.join(name)).collect();
    // The root may have other files, such as a lock file or a target folder.
    let folders: BTreeSet<&Path> =
        expected.iter().filter_map(|path| path.parent()).filter(|folder| *folder != root).collect();
    for folder in folders.into_iter().filter(|folder| folder.is_dir()) {
        let mut found: Vec<PathBuf> = fs::read_dir(folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<_>>()?;
        found.sort();
        for path in found.into_iter().filter(|path| path.is_file() && !expected.contains(path)) {
            let old = Some(String::from_utf8_lossy(&fs::read(&path)?).into_owned());
            stale.push(Stale { path, old, new: None });
        }
    }
    Ok(stale)
}

/// Updates the files on disk. Renames a temporary file, so that no file is ever incomplete.
pub fn write(stale: &[Stale]) -> io::Result<()> {
    for file in stale {
        let Some(new) = &file.new else {
            fs::remove_file(&file.path)?;
            continue;
        };
        let folder = file.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let name = file.path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = folder.join(format!(".{name}.{}", std::process::id()));
        fs::write(&temporary, new)?;
        fs::rename(&temporary, &file.path)?;
    }
    Ok(())
}
