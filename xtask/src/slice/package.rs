//! What a slice has beside its generated client: what makes a crate of it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::folder::Home;
use super::{Docs, FRAGMENT, Slice};
use crate::normalise::{Operation, Profile};
use crate::original::{self, Sample, Source};
use crate::render::{Files, Input, Method, header};

/// The workspace's manifest: the versions of dependencies stand nowhere else.
const WORKSPACE: &str = include_str!("../../../Cargo.toml");

/// What the generated code stands on, beside `atlas-client-core`.
const DEPENDENCIES: &[&str] = &["progenitor-client", "reqwest", "schemars", "serde", "serde_json"];

/// What makes a library of a slice: every file without which it would not compile.
pub fn library_files(slice: &Slice, home: &Home) -> Files {
    let mut files = slice.rendered.files.clone();
    let manifest = format!("# {}\n\n{}", header_of(slice), manifest(slice, home));
    files.insert("Cargo.toml".to_owned(), manifest);
    files
}

/// Every file of a slice, by its path in it. `source` is what the whole document's file is called.
pub fn files(slice: &Slice, home: &Home, source: &str) -> Files {
    let mut files = library_files(slice, home);
    let header = header_of(slice);
    let rust = |text: &str| format!("// {header}\n\n{text}");
    let samples = samples(slice, &slice.fragment, slice.docs == Docs::Full);
    let lines: Vec<String> = samples.iter().map(|sample| line(sample).to_string()).collect();
    for (path, text) in [
        (FRAGMENT, slice.text.clone()),
        ("README.md", format!("<!-- {header} -->\n\n{}", readme(slice, home, source))),
        ("tests/contract/main.rs", rust(&contract(slice, home))),
        ("tests/contract/payloads.rs", rust(&payloads(slice, home))),
        ("tests/contract/differences.rs", rust(include_str!("../original/differences.rs"))),
        ("tests/contract/samples.jsonl", lines.join("\n") + "\n"),
    ] {
        files.insert(path.to_owned(), text);
    }
    files
}

/// Values of what a slice sends and receives, from a document that has its operations.
pub fn samples(slice: &Slice, document: &Value, with_examples: bool) -> Vec<Sample> {
    let sources: Vec<Source<'_>> = slice
        .normalised
        .operations
        .iter()
        .map(|row| Source {
            id: &row.id,
            method: &row.method,
            path: &row.path,
            accept: &row.answer_type,
            content_type: row.content_type.as_deref(),
        })
        .collect();
    original::samples(document, &sources, with_examples)
}

