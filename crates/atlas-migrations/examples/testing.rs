//! Tests a program against the simulator, with faults and without waiting.
//!
//! ```sh
//! cargo run --example testing
//! ```
//!
//! The simulator is the crate `atlas-simulator`: a development dependency for your own tests. It serves the API over HTTP
//! on this machine, so that the whole client is under test.

#![allow(clippy::print_stdout, reason = "a program that people run")]

use std::error::Error;
use std::time::Duration;

use atlas_migrations::{
    Client, GroupId, LiveMigrationId, LiveMigrationStatus, ManualClock, RetryPolicy,
};
use atlas_simulator::{Clock, Fault, FaultRule, Simulator};

/// The code under test.
async fn is_complete(client: &Client, group: GroupId, id: LiveMigrationId) -> Option<bool> {
    let migration = client.live_migration(group, id).await.ok()?;
    Some(migration.status == Some(LiveMigrationStatus::Complete))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Both clocks are manual: the client does not sleep, and migrations proceed when the test says so.
    let simulator = Simulator::builder().clock(Clock::manual()).start().await?;
    let control = simulator.control();
    let clock = ManualClock::default();
    let client = Client::builder()
        .base_url(simulator.base_url())
        .bearer_token(simulator.scenario().bearer_token().ok_or("no token")?)
        .retry(RetryPolicy::default().max_attempts(3))
        .clock(clock.clone())
        .build()?;
    let group: GroupId = "32b6e34b3d91647abb20e7b8".parse()?;
    let id: LiveMigrationId = "6296fb4c7c7aa997cf94e9a8".parse()?;

    // Time: a migration becomes ready after an hour and is complete ten minutes after its cutover.
    assert_eq!(is_complete(&client, group, id).await, Some(false));
    control.advance(Duration::from_secs(3_700))?;
    client.cut_over(group, id).await?;
    control.advance(Duration::from_secs(600))?;
    assert_eq!(is_complete(&client, group, id).await, Some(true));
    println!("the migration is complete");

    // Faults: two bad gateways are retried, three are not. The manual clock records the pauses.
    control.inject(FaultRule::new(Fault::HtmlBadGateway).times(2));
    assert_eq!(is_complete(&client, group, id).await, Some(true));
    println!("retried after {:?}", clock.slept());
    control.inject(FaultRule::new(Fault::HtmlBadGateway).times(3));
    assert_eq!(is_complete(&client, group, id).await, None);

    // The error has all that a test wants to know.
    control.inject(FaultRule::new(Fault::Forbidden).on_operation("getGroupLiveMigration"));
    let error = client.live_migration(group, id).await.err().ok_or("no error")?;
    assert!(error.is_forbidden() && !error.may_have_taken_effect());
    println!("{error}");

    // The log of requests shows what was sent.
    control.clear_faults();
    let paths =
        control.requests().iter().filter(|request| request.path().contains("cutover")).count();
    assert_eq!(paths, 1, "one cutover was sent");
    println!("{} requests were sent", control.request_count());
    Ok(())
}
