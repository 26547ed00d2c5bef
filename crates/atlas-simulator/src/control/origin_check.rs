//! Refuses requests that web pages make a browser send.

use std::net::IpAddr;

use http::header::{HOST, ORIGIN};
use http::request::Parts;

/// Refuses a request that is not addressed to the loopback address by name, or that a page of another
/// site sends. A page's host name can resolve to the loopback address, so the name counts.
pub(super) fn check(parts: &Parts) -> Result<(), &'static str> {
    let host = parts.headers.get(HOST).and_then(|value| value.to_str().ok());
    let authority = parts.uri.authority().map(http::uri::Authority::as_str);
    if !host.is_some_and(is_loopback) || !authority.is_none_or(is_loopback) {
        return Err("the Host header does not name the loopback address");
    }
    let is_local =
        |origin: &str| origin.split_once("://").is_some_and(|(_, host)| is_loopback(host));
    let mut origins = parts.headers.get_all(ORIGIN).into_iter();
    if !origins.all(|origin| origin.to_str().is_ok_and(is_local)) {
        return Err("the Origin header names another site");
    }
    Ok(())
}

/// Returns whether a host, with or without a port, is this machine.
fn is_loopback(authority: &str) -> bool {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some(parts) => parts,
            None => return false,
        },
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    let is_port = digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_local = host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    is_port && (is_local || host.eq_ignore_ascii_case("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for authority in
            ["localhost", "LOCALHOST:80", "127.0.0.1:7077", "127.9.9.9", "[::1]", "[::1]:80"]
        {
            assert!(is_loopback(authority), "{authority}");
        }
        for authority in [
            "",
            "evil.example",
            "localhost.evil.example:80",
            "127.0.0.1.evil.example",
            "evil.example:127.0.0.1",
            "10.0.0.1",
            "[::2]:80",
            "[::1",
            "[::1]evil",
            "0.0.0.0",
        ] {
            assert!(!is_loopback(authority), "{authority}");
        }
    }
}
