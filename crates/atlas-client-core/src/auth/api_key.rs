//! API keys: one round trip a call, by keeping the service's nonce and counting its uses.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use http::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use super::challenge::{Challenge, ChallengeProblem};
use super::digest::{Answer, Info};
use crate::clock::Clock;
use crate::transport::Outgoing;

/// The service drops a nonce after 60 seconds. It is not used so long that a request may be under way
/// when that happens.
const NONCE_LIFETIME: Duration = Duration::from_secs(50);

/// A service that sends a nonce twice is remembered to have done so, within reason.
const NONCES_KEPT: usize = 16;

/// An API key and the nonces that it is used with.
pub(crate) struct ApiKey {
    public: String,
    private: SecretString,
    /// The newest last.
    nonces: Mutex<Vec<Known>>,
}

/// A nonce that is remembered: to be used again, or at least to go on counting if the service sends it again.
struct Known {
    nonce: Arc<Nonce>,
    since: Duration,
    is_usable: bool,
}

/// A nonce of the service, and how often it was used.
#[derive(Debug)]
pub(crate) struct Nonce {
    challenge: Challenge,
    /// This side's nonce. One for each of the service's, as the session algorithms need it.
    cnonce: String,
    /// What the private key comes to with this nonce.
    secret: SecretString,
    uses: AtomicU32,
}

/// A use of a nonce: what the answer to it is checked against.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) nonce: Arc<Nonce>,
    count: u32,
}

impl ApiKey {
    pub(crate) fn new(public: String, private: SecretString) -> Self {
        Self { public, private, nonces: Mutex::default() }
    }

    /// The nonce to use without being asked, if there is one that is young enough.
    pub(crate) fn nonce(&self, clock: &dyn Clock) -> Option<Arc<Nonce>> {
        let now = clock.now();
        let nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        let is_young = |known: &&Known| now.saturating_sub(known.since) < NONCE_LIFETIME;
        let newest = nonces.iter().rev().find(|known| known.is_usable).filter(is_young)?;
        Some(Arc::clone(&newest.nonce))
    }

