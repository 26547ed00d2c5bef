//! API keys: keeps the service's nonce and counts its uses, so that a call takes one round trip.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::header::HeaderValue;
use http::{HeaderMap, Method};

use super::challenge::{Challenge, ChallengeProblem};
use super::digest::{AuthenticationInfo, DigestResponse};
use crate::clock::Clock;
use crate::secret::Secret;

/// The service drops a nonce after 60 seconds. A request that is under way then must still be accepted.
const NONCE_LIFETIME: Duration = Duration::from_secs(50);

/// A nonce of this age can still be used for a request that follows within a few seconds.
const YOUNG: Duration = Duration::from_secs(30);

/// The number of nonces that are remembered in case the service sends one again.
const MAX_NONCES: usize = 16;

/// An API key and its nonces.
pub(crate) struct ApiKey {
    public: String,
    private: Secret,
    /// The newest is last.
    nonces: Mutex<Vec<KnownNonce>>,
}

/// A remembered nonce. One that is not usable keeps its count in case the service sends it again.
struct KnownNonce {
    nonce: Arc<Nonce>,
    since: Duration,
    is_usable: bool,
}

/// A nonce of the service, and how often it was used.
#[derive(Debug)]
pub(crate) struct Nonce {
    challenge: Challenge,
    /// The client's nonce: one for each nonce of the service, as the session algorithms require.
    cnonce: String,
    uses: AtomicU32,
}

/// One use of a nonce. The response is checked against it.
#[derive(Debug)]
pub(crate) struct NonceUse {
    nonce: Arc<Nonce>,
    count: u32,
}

impl ApiKey {
    pub(crate) fn new(public: String, private: Secret) -> Self {
        Self { public, private, nonces: Mutex::default() }
    }

    fn nonces(&self) -> MutexGuard<'_, Vec<KnownNonce>> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the newest usable nonce, if it is young enough.
    pub(crate) fn nonce(&self, clock: &dyn Clock) -> Option<Arc<Nonce>> {
        self.nonce_younger_than(NONCE_LIFETIME, clock)
    }

    /// Returns whether there is a nonce that does not expire within the next seconds.
    pub(crate) fn has_young_nonce(&self, clock: &dyn Clock) -> bool {
        self.nonce_younger_than(YOUNG, clock).is_some()
    }

    fn nonce_younger_than(&self, age: Duration, clock: &dyn Clock) -> Option<Arc<Nonce>> {
        let now = clock.now();
        let is_young = |known: &&KnownNonce| now.saturating_sub(known.since) < age;
        let nonces = self.nonces();
        let newest = nonces.iter().rev().find(|known| known.is_usable).filter(is_young)?;
        Some(Arc::clone(&newest.nonce))
    }

    /// Reads the challenge of a 401 response. Returns its nonce, and whether the previous nonce was only
    /// too old.
    ///
    /// # Errors
    ///
    /// The response has no challenge that this client supports.
    pub(crate) fn challenged(
        &self,
        headers: &HeaderMap,
        clock: &dyn Clock,
    ) -> Result<(Arc<Nonce>, bool), ChallengeProblem> {
        let challenge = Challenge::strongest(headers)?;
        let is_stale = challenge.is_stale;
        Ok((self.remember(challenge, clock), is_stale))
    }

    fn remember(&self, challenge: Challenge, clock: &dyn Clock) -> Arc<Nonce> {
        let mut nonces = self.nonces();
        // A known nonce keeps its count. The service takes a repeated count for a replay.
        let known = nonces.iter().position(|known| known.nonce.challenge.nonce == challenge.nonce);
        let nonce = match known {
            Some(index) => nonces.remove(index).nonce,
            None => Arc::new(Nonce {
                challenge,
                cnonce: format!("{:016x}{:016x}", clock.random(), clock.random()),
                uses: AtomicU32::new(0),
            }),
        };
        if nonces.len() >= MAX_NONCES {
            nonces.remove(0);
        }
        let (kept, since) = (Arc::clone(&nonce), clock.now());
        nonces.push(KnownNonce { nonce: kept, since, is_usable: true });
        nonce
    }

    /// Stops using a nonce that the service refused.
    pub(crate) fn retire(&self, nonce: &Arc<Nonce>) {
        for known in self.nonces().iter_mut().filter(|known| Arc::ptr_eq(&known.nonce, nonce)) {
            known.is_usable = false;
        }
    }

    /// Uses a nonce once more. Returns the `Authorization` header of a request.
    ///
    /// `uri` is the path and the query, exactly as sent. Returns `None` if no header can hold the values.
    pub(crate) fn authorize(
        &self,
        nonce: Arc<Nonce>,
        method: &Method,
        uri: &str,
    ) -> Option<(HeaderValue, NonceUse)> {
        let count = nonce.uses.fetch_add(1, Ordering::Relaxed).checked_add(1)?;
        let nonce_use = NonceUse { nonce, count };
        let header = self.response(&nonce_use, method, uri).header()?;
        Some((header, nonce_use))
    }

