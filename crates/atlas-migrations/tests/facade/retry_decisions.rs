//! Checks the decision table of failed calls against real requests: whether a call may have taken effect,
//! whether it is retried, and its hint.

use std::time::Duration;

use atlas_migrations::{
    Authentication, Client, Credentials, Destination, Error, GroupId, LiveMigrationId, ManualClock,
    MigrationRequest, Network, OrgId, Source,
};
use atlas_simulator::Fault;

use crate::scripted_server::{ScriptedServer, challenge, response};
use crate::world::{World, respond};

const PASSWORD: &str = "hunter2-password";

fn request() -> MigrationRequest {
    let user = Authentication::user("u", PASSWORD);
    let source = Source::new("5f0a1b2c3d4e5f6071829304".parse().unwrap(), "rs", user);
    MigrationRequest::new(source, Destination::new("c", Network::Public), "vm001.example.com")
}

fn ids() -> (GroupId, LiveMigrationId, OrgId) {
    let id = "32b6e34b3d91647abb20e7b8";
    (id.parse().unwrap(), id.parse().unwrap(), id.parse().unwrap())
}

/// Returns the errors of every irreversible call.
async fn irreversible(client: &Client) -> Vec<Error> {
    let (group, id, org) = ids();
    vec![
        client.create_live_migration(group, &request()).await.unwrap_err(),
        client.cut_over(group, id).await.unwrap_err(),
        client.create_link_token(org, ["203.0.113.7"]).await.unwrap_err(),
    ]
}

/// Returns a client whose waits take no time.
fn client(server: &ScriptedServer, credentials: Credentials) -> Client {
    server.client().credentials(credentials).clock(ManualClock::default()).build().unwrap()
}

fn token() -> Credentials {
    Credentials::bearer_token("token")
}

fn key() -> Credentials {
    Credentials::api_key("public", "private")
}

#[tokio::test]
async fn a_change_that_may_have_taken_effect_is_never_retried_and_the_hint_says_how_to_check() {
    for response in [
        response(500, "", "{}"),
        response(502, "", "<html>"),
        response(503, "retry-after: 1\r\n", ""),
        response(504, "", ""),
        response(408, "", ""),
        response(303, "location: /elsewhere\r\n", ""),
        response(302, "", ""),
        response(600, "", ""),
        response(999, "", ""),
        "HTTP/1.1 201 X\r\ncontent-length: 9\r\n\r\n{".to_owned(),
        String::new(),
    ] {
        let server = ScriptedServer::new(vec![response.clone()]);
        let client = client(&server, token());
        let errors = irreversible(&client).await;
        for (error, sent) in errors.iter().zip(["POST", "PUT", "POST"]) {
            assert!(error.may_have_taken_effect(), "{response:?}: {error}");
            assert!(error.to_string().contains("may have taken effect"), "{error}");
            let hint = error.hint().unwrap();
            assert!(hint.contains("before you know"), "{response:?}: {hint}");
            assert!(!hint.contains("try again"), "{response:?}: {hint}");
            assert_eq!(error.attempts(), 1, "{response:?}: {sent}");
        }
        assert_eq!(server.received().len(), 3, "{response:?}");
    }
}

