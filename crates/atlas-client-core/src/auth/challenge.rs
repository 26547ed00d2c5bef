//! [`Challenge`]: the challenge of HTTP digest authentication, RFC 7616.

use base16ct::lower;
use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;
use http_auth::ChallengeRef;
use http_auth::parser::ChallengeParser;
use md5::{Digest, Md5};
use sha2::Sha256;

/// A `Digest` challenge that this client supports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    pub(super) realm: String,
    pub(super) nonce: String,
    pub(super) opaque: Option<String>,
    pub(super) algorithm: Algorithm,
    /// `qop=auth`, or no `qop` at all as in RFC 2069.
    pub(super) has_qop: bool,
    pub(super) userhash: bool,
    /// The nonce was too old, and the key was right.
    pub(super) is_stale: bool,
}

/// Why a response has no challenge that this client supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChallengeProblem {
    /// It has no challenge.
    Absent,
    /// It asks for something other than `Digest`.
    OtherScheme,
    /// The challenge is malformed.
    Malformed,
    /// The algorithm is not supported.
    Algorithm,
    /// The quality of protection is not supported.
    Qop,
    /// The challenge has no realm.
    NoRealm,
    /// The challenge has no nonce.
    NoNonce,
}

impl ChallengeProblem {
    /// Returns what to do about it. Without a challenge, the message of the response says more.
    pub(crate) fn hint(self) -> Option<&'static str> {
        match self {
            Self::Absent => None,
            Self::OtherScheme => Some(
                "the service asks for another kind of credential than an API key: check the base URL, or use a \
                 service account",
            ),
            Self::Malformed => Some(
                "the service's Digest challenge is malformed: check the base URL, and that no proxy changes \
                 the headers",
            ),
            Self::Algorithm => Some(
                "the service asks for a Digest algorithm other than MD5 and SHA-256, which this client does \
                 not support: the key may be right; use a service account",
            ),
            Self::Qop => Some(
                "the service asks for a Digest protection (qop) other than `auth`, which this client does \
                 not support: the key may be right; use a service account",
            ),
            Self::NoRealm => Some(
                "the service's Digest challenge has no realm, which the key needs: check the base URL",
            ),
            Self::NoNonce => Some(
                "the service's Digest challenge has no nonce, which the key needs: check the base URL",
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

    /// Returns the hash, in hexadecimal, of the parts joined by colons.
    pub(super) fn hash(self, parts: &[&str]) -> String {
        fn of<H: Digest>(parts: &[&str]) -> String {
            lower::encode_string(&H::digest(parts.join(":")))
        }
        match self.hash {
            Hash::Md5 => of::<Md5>(parts),
            Hash::Sha256 => of::<Sha256>(parts),
        }
    }
}

impl Challenge {
    /// Returns the strongest supported challenge. A response may have several of any scheme, in one or
    /// more headers.
    ///
    /// # Errors
    ///
    /// There is none. The error is that of the first `Digest` challenge, if any.
    pub(super) fn strongest(headers: &HeaderMap) -> Result<Self, ChallengeProblem> {
        let mut strongest: Result<Self, ChallengeProblem> = Err(ChallengeProblem::Absent);
        for value in headers.get_all(WWW_AUTHENTICATE) {
            let Ok(text) = str::from_utf8(value.as_bytes()) else {
                strongest = strongest.or(Err(ChallengeProblem::Malformed));
                continue;
            };
            for challenge in ChallengeParser::new(text) {
                let parsed = match challenge {
                    Ok(challenge) => Self::parse(&challenge),
                    Err(_) => Err(ChallengeProblem::Malformed),
                };
                let is_malformed = parsed == Err(ChallengeProblem::Malformed);
                strongest = match (strongest, parsed) {
                    // Of equals the first, which the service prefers.
                    (Ok(best), Ok(next)) if best.algorithm >= next.algorithm => Ok(best),
                    (_, Ok(next)) => Ok(next),
                    (Err(ChallengeProblem::Absent | ChallengeProblem::OtherScheme), parsed) => {
                        parsed
                    }
                    (strongest, Err(_)) => strongest,
                };
                if is_malformed {
                    // The parser cannot continue.
                    break;
                }
            }
        }
        strongest
    }

    fn parse(challenge: &ChallengeRef<'_>) -> Result<Self, ChallengeProblem> {
        if !challenge.scheme.eq_ignore_ascii_case("Digest") {
            return Err(ChallengeProblem::OtherScheme);
        }
        let parameter = |name| parameter(challenge, name);
        let is_true =
            |name| parameter(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let has_qop = match parameter("qop") {
            None => false,
            // `auth-int` alone needs a hash of the body. No known service offers it alone.
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

    /// Returns the hash of A1, RFC 7616, section 3.4.2: what both sides know.
    pub(super) fn hash_a1(&self, username: &str, password: &str, cnonce: &str) -> String {
        let hash = self.algorithm.hash(&[username, &self.realm, password]);
        if self.algorithm.is_session {
            self.algorithm.hash(&[&hash, &self.nonce, cnonce])
        } else {
            hash
        }
    }

    /// Returns the same challenge with the next nonce.
    pub(super) fn with_nonce(&self, nonce: String) -> Self {
        Self { nonce, is_stale: false, ..self.clone() }
    }
}

/// Returns a parameter of a challenge.
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
    fn the_strongest_challenge_of_all_headers_is_used() {
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
