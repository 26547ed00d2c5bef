//! Fetching, sharing, renewing and caching tokens.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use std::sync::atomic::{AtomicU32, Ordering};

use atlas_hostile_inputs::{check, documents};
use http::HeaderMap;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::token::MAX_TOKEN_LIFETIME;
use super::*;
use crate::clock::ManualClock;

/// A service account whose token server counts the tokens it issues.
struct FakeTokenServer {
    account: ServiceAccount,
    clock: ManualClock,
    issued: AtomicU32,
}

impl FakeTokenServer {
    fn new(cache: Option<TokenCache>) -> Self {
        let secret = Secret::from("secret");
        Self {
            account: ServiceAccount::new("id".to_owned(), secret, "http://localhost", cache),
            clock: ManualClock::default(),
            issued: AtomicU32::new(0),
        }
    }

    /// Returns the account's token. The server responds with this status and body if it is asked.
    async fn token(&self, status: u16, body: &Value) -> Result<Arc<Token>, Error> {
        let send = |_| async {
            self.issued.fetch_add(1, Ordering::Relaxed);
            // Other callers run meanwhile.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            Ok(response(status, body))
        };
        self.account.token(&self.clock, send).await
    }

    async fn valid_token(&self, lifetime: u64) -> Arc<Token> {
        self.token(200, &json!({"access_token": "t", "expires_in": lifetime})).await.unwrap()
    }

    fn issued(&self) -> u32 {
        self.issued.load(Ordering::Relaxed)
    }
}

fn response(status: u16, body: &Value) -> RawResponse {
    let status = StatusCode::from_u16(status).unwrap();
    let mut response = RawResponse::new(&TOKEN_OPERATION, status, HeaderMap::new());
    response.body = body.to_string().into();
    response
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires() {
    for (lifetime, fresh, stale) in [(3600, 3539, 1), (60, 53, 1), (2, 1, 1)] {
        let server = FakeTokenServer::new(None);
        server.valid_token(lifetime).await;
        server.clock.advance(Duration::from_secs(fresh));
        server.valid_token(lifetime).await;
        assert_eq!(server.issued(), 1, "{lifetime}");
        server.clock.advance(Duration::from_secs(stale));
        server.valid_token(lifetime).await;
        assert_eq!(server.issued(), 2, "{lifetime}");
    }
}

#[tokio::test]
async fn a_hundred_callers_share_the_outcome_of_one_fetch() {
    for (status, body) in [
        (200, json!({"access_token": "t", "expires_in": 3600})),
        (401, json!({"error": "invalid_client"})),
    ] {
        let server = Arc::new(FakeTokenServer::new(None));
        let callers: Vec<_> = (0..100)
            .map(|_| {
                let (server, body) = (Arc::clone(&server), body.clone());
                tokio::spawn(async move { server.token(status, &body).await.is_ok() })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap(), status == 200);
        }
        assert_eq!(server.issued(), 1);
        // A later caller fetches again.
        server.valid_token(3600).await;
        assert_eq!(server.issued(), 1 + u32::from(status != 200));
    }
}

#[tokio::test]
async fn a_canceled_caller_does_not_affect_the_others() {
    let server = Arc::new(FakeTokenServer::new(None));
    let first = tokio::spawn({
        let server = Arc::clone(&server);
        async move { server.valid_token(3600).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(server.issued(), 1);
    let others: Vec<_> = (0..10)
        .map(|_| {
            let server = Arc::clone(&server);
            tokio::spawn(async move { server.valid_token(3600).await })
        })
        .collect();
    tokio::task::yield_now().await;
    first.abort();
    for other in others {
        other.await.unwrap();
    }
    assert_eq!(server.issued(), 2);
}

#[tokio::test]
async fn after_a_failed_renewal_a_token_is_used_until_it_expires() {
    let server = FakeTokenServer::new(None);
    let first = server.valid_token(3600).await;
    let busy = json!({"error": 429, "errorCode": "RATE_LIMITED"});
    server.clock.advance(Duration::from_secs(3550));
    let kept = server.token(429, &busy).await.unwrap();
    assert_eq!((&kept.header, server.issued()), (&first.header, 2));
    // Not every call tries to renew it.
    server.token(429, &busy).await.unwrap();
    assert_eq!(server.issued(), 2);
    server.clock.advance(Duration::from_secs(50));
    let error = server.token(429, &busy).await.err().unwrap();
    assert!(error.is_rate_limited());
}

#[tokio::test]
async fn a_refused_token_is_invalidated_but_not_its_successor() {
    let server = FakeTokenServer::new(None);
    let first = server.valid_token(3600).await;
    server.account.invalidate(&first);
    let second = server.valid_token(3600).await;
    server.account.invalidate(&first);
    assert!(Arc::ptr_eq(&second, &server.valid_token(3600).await));
    assert_eq!(server.issued(), 2);
}

#[tokio::test]
async fn invalid_token_responses_are_errors_that_do_not_show_the_body() {
    for body in [
        json!({"access_token": "hunter2\n", "expires_in": 60}),
        json!({"access_token": ["hunter2"]}),
        json!({"token": "hunter2"}),
        json!("hunter2"),
    ] {
        let error = FakeTokenServer::new(None).token(200, &body).await.err().unwrap();
        assert!(error.is_decode());
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        assert!(error.body().unwrap().is_empty());
    }
    let server = FakeTokenServer::new(None);
    server.token(200, &json!({"access_token": "t", "expires_in": "60"})).await.unwrap();
    server.clock.advance(Duration::from_secs(53));
    server.token(200, &json!({"access_token": "t"})).await.unwrap();
    assert_eq!(server.issued(), 1);
}

#[tokio::test]
async fn the_cache_keeps_a_token_for_the_next_program() {
    let folder = tempfile::tempdir().unwrap();
    let cache = || Some(TokenCache::new(folder.path().to_owned(), "http://localhost", "id"));
    let first = FakeTokenServer::new(cache());
    let token = first.valid_token(3600).await;
    let second = FakeTokenServer::new(cache());
    assert_eq!(second.valid_token(3600).await.header, token.header);
    assert_eq!(second.issued(), 0);
    let refused = second.valid_token(3600).await;
    second.account.invalidate(&refused);
    FakeTokenServer::new(cache()).valid_token(3600).await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let third = FakeTokenServer::new(cache());
    third.clock.advance(Duration::from_secs(3600));
    third.valid_token(3600).await;
    assert_eq!(third.issued(), 1);
}

/// Blocks the only thread for disk access until the sender is dropped.
fn block_disk() -> std::sync::mpsc::Sender<()> {
    let (held, released) = std::sync::mpsc::channel();
    tokio::task::spawn_blocking(move || released.recv());
    held
}

#[test]
fn only_the_caller_that_fetched_waits_for_the_disk() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let files = || std::fs::read_dir(folder.path()).unwrap().count();
        let cache = TokenCache::new(folder.path().to_owned(), "http://localhost", "id");
        let server = Arc::new(FakeTokenServer::new(Some(cache)));
        let (fetcher, held) = (Arc::clone(&server), Arc::new(std::sync::Mutex::new(None)));
        let holder = Arc::clone(&held);
        let first = tokio::spawn(async move {
            let body = json!({"access_token": "t", "expires_in": 3600});
            let send = |_| async {
                // The cache was read before. From now on the disk is blocked.
                *holder.lock().unwrap() = Some(block_disk());
                tokio::task::yield_now().await;
                Ok(response(200, &body))
            };
            fetcher.account.token(&fetcher.clock, send).await.map(drop)
        });
        while held.lock().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        // It waits for the fetch, but not for the disk.
        let token =
            tokio::time::timeout(Duration::from_secs(30), server.valid_token(3600)).await.unwrap();
        assert_eq!((server.issued(), files()), (0, 0));
        assert!(!first.is_finished());
        server.account.invalidate(&token);
        held.lock().unwrap().take();
        first.await.unwrap().unwrap();
        assert_eq!(files(), 1);
        // A refused token is not loaded from the disk.
        assert!(!Arc::ptr_eq(&token, &server.valid_token(3600).await));
        assert_eq!(server.issued(), 1);
    });
}

#[tokio::test]
async fn any_lifetime_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    for lifetime in [json!(u64::MAX), json!(i64::MAX), json!("18446744073709551615"), json!(1e300)]
    {
        let cache = TokenCache::new(folder.path().to_owned(), "http://localhost", "id");
        let server = FakeTokenServer::new(Some(cache));
        let body = json!({"access_token": "t", "expires_in": lifetime});
        let token = server.token(200, &body).await.unwrap();
        assert!(token.expires_at <= MAX_TOKEN_LIFETIME);
        std::fs::remove_dir_all(folder.path()).unwrap();
        // Also with a clock that is at its end.
        server.clock.advance(Duration::MAX);
        server.token(200, &body).await.unwrap();
        assert!(server.token(503, &body).await.is_err());
    }
}

