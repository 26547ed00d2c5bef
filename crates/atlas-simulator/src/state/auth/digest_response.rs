//! The arithmetic of RFC 7616, RFC 2617 and RFC 2069.

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::scenario::DigestAlgorithm;

/// Hashes the parts, joined by colons. Returns lowercase hex digits.
pub(super) fn hash(algorithm: DigestAlgorithm, parts: &[&str]) -> String {
    let text = parts.join(":");
    match algorithm {
        DigestAlgorithm::Md5 | DigestAlgorithm::Md5Sess => hex(&Md5::digest(text)),
        DigestAlgorithm::Sha256 | DigestAlgorithm::Sha256Sess => hex(&Sha256::digest(text)),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The inputs of a digest besides the method.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs<'a> {
    pub(super) algorithm: DigestAlgorithm,
    /// The hash of the user name, the realm and the password.
    pub(super) secret: &'a str,
    pub(super) nonce: &'a str,
    /// The client's nonce, which session algorithms need even without `qop`.
    pub(super) cnonce: &'a str,
    /// The nonce count as sent, or `None` without `qop`.
    pub(super) count: Option<&'a str>,
    pub(super) uri: &'a str,
}

impl Inputs<'_> {
    /// Returns the client's response for a method, or the server's `rspauth` for an empty method.
    pub(super) fn response(&self, method: &str) -> String {
        let Self { algorithm, secret, nonce, cnonce, count, uri } = *self;
        let hash = |parts: &[&str]| hash(algorithm, parts);
        let session = algorithm.is_session().then(|| hash(&[secret, nonce, cnonce]));
        let secret = session.as_deref().unwrap_or(secret);
        let request = hash(&[method, uri]);
        match count {
            Some(count) => hash(&[secret, nonce, count, cnonce, "auth", &request]),
            None => hash(&[secret, nonce, &request]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `GET /dir/index.html`, the request of all examples.
    fn response(
        algorithm: DigestAlgorithm,
        secret: &str,
        nonce: &str,
        cnonce: &str,
        count: Option<&str>,
    ) -> String {
        let secret = &hash(algorithm, &[secret]);
        let uri = "/dir/index.html";
        Inputs { algorithm, secret, nonce, cnonce, count, uri }.response("GET")
    }

    #[test]
    fn the_examples_of_rfc_7616_are_reproduced() {
        let secret = "Mufasa:http-auth@example.org:Circle of Life";
        let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let response = |algorithm| response(algorithm, secret, nonce, cnonce, Some("00000001"));
        assert_eq!(response(DigestAlgorithm::Md5), "8ca523f5e9506fed4657c9700eebdbec");
        assert_eq!(
            response(DigestAlgorithm::Sha256),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
    }

    #[test]
    fn the_examples_of_rfc_2617_and_2069_are_reproduced() {
        let nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
        let secret = "Mufasa:testrealm@host.com:Circle Of Life";
        let counted = response(DigestAlgorithm::Md5, secret, nonce, "0a4f113b", Some("00000001"));
        assert_eq!(counted, "6629fae49393a05397450978507c4ef1");
        // As corrected by the errata of RFC 2069.
        let secret = "Mufasa:testrealm@host.com:CircleOfLife";
        let plain = response(DigestAlgorithm::Md5, secret, nonce, "", None);
        assert_eq!(plain, "1949323746fe6a43ef61f9606e7febea");
    }
}
