//! Runs progenitor and turns its panics into errors.
//!
//! progenitor panics at unsupported input. A panic cannot be caught in a program that is built with `panic = "abort"`, so
//! the command `atlas-codegen` starts itself again then. A program that uses the library is never started again: it does not
//! know the subcommand.

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
use std::sync::atomic::{AtomicBool, Ordering};

use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, InterfaceStyle, TypeImpl};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::normalize::{Normalized, Profile};

/// The subcommand that runs progenitor in a separate process.
pub const COMMAND: &str = "progenitor";

/// Whether this program is the command, which has the subcommand.
static IS_COMMAND: AtomicBool = AtomicBool::new(false);

/// Says that this program is the command: it may be started again with [`COMMAND`] as its argument.
#[cfg(feature = "cli")]
pub fn set_is_command() {
    IS_COMMAND.store(true, Ordering::Relaxed);
}

/// What protects a program from a panic of progenitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protection {
    /// The panic is caught.
    Unwinding,
    /// progenitor runs in a separate process.
    Process,
    /// Nothing: a panic ends the program, as every other panic in it does.
    Nothing,
}

impl Protection {
    fn choose(panic_aborts: bool, is_command: bool) -> Self {
        match (panic_aborts, is_command) {
            (false, _) => Self::Unwinding,
            (true, true) => Self::Process,
            (true, false) => Self::Nothing,
        }
    }
}

/// The input of progenitor.
#[derive(Deserialize, Serialize)]
pub struct Request {
    document: Value,
    is_lossless: bool,
    /// The components that `open_enum!` defines.
    enums: Vec<String>,
    /// The components that `tagged_union!` defines.
    unions: Vec<String>,
}

impl Request {
    /// Returns the input for a whole document.
    pub fn new(normalized: &Normalized) -> Self {
        Self {
            document: normalized.document.clone(),
            is_lossless: normalized.profile == Profile::Lossless,
            enums: normalized.enums.iter().map(|open_enum| open_enum.name.clone()).collect(),
            unions: normalized.unions.iter().map(|union| union.name.clone()).collect(),
        }
    }

    /// Returns the input for one operation.
    pub fn single_operation(&self, path: &str, method: &str) -> Self {
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

    /// Generates the client and its types. Fails with progenitor's error or panic message.
    pub fn tokens(&self) -> Result<TokenStream, String> {
        let is_command = IS_COMMAND.load(Ordering::Relaxed);
        self.tokens_with(Protection::choose(cfg!(panic = "abort"), is_command))
    }

    fn tokens_with(&self, protection: Protection) -> Result<TokenStream, String> {
        match protection {
            Protection::Unwinding => {
                let generate = || catch_unwind(AssertUnwindSafe(|| self.generate()));
                without_panic_output(generate).unwrap_or_else(|panic| {
                    let message = panic.downcast_ref::<String>().cloned();
                    let message = message
                        .or_else(|| panic.downcast_ref().map(|&text: &&str| text.to_owned()));
                    Err(message.unwrap_or_default())
                })
            }
            Protection::Process => self.generate_in_process().map_err(|error| error.to_string())?,
            Protection::Nothing => self.generate(),
        }
    }

    fn generate(&self) -> Result<TokenStream, String> {
        let document: openapiv3::OpenAPI = serde_path_to_error::deserialize(&self.document)
            .map_err(|error| format!("invalid OpenAPI: {error}"))?;
        let mut generator = Generator::new(&self.settings()?);
        let tokens = generator.generate_tokens(&document).map_err(|error| error.to_string())?;
        if generator.get_type_space().uses_regress() {
            return Err("a type with a pattern check".to_owned());
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
            // `Number` keeps the spelling: 10 does not become 10.0.
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

    /// Generates in a separate process, which may crash.
    fn generate_in_process(&self) -> Result<Result<TokenStream, String>, Box<dyn Error>> {
        let mut child = Command::new(env::current_exe()?)
            .arg(COMMAND)
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // No deadlock: the process reads all input before it writes.
        if let Some(mut input) = child.stdin.take() {
            input.write_all(&serde_json::to_vec(self)?)?;
        }
        let output = child.wait_with_output()?;
        if output.status.success() {
            return Ok(Ok(String::from_utf8(output.stdout)?.parse()?));
        }
        Ok(Err(failure_message(&String::from_utf8_lossy(&output.stderr))))
    }
}

/// Returns the message in the standard error of a failed process. For a panic, this is the text after the location.
fn failure_message(stderr: &str) -> String {
    let panic = stderr.split_once("panicked at ").and_then(|(_, rest)| rest.split_once('\n'));
    let message = panic.map_or(stderr, |(_, message)| message);
    let message = message.trim().trim_start_matches("error: ");
    message.split("\nnote: ").next().unwrap_or_default().trim().to_owned()
}

/// Reads an input from standard input and writes the generated code to standard output.
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

/// Runs a function without the message of a panic on this thread.
fn without_panic_output<T>(function: impl FnOnce() -> T) -> T {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let default_hook = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_QUIET.get() {
                default_hook(info);
            }
        }));
    });
    let before = IS_QUIET.replace(true);
    let result = function();
    IS_QUIET.set(before);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_a_failed_process_is_found() {
        for (text, expected) in [
            (
                "thread 'main' (7) panicked at a.rs:1:2:\nnot yet\nimplemented\nnote: run with",
                "not yet\nimplemented",
            ),
            ("error: no schema\n", "no schema"),
            ("thread 'main' has overflowed its stack\n", "thread 'main' has overflowed its stack"),
            ("", ""),
        ] {
            assert_eq!(failure_message(text), expected);
        }
    }

    /// The bug: a program that uses the library is built with `panic = "abort"`, and the library starts it again with an
    /// argument that it does not know.
    #[test]
    fn only_the_command_is_started_again() {
        for (panic_aborts, is_command, expected) in [
            (false, false, Protection::Unwinding),
            (false, true, Protection::Unwinding),
            (true, true, Protection::Process),
            (true, false, Protection::Nothing),
        ] {
            assert_eq!(Protection::choose(panic_aborts, is_command), expected);
        }
        // These tests are such a program.
        assert!(!IS_COMMAND.load(Ordering::Relaxed));
        let document = json!({
            "openapi": "3.0.3", "info": { "title": "t", "version": "1" },
            "paths": { "/x": { "get": { "operationId": "x", "responses": {
                "204": { "description": "" }
            } } } },
        });
        let request = Request { document, is_lossless: false, enums: vec![], unions: vec![] };
        let tokens = |protection| request.tokens_with(protection).unwrap().to_string();
        assert_eq!(tokens(Protection::Nothing), tokens(Protection::Unwinding));
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