    /// The nonce that an answer asks for, and whether it says that the last one was merely too old.
    ///
    /// # Errors
    ///
    /// The answer has no challenge that can be answered.
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
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        // Counting anew would repeat a count, which services take for a replay.
        let known = nonces.iter().position(|known| known.nonce.challenge.nonce == challenge.nonce);
        let nonce = match known {
            Some(index) => nonces.remove(index).nonce,
            None => {
                let cnonce = format!("{:016x}{:016x}", clock.random(), clock.random());
                let private = self.private.expose_secret();
                Arc::new(Nonce {
                    secret: challenge.secret(&self.public, private, &cnonce).into(),
                    cnonce,
                    uses: AtomicU32::new(0),
                    challenge,
                })
            }
        };
        if nonces.len() >= NONCES_KEPT {
            nonces.remove(0);
        }
        let (kept, since) = (Arc::clone(&nonce), clock.now());
        nonces.push(Known { nonce: kept, since, is_usable: true });
        nonce
    }

    /// Takes a nonce that the service did not take out of use.
    pub(crate) fn retire(&self, nonce: &Arc<Nonce>) {
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        for known in nonces.iter_mut().filter(|known| Arc::ptr_eq(&known.nonce, nonce)) {
            known.is_usable = false;
        }
    }

    /// Uses a nonce once more: the `Authorization` header of a request.
    pub(crate) fn authorize(
        &self,
        nonce: Arc<Nonce>,
        request: &Outgoing,
    ) -> Option<(HeaderValue, Use)> {
        let count = nonce.uses.fetch_add(1, Ordering::Relaxed).checked_add(1)?;
        let used = Use { nonce, count };
        let header = self.answer(&used, request).header()?;
        Some((header, used))
    }

    /// Takes note of what an answer says of the key. False where the service, in `rspauth`, shows that
    /// it does not know it.
    pub(crate) fn accepts(
        &self,
        used: &Use,
        request: &Outgoing,
        headers: &HeaderMap,
        clock: &dyn Clock,
    ) -> bool {
        let info = Info::read(headers);
        let is_mutual = self.answer(used, request).is_mutual(&info);
        if let Some(next) = info.next_nonce.filter(|_| is_mutual) {
            self.remember(used.nonce.challenge.with_nonce(next), clock);
        }
        is_mutual
    }

    fn answer<'a>(&'a self, used: &'a Use, request: &'a Outgoing) -> Answer<'a> {
        Answer {
            challenge: &used.nonce.challenge,
            user: &self.public,
            secret: used.nonce.secret.expose_secret(),
            method: request.method().as_str(),
            uri: request.target(),
            count: used.count,
            cnonce: &used.nonce.cnonce,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use http::Method;
    use http::header::WWW_AUTHENTICATE;
    use reqwest::Request;

    use super::*;
    use crate::clock::ManualClock;

    fn headers(nonce: &str) -> HeaderMap {
        let text = format!(r#"Digest realm="r", nonce="{nonce}", qop="auth", algorithm=MD5"#);
        HeaderMap::from_iter([(WWW_AUTHENTICATE, HeaderValue::from_str(&text).unwrap())])
    }

    fn request() -> Box<Outgoing> {
        let url = "http://localhost/a%20b?c=%2F&d".parse().unwrap();
        Outgoing::example(Request::new(Method::GET, url))
    }

    fn key() -> ApiKey {
        ApiKey::new("user".to_owned(), SecretString::from("password"))
    }

    #[test]
    fn no_count_is_used_twice_by_however_many_threads() {
        let (key, clock) = (key(), ManualClock::default());
        let (nonce, _) = key.challenged(&headers("n"), &clock).unwrap();
        let counts: Vec<u32> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    let take = || key.authorize(Arc::clone(&nonce), &request()).unwrap().1.count;
                    scope.spawn(move || (0..100).map(|_| take()).collect::<Vec<_>>())
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(counts.iter().collect::<HashSet<_>>().len(), 800);
        assert_eq!(counts.iter().max(), Some(&800));
    }

    #[test]
    fn a_nonce_that_comes_again_goes_on_counting() {
        let (key, clock) = (key(), ManualClock::default());
        let mut counts = Vec::new();
        for nonce in ["a", "b", "a", "a"] {
            let (nonce, _) = key.challenged(&headers(nonce), &clock).unwrap();
            counts.push(key.authorize(Arc::clone(&nonce), &request()).unwrap().1.count);
            key.retire(&nonce);
            clock.advance(NONCE_LIFETIME * 2);
        }
        assert_eq!(counts, [1, 1, 2, 3]);
    }

    #[test]
    fn a_nonce_is_used_for_less_than_a_minute_and_not_after_it_was_refused() {
        let (key, clock) = (key(), ManualClock::default());
        assert!(key.nonce(&clock).is_none());
        let (nonce, _) = key.challenged(&headers("a"), &clock).unwrap();
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
        drop(nonce);
    }

    #[test]
    fn the_next_nonce_that_an_answer_names_is_the_one_to_use() {
        let (key, clock) = (key(), ManualClock::default());
        let (nonce, _) = key.challenged(&headers("a"), &clock).unwrap();
        let (_, used) = key.authorize(nonce, &request()).unwrap();
        let info = |text| {
            let value = HeaderValue::from_static(text);
            HeaderMap::from_iter([("authentication-info".parse().unwrap(), value)])
        };
        let accepts = |headers: &HeaderMap| key.accepts(&used, &request(), headers, &clock);
        assert!(accepts(&info(r#"nextnonce="b""#)));
        assert_eq!(key.nonce(&clock).unwrap().challenge.nonce, "b");
        assert!(!accepts(&info(r#"rspauth="00", nextnonce="c""#)));
        assert_eq!(key.nonce(&clock).unwrap().challenge.nonce, "b");
    }
}
