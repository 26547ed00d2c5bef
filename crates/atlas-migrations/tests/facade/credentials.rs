//! The three kinds of credentials, their failures, and the number of requests that each needs.

use std::sync::Arc;
use std::time::Duration;

use atlas_client_core::Body;
use atlas_migrations::{Credentials, Error, ErrorCode, Operation, RetryPolicy};
use atlas_simulator::{DigestAlgorithm, DigestOptions, Fault, FaultRule, Rspauth, Scenario};

use crate::world::{KINDS, World, builder, credentials, respond};

#[tokio::test]
async fn the_steady_state_is_one_request_per_call() {
    for (kind, first) in [("bearer token", 1), ("API key", 2), ("service account", 2)] {
        let world = World::with(kind).await;
        world.job().await.unwrap();
        assert_eq!(world.seen(), first, "{kind}");
        for _ in 0..10 {
            world.job().await.unwrap();
        }
        assert_eq!(world.seen(), first + 10, "{kind}");
    }
}

#[tokio::test]
async fn every_digest_challenge_gets_credentials() {
    use DigestAlgorithm::{Md5, Md5Sess, Sha256, Sha256Sess};
    for algorithm in [Md5, Md5Sess, Sha256, Sha256Sess] {
        for digest in [
            DigestOptions::default(),
            DigestOptions { qop: false, ..DigestOptions::default() },
            DigestOptions {
                userhash: true,
                opaque: Some("o \"p\" \\".into()),
                ..Default::default()
            },
            DigestOptions { extra_challenges: true, ..DigestOptions::default() },
            DigestOptions { next_nonce: true, rspauth: Rspauth::Right, ..DigestOptions::default() },
        ] {
            let digest = DigestOptions { algorithm, ..digest };
            let shown = format!("{digest:?}");
            let scenario = Scenario { digest, ..Scenario::default() };
            let world = World::of(scenario, "API key", |client| client).await;
            for call in 0..3 {
                let job = world.job().await.unwrap_or_else(|error| panic!("{shown}: {error}"));
                assert_eq!(job.id, Some(world.id));
                assert_eq!(world.seen(), call + 2, "{shown}");
            }
            // The signature covers the query.
            let call = world.client.live_migration(world.group, world.id).raw().envelope(true);
            assert_eq!(call.send().await.unwrap().status(), 200, "{shown}");
        }
    }
}

#[tokio::test]
async fn keys_may_contain_any_character() {
    let mut scenario = Scenario::default();
    scenario.api_keys[0].public_key = "sch\u{fc}ssel \"\\".to_owned();
    scenario.api_keys[0].private_key = "pa\u{df}wort:\u{1f511}".to_owned();
    let world = World::of(scenario, "API key", |client| client).await;
    world.job().await.unwrap();
}

#[tokio::test]
async fn a_service_that_does_not_know_the_key_is_not_believed() {
    let digest = DigestOptions { rspauth: Rspauth::Wrong, ..DigestOptions::default() };
    let scenario = Scenario { digest, ..Scenario::default() };
    let world = World::of(scenario, "API key", |client| client).await;
    let error = world.job().await.unwrap_err();
    assert!(error.to_string().contains("does not know the key"), "{error}");
}

