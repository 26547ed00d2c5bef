//! progenitor, whose panics are errors here.
//!
//! It panics at what it does not support. Where this program is built so that a panic ends it, progenitor
//! runs in a process of its own.

use std::cell::Cell;
use std::env;
use std::error::Error;
#[cfg(feature = "cli")]
use std::io;
use std::io::Write as _;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
#[cfg(feature = "cli")]
use std::process::ExitCode;
use std::process::{Command, Stdio};

use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, InterfaceStyle, TypeImpl};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::normalize::{Normalized, Profile};

/// What this program calls itself with.
pub const COMMAND: &str = "progenitor";

/// What progenitor generates from.
#[derive(Deserialize, Serialize)]
pub struct Request {
    document: Value,
    is_lossless: bool,
    /// The components that are types of ours: of open enums, and of tagged unions.
    enums: Vec<String>,
    unions: Vec<String>,
}

impl Request {
    /// Everything of a document.
    pub fn of(normalized: &Normalized) -> Self {
        Self {
            document: normalized.document.clone(),
            is_lossless: normalized.profile == Profile::Lossless,
            enums: normalized.enums.iter().map(|open_enum| open_enum.name.clone()).collect(),
            unions: normalized.unions.iter().map(|union| union.name.clone()).collect(),
        }
    }

    /// The same of one operation alone.
    pub fn of_operation(&self, path: &str, method: &str) -> Self {
        let mut document = self.document.clone();
        let operation = self.document["paths"][path][method].clone();
        document["paths"] = json!({ path: { method: operation } });
        Self {
            document,
            is_lossless: self.is_lossless,
            enums: self.enums.clone(),
            unions: self.unions.clone(),
        }
    }

    /// The client and its types, or what progenitor said before it stopped.
    pub fn tokens(&self) -> Result<TokenStream, String> {
        if cfg!(panic = "abort") {
            return self.in_a_process().map_err(|error| error.to_string())?;
        }
        quietly(|| catch_unwind(AssertUnwindSafe(|| self.generate()))).unwrap_or_else(|panic| {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref().map(|&said: &&str| said.to_owned()));
            Err(said.unwrap_or_default())
        })
    }

    fn generate(&self) -> Result<TokenStream, String> {
        let document: openapiv3::OpenAPI = serde_path_to_error::deserialize(&self.document)
            .map_err(|error| format!("this is not OpenAPI: {error}"))?;
        let mut generator = Generator::new(&self.settings()?);
        let tokens = generator.generate_tokens(&document).map_err(|error| error.to_string())?;
        if generator.get_type_space().uses_regress() {
            return Err("a type that checks a pattern".to_owned());
        }
        Ok(tokens)
    }

    fn settings(&self) -> Result<GenerationSettings, String> {
        let schema = |schema| serde_json::from_value(schema).map_err(|error| error.to_string());
        let mut settings = GenerationSettings::new();
        settings
            .with_interface(InterfaceStyle::Positional)
            .with_conversion(
                schema(json!({ "type": "string", "format": "object-id" }))?,
                "::atlas_client_core::ObjectId",
                [TypeImpl::Display, TypeImpl::FromStr].into_iter(),
            )
            .with_conversion(
                schema(json!({ "type": "string", "format": "password" }))?,
                "::atlas_client_core::Secret",
                [].into_iter(),
            );
        if self.is_lossless {
            // As written: 10 does not come back as 10.0.
            settings.with_conversion(
                schema(json!({ "type": "number" }))?,
                "::serde_json::Number",
                [TypeImpl::Display].into_iter(),
            );
        }
        for name in &self.enums {
            let impls = [TypeImpl::Display, TypeImpl::FromStr];
            settings.with_replacement(name, format!("crate::types::{name}"), impls.into_iter());
        }
        for name in &self.unions {
            settings.with_replacement(name, format!("crate::types::{name}"), [].into_iter());
        }
        Ok(settings)
    }

    /// Generates in a process of its own, which may end in any way.
    fn in_a_process(&self) -> Result<Result<TokenStream, String>, Box<dyn Error>> {
        let mut child = Command::new(env::current_exe()?)
            .arg(COMMAND)
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // It reads all before it writes.
        if let Some(mut input) = child.stdin.take() {
            input.write_all(&serde_json::to_vec(self)?)?;
        }
        let output = child.wait_with_output()?;
        if output.status.success() {
            return Ok(Ok(String::from_utf8(output.stdout)?.parse()?));
        }
        Ok(Err(said(&String::from_utf8_lossy(&output.stderr))))
    }
}

/// What a process said of its end: in a panic, what stands behind the line that says where.
fn said(text: &str) -> String {
    let panic = text.split_once("panicked at ").and_then(|(_, rest)| rest.split_once('\n'));
    let said = panic.map_or(text, |(_, said)| said);
    let said = said.trim().trim_start_matches("error: ");
    said.split("\nnote: ").next().unwrap_or_default().trim().to_owned()
}

/// Generates from the standard input to the standard output.
#[cfg(feature = "cli")]
pub fn run() -> Result<ExitCode, Box<dyn Error>> {
    let request: Request = serde_json::from_reader(io::stdin().lock())?;
    let tokens = request.generate()?;
    io::stdout().lock().write_all(tokens.to_string().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Does something whose panic on this thread says nothing by itself.
fn quietly<T>(what: impl FnOnce() -> T) -> T {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_QUIET.get() {
                usual(info);
            }
        }));
    });
    let before = IS_QUIET.replace(true);
    let done = what();
    IS_QUIET.set(before);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_said_of_its_end_is_found() {
        for (text, expected) in [
            (
                "thread 'main' (7) panicked at a.rs:1:2:\nnot yet\nimplemented\nnote: run with",
                "not yet\nimplemented",
            ),
            ("error: no schema\n", "no schema"),
            ("thread 'main' has overflowed its stack\n", "thread 'main' has overflowed its stack"),
            ("", ""),
        ] {
            assert_eq!(said(text), expected);
        }
    }

    #[test]
    fn a_panic_is_an_error() {
        let document = json!({
            "openapi": "3.0.3", "info": { "title": "t", "version": "1" },
            "paths": { "/x/{a}": { "get": {
                "operationId": "x", "responses": {},
                "parameters": [{ "name": "a", "in": "path", "required": false, "schema": {} }],
            } } },
        });
        let request = Request { document, is_lossless: false, enums: vec![], unions: vec![] };
        assert_eq!(request.tokens().unwrap_err(), "assertion failed: parameter_data.required");
    }
}
