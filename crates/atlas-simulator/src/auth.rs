//! Who asks, and whether they may.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::problem::{self, Problem};
use crate::scenario::{Access, BearerToken};

/// The bearer tokens that are known.
pub(crate) struct BearerTokens(HashMap<String, Access>);

impl BearerTokens {
    pub(crate) fn new(tokens: &[BearerToken]) -> Self {
        Self(tokens.iter().map(|token| (token.token.clone(), token.access)).collect())
    }

    /// What the caller may do; `None` where nobody is known by the credential, or there is none.
    pub(crate) fn authenticate(&self, headers: &HeaderMap) -> Option<Access> {
        let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("Bearer") {
            return None;
        }
        self.0.get(token.trim()).copied()
    }
}

/// Whether the caller may use the credential from its address.
pub(crate) fn check_address(access: Access, address: IpAddr) -> Result<(), Problem> {
    match access {
        Access::BlockedAddress => Err(problem::address_not_allowed(address)),
        _ => Ok(()),
    }
}

/// Whether the caller may do this in the project.
pub(crate) fn check_project(access: Access) -> Result<(), Problem> {
    match access {
        Access::OtherProject => Err(problem::cannot_access_group()),
        Access::NoRole => Err(problem::role_missing()),
        Access::Member | Access::BlockedAddress => Ok(()),
    }
}

/// Makes the challenges' nonces: never the same twice, and not to be guessed by chance. Nothing
/// secret hangs on them.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    keys: RandomState,
    made: AtomicU64,
}

impl Nonces {
    /// 32 characters of the base64 alphabet.
    pub(crate) fn fresh(&self) -> String {
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let mut nonce = String::with_capacity(32);
        for part in 0..4_u8 {
            let mut bits = self.keys.hash_one((number, part));
            for _ in 0..8 {
                nonce.push(char::from(ALPHABET[(bits & 63) as usize]));
                bits >>= 6;
            }
        }
        nonce
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn authenticate(value: &str) -> Option<Access> {
        let token = BearerToken { token: "abc".to_owned(), access: Access::NoRole };
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        BearerTokens::new(&[token]).authenticate(&headers)
    }

    #[test]
    fn only_a_known_token_under_the_bearer_scheme_is_known() {
        assert_eq!(authenticate("Bearer abc"), Some(Access::NoRole));
        assert_eq!(authenticate("bearer  abc"), Some(Access::NoRole));
        for value in ["Bearer abcd", "Bearer ABC", "Bearer", "Bearer ", "abc", "Basic abc"] {
            assert_eq!(authenticate(value), None, "{value}");
        }
    }

    #[test]
    fn nonces_are_fresh_and_of_the_right_form() {
        let nonces = Nonces::default();
        let fresh: HashSet<_> = (0..1000).map(|_| nonces.fresh()).collect();
        assert_eq!(fresh.len(), 1000);
        for nonce in fresh {
            assert_eq!(nonce.len(), 32);
            let base64 = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
            assert!(nonce.chars().all(base64), "{nonce}");
        }
    }
}
