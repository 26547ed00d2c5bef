//! The requests of each operation, as the document states them, for arguments that its parameters admit.

mod arguments;
mod body;
mod cases;
mod operation;
mod parameters;
mod paths;
mod place;
mod responses;
#[cfg(test)]
mod tests;

pub use cases::requests;
pub use paths::{operations, paths_elsewhere};
