//! The OpenAPI fragment that the simulator is made from, and the document that it serves.

mod document;
mod envelopes;
mod error;
mod fragment;
mod walk;

pub use document::openapi;
pub(crate) use document::served_at;
pub use error::OpenApiError;
pub(crate) use fragment::{built_in, effective_schema, elements, header, object, resolve};
