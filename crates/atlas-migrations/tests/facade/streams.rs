//! Operations that return a stream of bytes. The fragment has none.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use atlas_migrations::generated::operations::GET_GROUP_LIVE_MIGRATION;
use atlas_migrations::{LiveMigrationId, Operation, RetryPolicy};
use atlas_simulator::{Fault, Scenario};
use futures_core::Stream as _;
use progenitor_client::Error;

use crate::world::World;

static STREAMED: Operation = Operation { streaming: true, ..GET_GROUP_LIVE_MIGRATION };

/// Reads the whole stream, as a generated method requests it.
async fn streamed(world: &World, id: &LiveMigrationId) -> Result<Vec<u8>, Error> {
    let transport = world.client.transport();
    let path = format_args!("/api/atlas/v2/groups/{}/liveMigrations/{id}", world.group);
    let request = transport.http().get(transport.url(path)).build()?;
    let mut stream = pin!(transport.stream(&STREAMED, request).await?.into_inner().into_inner());
    let mut bytes = Vec::new();
    while let Some(chunk) = poll_fn(|context| stream.as_mut().poll_next(context)).await {
        bytes.extend(chunk?);
    }
    Ok(bytes)
}

#[tokio::test]
async fn a_stream_returns_its_bytes_and_an_error_its_body() {
    let world = World::new().await;
    let bytes = streamed(&world, &world.id).await.unwrap();
    let call = world.client.live_migration(world.group, world.id);
    assert_eq!(bytes, call.raw().send().await.unwrap().body().as_ref());
    let nobody = "0".repeat(24).parse().unwrap();
    match streamed(&world, &nobody).await.unwrap_err() {
        Error::UnexpectedResponse(response) => {
            assert_eq!(response.status(), 404);
            assert!(response.text().await.unwrap().contains("RESOURCE_NOT_FOUND"));
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_stalled_stream_ends_with_an_error() {
    let world = World::of(Scenario::default(), "bearer token", |client| {
        client.retry(RetryPolicy::never()).idle_timeout(Duration::from_millis(50))
    });
    let world = world.await;
    world.next(1, Fault::StallBody);
    let error = streamed(&world, &world.id).await.unwrap_err();
    let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |e| e.source());
    let said: Vec<String> = causes.map(ToString::to_string).collect();
    assert!(said.iter().any(|said| said.contains("received nothing for too long")), "{said:?}");
}
