//! The functions that the fuzz targets of this workspace call, one for each parser of outside input.
//!
//! `fuzz/fuzz_targets` has a program for each of [`TARGETS`], which `cargo xtask fuzz` runs. The test of this crate calls
//! every function with every file of `fuzz/seeds`, so that a stable toolchain finds what was found once.
//!
//! A function panics if the parser does, or if a property of the parser does not hold.

mod documents;
mod journal;
mod migrations;
mod page;
mod responses;

use std::fmt;

/// A function that a fuzz target calls with each input.
#[derive(Clone, Copy)]
pub struct Target {
    /// The name of the target, of its program and of the folder of its seeds.
    pub name: &'static str,
    /// Calls the parser.
    pub run: fn(&[u8]),
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("name", &self.name).finish_non_exhaustive()
    }
}

macro_rules! targets {
    ($($name:ident: $function:path,)*) => {
        /// All targets.
        pub const TARGETS: &[Target] =
            &[$(Target { name: stringify!($name), run: $function }),*];
    };
}

targets! {
    described_api: documents::described_api,
    digest_challenge: atlas_client_core::fuzzing::digest_challenge,
    error_body: atlas_client_core::fuzzing::error_body,
    identifiers: migrations::identifiers,
    journal_event: journal::event,
    journal_export: journal::export,
    json_pointer: documents::json_pointer,
    openapi_document: documents::openapi_document,
    page_request: page::request,
    plan: migrations::plan,
    plan_values: migrations::plan_values,
    profiles: responses::profiles,
    request_file: migrations::request_file,
    response_headers: atlas_client_core::fuzzing::response_headers,
    responses: responses::responses,
    scenario: documents::scenario,
    shown_text: responses::shown_text,
    token_cache_file: atlas_client_core::fuzzing::token_cache_file,
    token_response: atlas_client_core::fuzzing::token_response,
}

/// Calls the target of a name. An unknown name does nothing.
pub fn run(name: &str, input: &[u8]) {
    if let Some(target) = TARGETS.iter().find(|target| target.name == name) {
        (target.run)(input);
    }
}
