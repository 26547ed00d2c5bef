//! Serves the operations of any OpenAPI document with its examples, without state.

mod body;
mod content;
mod document;
mod near;
mod operation;
mod parameters;
mod path;
mod respond;
mod sample;
mod text;

pub use document::{Description, DescriptionError};
pub(crate) use respond::{Described, respond};
