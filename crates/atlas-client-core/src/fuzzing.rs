//! The parsers that the fuzz targets of the workspace call. Not for use by others.

#![allow(clippy::missing_panics_doc, reason = "a panic is what a fuzz target looks for")]

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;

use crate::error::ErrorBody;
use crate::headers::{self, RateLimit};
use crate::{auth, decoded_size, error};

#[cfg(feature = "profile")]
pub use crate::credentials::fuzz_profiles as profiles;

/// The limit on bodies, from which that on their decoded size follows.
const MAX_BODY_BYTES: usize = 1 << 20;

/// Decodes the body of a response as a call does. No message about it has control characters.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    if !decoded_size::is_within(body, MAX_BODY_BYTES) {
        return None;
    }
    let decoded = error::decode(body);
    if let Err(problem) = &decoded {
        assert!(!problem.to_string().chars().any(char::is_control), "{problem}");
    }
    decoded.ok()
}

/// Reads the body of an error. What is kept is not larger than the body.
pub fn error_body(body: &[u8]) {
    let read = ErrorBody::read(body);
    let code = read.code.map(|code| code.to_string()).unwrap_or_default();
    assert!(code.len() <= body.len().saturating_mul(3), "{code}");
}

/// Reads the headers of a response, one in each line.
pub fn response_headers(lines: &[u8]) {
    let headers = header_map(lines);
    let _ = headers::retry_after(&headers).map(|wait| wait.saturating_add(Duration::MAX));
    RateLimit::read(&headers);
    for name in ["date", "deprecation", "sunset"] {
        headers::date(&headers, name);
    }
}

/// Reads the challenges of a response, from headers of which each line is one, and responds to them.
pub fn digest_challenge(lines: &[u8]) {
    auth::fuzzing::digest_challenge(&header_map(lines));
}

/// Reads the response to a token request.
pub fn token_response(body: &[u8]) {
    auth::fuzzing::token_response(body);
}

/// Reads a file of the token cache.
pub fn token_cache_file(content: &[u8]) {
    auth::fuzzing::token_cache_file(content, SystemTime::UNIX_EPOCH);
}

fn header_map(lines: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n').take(32) {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else { continue };
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            headers.append(name, value);
        }
    }
    headers
}
