//! What the OpenAPI document says, and the format of requests and responses.

mod description;
mod envelope;
mod error;
mod json;
mod openapi;
mod operation;
mod request_body;
mod request_schema;
mod response;
mod routes;
mod version;

pub(crate) use description::{Described, respond as respond_as_described};
pub use description::{Description, DescriptionError};
pub(crate) use error::ApiError;
pub(crate) use json::compact_json;
pub(crate) use openapi::served_at;
pub use openapi::{OpenApiError, openapi};
pub(crate) use operation::{Operation, OperationVersion};
pub(crate) use request_body::{check_content_type, parse_body};
pub(crate) use response::{Response, ResponseContext, allowed_methods, challenge, too_large};
pub(crate) use routes::{PathParameters, Route, Routes};
pub(crate) use version::select_version;
