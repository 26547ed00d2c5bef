//! [`Challenge`]: what a service asks for in HTTP digest authentication, RFC 7616.

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;
use http_auth::ChallengeRef;
use http_auth::parser::ChallengeParser;
use md5::{Digest, Md5};
use sha2::Sha256;

use crate::hexadecimal;

/// A `Digest` challenge that can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    pub(super) realm: String,
    pub(super) nonce: String,
    pub(super) opaque: Option<String>,
    pub(super) algorithm: Algorithm,
    /// `qop=auth`, or no `qop` at all as in RFC 2069.
    pub(super) has_qop: bool,
    pub(super) userhash: bool,
    /// The nonce was too old, the key was right.
    pub(super) is_stale: bool,
}

/// Why an answer has no challenge that can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChallengeProblem {
    /// It has none at all.
    Absent,
    /// It asks for something other than `Digest`.
    OtherScheme,
    /// It cannot be read.
    Malformed,
    /// Its algorithms are not known here.
    Algorithm,
    /// It asks for a protection that is not known here.
    Qop,
    /// It names no realm.
    NoRealm,
    /// It has no nonce.
    NoNonce,
}

impl ChallengeProblem {
    /// What to do about it. Without a challenge, the answer's own message says more.
    pub(crate) fn hint(self) -> Option<&'static str> {
        match self {
            Self::Absent => None,
            Self::OtherScheme => Some(
                "the service asks for another kind of credential than an API key: check that the base URL is \
                 Atlas's, or use a service account",
            ),
            Self::Malformed => Some(
                "the service's Digest challenge cannot be read: check that the base URL is Atlas's and that no \
                 proxy changes its headers",
            ),
            Self::Algorithm => Some(
                "the service asks for a Digest algorithm other than MD5 and SHA-256, which this client does not \
                 have: the key may well be right; use a service account",
            ),
            Self::Qop => Some(
                "the service asks for a Digest protection (qop) other than `auth`, which this client does not have: \
                 the key may well be right; use a service account",
            ),
            Self::NoRealm => Some(
                "the service's Digest challenge has no realm, so that the key cannot be used: check that the base \
                 URL is Atlas's",
            ),
            Self::NoNonce => Some(
                "the service's Digest challenge has no nonce, so that the key cannot be used: check that the base \
                 URL is Atlas's",
            ),
        }
    }
}

/// Ordered by strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Algorithm {
    pub(super) hash: Hash,
    pub(super) is_session: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hash {
    Md5,
    Sha256,
}

impl Algorithm {
    pub(super) fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_uppercase();
        let (base, is_session) = match name.strip_suffix("-SESS") {
            Some(base) => (base, true),
            None => (name.as_str(), false),
        };
        let hash = match base {
            "MD5" => Hash::Md5,
            "SHA-256" => Hash::Sha256,
            _ => return None,
        };
        Some(Self { hash, is_session })
    }

    pub(super) fn name(self) -> &'static str {
        match (self.hash, self.is_session) {
            (Hash::Md5, false) => "MD5",
            (Hash::Md5, true) => "MD5-sess",
            (Hash::Sha256, false) => "SHA-256",
            (Hash::Sha256, true) => "SHA-256-sess",
        }
    }

    /// The hash of texts that are joined by colons, in hexadecimal.
    pub(super) fn hash(self, parts: &[&str]) -> String {
        fn of<H: Digest>(parts: &[&str]) -> String {
            let mut hash = H::new();
            for (index, part) in parts.iter().enumerate() {
                hash.update(if index > 0 { ":" } else { "" });
                hash.update(part);
            }
            hexadecimal::text(&hash.finalize())
        }
        match self.hash {
            Hash::Md5 => of::<Md5>(parts),
            Hash::Sha256 => of::<Sha256>(parts),
        }
    }
}

impl Challenge {
    /// The strongest challenge of an answer that can be met. There may be several, in one header or in
    /// several, of any scheme.
    ///
    /// # Errors
    ///
    /// There is none; the error is that of the first `Digest` challenge, if any.
    pub(super) fn strongest(headers: &HeaderMap) -> Result<Self, ChallengeProblem> {
        let mut strongest: Result<Self, ChallengeProblem> = Err(ChallengeProblem::Absent);
        for value in headers.get_all(WWW_AUTHENTICATE) {
            let Ok(text) = str::from_utf8(value.as_bytes()) else {
                strongest = strongest.or(Err(ChallengeProblem::Malformed));
                continue;
            };
            for challenge in ChallengeParser::new(text) {
                let read = match challenge {
                    Ok(challenge) => Self::read(&challenge),
                    Err(_) => Err(ChallengeProblem::Malformed),
                };
                let is_malformed = read == Err(ChallengeProblem::Malformed);
                strongest = match (strongest, read) {
                    // The first of equals, as the service prefers it.
                    (Ok(best), Ok(next)) if best.algorithm >= next.algorithm => Ok(best),
                    (_, Ok(next)) => Ok(next),
                    (Err(ChallengeProblem::Absent | ChallengeProblem::OtherScheme), read) => read,
                    (strongest, Err(_)) => strongest,
                };
                if is_malformed {
                    // The parser does not find its way back.
                    break;
                }
            }
        }
        strongest
    }

