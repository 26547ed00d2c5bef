//! Reading an OpenAPI document: parsing, JSON pointers, references, and the walk over its operations.

mod heirs;
#[cfg(feature = "yaml")]
mod lines;
mod parse;
mod pointer;
mod problem;
mod references;
mod source;
pub mod versions;
pub mod walk;

pub use heirs::{Heirs, stands_for_heirs};
pub use parse::parse;
pub use pointer::Pointer;
pub use problem::Problem;
pub use references::{Located, follow, resolve};
pub use source::{Source, read};
