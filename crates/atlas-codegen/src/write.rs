//! Generated files against those on disk.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use similar::TextDiff;

use crate::emit::Files;

/// A file that is not as it would be generated.
#[derive(Debug)]
pub struct Stale {
    pub path: PathBuf,
    /// None where the file is missing.
    old: Option<String>,
    /// None where the file should not be there.
    new: Option<String>,
}

impl Stale {
    /// What is wrong with it, in a word.
    pub fn state(&self) -> &'static str {
        match (&self.old, &self.new) {
            (None, _) => "missing",
            (_, None) => "not generated any more",
            _ => "stale",
        }
    }

    /// How the file would change, as a unified diff.
    pub fn diff(&self) -> String {
        let side = |text: &Option<String>| text.clone().unwrap_or_default();
        let (old, new) = (side(&self.old), side(&self.new));
        let path = self.path.display();
        TextDiff::from_lines(&old, &new)
            .unified_diff()
            .header(&format!("on disk: {path}"), &format!("generated: {path}"))
            .to_string()
    }
}

/// The files below a folder that are not as they would be generated.
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
    // The root is not the generator's alone: it may have a lock file, or a target folder.
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

/// Brings the files on disk up to date, each in one step, so that none is ever half written.
pub fn write(stale: &[Stale]) -> io::Result<()> {
    for file in stale {
        let Some(new) = &file.new else {
            fs::remove_file(&file.path)?;
            continue;
        };
        let folder = file.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
        temporary.write_all(new.as_bytes())?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // A temporary file is its owner's alone; a source file is everyone's to read.
            temporary.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
        }
        temporary.persist(&file.path)?;
    }
    Ok(())
}