#[tokio::test]
async fn a_wrong_key_fails_after_two_requests() {
    let world = World::with("API key").await;
    let key = Credentials::api_key("notareal", "hunter2");
    let client = builder(&world.simulator).credentials(key).build().unwrap();
    for calls in 1..=3 {
        let error = client.live_migration(world.group, world.id).await.unwrap_err();
        assert!(error.is_unauthorized());
        assert_eq!(world.seen(), 2 * calls);
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn a_revoked_key_fails_after_two_requests() {
    let world = World::with("API key").await;
    world.job().await.unwrap();
    let (error, requests) = world.under(Fault::Unauthorized).await;
    assert!(error.is_unauthorized());
    assert_eq!(requests, 2);
}

#[tokio::test]
async fn a_nonce_is_replaced_before_it_expires() {
    let world = World::with("API key").await;
    world.job().await.unwrap();
    world.advance(45);
    world.job().await.unwrap();
    assert_eq!(world.seen(), 3);
    // A new nonce is requested; using the old one would take as many requests.
    world.advance(10);
    world.job().await.unwrap();
    assert_eq!(world.seen(), 5);
    let authorized = |request: &atlas_simulator::RecordedRequest| {
        request.headers().contains_key("authorization")
    };
    let requests: Vec<bool> = world.control().requests().iter().map(authorized).collect();
    assert_eq!(requests, [false, true, true, false, true]);
}

#[tokio::test]
async fn an_expired_nonce_is_not_a_wrong_key() {
    let world = World::with("API key").await;
    world.job().await.unwrap();
    // Only the service's clock moves.
    world.control().advance(Duration::from_secs(61)).unwrap();
    world.job().await.unwrap();
    assert_eq!(world.seen(), 4);
}

#[tokio::test]
async fn a_spurious_401_is_retried_once_with_a_new_nonce_or_token() {
    for (kind, requests) in [("API key", 1), ("service account", 2)] {
        let world = World::with(kind).await;
        world.job().await.unwrap();
        let before = world.seen();
        world.control().inject(
            FaultRule::new(Fault::Unauthorized).times(1).on_operation("getGroupLiveMigration"),
        );
        world.job().await.unwrap();
        assert_eq!(world.seen() - before, 1 + requests, "{kind}");
    }
    // The service sometimes sends an empty 401.
    let world = World::with("service account").await;
    world.job().await.unwrap();
    world.next(1, Fault::EmptyUnauthorized);
    world.job().await.unwrap();
    assert_eq!(world.control().tokens_issued(), 2);
}

/// Sends a body that can be sent only once. Returns the error.
async fn refused_upload(world: &World) -> Error {
    static UPLOAD: Operation = Operation::new("upload", "POST", "/upload")
        .with_accept("application/json")
        .with_content_type("application/octet-stream");
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("part")]);
    let call = world.client.transport().call(&UPLOAD).body(Body::wrap_stream(chunks));
    call.send_json::<serde_json::Value>().await.unwrap_err()
}

/// The bug: the next call uses the refused token again, or the error hides what the service said.
#[tokio::test]
async fn a_401_to_a_body_that_can_be_sent_only_once_is_returned_and_the_token_is_not_used_again() {
    let world = World::with("service account").await;
    world.job().await.unwrap();
    let before = world.seen();
    world.next(1, Fault::EmptyUnauthorized);
    let error = refused_upload(&world).await;
    assert!(error.is_unauthorized(), "{error}");
    assert_eq!((world.seen(), world.control().tokens_issued()), (before + 1, 1));
    world.job().await.unwrap();
    assert_eq!(world.control().tokens_issued(), 2);
}

/// The bug: a body is used up by a request that the service refuses because of its nonce, and the call cannot be repeated.
#[tokio::test]
async fn a_body_that_can_be_sent_only_once_is_not_sent_with_an_api_key() {
    let world = World::with("API key").await;
    world.job().await.unwrap();
    let before = world.seen();
    let error = refused_upload(&world).await;
    assert!(error.to_string().contains("cannot be sent with an API key"), "{error}");
    assert!(!error.may_have_taken_effect());
    assert_eq!(world.seen(), before);
}

/// The bug: the response to the request for a challenge, which has no body, is taken for the response to the call.
#[tokio::test]
async fn a_success_without_a_challenge_is_not_the_success_of_a_call_with_a_body() {
    const CHANGE: Operation = Operation::new("change", "POST", "/change")
        .with_accept("application/json")
        .with_content_type("application/json");
    static READ: Operation = Operation::new("read", "GET", "/read").with_accept("application/json");
    static WHOLE: Operation = CHANGE;
    static STREAMED: Operation = CHANGE.with_streaming(true);
    let world = World::with("API key").await;
    world.next(2, respond(200, Some("application/json"), "{}"));
    let call = |operation| world.client.transport().call(operation).json(&true);
    let error = call(&WHOLE).send_json::<serde_json::Value>().await.unwrap_err();
    assert_eq!((error.status().map(|status| status.as_u16()), world.seen()), (Some(200), 1));
    let error = call(&STREAMED).send_stream().await.unwrap_err();
    assert_eq!((error.status().map(|status| status.as_u16()), world.seen()), (Some(200), 2));
    // A request without a body was sent as it is.
    world.next(1, respond(200, Some("application/json"), "{}"));
    world.client.transport().call(&READ).send_json::<serde_json::Value>().await.unwrap();
    assert_eq!(world.seen(), 3);
}

#[tokio::test]
async fn a_missing_role_requests_no_new_token() {
    let mut scenario = Scenario::default();
    scenario.service_accounts[0].project_ids = Some(Vec::new());
    let world = World::of(scenario, "service account", |client| client).await;
    for _ in 0..3 {
        let error = world.job().await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::UserCannotAccessGroup));
    }
    assert_eq!(world.control().tokens_issued(), 1);
    assert_eq!(world.seen(), 4);
}

