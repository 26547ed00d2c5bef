//! The pipeline from a request to its response.

mod fault_response;
mod normal_response;
mod pipeline;

#[cfg(test)]
pub(crate) use fault_response::apply;
#[cfg(test)]
pub(crate) use normal_response::{authenticate, respond};
pub(crate) use pipeline::Atlas;
