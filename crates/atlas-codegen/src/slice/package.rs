//! The files of a slice besides its generated client: manifest, README, fragment and contract test.

use std::fmt::Write as _;

use serde_json::Value;

use super::client::{FRAGMENT, Slice};
use super::location::CrateLocation;
use super::readme::readme;
use crate::checks::Checks;
use crate::dependencies::{DEPENDENCIES, EDITION, RUST_VERSION, TEST_DEPENDENCIES};
use crate::emit::{FEATURES, Files, Input, NO_DOCTESTS, SCHEMARS, header};
use crate::extract::Docs;
use crate::normalize::Profile;

/// Returns the files that a slice needs to compile.
pub fn library_files(slice: &Slice, location: &CrateLocation) -> Files {
    let mut files = slice.rendered.files.clone();
    let manifest = format!("# {}\n\n{}", header_of(slice), manifest(slice, location));
    files.insert("Cargo.toml".to_owned(), manifest);
    files
}

/// Returns every file of a slice. `source` is the file name of the whole document. The values and requests of the
/// contract test come from the whole document, so that they reveal an error of the extraction.
pub fn files(slice: &Slice, location: &CrateLocation, source: &str, document: &Value) -> Files {
    let mut files = library_files(slice, location);
    let header = header_of(slice);
    let rust = |text: &str| format!("// {header}\n\n{text}");
    let checks = checks(slice, location);
    for (path, text) in [
        (FRAGMENT, slice.text.clone()),
        ("README.md", format!("<!-- {header} -->\n\n{}", readme(slice, location, source))),
        ("tests/contract/main.rs", rust(&contract(slice, location))),
        ("tests/contract/samples.jsonl", checks.sample_lines(document, slice.docs == Docs::Full)),
        ("tests/contract/requests.jsonl", checks.request_lines(document)),
    ] {
        files.insert(path.to_owned(), text);
    }
    for (path, text) in checks.modules_with_rules() {
        files.insert(format!("tests/contract/{path}"), rust(&text));
    }
    files
}

/// Returns the checks of a slice.
pub fn checks<'a>(slice: &'a Slice, location: &CrateLocation) -> Checks<'a> {
    Checks::new(&slice.normalized, &slice.rendered, location.library())
}

fn header_of(slice: &Slice) -> String {
    header(&Input { command: "slice", name: FRAGMENT, text: &slice.text })
}

fn manifest(slice: &Slice, location: &CrateLocation) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let title = slice.normalized.document["info"]["title"].as_str().unwrap_or_default();
    let mut text = format!(
        "[package]\nname = {}\ndescription = {}\nversion = \"0.1.0\"\nedition = {EDITION:?}\n\
         rust-version = {RUST_VERSION:?}\npublish = false\n",
        quoted(&location.name),
        quoted(&format!("Generated client: {title}.")),
    );
    if location.outer.is_some() {
        text.push_str("\n# The surrounding workspace does not list this crate.\n[workspace]\n");
    }
    text.push_str(
        "\n[features]\ndefault = [\"profile\"]\n\
         # The documentation of atlas-client-core describes them.\n",
    );
    // Writing to a string cannot fail.
    for feature in FEATURES {
        let _ = writeln!(text, "{feature} = [\"atlas-client-core/{feature}\"]");
    }
    text.push_str(SCHEMARS);
    let _ = writeln!(
        text,
        "\n[dependencies]\natlas-client-core = {{ {}, default-features = false }}",
        location.core,
    );
    for (name, requirement) in DEPENDENCIES {
        if *name == "serde_json" && is_lossless(slice) {
            // Otherwise a number has only the digits of a double.
            let _ = writeln!(
                text,
                "{name} = {{ version = {requirement}, features = [\"arbitrary_precision\"] }}",
            );
        } else {
            let _ = writeln!(text, "{name} = {requirement}");
        }
    }
    text.push_str("\n[dev-dependencies]\n");
    for (name, requirement) in TEST_DEPENDENCIES {
        let _ = writeln!(text, "{name} = {requirement}");
    }
    text + NO_DOCTESTS
}

fn is_lossless(slice: &Slice) -> bool {
    slice.normalized.profile == Profile::Lossless
}

fn contract(slice: &Slice, location: &CrateLocation) -> String {
    let is_lossless = is_lossless(slice);
    include_str!("contract.rs.txt")
        .replace("LIBRARY", &location.library())
        .replace("IS_LOSSLESS", if is_lossless { "true" } else { "false" })
}
