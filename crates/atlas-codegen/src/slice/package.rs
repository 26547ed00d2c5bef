//! What a slice has beside its generated client: what makes a crate of it.

use std::fmt::Write as _;

use serde_json::Value;

use super::folder::Home;
use super::{Docs, FRAGMENT, Slice};
use crate::checks::Checks;
use crate::emit::{
    DEPENDENCIES, FEATURES, Files, Input, NO_DOCTESTS, SCHEMARS, header, table, usage,
};
use crate::normalize::Profile;

/// The workspace's manifest: the versions of dependencies stand nowhere else.
const WORKSPACE: &str = include_str!("../../../../Cargo.toml");

/// What its contract test stands on besides, each with its features.
const TEST_DEPENDENCIES: &[(&str, &str)] = &[("tokio", "[\"rt\"]")];

/// What makes a library of a slice: every file without which it would not compile.
pub fn library_files(slice: &Slice, home: &Home) -> Files {
    let mut files = slice.rendered.files.clone();
    let manifest = format!("# {}\n\n{}", header_of(slice), manifest(slice, home));
    files.insert("Cargo.toml".to_owned(), manifest);
    files
}

/// Every file of a slice, by its path in it. `source` is what the whole document's file is called. The values and
/// requests of its contract test are the whole document's, for what was cut wrongly has them wrong as well.
pub fn files(slice: &Slice, home: &Home, source: &str, document: &Value) -> Files {
    let mut files = library_files(slice, home);
    let header = header_of(slice);
    let rust = |text: &str| format!("// {header}\n\n{text}");
    let checks = checks(slice, home);
    for (path, text) in [
        (FRAGMENT, slice.text.clone()),
        ("README.md", format!("<!-- {header} -->\n\n{}", readme(slice, home, source))),
        ("tests/contract/main.rs", rust(&contract(slice, home))),
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

/// What holds a slice against a document.
pub fn checks<'a>(slice: &'a Slice, home: &Home) -> Checks<'a> {
    Checks::of(&slice.normalised, &slice.rendered, library(home))
}

fn header_of(slice: &Slice) -> String {
    header(&Input { command: "slice", name: FRAGMENT, text: &slice.text })
}

fn about<'a>(slice: &'a Slice, name: &str) -> &'a str {
    slice.normalised.document["info"][name].as_str().unwrap_or_default()
}

fn title(slice: &Slice) -> &str {
    about(slice, "title")
}

/// The name of the crate in Rust.
fn library(home: &Home) -> String {
    home.name.replace('-', "_")
}

fn manifest(slice: &Slice, home: &Home) -> String {
    let of_workspace = |key: &str| {
        let is_key = |line: &&str| line.strip_prefix(key).is_some_and(|r| r.starts_with(" = "));
        WORKSPACE.lines().find(is_key).unwrap_or_default()
    };
    let quoted = |text: &str| Value::from(text).to_string();
    let mut text = format!(
        "[package]\nname = {}\ndescription = {}\nversion = \"0.1.0\"\n{}\n{}\npublish = false\n",
        quoted(&home.name),
        quoted(&format!("Generated client: {}.", title(slice))),
        of_workspace("edition"),
        of_workspace("rust-version"),
    );
    if home.outer.is_some() {
        text.push_str("\n# The workspace around it does not list it.\n[workspace]\n");
    }
    text.push_str(
        "\n[features]\ndefault = [\"profile\"]\n\
         # What they add is told by atlas-client-core.\n",
    );
    for feature in FEATURES {
        let _ = writeln!(text, "{feature} = [\"atlas-client-core/{feature}\"]");
    }
    text.push_str(SCHEMARS);
    let core = quoted(&home.core);
    let _ = writeln!(
        text,
        "\n[dependencies]\natlas-client-core = {{ path = {core}, default-features = false }}",
    );
    for (dependency, is_optional) in DEPENDENCIES {
        let line = of_workspace(dependency);
        match line.split('"').nth(1) {
            Some(version) if *is_optional => {
                let _ =
                    writeln!(text, "{dependency} = {{ version = \"{version}\", optional = true }}");
            }
            // Else a number has no more digits than a double.
            Some(version) if *dependency == "serde_json" && is_lossless(slice) => {
                let _ = writeln!(
                    text,
                    "serde_json = {{ version = \"{version}\", features = [\"arbitrary_precision\"] }}",
                );
            }
            _ => {
                let _ = writeln!(text, "{line}");
            }
        }
    }
    text.push_str("\n[dev-dependencies]\n");
    for (dependency, features) in TEST_DEPENDENCIES {
        let version = of_workspace(dependency);
        let version = version.split('"').nth(1).unwrap_or("*");
        let _ =
            writeln!(text, "{dependency} = {{ version = \"{version}\", features = {features} }}");
    }
    text + NO_DOCTESTS
}

fn readme(slice: &Slice, home: &Home, source: &str) -> String {
    let version = about(slice, "version");
    let mut text = format!(
        "# {}\n\nGenerated client of {} operations of “{}” ({version}), cut out of `{source}`.\n\n{}\n",
        home.name,
        slice.normalised.operations.len(),
        title(slice),
        usage(&library(home), &slice.normalised, &slice.rendered),
    );
    text.push_str(&table(&slice.normalised, &slice.rendered));
    text.push_str("\n## What its types keep\n\n");
    text.push_str(match slice.normalised.profile {
        Profile::Lean => {
            "Profile *lean*: plain types. On the wire a whole number of a fractional type may come back as \
             10.0 for 10 and is rounded to about 16 digits, properties that the document does not name are dropped, and one that is `null` \
             is left out. "
        }
        Profile::Lossless => {
            "Profile *lossless*: everything. Numbers stay as they were written, properties that the \
             document does not name are kept in `extra`, and `null` and absence stay apart. "
        }
    });
    text.push_str(
        "Values that an enum does not list and unions with a new tag are kept in either profile. \
         `NOTES.md` says what else was given up, and where; `tests/contract` holds all of it against \
         samples of the document's schemas.\n\n## Licence of the document\n\n",
    );
    let licence = &slice.fragment["info"]["license"];
    let name = licence.get("name").and_then(Value::as_str);
    let url = licence.get("url").and_then(Value::as_str);
    let _ = match (name, url) {
        (Some(name), Some(url)) => {
            writeln!(text, "The document is licensed under [{name}]({url}).")
        }
        (Some(name), None) => writeln!(text, "The document is licensed under {name}."),
        _ => writeln!(text, "The document does not say under which licence it is."),
    };
    text.push_str(match slice.docs {
        Docs::None => {
            "Of it there are names and shapes here, which are facts; its descriptions and examples \
             were left out.\n"
        }
        Docs::Full => {
            "Its descriptions and examples stand here as they were written, under that licence.\n"
        }
    });
    text
}

fn is_lossless(slice: &Slice) -> bool {
    slice.normalised.profile == Profile::Lossless
}

fn contract(slice: &Slice, home: &Home) -> String {
    let is_lossless = is_lossless(slice);
    include_str!("contract.rs.txt")
        .replace("LIBRARY", &library(home))
        .replace("IS_LOSSLESS", if is_lossless { "true" } else { "false" })
}
