//! `atlas-migrations simulate`.

use std::fs;
use std::io::{self, Write as _};

use atlas_simulator::{ApiKey, BearerToken, Clock, Scenario, ServiceAccount, Simulator};
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
        .control_port(arguments.control_port)
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
    let mut scenario = match &arguments.scenario {
        None => Scenario::default(),
        Some(path) => {
            let name = path.display().to_string();
            let unusable = |error: &dyn std::error::Error| {
                Failure::new(&name).because(error).exit(Exit::Usage)
            };
            let json = fs::read_to_string(path).map_err(|error| unusable(&error))?;
            Scenario::from_json(&json).map_err(|error| unusable(&error))?
        }
    };
    let given = &arguments.credentials;
    if let Some(token) = &given.bearer_token {
        scenario.bearer_tokens = vec![BearerToken { token: token.clone(), ..Default::default() }];
    }
    if given.public_key.is_some() || given.private_key.is_some() {
        let key = ApiKey::default();
        scenario.api_keys = vec![ApiKey {
            public_key: given.public_key.clone().unwrap_or(key.public_key),
            private_key: given.private_key.clone().unwrap_or(key.private_key),
            ..ApiKey::default()
        }];
    }
    if given.client_id.is_some() || given.client_secret.is_some() {
        let account = ServiceAccount::default();
        scenario.service_accounts = vec![ServiceAccount {
            client_id: given.client_id.clone().unwrap_or(account.client_id),
            client_secret: given.client_secret.clone().unwrap_or(account.client_secret),
            ..ServiceAccount::default()
        }];
    }
    Ok(scenario)
}

/// All that a client needs to know, as one line.
fn ready(simulator: &Simulator) -> String {
    let scenario = simulator.scenario();
    let project = scenario.projects.first();
    let migration = project.and_then(|project| project.live_migrations.first());
    let (key, account) = (scenario.api_key(), scenario.service_account());
    let record = json!({
        "event": "ready",
        "base_url": simulator.base_url(),
        "control_url": simulator.control_url(),
        "group_id": project.map(|project| &project.id),
        "org_id": scenario.org_id,
        "live_migration_id": migration.map(|migration| &migration.id),
        "ready_live_migration_id": scenario.ready_live_migration_id(),
        "validation_id": scenario.validation_id(),
        "bearer_token": scenario.bearer_token(),
        "public_key": key.map(|key| &key.public_key),
        "private_key": key.map(|key| &key.private_key),
        "client_id": account.map(|account| &account.client_id),
        "client_secret": account.map(|account| &account.client_secret),
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
