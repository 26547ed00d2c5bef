//! The folder that a crate is written into, and what stands around it.

use std::path::{Component, Path, PathBuf};
use std::{env, fs, io};

use crate::emit::MARK;

/// Where a crate is, as its manifest has to say it.
#[derive(Debug, PartialEq, Eq)]
pub struct Home {
    /// The package's name: the folder's, as far as cargo takes it.
    pub name: String,
    /// `atlas-client-core`, from the crate.
    pub core: String,
    /// The workspace around it of which it is no member.
    pub outer: Option<PathBuf>,
}

impl Home {
    /// The home that a folder is, whether it is there yet or not.
    ///
    /// # Errors
    ///
    /// What stands around it cannot be read.
    pub fn of(folder: &Path, workspace: &Path) -> Result<Self, String> {
        let folder = absolute(folder)?;
        let core = absolute(&workspace.join("crates/atlas-client-core"))?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let outer = outer_workspace(&folder)?;
        Ok(Self { name: package_name(&name), core: relative(&folder, &core), outer })
    }
}

/// Makes sure that a folder holds nothing that would be lost: it is new, empty, or was written by the
/// same task before.
///
/// # Errors
///
/// It holds something else.
pub fn check(folder: &Path) -> Result<(), String> {
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
    Err(format!(
        "{shown} is not empty, and not a slice that could be written anew: name another folder",
    ))
}

/// An absolute path whose part that is there is canonical.
fn absolute(path: &Path) -> Result<PathBuf, String> {
    let failed = |error: io::Error| format!("{}: {error}", path.display());
    let whole = env::current_dir().map_err(failed)?.join(path);
    // `..` of what is not there yet.
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
    let there = clean.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(&clean);
    let rest = clean.strip_prefix(there).unwrap_or(Path::new(""));
    Ok(there.canonicalize().map_err(failed)?.join(rest))
}

/// The way from a folder to another. Forward slashes do on every system.
fn relative(from: &Path, to: &Path) -> String {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return to.display().to_string();
    }
    let up = from.components().skip(common).map(|_| "..".to_owned());
    let down = to.components().skip(common).map(|c| c.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// The root of the nearest workspace above a folder, unless it lists the folder.
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
            patterns.filter_map(toml::Value::as_str).any(|pattern| fits(pattern, inside))
        };
        let is_settled = lists("members") || lists("exclude");
        return Ok(Some(root.to_path_buf()).filter(|_| !is_settled));
    }
    Ok(None)
}

/// Whether a path is one that cargo's pattern of members means.
fn fits(pattern: &str, path: &Path) -> bool {
    let pattern: Vec<&str> =
        pattern.trim_start_matches("./").trim_end_matches('/').split('/').collect();
    let path: Vec<_> = path.components().map(|c| c.as_os_str().to_string_lossy()).collect();
    pattern.len() == path.len() && pattern.iter().zip(&path).all(|(p, name)| *p == "*" || p == name)
}

/// A folder's name as one that a package may have.
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
    fn the_way_to_the_core_goes_up_as_far_as_it_must() {
        let way = |from: &str| relative(Path::new(from), Path::new("/w/crates/core"));
        assert_eq!(way("/w/crates/slice"), "../core");
        assert_eq!(way("/other/place/slice"), "../../../w/crates/core");
    }

    #[test]
    fn a_workspace_around_the_folder_is_seen_unless_it_settles_what_the_folder_is() {
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
    fn only_what_is_nothing_or_a_slice_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(check(&folder.path().join("new")), Ok(()));
        assert_eq!(check(folder.path()), Ok(()));
        fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        assert!(check(folder.path()).unwrap_err().contains("name another folder"));
        fs::write(folder.path().join("Cargo.toml"), "[package]").unwrap();
        assert!(check(folder.path()).is_err());
        fs::write(folder.path().join("Cargo.toml"), format!("# {MARK}slice` 0")).unwrap();
        assert_eq!(check(folder.path()), Ok(()));
        assert!(check(&folder.path().join("notes.txt")).is_err());
    }
}
