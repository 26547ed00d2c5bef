//! Extracts operations and everything that they reach into a new document.

mod components;
mod moved;
mod prose;
#[cfg(test)]
mod tests;

pub use components::{Extract, extract};
pub use prose::{Docs, strip_prose};
