//! From a normalized document to the files of a generated client.

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

/// Everything that is generated from a document.
///
/// # Errors
///
/// Something is left in the document that cannot be generated as it is meant.
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
            "\n//! [`options`] has their optional parameters, [`types`]",
        )
    } else {
        ("", " [`types`]")
    };
    format!(
        r#"//! Generated client: {}.
//!
//! [`Client`] has a method for each operation,{described} what they take and return, and
//! [`operations`] what is known of each before it is called. `NOTES.md` beside the sources says what the
//! generated code gives up of the document.

#![allow(
    clippy::all,
    clippy::pedantic,
    missing_docs,
    rustdoc::all,
    reason = "generated: the style is the generator's, the words are the document's"
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
        "# What the generated client gives up\n\nDocument: {title}.\n\n\
         Of every operation: error responses are not typed by the generated methods, but reach \
         `atlas_client_core::Error` whole; `envelope` and `pretty`, which change the shape of the response, \
         are only for raw calls; one version is generated.\n"
    );
    if normalized.profile == Profile::Lean {
        text.push_str(
            "\nOf every value (profile lean): a `number` is a double, so that 10 may come back as 10.0 and \
             digits beyond about 16 are rounded; properties that the document does not name are dropped; \
             a property that may be `null` is left out where it is.\n",
        );
    }
    if !normalized.notes.is_empty() {
        text.push_str("\n| Where | What |\n|---|---|\n");
    }
    for note in &normalized.notes {
        let cell = |text: &str| sanitize(text).replace('|', "\\|").replace('\n', " ");
        let _ = writeln!(text, "| `{}` | {} |", cell(note.at.as_str()), cell(&note.text));
    }
    text
}
