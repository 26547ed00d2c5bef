//! No secret is in any log, span, error or `Debug` output, even at the most verbose level.

use atlas_migrations::Client;
use atlas_simulator::{Fault, Scenario};
use tracing::Level;

use crate::journey::{ORG, request};
use crate::log::Log;
use crate::world::{KINDS, World, credentials, respond};

/// Returns a scenario whose secrets are canaries.
fn scenario() -> Scenario {
    let mut scenario = Scenario::default();
    scenario.bearer_tokens[0].token = "canary-bearer".to_owned();
    scenario.api_keys[0].private_key = "canary-private".to_owned();
    scenario.service_accounts[0].client_secret = "canary-secret".to_owned();
    scenario
}

/// Makes calls with a secret in the request or the response, with and without faults.
async fn bodies(world: &World, show: &mut impl FnMut(&dyn std::fmt::Debug)) {
    let org = ORG.parse().unwrap();
    show(&request());
    show(&request().redacted().to_json(world.group));
    show(&request().to_json(world.group));
    let link = || world.client.create_link_token(org, ["203.0.113.7"]);
    show(&link().send().await.unwrap());
    show(&link().raw().send().await.unwrap());
    let create = || world.client.create_live_migration(world.group, &request());
    show(&create());
    show(&create().raw());
    show(&create().send().await.unwrap());
    for fault in [Fault::UnexpectedError, Fault::TruncateBody, Fault::LoseResponse] {
        world.next(1, fault.clone());
        show(&create().await.unwrap_err());
        world.next(1, fault);
        show(&link().await.unwrap_err());
    }
    // A response that does not decode and contains the secret.
    let body = r#"{"linkToken":["canary-link-token"]}"#;
    world.next(1, respond(200, None, body));
    let error = link().await.unwrap_err();
    show(&error);
    show(&error.to_string());
}

#[tokio::test]
async fn no_secret_is_ever_shown() {
    let (log, _guard) = Log::collect(Level::TRACE);
    let mut shown = String::new();
    let mut show = |what: &dyn std::fmt::Debug| {
        use std::fmt::Write as _;
        write!(shown, "{what:?} {what:#?}").unwrap();
    };
    for kind in KINDS {
        let world = World::of(scenario(), kind, |client| client).await;
        show(&credentials(&scenario(), kind));
        show(&Client::builder().credentials(credentials(&scenario(), kind)));
        show(&world.client);
        world.job().await.unwrap();
        for fault in [
            Fault::Unauthorized,
            Fault::Forbidden,
            Fault::UnexpectedError,
            Fault::HtmlBadGateway,
            Fault::ResetConnection,
            Fault::TruncateBody,
            Fault::RateLimited { retry_after: None },
        ] {
            let (error, _) = world.under(fault).await;
            show(&error);
            show(&error.to_string());
            show(&std::error::Error::source(&error));
        }
        let raw = world.client.live_migration(world.group, world.id).raw().send().await.unwrap();
        show(&raw);
        bodies(&world, &mut show).await;
        world.client.revoke_token().await.unwrap();
        // The simulator's log of requests.
        show(&world.control().requests());
    }

    let log = log.text();
    assert!(log.contains("atlas_call") && log.contains("getGroupLiveMigration"));
    for field in ["status=200", "status=403", "error="] {
        assert!(log.contains(field), "a span records `{field}`");
    }
    // Base64 of `…:canary-secret`.
    let basic = "Y2FuYXJ5LXNlY3JldA";
    for text in [&shown, &log] {
        for secret in [
            "canary-bearer",
            "canary-private",
            "canary-secret",
            "canary-password",
            "canary-link-token",
            "Y2FuYXJ5",
            basic,
            "Bearer ey",
            // The start of the simulator's link tokens.
            "eyJ",
        ] {
            let found =
                text.find(secret).map(|at| &text[at.saturating_sub(200)..at + secret.len()]);
            assert_eq!(found, None);
        }
    }
}
