//! Generates the files of a client from a normalized document.

mod layout;
mod macros;
mod methods;
mod options;
mod output;
mod package;
pub mod progenitor;
mod signature;
mod source;
mod tables;
mod types;

use std::fmt::Write as _;

use crate::document::Problem;
use crate::normalize::{Normalized, Profile, sanitize};

pub use output::{Files, Input, MARK, Rendered, header};
pub use package::{FEATURES, NO_DOCTESTS, SCHEMARS, table, usage, workspace_files};
pub use signature::{Argument, Method, Options, Passed, Returns};

/// Generates the files and methods of a client.
///
/// # Errors
///
/// Fails if the normalized document still has a construct that cannot be generated correctly.
pub fn render(input: &Input<'_>, normalized: &Normalized) -> Result<Rendered, Problem> {
    let header = header(input);
    let title = normalized.document["info"]["title"].as_str().unwrap_or_default();
    let source = source::source(normalized)?;
    let methods = signature::methods(normalized, &source.methods)?;
    let options = options::options(normalized, &methods);
    let notes = format!("<!-- {header} -->\n\n{}", notes(title, normalized));
    let mut files = Files::from([("NOTES.md".to_owned(), notes)]);
    for (name, text) in [
        ("lib", Some(library(title, options.is_some()))),
        ("client", Some(methods::client(normalized, &methods))),
        ("operations", Some(tables::operations(normalized))),
        ("types", Some(types::types(normalized, source.types)?)),
        ("options", options),
    ] {
        if let Some(text) = text {
            files.insert(format!("src/{name}.rs"), format!("// {header}\n\n{text}"));
        }
    }
    Ok(Rendered { files, methods })
}

fn library(title: &str, has_options: bool) -> String {
    let (modules, described) = if has_options {
        (
            "#[rustfmt::skip]\npub mod options;\n",
            "\n//! [`options`] contains their optional parameters.",
        )
    } else {
        ("", "")
    };
    format!(
        r#"//! Generated client: {}.
//!
//! [`Client`] has a method for each operation.{described}
//! [`types`] contains the types of requests and responses, [`operations`] the metadata of each operation.
//! `NOTES.md` lists where the generated code is less precise than the document.

#![allow(
    clippy::all,
    clippy::pedantic,
    missing_docs,
    rustdoc::all,
    reason = "generated code, with descriptions from the document"
)]

#[rustfmt::skip]
mod client;
#[rustfmt::skip]
pub mod operations;
{modules}#[rustfmt::skip]
pub mod types;

pub use atlas_client_core;
pub use client::Client;
"#,
        sanitize(title).replace('\n', " "),
    )
}

fn notes(title: &str, normalized: &Normalized) -> String {
    let mut text = format!(
        "# Limits of the generated client\n\nDocument: {title}.\n\n\
         In every operation:\n\n\
         - The methods do not decode error bodies into types: `atlas_client_core::Error` has the whole body.\n\
         - The parameters `envelope` and `pretty` change the shape of the response and are only available in raw \
         calls.\n\
         - Only one version is generated.\n"
    );
    if normalized.profile == Profile::Lean {
        text.push_str(
            "\nIn every value (profile *lean*):\n\n\
             - A `number` is a double: 10 may become 10.0, and numbers are rounded to about 16 digits.\n\
             - Properties that the document does not name are dropped.\n\
             - An optional property that is `null` becomes absent.\n",
        );
    }
    if !normalized.notes.is_empty() {
        text.push_str("\n| Location | Note |\n|---|---|\n");
    }
    for note in &normalized.notes {
        let cell = |text: &str| sanitize(text).replace('|', "\\|").replace('\n', " ");
        let _ = writeln!(text, "| `{}` | {} |", cell(note.at.as_str()), cell(&note.text));
    }
    text
}
