//! Successful responses that do not identify anything.

use atlas_migrations::{
    Authentication, AvailableProject, Destination, Error, LiveMigration, MigrationRequest, Network,
    Source, Validation,
};
use atlas_simulator::Timeline;

use crate::watch::{next, watch, world as watched};
use crate::world::{World, respond};

/// Objects that could be about anything, or an error.
const UNIDENTIFIED: [&str; 4] = [
    "{}",
    r#"{"_id": null, "status": null}"#,
    r#"{"error": 503, "errorCode": "UNEXPECTED_ERROR", "detail": "try again"}"#,
    r#"{"readyForCutover": true, "lagTimeSeconds": 0, "status": ""}"#,
];

fn request() -> MigrationRequest {
    let source =
        Source::new("5f0a1b2c3d4e5f6071829304".parse().unwrap(), "rs", Authentication::Managed);
    MigrationRequest::new(source, Destination::new("c", Network::Public), "vm001.example.com")
}

async fn under<T: std::fmt::Debug>(
    world: &World,
    body: &str,
    call: impl Future<Output = Result<T, Error>>,
) -> Error {
    world.next(1, respond(200, Some("application/json"), body));
    let error = call.await.expect_err(body);
    assert!(error.is_decode() && error.status().unwrap() == 200, "{error}");
    error
}

#[tokio::test]
async fn a_success_that_identifies_nothing_is_an_error_in_every_call() {
    let world = World::new().await;
    let (client, group) = (&world.client, world.group);
    let validation = "507f1f77bcf86cd799439011".parse().unwrap();
    let request = request();
    for body in UNIDENTIFIED {
        let read = under(&world, body, world.job()).await;
        assert!(!read.may_have_taken_effect());
        under(&world, body, async { client.validation(group, validation).await }).await;
        under(&world, body, async { client.validate(group, &request).await }).await;
        let raw = client.live_migration(group, world.id).raw().send();
        under(&world, body, async { raw.await?.json::<LiveMigration>() }).await;
        let raw = client.validation(group, validation).raw().send();
        under(&world, body, async { raw.await?.json::<Validation>() }).await;
    }
    // A raw call returns it.
    world.next(1, respond(200, Some("application/json"), "{}"));
    let raw = client.live_migration(group, world.id).raw().send().await.unwrap();
    assert_eq!(raw.body().as_ref(), b"{}");
}

#[tokio::test]
async fn the_hint_says_how_to_find_what_was_created_without_an_id() {
    let world = World::new().await;
    let (client, request) = (&world.client, request());
    for body in UNIDENTIFIED.into_iter().chain([r#"{"status": "NEW"}"#, "[]"]) {
        let create = async { client.create_live_migration(world.group, &request).await };
        let error = under(&world, body, create).await;
        assert!(error.may_have_taken_effect(), "{error}");
        let hint = error.hint().unwrap();
        assert!(hint.contains("Atlas UI") && hint.contains("before you know"), "{hint}");
    }
    let org = "4888442a3354817a7320eb61".parse().unwrap();
    for body in ["{}", r#"{"linkToken": ""}"#, r#"{"linkToken": null}"#, "[]"] {
        let link = async { client.create_link_token(org, ["203.0.113.7"]).await };
        let error = under(&world, body, link).await;
        assert!(error.may_have_taken_effect(), "{error}");
        assert!(error.hint().unwrap().contains("delete it and then create a new one"), "{error}");
    }
}

#[tokio::test]
async fn a_list_of_projects_without_ids_is_an_error() {
    let world = World::new().await;
    let org = "4888442a3354817a7320eb61".parse().unwrap();
    let list = || async { world.client.available_projects(org).await };
    for body in ["[{}]", r#"[{"name": "a"}, {"deployments": []}]"#, r#"[{"name": ""}]"#] {
        under(&world, body, list()).await;
    }
    world.next(1, respond(200, Some("application/json"), r#"[{"name": "a"}]"#));
    let projects: Vec<AvailableProject> = list().await.unwrap();
    assert_eq!(projects[0].name.as_deref(), Some("a"));
    world.next(1, respond(200, Some("application/json"), "[]"));
    assert!(list().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_watch_counts_an_unidentified_success_as_a_failed_poll() {
    for body in UNIDENTIFIED {
        let world = watched(Timeline::default()).await;
        let mut updates = watch(&world).updates();
        let first = next(&mut updates).await;
        world.next(3, respond(200, Some("application/json"), body));
        let update = next(&mut updates).await;
        assert_eq!(update.failed_polls, 3, "{body}");
        assert_eq!(update.job.id, first.job.id);
        // A watch that gets nothing else fails.
        world.control().inject(atlas_simulator::FaultRule::new(respond(
            200,
            Some("application/json"),
            body,
        )));
        let error = updates.next().await.unwrap().unwrap_err();
        assert!(error.is_final() && error.api_error().unwrap().is_decode(), "{error}");
    }
}
