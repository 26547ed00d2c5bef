//! Asks cargo about the workspace.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a task returns.
pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The crate of the command.
pub const COMMAND_CRATE: &str = "atlas-migrations-cli";

/// The command.
pub const COMMAND: &str = "atlas-migrations";

/// What cargo knows about the workspace and its dependencies.
pub struct Metadata(Value);

impl Metadata {
    /// Reads the metadata of the workspace and of everything in its lock file.
    pub fn read() -> Outcome<Self> {
        Ok(Self(serde_json::from_str(&output(cargo().args([
            "metadata",
            "--format-version=1",
            "--locked",
        ]))?)?))
    }

    /// Returns the root of the workspace.
    pub fn root(&self) -> PathBuf {
        self.0["workspace_root"].as_str().unwrap_or_default().into()
    }

    /// Returns the target folder.
    pub fn target(&self) -> PathBuf {
        self.0["target_directory"].as_str().unwrap_or_default().into()
    }

    /// Returns every package of the lock file.
    pub fn packages(&self) -> impl Iterator<Item = Package<'_>> {
        self.0["packages"].as_array().into_iter().flatten().map(Package)
    }

    /// Returns the crates of the workspace that are published.
    pub fn published(&self) -> Vec<Package<'_>> {
        let is_published = |package: &Package<'_>| {
            package.0["source"].is_null() && package.0["publish"].as_array().is_none()
        };
        self.packages().filter(is_published).collect()
    }

    /// Returns the packages that are linked into the command for a target, sorted by name.
    pub fn linked(&self, target: &str) -> Outcome<Vec<Package<'_>>> {
        let mut tree = cargo();
        tree.args(["tree", "--locked", "--package", COMMAND_CRATE, "--target", target]);
        tree.args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"]);
        let tree = output(&mut tree)?;
        let linked: BTreeSet<(&str, &str)> = tree.lines().filter_map(name_and_version).collect();
        let mut packages: Vec<_> = self
            .packages()
            .filter(|package| linked.contains(&(package.name(), package.version())))
            .collect();
        packages.sort_by_key(|package| (package.name(), package.version()));
        if packages.len() == linked.len() {
            Ok(packages)
        } else {
            Err("`cargo tree` and `cargo metadata` do not list the same packages".into())
        }
    }
}

/// A package of the lock file.
#[derive(Clone, Copy)]
pub struct Package<'m>(&'m Value);

impl<'m> Package<'m> {
    fn text(self, field: &str) -> &'m str {
        self.0[field].as_str().unwrap_or_default()
    }

    /// Returns the name.
    pub fn name(self) -> &'m str {
        self.text("name")
    }

    /// Returns the version.
    pub fn version(self) -> &'m str {
        self.text("version")
    }

    /// Returns `name-version`, the name of its folder and its file.
    pub fn full_name(self) -> String {
        format!("{}-{}", self.name(), self.version())
    }

    /// Returns the SPDX expression of its license, or nothing.
    pub fn license(self) -> &'m str {
        self.text("license")
    }

    /// Returns the authors, separated by commas.
    pub fn authors(self) -> String {
        let authors = self.0["authors"].as_array().into_iter().flatten();
        authors.filter_map(|author| author.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Returns the description, or nothing.
    pub fn description(self) -> &'m str {
        self.text("description")
    }

    /// Returns the URL of its repository, or nothing.
    pub fn repository(self) -> &'m str {
        self.text("repository")
    }

    /// Returns the folder of its manifest.
    pub fn folder(self) -> &'m Path {
        Path::new(self.text("manifest_path")).parent().unwrap_or_else(|| Path::new(""))
    }

    /// Returns whether it comes from a registry.
    pub fn is_foreign(self) -> bool {
        self.0["source"].is_string()
    }
}

/// Reads `name vVERSION` with what may follow it.
fn name_and_version(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.split_once(" v")?;
    Some((name, rest.split(' ').next()?))
}

/// Returns a command of the cargo that runs this program.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command, whose output is shown. Fails if it does.
pub fn run(command: &mut Command) -> Outcome {
    eprintln!("$ {}", shown(command));
    if command.status()?.success() {
        Ok(())
    } else {
        Err(format!("`{}` failed", shown(command)).into())
    }
}

/// Runs a command and returns its standard output. Fails if it does.
pub fn output(command: &mut Command) -> Outcome<String> {
    let output = command.stderr(Stdio::inherit()).output()?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?)
    } else {
        Err(format!("`{}` failed", shown(command)).into())
    }
}

/// Returns a command as text, with the name of the program alone.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = command.get_args().map(|word| word.to_string_lossy());
    std::iter::once(program.to_string_lossy()).chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_tree_has_a_name_and_a_version() {
        for line in ["serde v1.0.229", "serde v1.0.229 (*)", "serde v1.0.229 (/src/serde)"] {
            assert_eq!(name_and_version(line), Some(("serde", "1.0.229")), "{line}");
        }
        assert_eq!(name_and_version(""), None);
    }
}
