//! Makes a crate of operations that are extracted from a document.

mod client;
mod core_source;
mod location;
mod package;
mod readme;
mod refusals;

pub use client::{Slice, SliceOptions};
pub use core_source::CoreSource;
pub use location::{CrateLocation, check_folder};
pub use package::{checks, files, library_files};
pub use refusals::{Refusal, Refusals, refuse};