#[test]
fn hostile_token_responses_are_refused_or_used_without_a_panic() {
    const RESPONSES: &[&str] = &[
        r#"{"access_token": "header.payload.signature", "expires_in": 3600, "token_type": "Bearer"}"#,
        r#"{"access_token": "t", "expires_in": "60"}"#,
        r#"{"access_token": "t", "expires_in": 18446744073709551615}"#,
        r#"{"access_token": "t"}"#,
    ];
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    check("token responses", &documents(RESPONSES), |document| {
        runtime.block_on(async {
            let tokens = folder.path().join("tokens");
            // The token of the previous response would be used again.
            let _ = std::fs::remove_dir_all(&tokens);
            let cache = TokenCache::new(tokens, "http://localhost", "id");
            let server = FakeTokenServer::new(Some(cache.clone()));
            let send = |_| async {
                let mut response = response(200, &Value::Null);
                response.body = document.clone().into();
                Ok(response)
            };
            match server.account.token(&server.clock, send).await {
                Ok(token) => {
                    prop_assert!(token.renew_at <= token.expires_at);
                    prop_assert!(token.expires_at <= MAX_TOKEN_LIFETIME);
                    // It is stored, read back and renewed.
                    let kept = cache.load(server.clock.wall()).map(|(secret, _)| secret);
                    let is_kept = kept.is_some_and(|kept| kept == token.secret);
                    prop_assert!(is_kept || token.expires_at < Duration::from_secs(1));
                    server.clock.advance(token.renew_at);
                    let _ = server.token(500, &Value::Null).await;
                }
                Err(error) => prop_assert!(error.is_decode()),
            }
            Ok(())
        })
    });
}

#[test]
fn the_request_form_encodes_both_halves_of_the_credential() {
    let secret = Secret::from("s p/\u{e4}");
    let account = ServiceAccount::new("i:d".to_owned(), secret, "http://localhost/x", None);
    let request = account.request(&TOKEN_OPERATION, "grant_type=client_credentials").unwrap();
    assert_eq!(request.url().as_str(), "http://localhost/x/api/oauth/token");
    let header = &request.headers()["authorization"];
    assert_eq!(header, &format!("Basic {}", BASE64.encode("i%3Ad:s+p%2F%C3%A4")));
    assert!(header.is_sensitive());
}
