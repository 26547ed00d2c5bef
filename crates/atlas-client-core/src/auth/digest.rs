//! [`DigestResponse`]: the response to a [`Challenge`] of HTTP digest authentication, RFC 7616, with
//! the older forms of RFC 2617 and RFC 2069.
//!
//! `http_auth::DigestClient` does not serve here. It hides the count of a nonce behind `&mut self`, so
//! that concurrent calls cannot share a nonce and `rspauth` cannot be computed. It chooses a new client
//! nonce each time, which changes the key of the session algorithms. It does not read
//! `Authentication-Info`. Only its parser is used.

use std::fmt::Write as _;

use http::HeaderMap;
use http::header::HeaderValue;
use http_auth::parser::ChallengeParser;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::challenge::{Challenge, parameter};

/// Everything that is not an `attr-char` of RFC 8187.
const NOT_ATTR_CHAR: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Everything that the response to a challenge is computed from.
#[derive(Clone, Copy)]
pub(super) struct DigestResponse<'a> {
    pub(super) challenge: &'a Challenge,
    pub(super) username: &'a str,
    pub(super) password: &'a str,
    pub(super) method: &'a str,
    /// The path and the query, exactly as sent.
    pub(super) uri: &'a str,
    /// How often the nonce was used, including this time.
    pub(super) count: u32,
    /// The client's nonce.
    pub(super) cnonce: &'a str,
}

impl DigestResponse<'_> {
    /// Returns the `Authorization` header, or `None` if a value does not fit into a header.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let Challenge { realm, nonce, algorithm, has_qop, .. } = self.challenge;
        let mut header = "Digest ".to_owned();
        if self.challenge.userhash {
            push_quoted(&mut header, "username", &algorithm.hash(&[self.username, realm]));
            header.push_str("userhash=true, ");
        } else if self.username.is_ascii() {
            push_quoted(&mut header, "username", self.username);
        } else {
            let username = utf8_percent_encode(self.username, NOT_ATTR_CHAR);
            // Writing to a string cannot fail.
            let _ = write!(header, "username*=UTF-8''{username}, ");
        }
        push_quoted(&mut header, "realm", realm);
        push_quoted(&mut header, "nonce", nonce);
        push_quoted(&mut header, "uri", self.uri);
        let _ = write!(header, "algorithm={}, ", algorithm.name());
        if let Some(opaque) = &self.challenge.opaque {
            push_quoted(&mut header, "opaque", opaque);
        }
        if *has_qop {
            let _ = write!(header, "qop=auth, nc={:08x}, ", self.count);
        }
        if *has_qop || algorithm.is_session {
            push_quoted(&mut header, "cnonce", self.cnonce);
        }
        push_quoted(&mut header, "response", &self.proof(self.method));
        let mut header = HeaderValue::from_bytes(header.trim_end_matches(", ").as_bytes()).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    /// Returns the proof that the sender knows the password. The service's proof has an empty method.
    fn proof(&self, method: &str) -> String {
        let Challenge { nonce, algorithm, .. } = self.challenge;
        let a1 = self.challenge.hash_a1(self.username, self.password, self.cnonce);
        let a2 = algorithm.hash(&[method, self.uri]);
        if self.challenge.has_qop {
            let count = format!("{:08x}", self.count);
            algorithm.hash(&[&a1, nonce, &count, self.cnonce, "auth", &a2])
        } else {
            algorithm.hash(&[&a1, nonce, &a2])
        }
    }

    /// Returns false if the service sent an `rspauth` that shows that it does not know the password.
    pub(super) fn is_mutual(&self, info: &AuthenticationInfo) -> bool {
        let proof = info.proof.as_ref();
        proof.is_none_or(|proof| proof.eq_ignore_ascii_case(&self.proof("")))
    }
}

fn push_quoted(header: &mut String, name: &str, value: &str) {
    let value = value.replace('\\', r"\\").replace('"', r#"\""#);
    // Writing to a string cannot fail.
    let _ = write!(header, "{name}=\"{value}\", ");
}

/// The `Authentication-Info` header.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct AuthenticationInfo {
    pub(super) next_nonce: Option<String>,
    /// `rspauth`.
    proof: Option<String>,
}

