//! A whole migration: link, list, validate, create, describe, cut over, unlink.

use atlas_migrations::{
    Authentication, Destination, LiveMigrationStatus, MigrationRequest, Network, OrgId,
    ShardKeyKind, ShardedCollection, Sharding, Source, ValidationStatus,
};
use atlas_simulator::{Fault, RecordedRequest};

use crate::world::{KINDS, World};

pub const ORG: &str = "4888442a3354817a7320eb61";

/// Returns a request with every property.
pub fn request() -> MigrationRequest {
    let user = Authentication::user("migrator", "canary-password");
    let source = Source::new("5f0a1b2c3d4e5f6071829304".parse().unwrap(), "replica-set-0", user)
        .ca_certificate_path("/etc/mongodb/ca.pem");
    let network = Network::private_link("pl-1");
    let key = [("region", ShardKeyKind::Ranged), ("_id", ShardKeyKind::Hashed)];
    let orders = ShardedCollection::new("shop", "orders", key);
    MigrationRequest::new(source, Destination::new("target", network), "vm001.example.com")
        .sharding(Sharding::new([orders]))
        .drop_destination_data(true)
}

#[tokio::test]
async fn a_migration_runs_from_the_link_token_to_the_unlinking() {
    for kind in KINDS {
        let world = World::with(kind).await;
        let (client, group) = (&world.client, world.group);
        let org: OrgId = ORG.parse().unwrap();

        let nothing = client.delete_link_token(org).await.unwrap_err();
        assert!(nothing.is_not_found(), "{nothing}");
        let token = client.create_link_token(org, ["203.0.113.7"]).send().await.unwrap();
        assert_eq!(token.metadata().status(), 201);
        assert_eq!(token.into_value().expose().len(), 192);
        let projects = client.available_projects(org).await.unwrap();
        let project = &projects[0];
        assert_eq!(project.migration_hosts.as_ref().unwrap(), &["vm001.example.com"]);
        assert_eq!(project.deployments.as_ref().unwrap()[0].name.as_deref(), Some("replica-set-0"));

        let validation = client.validate(group, &request()).await.unwrap();
        assert_eq!(validation.status, Some(ValidationStatus::Pending));
        assert_eq!(validation.group, Some(group));
        world.advance(60);
        let validation = client.validation(group, validation.id.unwrap()).await.unwrap();
        assert_eq!(validation.status, Some(ValidationStatus::Success));

        let job = client.create_live_migration(group, &request()).await.unwrap();
        assert_eq!(job.status, Some(LiveMigrationStatus::New));
        assert_eq!(job.migration_hosts.unwrap(), ["vm001.example.com"]);
        let id = job.id.unwrap();
        let early = client.cut_over(group, id).await.unwrap_err();
        assert_eq!(early.status().unwrap(), 400, "{early}");
        let active = client.delete_link_token(org).await.unwrap_err();
        assert!(active.is_conflict(), "{active}");

        world.advance(3_700);
        let ready = client.live_migration(group, id).await.unwrap();
        assert_eq!(ready.ready_for_cutover, Some(true));
        client.cut_over(group, id).await.unwrap();
        world.advance(600);
        let complete = client.live_migration(group, id).await.unwrap();
        assert_eq!(complete.status, Some(LiveMigrationStatus::Complete));
        let twice = client.cut_over(group, id).await.unwrap_err();
        assert!(twice.is_conflict() && !twice.may_have_taken_effect(), "{twice}");

        client.delete_link_token(org).await.unwrap();
        let none = client.delete_link_token(org).await.unwrap_err();
        assert!(none.is_not_found(), "{none}");
        assert_eq!(world.control().created_live_migrations(group), [id.to_string()]);
        for request in &world.control().requests() {
            assert!(is_authorized(request) || !has_body(request), "{kind}: {request:?}");
        }
    }
}

fn is_authorized(request: &RecordedRequest) -> bool {
    request.headers().contains_key("authorization")
}

