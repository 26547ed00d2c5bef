//! The runtime of generated clients of the MongoDB Atlas Administration API.
//!
//! This crate knows no operation. A generated client has a table of [`Operation`]s and sends every
//! request through a [`Transport`], which authorizes it, reads the response within limits and classifies
//! it. A generated method returns a [`Response`] or an [`Error`].
//!
//! It also has the types that a generated client consists of: [`ObjectId`], the enums of [`open_enum!`]
//! and the unions of [`tagged_union!`].

mod auth;
pub mod bounded_file;
mod build_error;
mod byte_stream;
mod call;
mod clock;
mod credentials;
mod decision;
mod decoded_size;
mod deserialize_text;
mod error;
mod foreign_text;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod headers;
#[cfg(feature = "schemars")]
mod json_schema;
pub mod nullable;
mod object_id;
mod open_enum;
mod operation;
mod parameter_style;
mod raw_response;
mod request_id;
mod response;
mod retry;
mod secret;
mod tagged_union;
mod transport;
pub mod user_folders;

pub use self::build_error::BuildError;
pub use self::byte_stream::ByteStream;
pub use self::clock::{Clock, ManualClock, SystemClock};
pub use self::credentials::{Credentials, SecretStoreProblem, Setting, Settings, SettingsError};
pub use self::error::{Error, ErrorCode, FieldViolation};
pub use self::foreign_text::{ForeignText, sanitize};
pub use self::headers::RateLimit;
pub use self::object_id::{ObjectId, ParseObjectIdError};
pub use self::open_enum::UnknownValue;
pub use self::operation::{Operation, Parameter, ParameterLocation};
pub use self::raw_response::RawResponse;
pub use self::request_id::RequestId;
pub use self::response::{Envelope, Metadata, Response};
pub use self::retry::RetryPolicy;
pub use self::secret::Secret;
pub use self::transport::{Transport, TransportBuilder};
pub use reqwest::Body;

/// What generated code and the macros use. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "schemars")]
    pub use schemars;
    pub use serde;
    pub use serde_json;

    pub use crate::call::Call;
    pub use crate::deserialize_text::deserialize_text;
    pub use crate::parameter_style::{HeaderStyle, PathStyle, QueryStyle};

    /// What the macros implement `JsonSchema` by.
    #[cfg(feature = "schemars")]
    pub mod json_schema {
        pub use crate::json_schema::{open_enum, tagged_union};
    }
}

/// The examples of the README run as doc tests of this crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