/// A sample as the contract test reads it.
pub fn line(sample: &Sample) -> Value {
    json!({
        "operation": sample.of,
        "direction": sample.direction.to_string(),
        "kind": sample.kind,
        "unknown": sample.unknown,
        "value": sample.value,
    })
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
    for feature in ["profile", "keyring", "limiter", "metrics"] {
        let _ = writeln!(text, "{feature} = [\"atlas-client-core/{feature}\"]");
    }
    let core = quoted(&home.core);
    let _ = writeln!(
        text,
        "\n[dependencies]\natlas-client-core = {{ path = {core}, default-features = false }}",
    );
    for dependency in DEPENDENCIES {
        let line = of_workspace(dependency);
        match line.split('"').nth(1) {
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
    text.push_str(
        "\n[lib]\n# The documentation is the document's: what it indents is no Rust.\ndoctest = false\n",
    );
    text
}

fn readme(slice: &Slice, home: &Home, source: &str) -> String {
    let version = about(slice, "version");
    let mut text = format!(
        "# {}\n\nGenerated client of {} operations of “{}” ({version}), cut out of `{source}`.\n\n{}\n",
        home.name,
        slice.normalised.operations.len(),
        title(slice),
        usage(slice, home),
    );
    text.push_str("| Operation | Method | Version |\n|---|---|---|\n");
    for (row, method) in calls(slice) {
        let arguments: Vec<&str> = method.arguments.iter().map(|(name, _)| name.as_str()).collect();
        let _ = writeln!(
            text,
            "| {} | `{}({})` | `{}`{} |",
            row.id,
            method.name,
            arguments.join(", "),
            row.accept,
            if row.streaming { ", a stream" } else { "" },
        );
    }
    if calls(slice).any(|(row, _)| row.streaming) {
        text.push_str(
            "\nA stream of bytes is what its method returns: await that without `call`, which reads \
             answers whole.\n",
        );
    }
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

/// Each operation with its method.
fn calls(slice: &Slice) -> impl Iterator<Item = (&Operation, &Method)> {
    slice.normalised.operations.iter().zip(&slice.rendered.methods)
}

/// How to call the first operation that is read whole.
fn usage(slice: &Slice, home: &Home) -> String {
    let whole = calls(slice).find(|(row, _)| !row.streaming);
    let call = whole.map(|(_, method)| example(method)).unwrap_or_default();
    let library = library(home);
    let server = slice.normalised.base_url.as_ref().map(|url| {
        format!("Requests go to `{url}`, where the document says that it is served, unless `base_url` says otherwise. ")
    });
    let server = server.unwrap_or_default();
    format!(
        "```rust\nuse {library}::atlas_client_core::Settings;\nuse {library}::{{Client, call}};\n\n\
         // The environment, and what it leaves open from a profile of the official Atlas CLI.\n\
         let client = Client::builder().settings(&Settings::load(None)?).build()?;\n{call}```\n\n\
         {server}The builder takes every credential, limit and retry policy of `atlas-client-core`; `call` \
         returns the answer with its metadata, or an error that says what was tried, what came back and \
         whether it may have taken effect.\n",
    )
}

fn example(method: &Method) -> String {
    let argument = |(name, kind): &(String, String)| match kind.as_str() {
        kind if kind.starts_with("Option<") => "None".to_owned(),
        kind if kind.starts_with('&') => format!("&{name}"),
        _ => name.clone(),
    };
    let arguments: Vec<String> = method.arguments.iter().map(argument).collect();
    format!("let answer = call(client.{}({})).await?;\n", method.name, arguments.join(", "))
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

/// A module that sends each value through the type that it is read into.
pub fn payloads(slice: &Slice, home: &Home) -> String {
    let mut text = format!(
        "//! The type of everything that travels.\n\n\
         #![allow(clippy::all, clippy::pedantic, reason = \"generated\")]\n\n\
         use serde::Serialize;\nuse serde::de::DeserializeOwned;\n\
         #[allow(unused_imports, reason = \"a document may have none\")]\nuse {}::types;\n\n\
         /// What a value becomes when it is decoded and encoded again. None of what has no type.\n\
         pub fn through(operation: &str, direction: &str, json: &str) -> Option<Result<String, String>> {{\n    \
         Some(match (operation, direction) {{\n",
        library(home),
    );
    let mut arms: Vec<(&str, &str, Vec<String>)> = Vec::new();
    for payload in &slice.rendered.payloads {
        let direction = format!("{:?}", payload.direction);
        let known =
            arms.iter_mut().find(|(of, rust, _)| *of == payload.of && *rust == payload.rust);
        match known {
            Some((_, _, directions)) => directions.push(direction),
            None => arms.push((&payload.of, &payload.rust, vec![direction])),
        }
    }
    for (of, rust, directions) in arms {
        let directions = directions.join(" | ");
        let _ = writeln!(text, "        ({of:?}, {directions}) => again::<{rust}>(json),");
    }
    text.push_str(
        "        _ => return None,\n    })\n}\n\n\
         #[allow(dead_code, reason = \"a document may have none\")]\n\
         fn again<T: Serialize + DeserializeOwned>(json: &str) -> Result<String, String> {\n    \
         let value: T = serde_json::from_str(json).map_err(|error| error.to_string())?;\n    \
         serde_json::to_string(&value).map_err(|error| error.to_string())\n}\n",
    );
    text
}
