//! Where a generated crate finds `atlas-client-core`.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The path of `atlas-client-core` from the root of its workspace.
const IN_WORKSPACE: &str = "crates/atlas-client-core";

/// Where a generated crate finds `atlas-client-core`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CoreSource {
    /// In this folder, relative to the generated crate or absolute.
    Path(PathBuf),
    /// In the registry, in this version.
    Version(String),
    /// In the git repository at this URL.
    Git(String),
}

impl CoreSource {
    /// Finds the source for a crate in a folder: the workspace around the folder, or the only workspace beside it,
    /// that has `atlas-client-core`; otherwise the registry, in the version of this tool.
    pub fn find(folder: &Path) -> Self {
        let has_core = |root: &Path| {
            let core = root.join(IN_WORKSPACE);
            core.join("Cargo.toml").is_file().then_some(core)
        };
        let around = || folder.ancestors().skip(1).find_map(has_core);
        let beside = || {
            let siblings = fs::read_dir(folder.parent()?).ok()?;
            let mut found = siblings.flatten().filter_map(|sibling| has_core(&sibling.path()));
            found.next().filter(|_| found.next().is_none())
        };
        match around().or_else(beside) {
            Some(core) => Self::Path(core),
            None => Self::Version(env!("CARGO_PKG_VERSION").to_owned()),
        }
    }
}

impl FromStr for CoreSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some(("path", path)) if !path.is_empty() => Ok(Self::Path(path.into())),
            Some(("version", version)) if !version.is_empty() => {
                Ok(Self::Version(version.to_owned()))
            }
            Some(("git", url)) if !url.is_empty() => Ok(Self::Git(url.to_owned())),
            _ => Err("expected path=FOLDER, version=VERSION or git=URL".to_owned()),
        }
    }
}

impl fmt::Display for CoreSource {
    /// Writes the source as a key and a value of TOML.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, value) = match self {
            Self::Path(path) => ("path", path.display().to_string()),
            Self::Version(version) => ("version", version.clone()),
            Self::Git(url) => ("git", url.clone()),
        };
        write!(f, "{key} = {}", serde_json::Value::from(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_parsed_and_written_as_toml() {
        for (text, toml) in [
            ("path=../core", r#"path = "../core""#),
            ("version=0.1", r#"version = "0.1""#),
            ("git=https://example.com/a.git", r#"git = "https://example.com/a.git""#),
        ] {
            assert_eq!(text.parse::<CoreSource>().unwrap().to_string(), toml);
        }
        for text in ["", "path", "path=", "branch=main"] {
            assert!(text.parse::<CoreSource>().unwrap_err().starts_with("expected path="));
        }
    }

    #[test]
    fn the_workspace_around_or_beside_a_folder_is_found_and_otherwise_the_registry() {
        let root = tempfile::tempdir().unwrap();
        let find = |folder: &str| CoreSource::find(&root.path().join(folder));
        assert_eq!(find("a"), CoreSource::Version(env!("CARGO_PKG_VERSION").to_owned()));
        let workspace = root.path().join("workspace");
        let core = workspace.join(IN_WORKSPACE);
        fs::create_dir_all(&core).unwrap();
        fs::write(core.join("Cargo.toml"), "").unwrap();
        assert_eq!(find("workspace/slices/a"), CoreSource::Path(core.clone()));
        assert_eq!(find("a"), CoreSource::Path(core.clone()));
        assert!(matches!(find("elsewhere/a"), CoreSource::Version(_)));
        // With two workspaces the choice is ambiguous.
        let other = root.path().join("other").join(IN_WORKSPACE);
        fs::create_dir_all(&other).unwrap();
        fs::write(other.join("Cargo.toml"), "").unwrap();
        assert!(matches!(find("a"), CoreSource::Version(_)));
    }
}
