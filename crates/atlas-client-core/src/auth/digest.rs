//! HTTP digest authentication, RFC 7616 and what RFC 2617 and RFC 2069 leave in use: the answer to a
//! [`Challenge`].

use std::fmt::Write as _;

use http::HeaderMap;
use http::header::HeaderValue;
use http_auth::parser::ChallengeParser;

use super::challenge::{Challenge, parameter};

/// Everything that the answer to a challenge is computed from.
#[derive(Clone, Copy)]
pub(super) struct Answer<'a> {
    pub(super) challenge: &'a Challenge,
    pub(super) user: &'a str,
    /// [`Challenge::secret`].
    pub(super) secret: &'a str,
    pub(super) method: &'a str,
    /// Path and query, exactly as sent.
    pub(super) uri: &'a str,
    /// How often the nonce has been used, this time included.
    pub(super) count: u32,
    /// This side's nonce.
    pub(super) cnonce: &'a str,
}

impl Answer<'_> {
    /// The `Authorization` header.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let challenge = self.challenge;
        // Enough for most headers.
        let mut header = String::with_capacity(512);
        header.push_str("Digest ");
        if challenge.userhash {
            quoted(
                &mut header,
                "username",
                &challenge.algorithm.hash(&[self.user, &challenge.realm]),
            );
            header.push_str("userhash=true, ");
        } else if self.user.is_ascii() {
            quoted(&mut header, "username", self.user);
        } else {
            header.push_str("username*=UTF-8''");
            header.extend(self.user.bytes().map(percent_encoded));
            header.push_str(", ");
        }
        quoted(&mut header, "realm", &challenge.realm);
        quoted(&mut header, "nonce", &challenge.nonce);
        quoted(&mut header, "uri", self.uri);
        // Writing into a string cannot fail.
        let _ = write!(header, "algorithm={}, ", challenge.algorithm.name());
        if let Some(opaque) = &challenge.opaque {
            quoted(&mut header, "opaque", opaque);
        }
        if challenge.has_qop {
            let _ = write!(header, "qop=auth, nc={:08x}, ", self.count);
        }
        if challenge.has_qop || challenge.algorithm.is_session {
            quoted(&mut header, "cnonce", self.cnonce);
        }
        quoted(&mut header, "response", &self.response(self.method));
        let mut header = HeaderValue::from_bytes(header.trim_end_matches(", ").as_bytes()).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    /// What proves to each side that the other knows the password. The service leaves out the method.
    fn response(&self, method: &str) -> String {
        let Challenge { nonce, algorithm, .. } = self.challenge;
        let request = algorithm.hash(&[method, self.uri]);
        if self.challenge.has_qop {
            let count = format!("{:08x}", self.count);
            algorithm.hash(&[self.secret, nonce, &count, self.cnonce, "auth", &request])
        } else {
            algorithm.hash(&[self.secret, nonce, &request])
        }
    }

    /// Whether the service, where it says so in `rspauth`, knows the password too.
    pub(super) fn is_mutual(&self, info: &Info) -> bool {
        let said = info.response.as_ref();
        said.is_none_or(|response| response.eq_ignore_ascii_case(&self.response("")))
    }
}

