//! Reads a document a second time, and says what a correct client sends and receives.
//!
//! The check that a generated client keeps what travels needs values, and these must not come from the code that
//! made the client: what that code reads incorrectly, the values would have wrong as well. So nothing here is
//! shared with [`crate::normalize`]: references, inheritance and unions are read from the document by code of its
//! own.

mod differences;
mod kind;
mod limits;
mod outcome;
mod reader;
mod requests;
mod sample;
#[cfg(test)]
mod tests;
mod text;
mod unknown;
mod values;
mod wire;

pub use differences::{Class, differences};
pub use kind::Kind;
pub use requests::{operations, paths_elsewhere, requests};
pub use values::{Direction, Sample, Source, samples};
pub use wire::verdict;
