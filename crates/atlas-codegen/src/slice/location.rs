//! The folder that a crate is written to, and what surrounds it.

use std::path::{Component, Path, PathBuf};
use std::{env, fs, io};

use super::core_source::CoreSource;
use crate::emit::MARK;

/// Where a crate is, as its manifest states it.
#[derive(Debug, PartialEq, Eq)]
pub struct CrateLocation {
    /// The name of the package: that of the folder, as far as cargo accepts it.
    pub name: String,
    /// Where the crate finds `atlas-client-core`.
    pub core: CoreSource,
    /// The surrounding workspace that does not list the crate as a member.
    pub outer: Option<PathBuf>,
}

impl CrateLocation {
    /// Returns the location of a crate in a folder, which need not exist. A path of the core is relative to the current
    /// folder; without a core, [`CoreSource::find`] decides.
    ///
    /// # Errors
    ///
    /// The surroundings of the folder cannot be read.
    pub fn of(folder: &Path, core: Option<&CoreSource>) -> Result<Self, String> {
        let folder = absolute(folder)?;
        let core = match core.cloned().unwrap_or_else(|| CoreSource::find(&folder)) {
            CoreSource::Path(core) => CoreSource::Path(relative(&folder, &absolute(&core)?).into()),
            core => core,
        };
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let outer = outer_workspace(&folder)?;
        Ok(Self { name: package_name(&name), core, outer })
    }

    /// Returns the name of the crate in Rust.
    pub fn library(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// Checks that writing a slice to a folder loses nothing: the folder is new, empty or an earlier slice.
///
/// # Errors
///
/// It contains something else.
pub fn check_folder(folder: &Path) -> Result<(), String> {
    let shown = folder.display();
    let entries = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(format!("{shown}: {error}")),
    };
    let mark = format!("# {MARK}slice`");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    if !entries || manifest.starts_with(&mark) {
        return Ok(());
    }
    Err(format!("{shown} is not empty and not an earlier slice: name another folder"))
}

/// Returns an absolute path. The part that exists is canonical.
fn absolute(path: &Path) -> Result<PathBuf, String> {
    let failed = |error: io::Error| format!("{}: {error}", path.display());
    let whole = env::current_dir().map_err(failed)?.join(path);
    // A path that does not exist cannot be made canonical.
    let mut clean = PathBuf::new();
    for component in whole.components() {
        match component {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            component => clean.push(component),
        }
    }
    let existing = clean.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(&clean);
    let rest = clean.strip_prefix(existing).unwrap_or(Path::new(""));
    Ok(existing.canonicalize().map_err(failed)?.join(rest))
}

/// Returns the relative path from a folder to another, with forward slashes on every system.
fn relative(from: &Path, to: &Path) -> String {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return to.display().to_string();
    }
    let up = from.components().skip(common).map(|_| "..".to_owned());
    let down = to.components().skip(common).map(|c| c.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// Returns the root of the nearest workspace above a folder, unless it lists or excludes the folder.
fn outer_workspace(folder: &Path) -> Result<Option<PathBuf>, String> {
    for root in folder.ancestors().skip(1) {
        let path = root.join("Cargo.toml");
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let manifest: toml::Table =
            text.parse().map_err(|error| format!("{}: {error}", path.display()))?;
        let Some(workspace) = manifest.get("workspace") else { continue };
        let inside = folder.strip_prefix(root).unwrap_or(folder);
        let lists = |key: &str| {
            let patterns = workspace.get(key).and_then(toml::Value::as_array).into_iter().flatten();
            patterns.filter_map(toml::Value::as_str).any(|pattern| matches(pattern, inside))
        };
        let is_settled = lists("members") || lists("exclude");
        return Ok(Some(root.to_path_buf()).filter(|_| !is_settled));
    }
    Ok(None)
}

/// Returns whether a pattern of workspace members matches a path.
fn matches(pattern: &str, path: &Path) -> bool {
    let pattern: Vec<&str> =
        pattern.trim_start_matches("./").trim_end_matches('/').split('/').collect();
    let path: Vec<_> = path.components().map(|c| c.as_os_str().to_string_lossy()).collect();
    pattern.len() == path.len() && pattern.iter().zip(&path).all(|(p, name)| *p == "*" || p == name)
}

/// Returns the name of a package in a folder.
fn package_name(folder: &str) -> String {
    let is_kept = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    let name: String = folder.chars().map(|c| if is_kept(c) { c } else { '-' }).collect();
    let name = name.trim_matches('-').to_ascii_lowercase();
    if name.starts_with(|character: char| character.is_ascii_alphabetic())
        && syn::parse_str::<syn::Ident>(&name.replace('-', "_")).is_ok()
        && !["core", "std", "alloc", "test", "proc-macro"].contains(&name.as_str())
    {
        name
    } else {
        format!("atlas-{name}").trim_end_matches('-').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_named_after_its_folder() {
        for (folder, name) in [
            ("atlas-projects", "atlas-projects"),
            ("Atlas Projects", "atlas-projects"),
            ("2024", "atlas-2024"),
            ("core", "atlas-core"),
            ("type", "atlas-type"),
            ("", "atlas"),
            (".slice", "slice"),
            ("é", "atlas"),
        ] {
            assert_eq!(package_name(folder), name);
        }
    }

    #[test]
    fn the_path_to_the_core_is_relative() {
        let path = |from: &str| relative(Path::new(from), Path::new("/w/crates/core"));
        assert_eq!(path("/w/crates/slice"), "../core");
        assert_eq!(path("/other/place/slice"), "../../../w/crates/core");
    }

    #[test]
    fn a_surrounding_workspace_is_found_unless_it_lists_or_excludes_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let manifest = root.join("Cargo.toml");
        let outer = |folder: &str| outer_workspace(&root.join(folder)).unwrap();
        fs::write(&manifest, "[package]\nname = \"x\"\n").unwrap();
        assert_eq!(outer("slices/a"), None);
        fs::write(&manifest, "[workspace]\nmembers = [\"slices/*\"]\nexclude = [\"out\"]\n")
            .unwrap();
        assert_eq!(outer("slices/a"), None);
        assert_eq!(outer("out"), None);
        assert_eq!(outer("other"), Some(root.clone()));
        assert_eq!(outer("slices/a/b"), Some(root.clone()));
        fs::write(&manifest, "[workspace").unwrap();
        assert!(outer_workspace(&root.join("a")).unwrap_err().contains("Cargo.toml"));
    }

    #[test]
    fn only_an_empty_folder_or_an_earlier_slice_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(check_folder(&folder.path().join("new")), Ok(()));
        assert_eq!(check_folder(folder.path()), Ok(()));
        fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        assert!(check_folder(folder.path()).unwrap_err().contains("name another folder"));
        fs::write(folder.path().join("Cargo.toml"), "[package]").unwrap();
        assert!(check_folder(folder.path()).is_err());
        fs::write(folder.path().join("Cargo.toml"), format!("# {MARK}slice` 0")).unwrap();
        assert_eq!(check_folder(folder.path()), Ok(()));
        assert!(check_folder(&folder.path().join("notes.txt")).is_err());
    }
}
