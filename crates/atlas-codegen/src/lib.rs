//! Generates a Rust client on `atlas-client-core` from an OpenAPI document.

mod checks;
pub mod cli;
mod conformance;
mod diff;
mod document;
mod emit;
mod generate;
mod normalize;
mod oracle;
mod slice;
mod write;
