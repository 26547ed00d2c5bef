//! The headers that a user of the library adds to every request.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::build_error::BuildError;

/// Headers that the transport or the HTTP client sets, or that describe the connection.
const RESERVED: [&str; 20] = [
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-request-id",
];

/// Checks names and values. Marks every value as sensitive, because it may be a credential: `Debug` does
/// not show it.
pub(super) fn parse(headers: &[(String, String)]) -> Result<HeaderMap, BuildError> {
    let mut parsed = HeaderMap::new();
    for (name, value) in headers {
        let refused = |reason| BuildError::Header { name: name.clone(), reason };
        let header = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| refused("the name has a character that is not allowed"))?;
        if RESERVED.contains(&header.as_str()) {
            return Err(refused("the client sets it"));
        }
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| refused("the value has a character that is not allowed"))?;
        value.set_sensitive(true);
        parsed.insert(header, value);
    }
    Ok(parsed)
}

/// Adds the headers of the client to those of a request. A header of the operation has precedence.
pub(super) fn add(request: &mut HeaderMap, of_client: &HeaderMap) {
    for (name, value) in of_client {
        request.entry(name).or_insert_with(|| value.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_one(name: &str, value: &str) -> Result<HeaderMap, BuildError> {
        parse(&[(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn a_header_of_the_client_is_refused_in_any_case() {
        for name in RESERVED.iter().chain(&["Authorization", "HOST", "Content-Type"]) {
            let error = parse_one(name, "x").unwrap_err();
            assert!(matches!(error, BuildError::Header { .. }), "{name}");
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn a_value_is_never_shown() {
        assert!(!format!("{:?}", parse_one("x-api-key", "hunter2").unwrap()).contains("hunter2"));
        for (name, value) in [("x-key", "hunter2\r\nx: y"), ("x key", "hunter2"), ("", "hunter2")] {
            let error = parse_one(name, value).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
    /// The bug: a header for every request replaces what one call asks for.
    #[test]
    fn a_header_of_the_operation_has_precedence() {
        let mut request = parse_one("If-Match", "of the call").unwrap();
        let of_client = [("if-match", "of the client"), ("x-gateway", "1")];
        add(&mut request, &parse(&of_client.map(|(a, b)| (a.to_owned(), b.to_owned()))).unwrap());
        assert_eq!(request["if-match"], "of the call");
        assert_eq!(request["x-gateway"], "1");
        assert_eq!(request.len(), 2);
    }
}
