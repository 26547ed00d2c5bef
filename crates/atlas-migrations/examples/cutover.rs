//! Waits until a live migration is ready, cuts it over, and watches it to its end.
//!
//! ```sh
//! cargo run --example cutover
//! ```

#![allow(clippy::print_stdout, reason = "a program that people run")]

mod atlas;

use std::error::Error;
use std::time::Duration;

use atlas::Atlas;
use atlas_migrations::Client;
use atlas_migrations::conditions::{Condition as _, complete, lag_below, ready_for_cutover};
use atlas_simulator::{Fault, FaultRule, Scenario};

/// A cutover stops writes to the source, so the destination must be close behind it.
const MAX_LAG: Duration = Duration::from_secs(30);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Always simulated: nothing is cut over by accident. The first attempt is rate limited.
    let atlas = Atlas::simulate(Scenario::default()).await?;
    let client = atlas.configure(Client::builder()).build()?;
    let (group, id) = (atlas.group, atlas.id);
    if let Some(simulator) = &atlas.simulator {
        let fault = Fault::RateLimited { retry_after: Some(20) };
        let rule = FaultRule::new(fault).on_operation("cutoverGroupLiveMigration");
        simulator.control().inject(rule.times(1));
    }

    // A cutover cannot be undone. A client without retries returns each error, so that the program can decide again
    // before each attempt.
    let client = client.without_retries();
    let mut updates = client.watch(group, id).updates();
    loop {
        let ready = updates.until(ready_for_cutover().and(lag_below(MAX_LAG))).await?;
        println!("ready, lag {:?}", ready.lag);
        match client.cut_over(group, id).await {
            Ok(()) => break,
            // The service did not receive it, or refused it for now: wait, and look again.
            Err(error) if !error.may_have_taken_effect() && error.is_rate_limited() => {
                let wait = error.retry_after().unwrap_or(Duration::from_secs(10));
                println!("rate limited, waiting {wait:?}");
                client.transport().clock().sleep(wait).await;
            }
            // Do not send another cutover before the state is known. The hint of the error says how to find out.
            Err(error) => return Err(error.into()),
        }
    }

    // The service continues on its own. This waits for the end of it.
    let end = updates.until(complete()).await?;
    println!("{:?} at {:?}", end.job.status, end.observed_at);
    Ok(())
}
