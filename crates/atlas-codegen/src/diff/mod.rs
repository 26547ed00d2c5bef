//! Compares a fragment of a document with the document.

mod access;
mod bodies;
mod compare;
mod difference;
mod known;
mod members;
mod node;
mod operation;
mod operations;
mod parameters;
mod report;
mod responses;
mod rules;
mod schema;
mod schemas;
#[cfg(test)]
mod tests;

pub use compare::compare;
pub use known::Known;
pub use node::Source;
