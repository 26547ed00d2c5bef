//! Watches a live migration until it is ready for cutover.
//!
//! ```sh
//! cargo run --example watch
//! ```

#![allow(clippy::print_stdout, reason = "a program that people run")]

mod atlas;

use std::error::Error;
use std::time::Duration;

use atlas::Atlas;
use atlas_migrations::conditions::{Condition as _, lag_below, ready_for_cutover, terminal};
use atlas_migrations::{Client, PollInterval, WatchOptions};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let atlas = Atlas::start().await?;
    let client = atlas.configure(Client::builder()).build()?;

    // The defaults are good for most programs. Invalid intervals are errors.
    let options = WatchOptions::new()
        .poll_interval(PollInterval::new(Duration::from_secs(5)..=Duration::from_secs(120))?)
        .error_timeout(Duration::from_secs(3600));
    let mut updates = client.watch(atlas.group, atlas.id).options(options).updates();

    // The first item is the first observation, the others are changes. Polls that fail are retried for an hour.
    for _ in 0..5 {
        let Some(update) = updates.next().await else { break };
        let update = update?;
        println!("{:?} changed: {:?}, lag {:?}", update.changed, update.job.status, update.lag);
        if let Some(estimate) = update.estimate {
            println!("  the lag reaches zero in about {:?}", estimate.expected);
        }
    }

    // Conditions compose, and any closure on an update is one.
    let ready = ready_for_cutover().and(lag_below(Duration::from_secs(60)));
    let update = updates.until(ready.or(terminal())).await?;
    if let Some(deadline) = update.deadline {
        println!("ready; expires at {:?} at the latest", deadline.latest);
    }

    // `until` is an error if the migration ends otherwise. `last` is the final observation.
    if let Some(simulator) = &atlas.simulator {
        simulator.control().fail(atlas.group, atlas.id)?;
        match updates.until(|update| update.failed_polls > 1_000).await {
            Err(error) if error.is_condition_unmet() => println!("{error}"),
            other => println!("{other:?}"),
        }
    }
    Ok(())
}
