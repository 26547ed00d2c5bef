//! Requests that are sent at most once, and only while their gate is open.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atlas_migrations::Credentials;
use atlas_simulator::Fault;

use crate::scripted_server::{ScriptedServer, challenge};
use crate::world::{KINDS, World};

/// The bug: a request leaves although its time is over.
#[tokio::test]
async fn a_closed_gate_keeps_every_request_back() {
    for kind in KINDS {
        let world = World::with(kind).await;
        world.job().await.unwrap();
        let before = world.seen();
        let once = world.client.with_send_gate(|| false);
        let error = once.cut_over(world.group, world.id).await.unwrap_err();
        assert!(error.was_not_sent() && !error.may_have_taken_effect(), "{kind}: {error}");
        assert!(error.to_string().contains("was not sent"), "{error}");
        assert_eq!(world.seen(), before, "{kind}");
    }
}

/// The bug: the transport repeats the request after a challenge or a rate limit, without asking again.
#[tokio::test]
async fn an_open_gate_lets_one_request_pass_and_no_repetition() {
    for kind in KINDS {
        for fault in [Fault::Unauthorized, Fault::RateLimited { retry_after: Some(0) }] {
            let world = World::with(kind).await;
            world.job().await.unwrap();
            let (before, asked) = (world.seen(), Arc::new(AtomicUsize::new(0)));
            let count = Arc::clone(&asked);
            let once = world.client.with_send_gate(move || {
                count.fetch_add(1, Ordering::SeqCst);
                true
            });
            world.next(1, fault);
            let error = once.cut_over(world.group, world.id).await.unwrap_err();
            assert!(!error.was_not_sent() && !error.may_have_taken_effect(), "{kind}: {error}");
            assert_eq!(world.seen(), before + 1, "{kind}");
            assert_eq!(asked.load(Ordering::SeqCst), 1);
        }
    }
}

/// The bug: the service says that the nonce is only too old, and the cutover is sent a second time.
#[tokio::test]
async fn an_open_gate_lets_no_repetition_pass_after_a_stale_nonce() {
    let world = World::with("API key").await;
    world.job().await.unwrap();
    // The service's clock is ahead of the client's.
    world.control().advance(Duration::from_secs(61)).unwrap();
    let before = world.seen();
    let once = world.client.with_send_gate(|| true);
    let error = once.cut_over(world.group, world.id).await.unwrap_err();
    assert!(error.is_unauthorized() && !error.may_have_taken_effect(), "{error}");
    assert_eq!(world.seen(), before + 1);
    // A call without a gate is repeated at once.
    world.control().advance(Duration::from_secs(61)).unwrap();
    world.job().await.unwrap();
    assert_eq!(world.seen(), before + 3);
}

/// The bug: the gate writes down that the cutover was sent, and only a token was asked for.
#[tokio::test]
async fn the_request_for_a_token_passes_no_gate() {
    let world = World::with("service account").await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let once = world.client.with_send_gate(move || {
        count.fetch_add(1, Ordering::SeqCst);
        true
    });
    once.live_migration(world.group, world.id).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

/// The bug: the one request is spent on a challenge.
#[tokio::test]
async fn a_credential_is_ready_after_any_request_that_reads() {
    for kind in KINDS {
        let world = World::with(kind).await;
        let is_ready = || world.client.transport().is_credential_ready();
        assert_eq!(is_ready(), kind == "bearer token", "{kind}");
        if kind == "API key" {
            let once = world.client.with_send_gate(|| true);
            let error = once.cut_over(world.group, world.id).await.unwrap_err();
            assert!(error.was_not_sent(), "{error}");
            assert_eq!(world.seen(), 0);
        }
        world.job().await.unwrap();
        assert!(is_ready(), "{kind}");
        // A nonce is used for less than a minute after this.
        world.advance(31);
        assert_eq!(is_ready(), kind != "API key", "{kind}");
    }
}

/// The bug: a cutover behind a gate is spent on a nonce that the service refused before.
#[tokio::test]
async fn a_nonce_that_the_service_refused_leaves_no_credential_ready() {
    let empty = Fault::EmptyUnauthorized;
    // The challenge of a refusal replaces the nonce, and then the new one is refused too.
    for refusals in [vec![empty.clone()], vec![Fault::Unauthorized, empty]] {
        let world = World::with("API key").await;
        world.job().await.unwrap();
        let is_ready = || world.client.transport().is_credential_ready();
        let once = world.client.with_send_gate(|| true);
        for refusal in &refusals {
            assert!(is_ready(), "{refusals:?}");
            world.next(1, refusal.clone());
            let error = once.cut_over(world.group, world.id).await.unwrap_err();
            assert!(error.is_unauthorized() && !error.may_have_taken_effect(), "{error}");
        }
        assert!(!is_ready(), "{refusals:?}");
        let before = world.seen();
        let error = once.cut_over(world.group, world.id).await.unwrap_err();
        assert!(error.was_not_sent(), "{error}");
        assert_eq!(world.seen(), before);
        // A call that reads asks for another nonce.
        world.job().await.unwrap();
        assert!(is_ready(), "{refusals:?}");
    }
}

/// The bug: a nonce that the service asks for again counts as refused, and each change needs a look first.
#[tokio::test]
async fn a_nonce_that_the_service_repeats_in_a_refusal_stays_ready() {
    let server = ScriptedServer::new(vec![challenge("n")]);
    let client = server.client().credentials(Credentials::api_key("key", "secret"));
    let client = client.build().unwrap();
    let id = "6296fb4c7c7aa997cf94e9a8".parse().unwrap();
    let group = "32b6e34b3d91647abb20e7b8".parse().unwrap();
    let error = client.live_migration(group, id).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    assert!(client.transport().is_credential_ready());
}
