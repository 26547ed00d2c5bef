//! Generates Rust clients on `atlas-client-core` from OpenAPI 3.0 documents.
//!
//! [`CrateSpec`] says what to generate a crate from, and [`CrateSpec::files`] returns the files of the crate. The
//! command `atlas-codegen` does the same with files on disk.
//!
//! # Features
//!
//! All are on by default.
//!
//! - `emit`: generating, with progenitor.
//! - `yaml`: reading YAML, and line numbers in messages.
//! - `cli`: the command `atlas-codegen`.
//! - `proof`: the command's `conformance`.
//!
//! # Panics
//!
//! The library does not panic at a document: it returns a [`Problem`] for what it does not support. progenitor, which it
//! runs, does panic at some documents that the checks before it let through. These panics are caught, and returned as a
//! `Problem`, unless the program is built with `panic = "abort"`: then they end it. Run the command `atlas-codegen` in a
//! process of its own to be safe from that.
//!
//! # Layers
//!
//! Each module depends only on those before it: `document` ← `select`, `extract` ← `normalize` ← `emit` ← `oracle`,
//! `checks` ← `slice`, `write` ← `conformance` ← `cli`. `oracle` reads documents with separate code and shares nothing
//! with `normalize`. `diff` compares two documents and uses `document` alone.

#![cfg_attr(
    not(all(feature = "cli", feature = "emit", feature = "proof", feature = "yaml")),
    allow(dead_code, unused_imports, reason = "with fewer features less of it is used")
)]

#[cfg(feature = "emit")]
mod checks;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "proof")]
mod conformance;
#[cfg(feature = "emit")]
mod dependencies;
#[cfg(feature = "cli")]
mod diff;
mod document;
#[cfg(feature = "emit")]
mod emit;
#[cfg(feature = "emit")]
mod extract;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "emit")]
mod generate;
#[cfg(feature = "emit")]
mod names;
#[cfg(feature = "emit")]
mod normalize;
#[cfg(feature = "emit")]
mod oracle;
#[cfg(feature = "emit")]
mod select;
#[cfg(feature = "emit")]
mod slice;
#[cfg(feature = "emit")]
mod spec;
#[cfg(feature = "emit")]
mod write;

pub use document::{Pointer, Problem, parse};
#[cfg(feature = "emit")]
pub use emit::Files;
#[cfg(feature = "emit")]
pub use extract::Docs;
#[cfg(feature = "emit")]
pub use normalize::Profile;
#[cfg(feature = "emit")]
pub use select::Selector;
#[cfg(feature = "emit")]
pub use slice::CoreSource;
#[cfg(feature = "emit")]
pub use spec::CrateSpec;
