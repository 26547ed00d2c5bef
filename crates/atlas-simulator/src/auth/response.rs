//! The arithmetic of RFC 7616, and of RFC 2617 and 2069 before it.

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::scenario::DigestAlgorithm;

/// The digest of texts that are joined by colons, in lower-case hex.
pub(super) fn hash(algorithm: DigestAlgorithm, parts: &[&str]) -> String {
    fn of<H: Digest>(parts: &[&str]) -> String {
        let mut hash = H::new();
        for (index, part) in parts.iter().enumerate() {
            hash.update(if index > 0 { ":" } else { "" });
            hash.update(part);
        }
        hex(&hash.finalize())
    }
    match algorithm {
        DigestAlgorithm::Md5 | DigestAlgorithm::Md5Sess => of::<Md5>(parts),
        DigestAlgorithm::Sha256 | DigestAlgorithm::Sha256Sess => of::<Sha256>(parts),
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// What a digest is computed from, besides the method.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs<'a> {
    pub(super) algorithm: DigestAlgorithm,
    /// The digest of the user, the realm and the password.
    pub(super) secret: &'a str,
    pub(super) nonce: &'a str,
    /// What the client adds, of which the session's algorithms have need even without a count.
    pub(super) cnonce: &'a str,
    /// The count as it was sent; `None` without `qop`.
    pub(super) count: Option<&'a str>,
    pub(super) uri: &'a str,
}

impl Inputs<'_> {
    /// The client's response for a method, or the server's for an empty one.
    pub(super) fn response(&self, method: &str) -> String {
        let Self { algorithm, secret, nonce, cnonce, count, uri } = *self;
        let hash = |parts: &[&str]| hash(algorithm, parts);
        let session = match algorithm {
            DigestAlgorithm::Md5 | DigestAlgorithm::Sha256 => None,
            DigestAlgorithm::Md5Sess | DigestAlgorithm::Sha256Sess => {
                Some(hash(&[secret, nonce, cnonce]))
            }
        };
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

    /// `GET /dir/index.html`, as all the examples ask.
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
    fn the_worked_examples_of_rfc_7616_come_out() {
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
    fn the_worked_examples_of_rfc_2617_and_2069_come_out() {
        let nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
        let secret = "Mufasa:testrealm@host.com:Circle Of Life";
        let counted = response(DigestAlgorithm::Md5, secret, nonce, "0a4f113b", Some("00000001"));
        assert_eq!(counted, "6629fae49393a05397450978507c4ef1");
        // As the errata of RFC 2069 correct it.
        let secret = "Mufasa:testrealm@host.com:CircleOfLife";
        let plain = response(DigestAlgorithm::Md5, secret, nonce, "", None);
        assert_eq!(plain, "1949323746fe6a43ef61f9606e7febea");
    }
}