impl AuthenticationInfo {
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let text = headers.get("authentication-info").map(|value| str::from_utf8(value.as_bytes()));
        let Some(Ok(text)) = text else {
            return Self::default();
        };
        // The header has the parameters of a challenge without its scheme.
        let text = format!("Digest {text}");
        match ChallengeParser::new(&text).next() {
            Some(Ok(info)) => Self {
                next_nonce: parameter(&info, "nextnonce"),
                proof: parameter(&info, "rspauth"),
            },
            _ => Self::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header::WWW_AUTHENTICATE;
    use proptest::prelude::*;

    use super::super::challenge::{Algorithm, ChallengeProblem, Hash};
    use super::*;

    fn challenge(values: &[&str]) -> Result<Challenge, ChallengeProblem> {
        let value = |value: &&str| HeaderValue::from_bytes(value.as_bytes()).unwrap();
        let headers = values.iter().map(|text| (WWW_AUTHENTICATE, value(text))).collect();
        Challenge::strongest(&headers)
    }

    fn response<'a>(
        challenge: &'a Challenge,
        (username, password, uri): (&'a str, &'a str, &'a str),
        cnonce: &'a str,
    ) -> DigestResponse<'a> {
        DigestResponse { challenge, username, password, method: "GET", uri, count: 1, cnonce }
    }

    /// Returns the `Authorization` header that a challenge leads to.
    fn header(challenge: &Challenge, user: (&str, &str, &str), cnonce: &str) -> String {
        let header = response(challenge, user, cnonce).header().unwrap();
        String::from_utf8(header.as_bytes().to_vec()).unwrap()
    }

    const USER: (&str, &str, &str) = ("u", "p", "/");

    const MUFASA: (&str, &str, &str) = ("Mufasa", "Circle of Life", "/dir/index.html");

