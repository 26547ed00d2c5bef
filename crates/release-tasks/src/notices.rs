//! The licenses of everything that is linked into the command.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cargo::{Metadata, Outcome, Package};

/// The name of the file in archives.
pub const FILE: &str = "THIRD-PARTY-LICENSES.txt";

/// The starts of the names of files with a license or a notice.
const NAMES: [&str; 6] = ["license", "licence", "copying", "copyright", "notice", "unlicense"];

/// Write the licenses of everything that is linked into the command
///
/// Fails if a crate has no license, or if no text of its license is found.
#[derive(clap::Args)]
pub struct Notices {
    /// Target of the binary
    #[arg(long, default_value = "x86_64-unknown-linux-musl")]
    target: String,
    /// File to write. Default: nothing is written
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Notices {
    pub fn run(self) -> Outcome {
        let metadata = Metadata::read()?;
        let linked = metadata.linked(&self.target)?;
        let text = notices(&linked, &metadata.root())?;
        println!("{} crates, {} bytes of notices", linked.len(), text.len());
        match self.out {
            Some(out) => Ok(fs::write(out, text)?),
            None => Ok(()),
        }
    }
}

/// Returns the notices: a table of the crates, then each text once with the crates that have it.
///
/// # Errors
///
/// Names every crate without a license or without its text.
pub fn notices(linked: &[Package<'_>], root: &Path) -> Outcome<String> {
    let foreign: Vec<_> = linked.iter().filter(|package| package.is_foreign()).collect();
    let mut table = String::new();
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut problems = Vec::new();
    for package in foreign {
        let name = format!("{} {}", package.name(), package.version());
        let license = package.license();
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(table, "{name}: {license}, {}", package.repository());
        let mut found = texts_in(package.folder())?;
        if found.is_empty() {
            found.extend(standard_text(license, &package.authors(), root)?);
        }
        if license.is_empty() || found.is_empty() {
            problems.push(format!("{name} ({license})"));
        }
        for text in found {
            texts.entry(text).or_default().push(name.clone());
        }
    }
    if !problems.is_empty() {
        return Err(format!("no text of the license is found: {}", problems.join(", ")).into());
    }
    let mut notices = format!(
        "atlas-migrations is under the MIT license or the Apache License 2.0.\n\
         It contains these crates:\n\n{table}"
    );
    for (text, names) in texts {
        let rule = "-".repeat(80);
        let _ = write!(notices, "\n{rule}\n{}\n{rule}\n\n{text}\n", names.join(", "));
    }
    Ok(notices)
}

/// Returns the texts of the licenses and notices in a folder, in the order of their names.
fn texts_in(folder: &Path) -> Outcome<Vec<String>> {
    let mut files = Vec::new();
    for file in fs::read_dir(folder)? {
        let file = file?;
        let name = file.file_name().to_string_lossy().to_lowercase();
        if file.path().is_file() && NAMES.iter().any(|start| name.starts_with(start)) {
            files.push(file.path());
        }
    }
    files.sort();
    let text = |file| Ok(normalized(&String::from_utf8_lossy(&fs::read(file)?)));
    files.into_iter().map(text).collect()
}

/// Returns the standard text of a license that a crate names and has no file for. The holders that the MIT license names are
/// the authors of the crate.
fn standard_text(license: &str, authors: &str, root: &Path) -> Outcome<Option<String>> {
    let offers = |name| license.split([' ', '/', '(', ')']).any(|word| word == name);
    let text = |file| fs::read_to_string(root.join(file)).map(|text| normalized(&text));
    if offers("Apache-2.0") {
        return Ok(Some(text("LICENSE-APACHE")?));
    }
    if !offers("MIT") || authors.is_empty() {
        return Ok(None);
    }
    let own = text("LICENSE-MIT")?;
    let (_, terms) = own.split_once('\n').ok_or("LICENSE-MIT has one line")?;
    Ok(Some(format!("Copyright (c) {authors}\n{terms}")))
}

/// Returns a text without spaces at the ends of lines, so that equal texts are shown once.
fn normalized(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licenses_and_notices_are_found_whatever_their_names() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("LICENSE-MIT", "a\r\n"),
            ("COPYING", "b"),
            ("NOTICE.md", "c"),
            ("Licence.txt", "d"),
            ("src.rs", "e"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        fs::create_dir(folder.path().join("licenses")).unwrap();
        assert_eq!(texts_in(folder.path()).unwrap(), ["b", "a", "d", "c"]);
    }

    #[test]
    fn a_license_without_a_file_has_its_standard_text_with_the_authors_as_holders() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("LICENSE-APACHE"), "Apache").unwrap();
        fs::write(root.path().join("LICENSE-MIT"), "Copyright (c) us\n\nMIT\n").unwrap();
        let text = |license, authors| standard_text(license, authors, root.path()).unwrap();
        assert_eq!(text("MIT OR Apache-2.0", "").as_deref(), Some("Apache"));
        assert_eq!(text("MIT/Apache-2.0", "").as_deref(), Some("Apache"));
        assert_eq!(text("MIT", "Ana, Bob").as_deref(), Some("Copyright (c) Ana, Bob\n\nMIT"));
        assert_eq!(text("MIT", ""), None);
        assert_eq!(text("MPL-2.0", "Ana"), None);
    }

    #[test]
    fn equal_texts_are_equal_with_other_ends_of_lines() {
        assert_eq!(normalized("\na \r\nb\n\n"), "a\nb");
    }
}
