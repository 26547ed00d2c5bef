//! Buying, sharing, renewing and keeping tokens.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use std::sync::atomic::{AtomicU32, Ordering};

use atlas_hostile_inputs::{check, documents};
use http::HeaderMap;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::token::LONGEST_LIFE;
use super::*;
use crate::clock::ManualClock;

/// A service that sells tokens and counts them.
struct Shop {
    account: ServiceAccount,
    clock: ManualClock,
    sold: AtomicU32,
}

impl Shop {
    fn new(cache: Option<TokenCache>) -> Self {
        let secret = SecretString::from("secret");
        Self {
            account: ServiceAccount::new("id".to_owned(), secret, "http://localhost", cache),
            clock: ManualClock::default(),
            sold: AtomicU32::new(0),
        }
    }

    /// A token, where the service answers so if it is asked.
    async fn token(&self, status: u16, body: &Value) -> Result<Arc<Token>, Error> {
        let send = |_| async {
            self.sold.fetch_add(1, Ordering::Relaxed);
            // Everyone who wants a token gets to ask meanwhile.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            Ok(answer(status, body))
        };
        self.account.token(&self.clock, send).await
    }

    async fn buys(&self, life: u64) -> Arc<Token> {
        self.token(200, &json!({"access_token": "t", "expires_in": life})).await.unwrap()
    }

    fn sold(&self) -> u32 {
        self.sold.load(Ordering::Relaxed)
    }
}

fn answer(status: u16, body: &Value) -> RawResponse {
    let status = StatusCode::from_u16(status).unwrap();
    let mut answer = RawResponse::new(&TOKEN_OPERATION, status, HeaderMap::new());
    answer.body = body.to_string().into();
    answer
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires_however_short_its_life() {
    for (life, good, stale) in [(3600, 3539, 1), (60, 53, 1), (2, 1, 1)] {
        let shop = Shop::new(None);
        shop.buys(life).await;
        shop.clock.advance(Duration::from_secs(good));
        shop.buys(life).await;
        assert_eq!(shop.sold(), 1, "{life}");
        shop.clock.advance(Duration::from_secs(stale));
        shop.buys(life).await;
        assert_eq!(shop.sold(), 2, "{life}");
    }
}

#[tokio::test]
async fn a_hundred_callers_cause_one_purchase_and_share_its_outcome() {
    for (status, body) in [
        (200, json!({"access_token": "t", "expires_in": 3600})),
        (401, json!({"error": "invalid_client"})),
    ] {
        let shop = Arc::new(Shop::new(None));
        let callers: Vec<_> = (0..100)
            .map(|_| {
                let (shop, body) = (Arc::clone(&shop), body.clone());
                tokio::spawn(async move { shop.token(status, &body).await.is_ok() })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap(), status == 200);
        }
        assert_eq!(shop.sold(), 1);
        // Who comes later tries anew.
        shop.buys(3600).await;
        assert_eq!(shop.sold(), 1 + u32::from(status != 200));
    }
}

#[tokio::test]
async fn a_cancelled_caller_harms_no_other() {
    let shop = Arc::new(Shop::new(None));
    let first = tokio::spawn({
        let shop = Arc::clone(&shop);
        async move { shop.buys(3600).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(shop.sold(), 1);
    let others: Vec<_> = (0..10)
        .map(|_| {
            let shop = Arc::clone(&shop);
            tokio::spawn(async move { shop.buys(3600).await })
        })
        .collect();
    tokio::task::yield_now().await;
    first.abort();
    for other in others {
        other.await.unwrap();
    }
    assert_eq!(shop.sold(), 2);
}

#[tokio::test]
async fn a_failed_renewal_keeps_a_good_token_until_it_expires() {
    let shop = Shop::new(None);
    let first = shop.buys(3600).await;
    let busy = json!({"error": 429, "errorCode": "RATE_LIMITED"});
    shop.clock.advance(Duration::from_secs(3550));
    let kept = shop.token(429, &busy).await.unwrap();
    assert_eq!((&kept.header, shop.sold()), (&first.header, 2));
    // It is not asked for again with every call.
    shop.token(429, &busy).await.unwrap();
    assert_eq!(shop.sold(), 2);
    shop.clock.advance(Duration::from_secs(50));
    let error = shop.token(429, &busy).await.err().unwrap();
    assert!(error.is_rate_limited());
}

#[tokio::test]
async fn a_refused_token_is_displaced_but_not_its_successor() {
    let shop = Shop::new(None);
    let first = shop.buys(3600).await;
    shop.account.displace(&first);
    let second = shop.buys(3600).await;
    shop.account.displace(&first);
    assert!(Arc::ptr_eq(&second, &shop.buys(3600).await));
    assert_eq!(shop.sold(), 2);
}

#[tokio::test]
async fn answers_that_are_no_tokens_are_errors_without_what_they_say() {
    for body in [
        json!({"access_token": "hunter2\n", "expires_in": 60}),
        json!({"access_token": ["hunter2"]}),
        json!({"token": "hunter2"}),
        json!("hunter2"),
    ] {
        let error = Shop::new(None).token(200, &body).await.err().unwrap();
        assert!(error.is_decode());
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        assert!(error.body().unwrap().is_empty());
    }
    let shop = Shop::new(None);
    shop.token(200, &json!({"access_token": "t", "expires_in": "60"})).await.unwrap();
    shop.clock.advance(Duration::from_secs(53));
    shop.token(200, &json!({"access_token": "t"})).await.unwrap();
    assert_eq!(shop.sold(), 1);
}

#[tokio::test]
async fn a_token_outlives_its_program_in_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let cache = || Some(TokenCache::of(folder.path().to_owned(), "http://localhost", "id"));
    let first = Shop::new(cache());
    let token = first.buys(3600).await;
    let second = Shop::new(cache());
    assert_eq!(second.buys(3600).await.header, token.header);
    assert_eq!(second.sold(), 0);
    let refused = second.buys(3600).await;
    second.account.displace(&refused);
    Shop::new(cache()).buys(3600).await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let third = Shop::new(cache());
    third.clock.advance(Duration::from_secs(3600));
    third.buys(3600).await;
    assert_eq!(third.sold(), 1);
}

/// Holds the only thread that may use the disk, until the sender is dropped.
fn hold_the_disk() -> std::sync::mpsc::Sender<()> {
    let (held, released) = std::sync::mpsc::channel();
    tokio::task::spawn_blocking(move || released.recv());
    held
}

#[test]
fn nobody_waits_for_the_disk_but_who_bought_the_token() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let files = || std::fs::read_dir(folder.path()).unwrap().count();
        let cache = TokenCache::of(folder.path().to_owned(), "http://localhost", "id");
        let shop = Arc::new(Shop::new(Some(cache)));
        let (buyer, held) = (Arc::clone(&shop), Arc::new(std::sync::Mutex::new(None)));
        let holder = Arc::clone(&held);
        let first = tokio::spawn(async move {
            let body = json!({"access_token": "t", "expires_in": 3600});
            let send = |_| async {
                // The cache was read before. From now on the disk is slow.
                *holder.lock().unwrap() = Some(hold_the_disk());
                tokio::task::yield_now().await;
                Ok(answer(200, &body))
            };
            buyer.account.token(&buyer.clock, send).await.map(drop)
        });
        while held.lock().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        // It waits for the purchase, but not for the disk.
        let token = tokio::time::timeout(Duration::from_secs(30), shop.buys(3600)).await.unwrap();
        assert_eq!((shop.sold(), files()), (0, 0));
        assert!(!first.is_finished());
        shop.account.displace(&token);
        held.lock().unwrap().take();
        first.await.unwrap().unwrap();
        assert_eq!(files(), 1);
        // What was refused does not come back from the disk.
        assert!(!Arc::ptr_eq(&token, &shop.buys(3600).await));
        assert_eq!(shop.sold(), 1);
    });
}

