//! The `Authorization` header.

use http::HeaderMap;
use http::header::AUTHORIZATION;

/// Returns the scheme and the rest of the `Authorization` header.
pub(super) fn credential(headers: &HeaderMap) -> Option<(&[u8], &[u8])> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let space = value.iter().position(|byte| *byte == b' ')?;
    Some((&value[..space], &value[space + 1..]))
}