fn quoted(header: &mut String, name: &str, value: &str) {
    header.push_str(name);
    header.push_str("=\"");
    // Hardly any value has what is to be escaped, and each is looked through for every request.
    if value.contains('\\') || value.contains('"') {
        header.push_str(&value.replace('\\', r"\\").replace('"', r#"\""#));
    } else {
        header.push_str(value);
    }
    header.push_str("\", ");
}

fn percent_encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// The `Authentication-Info` header.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Info {
    pub(super) next_nonce: Option<String>,
    response: Option<String>,
}

impl Info {
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let text = headers.get("authentication-info").map(|value| str::from_utf8(value.as_bytes()));
        let Some(Ok(text)) = text else {
            return Self::default();
        };
        // The parameters of a challenge, without its scheme.
        let text = format!("Digest {text}");
        match ChallengeParser::new(&text).next() {
            Some(Ok(info)) => Self {
                next_nonce: parameter(&info, "nextnonce"),
                response: parameter(&info, "rspauth"),
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

    fn headers(values: &[&str]) -> HeaderMap {
        let value = |value: &&str| HeaderValue::from_bytes(value.as_bytes()).unwrap();
        values.iter().map(|text| (WWW_AUTHENTICATE, value(text))).collect()
    }

    fn challenge(values: &[&str]) -> Result<Challenge, ChallengeProblem> {
        Challenge::strongest(&headers(values))
    }

    /// The parameters of an `Authorization` header.
    fn answer(
        challenge: &Challenge,
        user: &str,
        password: &str,
        uri: &str,
        cnonce: &str,
    ) -> String {
        let secret = &challenge.secret(user, password, cnonce);
        let answer = Answer { challenge, user, secret, method: "GET", uri, count: 1, cnonce };
        String::from_utf8(answer.header().unwrap().as_bytes().to_vec()).unwrap()
    }

    const MUFASA: (&str, &str, &str) = ("Mufasa", "Circle of Life", "/dir/index.html");

    #[test]
    fn the_example_of_rfc_7616_in_both_algorithms() {
        let both = [
            r#"Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256,
               nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
               opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#,
            r#"Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5,
               nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
               opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#,
        ]
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        let (user, password, uri) = MUFASA;
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let strongest = challenge(&[&both[1], &both[0]]).unwrap();
        let sha = answer(&strongest, user, password, uri, cnonce);
        assert!(sha.contains(
            r#"response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1""#
        ));
        assert!(sha.contains(
            "algorithm=SHA-256, opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
        ));
        let md5 = answer(&challenge(&[&both[1]]).unwrap(), user, password, uri, cnonce);
        assert!(md5.contains(r#"response="8ca523f5e9506fed4657c9700eebdbec""#), "{md5}");
        assert!(md5.contains("qop=auth, nc=00000001, "), "{md5}");
    }

    #[test]
    fn the_example_of_rfc_2617() {
        let challenge = challenge(&[
            r#"Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#,
        ]);
        let header =
            answer(&challenge.unwrap(), "Mufasa", "Circle Of Life", "/dir/index.html", "0a4f113b");
        assert!(header.contains(r#"response="6629fae49393a05397450978507c4ef1""#), "{header}");
    }

    #[test]
    fn the_example_of_rfc_2617_without_qop_is_that_of_rfc_2069() {
        let challenge = challenge(&[
            r#"Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#,
        ]);
        let header = answer(&challenge.unwrap(), "Mufasa", "CircleOfLife", "/dir/index.html", "x");
        // The corrected value of the erratum to RFC 2069.
        assert!(header.contains(r#"response="1949323746fe6a43ef61f9606e7febea""#), "{header}");
        assert!(!header.contains("cnonce") && !header.contains("qop"), "{header}");
    }

    #[test]
    fn session_algorithms_mix_both_nonces_into_the_secret() {
        for (algorithm, hash) in [("MD5-sess", Hash::Md5), ("sha-256-SESS", Hash::Sha256)] {
            let text = format!(r#"Digest realm="r", nonce="n", qop=auth, algorithm={algorithm}"#);
            let header = answer(&challenge(&[&text]).unwrap(), "u", "p", "/", "c");
            let h = |parts: &[&str]| Algorithm { hash, is_session: false }.hash(parts);
            let secret = h(&[&h(&["u", "r", "p"]), "n", "c"]);
            let response = h(&[&secret, "n", "00000001", "c", "auth", &h(&["GET", "/"])]);
            assert!(header.contains(&response), "{header}");
        }
    }

    #[test]
    fn the_user_is_hashed_or_encoded_where_need_be() {
        let text = |extra: &str| {
            format!(
                r#"Digest realm="api@example.org", qop="auth", algorithm=SHA-256, nonce="n", charset=UTF-8{extra}"#
            )
        };
        let user = "J\u{e4}s\u{f8}n Doe";
        let plain = answer(&challenge(&[&text("")]).unwrap(), user, "p", "/", "c");
        assert!(plain.contains("username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, "), "{plain}");
        let hashed = answer(&challenge(&[&text(", userhash=true")]).unwrap(), user, "p", "/", "c");
        let expected = Algorithm::parse("SHA-256").unwrap().hash(&[user, "api@example.org"]);
        assert!(hashed.contains(&format!(r#"username="{expected}", userhash=true"#)), "{hashed}");
    }

    #[test]
    fn what_is_echoed_is_escaped_again() {
        let text = r#"Digest realm="a \"b\" \\ c", nonce="n", qop=auth"#;
        let header = answer(&challenge(&[text]).unwrap(), "u\"\\", "p", "/?a=\"b\"", "c");
        assert!(header.contains(r#"realm="a \"b\" \\ c""#), "{header}");
        assert!(header.contains(r#"username="u\"\\""#), "{header}");
    }

    #[test]
    fn the_service_proves_itself_where_it_says_so() {
        let challenge = challenge(&[r#"Digest realm="r", nonce="n", qop=auth"#]).unwrap();
        let answer = Answer {
            challenge: &challenge,
            user: "u",
            secret: &challenge.secret("u", "p", "c"),
            method: "GET",
            uri: "/",
            count: 1,
            cnonce: "c",
        };
        let info = |text: &str| {
            let value = HeaderValue::from_str(text).unwrap();
            Info::read(&HeaderMap::from_iter([("authentication-info".parse().unwrap(), value)]))
        };
        let right = format!(r#"rspauth="{}", nextnonce="m", qop=auth"#, answer.response(""));
        assert!(answer.is_mutual(&info(&right)));
        assert_eq!(info(&right).next_nonce.as_deref(), Some("m"));
        assert!(!answer.is_mutual(&info(r#"rspauth="00""#)));
        assert!(answer.is_mutual(&info("qop=auth")));
        assert_eq!(info("\", nextnonce=").next_nonce, None);
    }

    #[test]
    fn hostile_challenges_are_answered_or_refused() {
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
            Info::read(&headers);
            if let Ok(challenge) = Challenge::strongest(&headers) {
                let secret = &challenge.secret("u", "p", "c");
                let (challenge, user, uri) = (&challenge, "u", "/");
                let answer =
                    Answer { challenge, user, secret, method: "GET", uri, count: 1, cnonce: "c" };
                if let Some(header) = answer.header() {
                    // Nothing that was echoed ends its quotes.
                    let header = header.as_bytes();
                    let read = ChallengeParser::new(str::from_utf8(header).unwrap()).count();
                    prop_assert_eq!(read, 1);
                }
            }
            Ok(())
        });
    }

    proptest! {
        #[test]
        fn what_a_challenge_says_comes_back(realm in "[ -~]*", nonce in "[!-~]+", opaque in "[ -~]*") {
            let escape = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
            let text = format!(
                r#"Digest realm="{}", nonce="{}", opaque="{}", qop="auth""#,
                escape(&realm), escape(&nonce), escape(&opaque),
            );
            let challenge = challenge(&[&text]).unwrap();
            prop_assert_eq!(&challenge.realm, &realm);
            let header = answer(&challenge, "u", "p", "/", "c");
            let read = ChallengeParser::new(&header).next().unwrap().unwrap();
            prop_assert_eq!(parameter(&read, "realm"), Some(realm));
            prop_assert_eq!(parameter(&read, "nonce"), Some(nonce));
            prop_assert_eq!(parameter(&read, "opaque"), Some(opaque));
        }
    }
}