#[tokio::test]
async fn a_life_of_any_length_can_be_reckoned_with() {
    let folder = tempfile::tempdir().unwrap();
    for life in [json!(u64::MAX), json!(i64::MAX), json!("18446744073709551615"), json!(1e300)] {
        let cache = TokenCache::of(folder.path().to_owned(), "http://localhost", "id");
        let shop = Shop::new(Some(cache));
        let body = json!({"access_token": "t", "expires_in": life});
        let token = shop.token(200, &body).await.unwrap();
        assert!(token.expires_at <= LONGEST_LIFE);
        std::fs::remove_dir_all(folder.path()).unwrap();
        // Where the clock is at its end, too.
        shop.clock.advance(Duration::MAX);
        shop.token(200, &body).await.unwrap();
        assert!(shop.token(503, &body).await.is_err());
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
            // What was kept of the response before would be used again.
            let _ = std::fs::remove_dir_all(&tokens);
            let cache = TokenCache::of(tokens, "http://localhost", "id");
            let shop = Shop::new(Some(cache.clone()));
            let send = |_| async {
                let mut answer = answer(200, &Value::Null);
                answer.body = document.clone().into();
                Ok(answer)
            };
            match shop.account.token(&shop.clock, send).await {
                Ok(token) => {
                    prop_assert!(token.renew_at <= token.expires_at);
                    prop_assert!(token.expires_at <= LONGEST_LIFE);
                    // Stored and read back, and renewed when its time has come.
                    let kept = cache.load(shop.clock.wall()).map(|(secret, _)| secret);
                    let is_kept = kept
                        .is_some_and(|kept| kept.expose_secret() == token.secret.expose_secret());
                    prop_assert!(is_kept || token.expires_at < Duration::from_secs(1));
                    shop.clock.advance(token.renew_at);
                    let _ = shop.token(500, &Value::Null).await;
                }
                Err(error) => prop_assert!(error.is_decode()),
            }
            Ok(())
        })
    });
}

#[test]
fn the_request_has_both_halves_form_encoded() {
    let secret = SecretString::from("s p/\u{e4}");
    let account = ServiceAccount::new("i:d".to_owned(), secret, "http://localhost/x", None);
    let request = account.request(&TOKEN_OPERATION, "grant_type=client_credentials").unwrap();
    assert_eq!(request.url().as_str(), "http://localhost/x/api/oauth/token");
    let header = &request.headers()["authorization"];
    assert_eq!(header, &format!("Basic {}", base64("i%3Ad:s+p%2F%C3%A4")));
    assert!(header.is_sensitive());
}
