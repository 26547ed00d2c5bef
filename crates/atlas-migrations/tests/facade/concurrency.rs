//! Many concurrent calls under faults.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use atlas_migrations::{LiveMigrationId, RetryPolicy};
use atlas_simulator::{Fault, FaultRule, LiveMigration, Scenario};

use crate::world::{KINDS, World};

const CALLS: usize = 1_000;

fn id(number: usize) -> LiveMigrationId {
    format!("{number:024x}").parse().unwrap()
}

/// Every call returns its own migration under every transient fault.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_concurrent_calls_each_get_their_own_response() {
    for kind in KINDS {
        let mut scenario = Scenario::default();
        scenario.rate_limits.group.capacity = 1_000_000;
        scenario.projects[0].live_migrations = (0..CALLS)
            .map(|number| LiveMigration { id: id(number).to_string(), ..LiveMigration::default() })
            .collect();
        // All calls sleep on one clock, which runs far ahead.
        let patient = RetryPolicy::default().max_attempts(100).deadline(Duration::MAX);
        let world = World::of(scenario, kind, |client| client.retry(patient)).await;
        world.job().await.unwrap_err();
        let token = world.control().tokens_minted();
        for fault in [
            Fault::RateLimited { retry_after: Some(0) },
            Fault::HtmlServiceUnavailable { retry_after: None },
            Fault::HtmlBadGateway,
            Fault::ResetConnection,
            Fault::TruncateBody,
            Fault::CloseAfterAnswer,
        ] {
            let rule = FaultRule::new(fault).times(100).on_operation("getGroupLiveMigration");
            world.control().inject(rule);
        }
        let world = Arc::new(world);
        let calls: Vec<_> = (0..CALLS)
            .map(|number| {
                let world = Arc::clone(&world);
                tokio::spawn(async move {
                    let call = world.client.live_migration(world.group, id(number));
                    (number, call.await.unwrap().id)
                })
            })
            .collect();
        let mut received = HashSet::new();
        for call in calls {
            let (number, response) = call.await.unwrap();
            assert_eq!(response, Some(id(number)), "{kind}");
            received.insert(response);
        }
        assert_eq!(received.len(), CALLS, "{kind}");
        assert_eq!(world.control().tokens_minted(), token, "{kind}");
    }
}
