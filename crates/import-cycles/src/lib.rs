//! Finds import cycles between the files of a crate.
//!
//! A file imports another when it names an item that the other defines: in a private `use`, or in a path of an
//! expression, type, attribute or macro. A re-export leads to the file that defines the item, and is not an import
//! itself; neither is `mod x;`. Code under `#[cfg(test)]` does not count, and method calls are not followed.

mod error;
mod graph;
mod imports;
mod modules;
mod names;

use std::path::Path;

pub use self::error::Error;
pub use self::graph::Cycle;

/// Returns the import cycles of the crate whose root is the file `root`, such as `src/lib.rs`.
///
/// # Errors
///
/// Fails if a file of the crate cannot be read or parsed.
pub fn find(root: &Path) -> Result<Vec<Cycle>, Error> {
    let modules = modules::read(root)?;
    Ok(graph::cycles(&imports::of(&modules)))
}