    fn read(challenge: &ChallengeRef<'_>) -> Result<Self, ChallengeProblem> {
        if !challenge.scheme.eq_ignore_ascii_case("Digest") {
            return Err(ChallengeProblem::OtherScheme);
        }
        let parameter = |name| parameter(challenge, name);
        let is_true =
            |name| parameter(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let has_qop = match parameter("qop") {
            None => false,
            // `auth-int` alone would need the body's hash, and nobody offers it alone.
            Some(offered) => {
                let mut offered = offered.split(',').map(str::trim);
                if !offered.any(|qop| qop.eq_ignore_ascii_case("auth")) {
                    return Err(ChallengeProblem::Qop);
                }
                true
            }
        };
        let algorithm = parameter("algorithm").unwrap_or("MD5".to_owned());
        Ok(Self {
            realm: parameter("realm").ok_or(ChallengeProblem::NoRealm)?,
            nonce: parameter("nonce").ok_or(ChallengeProblem::NoNonce)?,
            opaque: parameter("opaque"),
            algorithm: Algorithm::parse(&algorithm).ok_or(ChallengeProblem::Algorithm)?,
            has_qop,
            userhash: is_true("userhash"),
            is_stale: is_true("stale"),
        })
    }

    /// What both sides know, hashed: the same for all that is asked with a nonce.
    pub(super) fn secret(&self, user: &str, password: &str, cnonce: &str) -> String {
        let secret = self.algorithm.hash(&[user, &self.realm, password]);
        if self.algorithm.is_session {
            self.algorithm.hash(&[&secret, &self.nonce, cnonce])
        } else {
            secret
        }
    }

    /// The same challenge with the nonce that the service wants to see next.
    pub(super) fn with_nonce(&self, nonce: String) -> Self {
        Self { nonce, is_stale: false, ..self.clone() }
    }
}

pub(super) fn parameter(challenge: &ChallengeRef<'_>, name: &str) -> Option<String> {
    let found = challenge.params.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.to_unescaped())
}

#[cfg(test)]
mod tests {
    use http::header::HeaderValue;

    use super::*;

    fn challenge(values: &[&str]) -> Result<Challenge, ChallengeProblem> {
        let value = |value: &&str| HeaderValue::from_bytes(value.as_bytes()).unwrap();
        let headers = values.iter().map(|text| (WWW_AUTHENTICATE, value(text))).collect();
        Challenge::strongest(&headers)
    }

    #[test]
    fn the_strongest_challenge_is_taken_from_any_number_of_headers() {
        let atlas = r#"Digest realm="MMS Public API", domain="", nonce="abc/+", algorithm=MD5, qop="auth", stale=false"#;
        let taken = challenge(&[atlas]).unwrap();
        assert_eq!((taken.realm.as_str(), taken.nonce.as_str()), ("MMS Public API", "abc/+"));
        assert!(taken.has_qop && !taken.is_stale);
        assert!(challenge(&[&atlas.replace("stale=false", "stale=\"TRUE\"")]).unwrap().is_stale);
        for values in [
            vec![
                r#"Basic realm="x", Digest realm="r", nonce="1", Digest realm="r", nonce="2", algorithm=SHA-256"#,
            ],
            vec![
                "Negotiate",
                r#"Digest realm="r", nonce="2", algorithm="SHA-256""#,
                r#"Digest realm="r", nonce="1""#,
            ],
            vec![
                r#"Digest realm="r", nonce="1", qop="auth-int""#,
                "digest nonce=2, realm=r, qop=auth",
            ],
        ] {
            assert_eq!(challenge(&values).unwrap().nonce, "2", "{values:?}");
        }
        for (values, problem) in [
            (vec![], ChallengeProblem::Absent),
            (vec!["Basic realm=\"x\""], ChallengeProblem::OtherScheme),
            (
                vec![r#"Digest realm="r", nonce="1", algorithm=SHA-512-256"#],
                ChallengeProblem::Algorithm,
            ),
            (vec![r#"Digest realm="r", nonce="1", qop="auth-int""#], ChallengeProblem::Qop),
            (vec![r#"Digest realm="r""#], ChallengeProblem::NoNonce),
            (vec![r#"Digest nonce="1""#], ChallengeProblem::NoRealm),
            (vec!["\"", "Digest", "Digest "], ChallengeProblem::Malformed),
            (
                vec!["Basic realm=\"x\"", r#"Digest realm="r""#, "Negotiate"],
                ChallengeProblem::NoNonce,
            ),
        ] {
            assert_eq!(challenge(&values), Err(problem), "{values:?}");
        }
    }
}