fn has_body(request: &RecordedRequest) -> bool {
    request.headers().get("content-length").is_some_and(|length| length != "0")
        || request.headers().contains_key("transfer-encoding")
}

/// A change is sent once, even if its response is lost.
#[tokio::test]
async fn a_change_that_may_have_been_received_is_not_retried() {
    for kind in KINDS {
        for fault in [Fault::LoseResponse, Fault::HtmlBadGateway, Fault::UnexpectedError] {
            let world = World::with(kind).await;
            let (client, group) = (&world.client, world.group);
            // Get a nonce or a token first.
            world.job().await.unwrap();
            let ready = world.simulator.scenario().ready_live_migration_id().unwrap();
            let ready = ready.parse().unwrap();
            let before = world.seen();
            world.next(1, fault.clone());
            let error = client.cut_over(group, ready).await.unwrap_err();
            assert!(error.may_have_taken_effect(), "{kind}, {fault:?}: {error}");
            assert!(error.to_string().contains("may have"), "{error}");
            assert_eq!(world.seen() - before, 1, "{kind}, {fault:?}");

            world.next(1, fault.clone());
            let error = client.create_live_migration(group, &request()).await.unwrap_err();
            assert!(error.may_have_taken_effect(), "{kind}, {fault:?}: {error}");
            assert_eq!(world.seen() - before, 2, "{kind}, {fault:?}");
            let created = world.control().created_live_migrations(group).len();
            assert_eq!(created, usize::from(fault == Fault::LoseResponse), "{kind}");
        }
    }
}

/// A change that certainly had no effect is retried.
#[tokio::test]
async fn a_rate_limited_change_is_retried() {
    let world = World::with("service account").await;
    world.next(2, Fault::RateLimited { retry_after: Some(7) });
    world.client.create_live_migration(world.group, &request()).await.unwrap();
    assert_eq!(world.clock.slept().len(), 2);
    assert_eq!(world.control().created_live_migrations(world.group).len(), 1);
}

#[tokio::test]
async fn an_incomplete_request_is_not_sent() {
    let world = World::new().await;
    let source =
        Source::new("5f0a1b2c3d4e5f6071829304".parse().unwrap(), "", Authentication::user("", ""))
            .tls(false)
            .ca_certificate_path("/ca.pem");
    let network = Network::private_link(" ");
    let request = MigrationRequest::new(source, Destination::new("", network), "")
        .sharding(Sharding::new([]));
    for error in [
        world.client.validate(world.group, &request).await.unwrap_err(),
        world.client.create_live_migration(world.group, &request).await.unwrap_err(),
    ] {
        assert!(error.is_request() && !error.may_have_taken_effect());
        let message = error.to_string();
        for place in [
            "migrationHosts",
            "source.clusterName",
            "source.username",
            "source.password",
            "source.caCertificatePath",
            "destination.clusterName",
            "destination.privateLinkId",
            "sharding.shardingEntries",
        ] {
            assert!(message.contains(&format!("{place}: ")), "{place}: {message}");
        }
    }
    assert_eq!(world.seen(), 0);
}

/// The error names the host that the service cannot reach.
#[tokio::test]
async fn a_validation_that_fails_says_why() {
    let world = World::new().await;
    let source = Source::new(
        "5f0a1b2c3d4e5f6071829304".parse().unwrap(),
        "replica-set-0",
        Authentication::Managed,
    );
    let destination = Destination::new("target", Network::Public);
    let request = MigrationRequest::new(source, destination, "unreachable.example.com");
    let validation = world.client.validate(world.group, &request).await.unwrap();
    assert!(!validation.is_terminal());
    world.advance(60);
    let id = validation.id.unwrap();
    let validation = world.client.validation(world.group, id).await.unwrap();
    assert_eq!(validation.status, Some(ValidationStatus::Failed));
    assert!(validation.error_message.unwrap().contains("unreachable.example.com"));
}
