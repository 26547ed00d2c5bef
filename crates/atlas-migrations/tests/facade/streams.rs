//! Operations that respond with a stream of bytes, of which the fragment has none.

use std::time::Duration;

use atlas_client_core::{ByteStream, Error, Response};
use atlas_migrations::{LiveMigrationId, Operation, RetryPolicy};
use atlas_simulator::{Fault, Scenario};

use crate::world::World;

static STREAMED: Operation = Operation::new(
    "streamed",
    "GET",
    "/api/atlas/v2/groups/{groupId}/liveMigrations/{liveMigrationId}",
)
.with_accept("application/vnd.atlas.2023-01-01+json")
.with_streaming(true);

/// Returns the response, as a generated method asks for it.
async fn streamed(world: &World, id: &LiveMigrationId) -> Result<Response<ByteStream>, Error> {
    let call = world.client.transport().call(&STREAMED);
    call.path(world.group).path(id).send_stream().await
}

#[tokio::test]
async fn a_stream_returns_its_bytes_and_an_error_its_body() {
    let world = World::new().await;
    let response = streamed(&world, &world.id).await.unwrap();
    assert_eq!(response.metadata().status(), 200);
    let (mut stream, mut bytes) = (response.into_value(), Vec::new());
    while let Some(part) = stream.next().await {
        bytes.extend(part.unwrap());
    }
    assert!(serde_json::from_slice::<serde_json::Value>(&bytes).unwrap().is_object());
    let nobody = "0".repeat(24).parse().unwrap();
    let error = streamed(&world, &nobody).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 404);
    assert_eq!(error.code().unwrap().as_str(), "RESOURCE_NOT_FOUND");
}

#[tokio::test]
async fn a_stream_ends_with_a_whole_error_where_it_stalls() {
    let world = World::of(Scenario::default(), "bearer token", |client| {
        client.retry(RetryPolicy::never()).idle_timeout(Duration::from_millis(50))
    });
    let world = world.await;
    world.next(1, Fault::StallBody);
    let mut stream = streamed(&world, &world.id).await.unwrap().into_value();
    let error = loop {
        match stream.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(stream.next().await.is_none());
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.status().unwrap(), 200);
    assert_eq!(error.operation().unwrap().id, "streamed");
    assert!(error.request_id().is_some());
    let message = error.to_string();
    assert!(message.contains("received nothing for too long: 200 OK"), "{message}");
    assert!(message.contains(&world.id.to_string()), "{message}");
}
