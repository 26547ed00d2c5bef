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
        "# {}\n\nGenerated client for {} operations of “{}” ({version}), from `{source}`.\n\n{}\n",
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
            "\nA method that returns a stream of bytes is awaited without `call`, which reads whole \
             responses.\n",
        );
    }
    text.push_str("\n## What the types preserve\n\n");
    text.push_str(match slice.normalized.profile {
        Profile::Lean => {
            "Profile *lean*: plain types. In a fractional type 10 may become 10.0, and numbers are \
             rounded to about 16 digits. Properties that the document does not name are dropped. An \
             optional property that is `null` becomes absent. "
        }
        Profile::Lossless => {
            "Profile *lossless*: everything. Numbers keep their spelling, properties that the document \
             does not name are kept in `extra`, and `null` and absence are distinguished. "
        }
    });
    text.push_str(
        "Both profiles keep values that an enum does not list and unions with a new tag. `NOTES.md` \
         lists what else is generated differently; `tests/contract` tests all of it with samples of \
         the document's schemas.\n\n## License of the document\n\n",
    );
    let license = &slice.fragment["info"]["license"];
    let name = license.get("name").and_then(Value::as_str);
    let url = license.get("url").and_then(Value::as_str);
    let _ = match (name, url) {
        (Some(name), Some(url)) => {
            writeln!(text, "The document is licensed under [{name}]({url}).")
        }
        (Some(name), None) => writeln!(text, "The document is licensed under {name}."),
        _ => writeln!(text, "The document does not state its license."),
    };
    text.push_str(match slice.docs {
        Docs::None => {
            "This crate has its names and shapes, which are facts, without its descriptions and \
             examples.\n"
        }
        Docs::Full => {
            "This crate has its descriptions and examples, which are under that license.\n"
        }
    });
    text
}

/// Each operation with its method.
fn calls(slice: &Slice) -> impl Iterator<Item = (&Operation, &Method)> {
    slice.normalized.operations.iter().zip(&slice.rendered.methods)
}

/// How to call the first operation that returns no stream.
fn usage(slice: &Slice, location: &CrateLocation) -> String {
    let whole = calls(slice).find(|(row, _)| !row.streaming);
    let call = whole.map(|(_, method)| example(method)).unwrap_or_default();
    let library = location.library();
    let server = slice.normalized.base_url.as_ref().map(|url| {
        format!("Requests go to `{url}`, the server of the document, unless `base_url` is set. ")
    });
    let server = server.unwrap_or_default();
    format!(
        "```rust\nuse {library}::atlas_client_core::Settings;\nuse {library}::{{Client, call}};\n\n\
         // From the environment, and otherwise from a profile of the official Atlas CLI.\n\
         let client = Client::builder().settings(&Settings::load(None)?).build()?;\n{call}```\n\n\
         {server}The builder takes every credential, limit and retry policy of `atlas-client-core`. `call` \
         returns the response with its metadata, or an error with the response of the service and whether \
         the request may have taken effect.\n",
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
