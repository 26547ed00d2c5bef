//! The runtime of generated clients of the MongoDB Atlas Administration API.
//!
//! This crate knows no operation. A generated client has a table of [`Operation`]s and sends every
//! request through a [`Transport`], which authorizes it, reads the response within limits and classifies
//! it. A generated method returns a [`Response`] or an [`Error`].
//!
//! Use it through a client that is made from a transport: `atlas-migrations`, or a crate that
//! `atlas-codegen` generates. Clients that are made from the same transport share its connections, its
//! tokens and its limits.
//!
//! ```
//! use std::time::Duration;
//! use atlas_client_core::{Credentials, RetryPolicy, Transport};
//!
//! let transport = Transport::builder()
//!     .credentials(Credentials::service_account("mdb_sa_id_…", "its secret"))
//!     .retry(RetryPolicy::default().max_attempts(6))
//!     .attempt_timeout(Duration::from_secs(20))
//!     .build()?;
//! assert_eq!(transport.base_url(), "https://cloud.mongodb.com");
//! # Ok::<(), atlas_client_core::BuildError>(())
//! ```
//!
//! | Part | Items |
//! |---|---|
//! | requests | [`Transport`], [`TransportBuilder`], [`RetryPolicy`], [`Operation`] |
//! | responses | [`Response`], [`Metadata`], [`RawResponse`], [`Envelope`], [`RateLimit`], [`ByteStream`] |
//! | errors | [`Error`], [`ErrorCode`], [`FieldViolation`], [`BuildError`] |
//! | credentials | [`Credentials`], [`Settings`], [`Secret`] |
//! | time | [`Clock`], [`SystemClock`], and for tests [`ManualClock`] |
//! | what generated types consist of | [`ObjectId`], [`open_enum!`], [`tagged_union!`], [`nullable`] |
//! | text and files from outside | [`ForeignText`], [`sanitize`], [`bounded_file`] |
//!
//! # Features
//!
//! | Feature | Default | What it adds |
//! |---|---|---|
//! | `profile` | yes | Profiles of the official Atlas CLI |
//! | `keyring` | no | Secrets in the secret store of the operating system |
//! | `limiter` | no | `TransportBuilder::requests_per_minute` |
//! | `metrics` | no | Calls, attempts, latencies, tokens and rate limits for the `metrics` facade |
//! | `schemars` | no | JSON Schemas of the types |
//!
//! The feature `fuzzing` is for the fuzz targets of this project alone.

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