#[tokio::test]
async fn a_hundred_concurrent_calls_need_one_token() {
    let world = Arc::new(World::with("service account").await);
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.job().await.map(|job| job.id) })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), Some(world.id));
    }
    assert_eq!(world.control().tokens_issued(), 1);
    assert_eq!(world.seen(), 101);
}

#[tokio::test]
async fn tokens_are_renewed_replaced_if_rejected_and_revoked() {
    let scenario = Scenario { token_lifetime_seconds: 2, ..Scenario::default() };
    let world = World::of(scenario, "service account", |client| client).await;
    let minted = || world.control().tokens_issued();
    world.job().await.unwrap();
    world.job().await.unwrap();
    assert_eq!(minted(), 1);
    world.advance(2);
    world.job().await.unwrap();
    assert_eq!((minted(), world.seen()), (2, 5));
    // Only the service's clock moves: the token is rejected and replaced.
    world.control().advance(Duration::from_secs(3)).unwrap();
    world.job().await.unwrap();
    assert_eq!((minted(), world.seen()), (3, 8));
    world.client.revoke_token().await.unwrap();
    world.client.revoke_token().await.unwrap();
    assert_eq!(world.seen(), 9);
    world.job().await.unwrap();
    assert_eq!(minted(), 4);
}

#[tokio::test]
async fn a_failed_token_request_is_named_in_the_error() {
    let world = World::with("service account").await;
    let wrong = Credentials::service_account("mdb_sa_id_x", "hunter2");
    let client = builder(&world.simulator).credentials(wrong).build().unwrap();
    let error = client.live_migration(world.group, world.id).await.unwrap_err();
    assert!(error.is_unauthorized());
    assert_eq!(error.code(), Some(&ErrorCode::InvalidClient));
    assert!(error.hint().unwrap().contains("client ID"), "{error}");
    let message = error.to_string();
    assert!(
        message.starts_with("getGroupLiveMigration (GET /api/atlas/v2/groups/32b6"),
        "{message}"
    );
    assert!(
        message.contains("was not sent because the request for a token (POST /api/oauth/token)")
    );
    assert!(!format!("{error:?} {message}").contains("hunter2"));
    assert_eq!(world.seen(), 1);
}

#[tokio::test]
async fn both_forms_of_the_token_rate_limit_are_waited_for() {
    let oauth = respond(
        429,
        Some("application/json"),
        r#"{"error":"rate_limited","error_description":"Resource is limited."}"#,
    );
    for fault in [Fault::RateLimited { retry_after: Some(30) }, oauth] {
        let world = World::with("service account").await;
        world.control().inject(FaultRule::new(fault).times(1).on_operation("createToken"));
        world.job().await.unwrap();
        assert_eq!(world.seen(), 3);
        assert_eq!(world.clock.slept().len(), 1);
    }
    // The real limit is ten a minute. Clients without a token cache soon reach it.
    let world = World::with("service account").await;
    let account = credentials(world.simulator.scenario(), "service account");
    for _ in 0..10 {
        let client = builder(&world.simulator).credentials(account.clone()).build().unwrap();
        client.live_migration(world.group, world.id).await.unwrap();
    }
    let client = builder(&world.simulator).credentials(account).retry(RetryPolicy::never());
    let client = client.build().unwrap();
    let error = client.live_migration(world.group, world.id).await.unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.code(), Some(&ErrorCode::RateLimited));
    assert!(
        error.detail().unwrap().as_received().contains("10 requests every 1 minutes"),
        "{error}"
    );
}

#[tokio::test]
async fn a_cached_token_serves_the_next_client() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with("service account").await;
    let account = credentials(world.simulator.scenario(), "service account");
    for _ in 0..3 {
        let client = builder(&world.simulator)
            .credentials(account.clone())
            .token_cache(folder.path())
            .build()
            .unwrap();
        client.live_migration(world.group, world.id).await.unwrap();
    }
    assert_eq!(world.control().tokens_issued(), 1);
}

#[tokio::test]
async fn every_kind_of_credentials_works_for_a_week() {
    for kind in KINDS {
        let world = World::with(kind).await;
        // A call every 20 minutes for a week.
        for _ in 0..7 * 24 * 3 {
            world.job().await.unwrap();
            world.advance(20 * 60);
        }
        // At most two requests per call.
        assert!(world.seen() <= 2 * 7 * 24 * 3, "{kind}: {}", world.seen());
    }
}
