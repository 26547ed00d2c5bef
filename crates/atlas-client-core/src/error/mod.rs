//! [`Error`]: why a call failed.

mod body;
mod call_error;
mod code;
mod decode;
mod hint;
mod kind;
mod message;
mod predicates;

pub(crate) use self::body::ErrorBody;
pub use self::body::FieldViolation;
pub use self::call_error::Error;
pub use self::code::ErrorCode;
pub(crate) use self::decode::{DecodeProblem, decode};
pub(crate) use self::kind::{Kind, TimeoutKind};
