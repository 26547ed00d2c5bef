//! The README of a slice.

use std::fmt::Write as _;

use serde_json::Value;

use super::client::Slice;
use super::location::CrateLocation;
use crate::emit::Method;
use crate::extract::Docs;
use crate::normalize::{Operation, Profile};

/// A member of the document's `info`.
fn info<'a>(slice: &'a Slice, name: &str) -> &'a str {
    slice.normalized.document["info"][name].as_str().unwrap_or_default()
}

/// The text of the README. `source` is the name of the whole document's file.
pub fn readme(slice: &Slice, location: &CrateLocation, source: &str) -> String {
    let version = info(slice, "version");
    let mut text = format!(
        "# {}\n\nGenerated client of {} operations of “{}” ({version}), cut out of `{source}`.\n\n{}\n",
        location.name,
        slice.normalized.operations.len(),
        info(slice, "title"),
        usage(slice, location),
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
             responses whole.\n",
        );
    }
    text.push_str("\n## What its types keep\n\n");
    text.push_str(match slice.normalized.profile {
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
    slice.normalized.operations.iter().zip(&slice.rendered.methods)
}

/// How to call the first operation that is read whole.
fn usage(slice: &Slice, location: &CrateLocation) -> String {
    let whole = calls(slice).find(|(row, _)| !row.streaming);
    let call = whole.map(|(_, method)| example(method)).unwrap_or_default();
    let library = location.library();
    let server = slice.normalized.base_url.as_ref().map(|url| {
        format!("Requests go to `{url}`, where the document says that it is served, unless `base_url` says otherwise. ")
    });
    let server = server.unwrap_or_default();
    format!(
        "```rust\nuse {library}::atlas_client_core::Settings;\nuse {library}::{{Client, call}};\n\n\
         // The environment, and what it leaves open from a profile of the official Atlas CLI.\n\
         let client = Client::builder().settings(&Settings::load(None)?).build()?;\n{call}```\n\n\
         {server}The builder takes every credential, limit and retry policy of `atlas-client-core`; `call` \
         returns the response with its metadata, or an error that says what was tried, what came back and \
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
    format!("let response = call(client.{}({})).await?;\n", method.name, arguments.join(", "))
}
