//! Secrets stay secret: none of them is in any log, span, error or `Debug`, at the most verbose.

use std::io;
use std::sync::{Arc, Mutex};

use atlas_migrations::{Client, Settings};
use atlas_simulator::{Fault, Scenario};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::journey::{ORG, request};
use crate::world::{KINDS, World, credentials, respond};

/// A log that is kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A scenario whose secrets are canaries.
fn scenario() -> Scenario {
    let mut scenario = Scenario::default();
    scenario.bearer_tokens[0].token = "canary-bearer".to_owned();
    scenario.api_keys[0].private_key = "canary-private".to_owned();
    scenario.service_accounts[0].client_secret = "canary-secret".to_owned();
    scenario
}

/// Calls whose request or answer holds a secret, well and badly.
async fn bodies(world: &World, tell: &mut impl FnMut(&dyn std::fmt::Debug)) {
    let org = ORG.parse().unwrap();
    tell(&request());
    tell(&request().masked().to_wire(&world.group));
    tell(&request().to_wire(&world.group));
    let link = || world.client.create_link_token(&org, ["203.0.113.7"]);
    tell(&link().send().await.unwrap());
    tell(&link().raw().send().await.unwrap());
    let create = || world.client.create_live_migration(&world.group, &request());
    tell(&create());
    tell(&create().raw());
    tell(&create().send().await.unwrap());
    for fault in [Fault::UnexpectedError, Fault::TruncateBody, Fault::LoseAnswer] {
        world.next(1, fault.clone());
        tell(&create().await.unwrap_err());
        world.next(1, fault);
        tell(&link().await.unwrap_err());
    }
    // An answer that is none, with the secret in it.
    let body = r#"{"linkToken":["canary-link-token"]}"#;
    world.next(1, respond(200, None, body));
    let error = link().await.unwrap_err();
    tell(&error);
    tell(&error.to_string());
}

#[tokio::test]
async fn no_secret_is_ever_shown() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut told = String::new();
    let mut tell = |what: &dyn std::fmt::Debug| {
        use std::fmt::Write as _;
        write!(told, "{what:?} {what:#?}").unwrap();
    };
    for kind in KINDS {
        let world = World::of(scenario(), kind, |client| client).await;
        tell(&credentials(&scenario(), kind));
        tell(&Client::builder().credentials(credentials(&scenario(), kind)));
        tell(&world.client);
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
            tell(&error);
            tell(&error.to_string());
            tell(&std::error::Error::source(&error));
        }
        let raw = world.client.live_migration(&world.group, &world.id).raw().send().await.unwrap();
        tell(&raw);
        bodies(&world, &mut tell).await;
        world.client.revoke_token().await.unwrap();
        // What the service itself was sent, as its record shows it.
        tell(&world.control().requests());
    }
    tell(&Settings::load(Some("canary-no-such-profile")).is_err());

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("atlas_call") && log.contains("getGroupLiveMigration"));
    // Base64 of `…:canary-secret` and tokens that the simulator mints.
    let basic = "Y2FuYXJ5LXNlY3JldA";
    for text in [&told, &log] {
        for secret in [
            "canary-bearer",
            "canary-private",
            "canary-secret",
            "canary-password",
            "canary-link-token",
            "Y2FuYXJ5",
            basic,
            "Bearer ey",
            // How the simulator's link tokens begin.
            "eyJ",
        ] {
            let found =
                text.find(secret).map(|at| &text[at.saturating_sub(200)..at + secret.len()]);
            assert_eq!(found, None);
        }
    }
}