    /// Reads what a response says about the key. Returns false if its `rspauth` shows that the service
    /// does not know the key.
    pub(crate) fn accepts(
        &self,
        nonce_use: &NonceUse,
        method: &Method,
        uri: &str,
        headers: &HeaderMap,
        clock: &dyn Clock,
    ) -> bool {
        let info = AuthenticationInfo::read(headers);
        let is_mutual = self.response(nonce_use, method, uri).is_mutual(&info);
        if let Some(next) = info.next_nonce.filter(|_| is_mutual) {
            self.remember(nonce_use.nonce.challenge.with_nonce(next), clock);
        }
        is_mutual
    }

    fn response<'a>(
        &'a self,
        nonce_use: &'a NonceUse,
        method: &'a Method,
        uri: &'a str,
    ) -> DigestResponse<'a> {
        DigestResponse {
            challenge: &nonce_use.nonce.challenge,
            username: &self.public,
            password: self.private.expose(),
            method: method.as_str(),
            uri,
            count: nonce_use.count,
            cnonce: &nonce_use.nonce.cnonce,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use http::header::WWW_AUTHENTICATE;

    use super::*;
    use crate::clock::ManualClock;

    fn headers(nonce: &str) -> HeaderMap {
        let text = format!(r#"Digest realm="r", nonce="{nonce}", qop="auth", algorithm=MD5"#);
        HeaderMap::from_iter([(WWW_AUTHENTICATE, HeaderValue::from_str(&text).unwrap())])
    }

    fn key() -> ApiKey {
        ApiKey::new("user".to_owned(), Secret::from("password"))
    }

    fn authorize(key: &ApiKey, nonce: &Arc<Nonce>) -> NonceUse {
        key.authorize(Arc::clone(nonce), &Method::GET, "/a%20b?c=%2F&d").unwrap().1
    }

    #[test]
    fn concurrent_threads_never_use_a_count_twice() {
        let (key, clock) = (key(), ManualClock::default());
        let (nonce, _) = key.challenged(&headers("n"), &clock).unwrap();
        let counts: Vec<u32> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    let take = || authorize(&key, &nonce).count;
                    scope.spawn(move || (0..100).map(|_| take()).collect::<Vec<_>>())
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(counts.iter().collect::<HashSet<_>>().len(), 800);
        assert_eq!(counts.iter().max(), Some(&800));
    }

    #[test]
    fn a_nonce_that_the_service_repeats_keeps_its_count() {
        let (key, clock) = (key(), ManualClock::default());
        let mut counts = Vec::new();
        for nonce in ["a", "b", "a", "a"] {
            let (nonce, _) = key.challenged(&headers(nonce), &clock).unwrap();
            counts.push(authorize(&key, &nonce).count);
            key.retire(&nonce);
            clock.advance(NONCE_LIFETIME * 2);
        }
        assert_eq!(counts, [1, 1, 2, 3]);
    }

    #[test]
    fn a_nonce_is_used_for_less_than_a_minute_and_not_after_a_refusal() {
        let (key, clock) = (key(), ManualClock::default());
        assert!(key.nonce(&clock).is_none());
        key.challenged(&headers("a"), &clock).unwrap();
        clock.advance(Duration::from_secs(49));
        assert!(key.nonce(&clock).is_some());
        key.challenged(&headers("b"), &clock).unwrap();
        clock.advance(Duration::from_secs(1));
        assert_eq!(key.nonce(&clock).unwrap().challenge.nonce, "b");
        clock.advance(Duration::from_secs(49));
        assert!(key.nonce(&clock).is_none());
        let (again, _) = key.challenged(&headers("a"), &clock).unwrap();
        key.retire(&again);
        assert!(key.nonce(&clock).is_none());
    }

    #[test]
    fn the_next_nonce_of_a_response_is_used_next() {
        let (key, clock) = (key(), ManualClock::default());
        let (nonce, _) = key.challenged(&headers("a"), &clock).unwrap();
        let nonce_use = authorize(&key, &nonce);
        let info = |text| {
            let value = HeaderValue::from_static(text);
            HeaderMap::from_iter([("authentication-info".parse().unwrap(), value)])
        };
        let accepts = |headers: &HeaderMap| {
            key.accepts(&nonce_use, &Method::GET, "/a%20b?c=%2F&d", headers, &clock)
        };
        assert!(accepts(&info(r#"nextnonce="b""#)));
        assert_eq!(key.nonce(&clock).unwrap().challenge.nonce, "b");
        assert!(!accepts(&info(r#"rspauth="00", nextnonce="c""#)));
        assert_eq!(key.nonce(&clock).unwrap().challenge.nonce, "b");
    }
}
