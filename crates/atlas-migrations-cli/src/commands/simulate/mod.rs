//! `atlas-migrations simulate`: serves a simulated Atlas.

mod child;
#[cfg(unix)]
mod signals;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use atlas_simulator::{
    ApiKey, BearerToken, Clock, Description, Scenario, ServiceAccount, Simulator,
};
use serde_json::json;

use crate::cli::Simulate;
use crate::error::CliError;
use crate::input;
use crate::terminal::{json_text, note, print};

const MAX_SCENARIO_BYTES: u64 = 16 << 20;
const MAX_SPEC_BYTES: u64 = 64 << 20;

pub async fn run(options: &Simulate) -> Result<ExitCode, CliError> {
    if options.print_openapi {
        let failed = |error: &dyn std::error::Error| {
            CliError::new("cannot generate the OpenAPI document").caused_by(error)
        };
        let document = atlas_simulator::openapi().map_err(|error| failed(&error))?;
        let text = serde_json::to_string_pretty(&document).map_err(|error| failed(&error))?;
        print(format!("{text}\n").as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    if options.print_scenario {
        print(json_text(&scenario(options)?)?.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let clock = Clock::with_speed(options.speed)
        .map_err(|error| CliError::usage("--speed").caused_by(&error))?;
    let mut builder = Simulator::builder()
        .scenario(scenario(options)?)
        .clock(clock)
        .port(options.port)
        .control_port(options.control_port);
    if let Some(path) = &options.spec {
        builder = builder.description(description(path)?);
    }
    if options.no_rate_limits {
        builder = builder.without_rate_limits();
    }
    let start_error = |error| CliError::new("cannot start the simulator").caused_by(&error);
    if let [program, arguments @ ..] = &options.command[..] {
        let simulator = builder.start().await.map_err(start_error)?;
        let result = child::run(&simulator, program, arguments).await;
        simulator.stop().await;
        return result;
    }
    let builder = builder.on_request(|request| note(&request.to_string()));
    let simulator = builder.start().await.map_err(start_error)?;
    print(ready_event(&simulator).as_bytes())?;
    interrupted().await?;
    simulator.stop().await;
    Ok(ExitCode::SUCCESS)
}

fn description(path: &Path) -> Result<Description, CliError> {
    let json = input::read_text(path, MAX_SPEC_BYTES, "an OpenAPI document as JSON")?;
    Description::from_json(&json)
        .map_err(|error| CliError::usage(input::display_name(path)).caused_by(&error))
}

fn scenario(options: &Simulate) -> Result<Scenario, CliError> {
    let mut scenario = match &options.scenario {
        None => Scenario::default(),
        Some(path) => {
            let json = input::read_text(path, MAX_SCENARIO_BYTES, "a scenario as JSON")?;
            Scenario::from_json(&json)
                .map_err(|error| CliError::usage(input::display_name(path)).caused_by(&error))?
        }
    };
    let given = &options.credentials;
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

/// Returns one line of JSON with all that a client needs.
fn ready_event(simulator: &Simulator) -> String {
    let scenario = simulator.scenario();
    let project = scenario.projects.first();
    let migration = project.and_then(|project| project.live_migrations.first());
    let (key, account) = (scenario.api_key(), scenario.service_account());
    let event = json!({
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
    format!("{event}\n")
}

/// Waits for SIGINT or SIGTERM.
async fn interrupted() -> io::Result<()> {
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
