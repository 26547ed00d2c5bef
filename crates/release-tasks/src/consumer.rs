//! A workspace of the unpacked packages, with a program that uses them as a stranger would.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::cargo::{Outcome, Package};

/// The crate that the program is about.
pub const FACADE: &str = "atlas-migrations";

/// The name of the program.
pub const NAME: &str = "front-page-example";

/// Writes the workspace into the folder that has the unpacked packages.
pub fn write(folder: &Path, packages: &[Package<'_>], program: &str) -> Outcome {
    let sources = folder.join(NAME).join("src");
    fs::create_dir_all(&sources)?;
    fs::write(sources.join("main.rs"), program)?;
    let named: Vec<_> = packages.iter().map(|of| (of.name(), of.version())).collect();
    fs::write(folder.join(NAME).join("Cargo.toml"), program_manifest(&named))?;
    Ok(fs::write(folder.join("Cargo.toml"), workspace_manifest(&named))?)
}

/// Returns a manifest in which every published crate comes from its package, however it is depended on.
fn workspace_manifest(packages: &[(&str, &str)]) -> String {
    // The profile is that of this workspace, so that dependencies are not built again.
    let mut text =
        "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\n\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n\n[profile.dev.package.\"*\"]\ndebug = false\n\n\
         [patch.crates-io]\n".to_owned();
    for (name, version) in packages {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name} = {{ path = \"{name}-{version}\" }}");
    }
    text
}

/// Returns the manifest of the program: what the front page needs, by version as from a registry.
fn program_manifest(packages: &[(&str, &str)]) -> String {
    let mut text = format!(
        "[package]\nname = \"{NAME}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\n"
    );
    for (name, version) in
        packages.iter().filter(|(name, _)| [FACADE, "atlas-simulator"].contains(name))
    {
        let _ = writeln!(text, "{name} = \"={version}\"");
    }
    text.push_str("tokio = { version = \"1\", features = [\"macros\", \"rt\"] }\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKAGES: [(&str, &str); 3] = [
        ("atlas-client-core", "0.1.0"),
        ("atlas-migrations", "0.2.0"),
        ("atlas-simulator", "0.1.0"),
    ];

    #[test]
    fn every_published_crate_comes_from_its_package() {
        let manifest = workspace_manifest(&PACKAGES);
        for (name, version) in PACKAGES {
            assert!(manifest.contains(&format!("\n{name} = {{ path = \"{name}-{version}\" }}\n")));
        }
    }

    #[test]
    fn the_program_names_versions_and_no_paths() {
        let manifest = program_manifest(&PACKAGES);
        assert!(manifest.contains("\natlas-migrations = \"=0.2.0\"\n"), "{manifest}");
        assert!(!manifest.contains("path"), "{manifest}");
        assert!(!manifest.contains("atlas-client-core"), "{manifest}");
    }
}
