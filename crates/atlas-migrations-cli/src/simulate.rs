//! `atlas-migrations simulate`.

use std::fs;
use std::io::{self, Write as _};

use atlas_simulator::{Clock, Scenario, Simulator};
use serde_json::json;

use crate::arguments::Simulate;
use crate::failure::{Exit, Failure};
use crate::terminal::print;

pub async fn run(arguments: &Simulate) -> Result<(), Failure> {
    let clock = Clock::sped_up(arguments.speed)
        .map_err(|error| Failure::new("--speed").because(&error).exit(Exit::Usage))?;
    let simulator = Simulator::builder()
        .scenario(scenario(arguments)?)
        .clock(clock)
        .port(arguments.port)
        .on_request(|request| {
            // Where stderr is closed nobody wants the log.
            let _ = writeln!(io::stderr(), "{request}");
        })
        .start()
        .await
        .map_err(|error| Failure::new("the simulator did not start").because(&error))?;
    print(ready(&simulator).as_bytes())?;
    stopped().await?;
    simulator.stop().await;
    Ok(())
}

fn scenario(arguments: &Simulate) -> Result<Scenario, Failure> {
    let Some(path) = &arguments.scenario else {
        return Ok(Scenario::default());
    };
    let name = path.display().to_string();
    let json = fs::read_to_string(path)
        .map_err(|error| Failure::new(&name).because(&error).exit(Exit::Usage))?;
    Scenario::from_json(&json)
        .map_err(|error| Failure::new(&name).because(&error).exit(Exit::Usage))
}

/// All that a client needs to know, as one line.
fn ready(simulator: &Simulator) -> String {
    let scenario = simulator.scenario();
    let project = scenario.projects.first();
    let migration = project.and_then(|project| project.live_migrations.first());
    let record = json!({
        "event": "ready",
        "base_url": simulator.base_url(),
        "group_id": project.map(|project| &project.id),
        "org_id": scenario.org_id,
        "live_migration_id": migration.map(|migration| &migration.id),
        "bearer_token": scenario.bearer_token(),
    });
    format!("{record}\n")
}

/// Waits for SIGINT or SIGTERM.
async fn stopped() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
