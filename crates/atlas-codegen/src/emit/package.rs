//! `Cargo.toml` and `README.md` of a generated client in this workspace.

use std::fmt::Write as _;

use super::output::{Files, Input, Rendered, header};
use super::signature::{Argument, Method, Passed};
use crate::dependencies::DEPENDENCIES;
use crate::normalize::{Normalized, Operation, sanitize};

/// The features of `atlas-client-core` that a generated crate forwards.
pub const FEATURES: &[&str] = &["profile", "keyring", "limiter", "metrics"];

/// The feature that implements JSON Schema for the types.
pub const SCHEMARS: &str = "# The types implement `schemars::JsonSchema`.\n\
    schemars = [\"atlas-client-core/schemars\", \"dep:schemars\"]\n";

/// How a registry lists a generated crate of this workspace, and with which features it builds the documentation.
const LISTING: &str = "keywords = [\"atlas\", \"client\", \"mongodb\", \"openapi\"]\n\
    categories = [\"api-bindings\"]\n\n[package.metadata.docs.rs]\nall-features = true\n";

/// The end of the manifest.
pub const NO_DOCTESTS: &str =
    "\n[lib]\n# Indented text in the descriptions of the document is not Rust.\ndoctest = false\n";

/// Returns `Cargo.toml` and `README.md` of a crate named `name` in this workspace.
pub fn workspace_files(
    input: &Input<'_>,
    name: &str,
    normalized: &Normalized,
    rendered: &Rendered,
) -> Files {
    let header = header(input);
    let title = normalized.document["info"]["title"].as_str().unwrap_or_default();
    let title = sanitize(title).replace('\n', " ");
    Files::from([
        ("Cargo.toml".to_owned(), format!("# {header}\n\n{}", manifest(name, &title))),
        (
            "README.md".to_owned(),
            format!(
                "<!-- {header} -->\n\n# {name}\n\nGenerated client of {} operations of “{title}”.\n\n\
                 {}\n{}\n`NOTES.md` lists where the generated code is less precise than the document.\n",
                normalized.operations.len(),
                usage(&name.replace('-', "_"), normalized, rendered),
                table(normalized, rendered),
            ),
        ),
    ])
}

fn manifest(name: &str, title: &str) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut text = format!(
        "[package]\nname = {}\ndescription = {}\n",
        quoted(name),
        quoted(&format!("Generated client: {title}.")),
    );
    for key in ["version", "edition", "rust-version", "license"] {
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(text, "{key}.workspace = true");
    }
    let _ = write!(text, "{LISTING}\n[lints]\nworkspace = true\n\n[features]\n{SCHEMARS}");
    text.push_str("\n[dependencies]\natlas-client-core.workspace = true\n");
    for (name, requirement) in DEPENDENCIES {
        let _ = if requirement.contains("optional = true") {
            writeln!(text, "{name} = {{ workspace = true, optional = true }}")
        } else {
            writeln!(text, "{name}.workspace = true")
        };
    }
    text + NO_DOCTESTS
}

/// Returns each operation with its method.
fn with_methods<'a>(
    normalized: &'a Normalized,
    rendered: &'a Rendered,
) -> impl Iterator<Item = (&'a Operation, &'a Method)> {
    normalized.operations.iter().zip(&rendered.methods)
}

/// Returns a table of the operations and their methods.
pub fn table(normalized: &Normalized, rendered: &Rendered) -> String {
    let mut text = "| Operation | Method | Version |\n|---|---|---|\n".to_owned();
    for (row, method) in with_methods(normalized, rendered) {
        let mut arguments: Vec<String> =
            method.arguments.iter().map(|argument| argument.name.clone()).collect();
        let mut name = method.name.clone();
        if let Some(options) = &method.options {
            arguments.push("options".to_owned());
            name.clone_from(&options.method);
        }
        let _ = writeln!(
            text,
            "| {} | `{name}({})` | `{}`{} |",
            row.id,
            arguments.join(", "),
            row.accept,
            if row.streaming { ", a stream" } else { "" },
        );
    }
    text
}

/// Returns an example that sets up the client and calls the first operation that is not a stream.
pub fn usage(library: &str, normalized: &Normalized, rendered: &Rendered) -> String {
    let call = with_methods(normalized, rendered).find(|(row, _)| !row.streaming);
    let call = call.map(|(_, method)| example(method)).unwrap_or_default();
    let server = normalized
        .base_url
        .as_ref()
        .map(|url| format!("The default base URL is `{url}`, the server in the document. "));
    let server = server.unwrap_or_default();
    let has_options = rendered.methods.iter().any(|method| method.options.is_some());
    let options = if has_options {
        " A method with optional parameters has a variant whose name ends with `_with`; it takes a struct of the \
         module `options`."
    } else {
        ""
    };
    format!(
        "```rust\nuse {library}::Client;\nuse {library}::atlas_client_core::Settings;\n\n\
         // Reads the environment, then a profile of the official Atlas CLI.\n\
         let client = Client::builder().settings(&Settings::load(None)?).build()?;\n{call}```\n\n\
         {server}The builder supports every credential, limit and retry policy of `atlas-client-core`. A method \
         returns a `Response` with its metadata, or an `Error` with the attempts, the response if there was one, and \
         whether the request may have taken effect.{options}\n",
    )
}

fn example(method: &Method) -> String {
    let argument = |argument: &Argument| match argument.passed {
        _ if argument.is_nullable => "None".to_owned(),
        Passed::ByValue | Passed::AsBytes => argument.name.clone(),
        Passed::ByReference | Passed::AsStr | Passed::AsSlice => format!("&{}", argument.name),
    };
    let arguments: Vec<String> = method.arguments.iter().map(argument).collect();
    format!("let response = client.{}({}).await?;\n", method.name, arguments.join(", "))
}