#[tokio::test]
async fn a_rejected_change_changed_nothing_with_any_body() {
    let large = "x".repeat(1 << 20);
    for status in [400, 401, 403, 404, 405, 409, 410] {
        for cut in [
            format!("HTTP/1.1 {status} X\r\ncontent-length: 99\r\n\r\n{{\"detail\":"),
            format!("HTTP/1.1 {status} X\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
            response(status, "", &large),
        ] {
            let server = ScriptedServer::new(vec![cut]);
            let builder = server.client().credentials(token()).max_body_bytes(1000);
            for error in irreversible(&builder.build().unwrap()).await {
                assert_eq!(error.status().unwrap(), status, "{error}");
                assert!(!error.may_have_taken_effect(), "{error}");
                assert!(error.to_string().contains("nothing was changed"), "{error}");
                assert!(!error.is_transport() && !error.is_too_large(), "{error}");
            }
            assert_eq!(server.received().len(), 3);
        }
    }
}

#[tokio::test]
async fn a_rate_limited_call_is_retried_even_if_its_body_is_truncated() {
    let cut = "HTTP/1.1 429 X\r\nretry-after: 1\r\ncontent-length: 99\r\n\r\n{".to_owned();
    let server = ScriptedServer::new(vec![cut]);
    let (group, id, _) = ids();
    let error = client(&server, token()).cut_over(group, id).await.unwrap_err();
    assert!(error.is_rate_limited() && !error.may_have_taken_effect(), "{error}");
    assert_eq!((error.attempts(), server.received().len()), (4, 4));
    assert!(error.hint().unwrap().contains("try again"), "{error}");
}

#[tokio::test]
async fn a_response_that_fails_mutual_authentication_is_never_retried() {
    let (group, id, _) = ids();
    for status in [200, 429, 503] {
        let forged = response(status, "authentication-info: rspauth=\"00\"\r\n", "{}");
        let server = ScriptedServer::new(vec![challenge("n"), forged]);
        let client = client(&server, key());
        let error = client.cut_over(group, id).await.unwrap_err();
        assert!(error.may_have_taken_effect(), "{error}");
        assert!(error.hint().unwrap().contains("do not trust"), "{error}");
        // One request without and one with the credential.
        assert_eq!(server.received().len(), 2, "{status}");
        let error = client.live_migration(group, id).await.unwrap_err();
        assert_eq!((error.attempts(), error.may_have_taken_effect()), (1, false), "{error}");
    }
}

#[tokio::test]
async fn a_body_is_sent_only_to_a_service_that_asked_for_the_credential() {
    let (group, ..) = ids();
    for (status, may_have) in [
        (200, true),
        (201, true),
        (303, true),
        (400, false),
        (403, false),
        (404, false),
        (409, false),
        (500, true),
        (502, true),
    ] {
        let server = ScriptedServer::new(vec![response(status, "", "{\"_id\":\"x\"}")]);
        let error = client(&server, key()).create_live_migration(group, &request()).await;
        let error = error.unwrap_err();
        assert_eq!(error.status().unwrap(), status, "{error}");
        assert_eq!(error.may_have_taken_effect(), may_have, "{error}");
        let received = server.received();
        assert_eq!(received.len(), 1, "{status}: the bare head and nothing else");
        assert!(received[0].body.is_empty(), "{status}");
    }
    // An unsupported challenge does not count.
    for header in ["Basic realm=\"x\"", "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256"] {
        let refusal = response(401, &format!("www-authenticate: {header}\r\n"), "{}");
        let server = ScriptedServer::new(vec![refusal]);
        let error = client(&server, key()).create_live_migration(group, &request()).await;
        assert!(error.unwrap_err().is_unauthorized());
        assert!(server.received().iter().all(|received| received.body.is_empty()));
    }
    let server = ScriptedServer::new(vec![challenge("n"), response(201, "", "{}")]);
    let _ = client(&server, key()).create_live_migration(group, &request()).await;
    let received = server.received();
    assert!(received[0].body.is_empty() && !received[1].body.is_empty());
    assert!(received[1].head.to_lowercase().contains("authorization: digest"));
}

#[tokio::test]
async fn the_nonce_count_continues_if_the_service_calls_the_nonce_stale() {
    let stale = challenge("n").replace("qop=\"auth\"", "qop=\"auth\", stale=true");
    let server = ScriptedServer::new(vec![challenge("n"), stale.clone(), stale]);
    let (group, id, _) = ids();
    let error = client(&server, key()).live_migration(group, id).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    let counts: Vec<String> = server
        .received()
        .iter()
        .filter_map(|received| received.head.split("nc=").nth(1).map(|rest| rest[..8].to_owned()))
        .collect();
    assert_eq!(counts, ["00000001", "00000002"]);
}

#[tokio::test]
async fn an_unsupported_challenge_is_not_reported_as_a_wrong_key() {
    let (group, id, _) = ids();
    for (header, said) in [
        ("Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256", "algorithm"),
        ("Digest nonce=\"n\"", "realm"),
        ("Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"", "qop"),
        ("Basic realm=\"x\"", "another kind of credential"),
    ] {
        let refusal = response(401, &format!("www-authenticate: {header}\r\n"), "{}");
        let server = ScriptedServer::new(vec![refusal]);
        let error = client(&server, key()).live_migration(group, id).await.unwrap_err();
        let hint = error.hint().unwrap();
        assert!(hint.contains(said), "{header}: {hint}");
        assert!(!hint.contains("check that the credential is right"), "{hint}");
    }
}

#[tokio::test]
async fn a_lost_response_to_a_change_may_have_taken_effect_on_the_simulator() {
    let world = World::with("bearer token").await;
    for fault in [Fault::ResetConnection, Fault::LoseResponse, respond(502, None, "")] {
        world.next(1, fault);
        let error = world.client.cut_over(world.group, world.id).await.unwrap_err();
        assert!(error.may_have_taken_effect() && error.attempts() == 1, "{error}");
        assert!(error.hint().unwrap().contains("describe or watch"), "{error}");
    }
    assert!(world.clock.slept().iter().all(|pause| *pause < Duration::from_secs(1)));
}