    #[test]
    fn the_example_of_rfc_7616_with_both_algorithms() {
        let both = [
            r#"Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256,
               nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
               opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#,
            r#"Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5,
               nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
               opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#,
        ]
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let strongest = challenge(&[&both[1], &both[0]]).unwrap();
        let sha = header(&strongest, MUFASA, cnonce);
        assert!(sha.contains(
            r#"response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1""#
        ));
        assert!(sha.contains(
            "algorithm=SHA-256, opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
        ));
        let md5 = header(&challenge(&[&both[1]]).unwrap(), MUFASA, cnonce);
        assert!(md5.contains(r#"response="8ca523f5e9506fed4657c9700eebdbec""#), "{md5}");
        assert!(md5.contains("qop=auth, nc=00000001, "), "{md5}");
    }

    #[test]
    fn the_example_of_rfc_2617() {
        let challenge = challenge(&[
            r#"Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#,
        ]);
        let user = ("Mufasa", "Circle Of Life", "/dir/index.html");
        let header = header(&challenge.unwrap(), user, "0a4f113b");
        assert!(header.contains(r#"response="6629fae49393a05397450978507c4ef1""#), "{header}");
    }

    #[test]
    fn the_example_of_rfc_2617_without_qop_is_the_one_of_rfc_2069() {
        let challenge = challenge(&[
            r#"Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#,
        ]);
        let user = ("Mufasa", "CircleOfLife", "/dir/index.html");
        let header = header(&challenge.unwrap(), user, "x");
        // The corrected value of the erratum to RFC 2069.
        assert!(header.contains(r#"response="1949323746fe6a43ef61f9606e7febea""#), "{header}");
        assert!(!header.contains("cnonce") && !header.contains("qop"), "{header}");
    }

    #[test]
    fn session_algorithms_hash_both_nonces_into_a1() {
        for (algorithm, hash) in [("MD5-sess", Hash::Md5), ("sha-256-SESS", Hash::Sha256)] {
            let text = format!(r#"Digest realm="r", nonce="n", qop=auth, algorithm={algorithm}"#);
            let header = header(&challenge(&[&text]).unwrap(), USER, "c");
            let h = |parts: &[&str]| Algorithm { hash, is_session: false }.hash(parts);
            let a1 = h(&[&h(&["u", "r", "p"]), "n", "c"]);
            let proof = h(&[&a1, "n", "00000001", "c", "auth", &h(&["GET", "/"])]);
            assert!(header.contains(&proof), "{header}");
        }
    }

    #[test]
    fn the_username_is_hashed_or_encoded_if_needed() {
        let text = |extra: &str| {
            format!(
                r#"Digest realm="api@example.org", qop="auth", algorithm=SHA-256, nonce="n", charset=UTF-8{extra}"#
            )
        };
        let user = ("J\u{e4}s\u{f8}n Doe", "p", "/");
        let plain = header(&challenge(&[&text("")]).unwrap(), user, "c");
        assert!(plain.contains("username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, "), "{plain}");
        let hashed = header(&challenge(&[&text(", userhash=true")]).unwrap(), user, "c");
        let expected = Algorithm::parse("SHA-256").unwrap().hash(&[user.0, "api@example.org"]);
        assert!(hashed.contains(&format!(r#"username="{expected}", userhash=true"#)), "{hashed}");
    }

    #[test]
    fn echoed_values_are_escaped() {
        let text = r#"Digest realm="a \"b\" \\ c", nonce="n", qop=auth"#;
        let header = header(&challenge(&[text]).unwrap(), ("u\"\\", "p", "/?a=\"b\""), "c");
        assert!(header.contains(r#"realm="a \"b\" \\ c""#), "{header}");
        assert!(header.contains(r#"username="u\"\\""#), "{header}");
    }

    #[test]
    fn a_wrong_proof_of_the_service_is_detected() {
        let challenge = challenge(&[r#"Digest realm="r", nonce="n", qop=auth"#]).unwrap();
        let response = response(&challenge, USER, "c");
        let info = |text: &str| {
            let value = HeaderValue::from_str(text).unwrap();
            AuthenticationInfo::read(&HeaderMap::from_iter([(
                "authentication-info".parse().unwrap(),
                value,
            )]))
        };
        let right = format!(r#"rspauth="{}", nextnonce="m", qop=auth"#, response.proof(""));
        assert!(response.is_mutual(&info(&right)));
        assert_eq!(info(&right).next_nonce.as_deref(), Some("m"));
        assert!(!response.is_mutual(&info(r#"rspauth="00""#)));
        assert!(response.is_mutual(&info("qop=auth")));
        assert_eq!(info("\", nextnonce=").next_nonce, None);
    }

    #[test]
    fn hostile_challenges_are_accepted_or_refused() {
        const HEADERS: &[&str] = &[
            r#"Digest realm="MMS Public API", domain="", nonce="abc/+", algorithm=MD5, qop="auth", stale=false"#,
            r#"Basic realm="x", Digest realm="r", nonce="1", qop="auth, auth-int", algorithm=SHA-256-sess, userhash=true"#,
            r#"rspauth="00", nextnonce="m", qop=auth, cnonce="c", nc=00000001"#,
            "Digest realm=r, nonce=n, opaque=\"a \\\"b\\\" c\"",
        ];
        let headers = atlas_hostile_inputs::documents(HEADERS);
        atlas_hostile_inputs::check("digest challenge", &headers, |text| {
            let Ok(value) = HeaderValue::from_bytes(&text) else { return Ok(()) };
            let headers = HeaderMap::from_iter([
                (WWW_AUTHENTICATE, value.clone()),
                ("authentication-info".parse().unwrap(), value),
            ]);
            AuthenticationInfo::read(&headers);
            if let Ok(challenge) = Challenge::strongest(&headers)
                && let Some(header) = response(&challenge, USER, "c").header()
            {
                // No echoed value ends its quotes.
                let header = str::from_utf8(header.as_bytes()).unwrap();
                prop_assert_eq!(ChallengeParser::new(header).count(), 1);
            }
            Ok(())
        });
    }

    proptest! {
        #[test]
        fn every_value_of_a_challenge_is_echoed(realm in "[ -~]*", nonce in "[!-~]+", opaque in "[ -~]*") {
            let escape = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
            let text = format!(
                r#"Digest realm="{}", nonce="{}", opaque="{}", qop="auth""#,
                escape(&realm), escape(&nonce), escape(&opaque),
            );
            let challenge = challenge(&[&text]).unwrap();
            prop_assert_eq!(&challenge.realm, &realm);
            let header = header(&challenge, USER, "c");
            let read = ChallengeParser::new(&header).next().unwrap().unwrap();
            prop_assert_eq!(parameter(&read, "realm"), Some(realm));
            prop_assert_eq!(parameter(&read, "nonce"), Some(nonce));
            prop_assert_eq!(parameter(&read, "opaque"), Some(opaque));
        }
    }
}
