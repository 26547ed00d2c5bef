//! `atlas-migrations simulate`.

#[cfg(unix)]
mod signals;
mod wrapped;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use atlas_client_core::bounded_file;
use atlas_simulator::{ApiKey, BearerToken, Clock, Scenario, ServiceAccount, Simulator};
use serde_json::json;

use crate::arguments::Simulate;
use crate::failure::{Exit, Failure};
use crate::interrupt::interrupted;
use crate::terminal::{note, print};

/// What a scenario may be at the most, in bytes.
const LARGEST_SCENARIO: u64 = 16 * 1024 * 1024;

pub async fn run(arguments: &Simulate) -> Result<ExitCode, Failure> {
    if arguments.print_openapi {
        let failed = |error: &dyn std::error::Error| {
            Failure::new("the document cannot be put together").because(error)
        };
        let document = atlas_simulator::openapi().map_err(|error| failed(&error))?;
        let text = serde_json::to_string_pretty(&document).map_err(|error| failed(&error))?;
        print(format!("{text}\n").as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let clock = Clock::with_speed(arguments.speed)
        .map_err(|error| Failure::new("--speed").because(&error).exit(Exit::Usage))?;
    let mut builder = Simulator::builder()
        .scenario(scenario(arguments)?)
        .clock(clock)
        .port(arguments.port)
        .control_port(arguments.control_port);
    if arguments.no_rate_limits {
        builder = builder.without_rate_limits();
    }
    let started = |error| Failure::new("the simulator did not start").because(&error);
    if let [program, rest @ ..] = &arguments.command[..] {
        let simulator = builder.start().await.map_err(started)?;
        let ended = wrapped::run(&simulator, program, rest).await;
        simulator.stop().await;
        return ended;
    }
    let simulator =
        builder.on_request(|request| note(&request.to_string())).start().await.map_err(started)?;
    print(ready(&simulator).as_bytes())?;
    interrupted().await?;
    simulator.stop().await;
    Ok(ExitCode::SUCCESS)
}

fn scenario(arguments: &Simulate) -> Result<Scenario, Failure> {
    let mut scenario = match &arguments.scenario {
        None => Scenario::default(),
        Some(path) => {
            let name = path.display().to_string();
            let unusable = |error: &dyn std::error::Error| {
                Failure::new(&name).because(error).exit(Exit::Usage)
            };
            let json = read(path).map_err(|error| unusable(&error))?;
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

/// The text of a file, or of stdin where that is meant.
fn read(path: &Path) -> io::Result<String> {
    let bytes = if path == Path::new("-") {
        bounded_file::read_opened(io::stdin().lock(), LARGEST_SCENARIO)?
    } else {
        bounded_file::read(path, LARGEST_SCENARIO)?
    };
    bounded_file::text(bytes)
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
