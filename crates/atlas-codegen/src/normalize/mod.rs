//! Turns a document into one that progenitor generates correctly.
//!
//! progenitor and typify refuse some constructs. Others they generate into code that compiles and is wrong on
//! the wire. The rules replace each of them by a construct with the same meaning on the wire that is generated
//! correctly. A rule that gives something up adds a [`Note`].
//!
//! The rules are methods of one recursive copy of what the operations reach, the [lowering](lowering::Lowering):
//!
//! - [`observed`]: the observed behavior of the service overrides its documentation.
//! - [`operations`], [`parameters`], [`bodies`], [`responses`], [`servers`] and [`security`]: one version of each
//!   operation, what it sends and where, any 2xx as success, no error responses.
//! - [`schemas`]: every inline object and enum becomes a component with a unique name; ids, open enums; no
//!   `pattern`, `default`, limits or `title`.
//! - [`structures`] and [`unions`]: inherited properties are written out; a schema with variants becomes a tagged
//!   union, or an object with the properties of all variants.
//! - [`postprocess`]: what a response may leave out, `null` and absence, the order of recursive components, and a
//!   check that nothing is left that would be generated incorrectly.

mod bodies;
mod enums;
mod json;
mod kinds;
mod lowering;
mod model;
mod observed;
mod operations;
mod parameters;
mod pipeline;
mod plain;
mod postprocess;
mod prose;
mod responses;
mod schemas;
mod security;
mod servers;
mod structures;
#[cfg(test)]
mod tests;
mod unions;

pub use model::{
    FieldChange, Normalized, OpenEnum, Operation, Parameter, Profile, Style, TaggedUnion,
};
pub use parameters::lowered_path;
pub use pipeline::normalize;
pub use prose::sanitize;

pub use crate::names::{Scope, pascal, snake};
