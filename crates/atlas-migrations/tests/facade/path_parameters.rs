//! No path parameter sends a request to another operation.

use atlas_migrations::generated::operations::{
    CUTOVER_GROUP_LIVE_MIGRATION, DELETE_ORG_LIVE_MIGRATION_LINK_TOKENS, GET_GROUP_LIVE_MIGRATION,
};

use crate::world::World;

const GROUP: &str = "32b6e34b3d91647abb20e7b8";

#[tokio::test]
async fn a_path_parameter_that_changes_the_path_is_rejected_before_sending() {
    let world = World::with("bearer token").await;
    let transport = world.client.transport();
    for value in ["", ".", ".."] {
        for operation in [&GET_GROUP_LIVE_MIGRATION, &CUTOVER_GROUP_LIVE_MIGRATION] {
            for path in [
                [("groupId", GROUP), ("liveMigrationId", value)],
                [("groupId", value), ("liveMigrationId", GROUP)],
            ] {
                let error = transport.call_raw(operation, &path, &[], None).await.unwrap_err();
                assert!(error.is_request(), "{value:?}: {error}");
                assert!(error.to_string().contains("the path parameter `"), "{error}");
            }
        }
        let path = [("orgId", value)];
        let call = transport.call_raw(&DELETE_ORG_LIVE_MIGRATION_LINK_TOKENS, &path, &[], None);
        assert!(call.await.unwrap_err().is_request(), "{value:?}");
    }
    assert_eq!(world.seen(), 0);
}

#[tokio::test]
async fn a_path_parameter_stays_within_its_segment() {
    let world = World::with("bearer token").await;
    let transport = world.client.transport();
    for value in ["..\\..", "a\\b", "a/b", "../..", "%2e%2e", "a?b", "a#b", "a b", ";x", "é"] {
        let path = [("groupId", GROUP), ("liveMigrationId", value)];
        transport.call_raw(&GET_GROUP_LIVE_MIGRATION, &path, &[], None).await.unwrap();
        let requests = world.simulator.control().requests();
        let sent = requests.last().unwrap().path();
        let segments: Vec<_> = sent.split('/').collect();
        assert_eq!(segments.len(), GET_GROUP_LIVE_MIGRATION.path.split('/').count(), "{sent}");
        assert_eq!(segments[5], GROUP, "{sent}");
    }
}
