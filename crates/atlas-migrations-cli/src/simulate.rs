//! `atlas-migrations simulate`.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;
use std::{env, fs};

use atlas_simulator::{ApiKey, BearerToken, Clock, Scenario, ServiceAccount, Simulator};
use serde_json::json;
use tokio::process::Command;

use crate::arguments::Simulate;
use crate::failure::{Exit, Failure};
use crate::interrupt::interrupted;
use crate::terminal::{note, print};

pub async fn run(arguments: &Simulate) -> Result<ExitCode, Failure> {
    let clock = Clock::sped_up(arguments.speed)
        .map_err(|error| Failure::new("--speed").because(&error).exit(Exit::Usage))?;
    let builder = Simulator::builder()
        .scenario(scenario(arguments)?)
        .clock(clock)
        .port(arguments.port)
        .control_port(arguments.control_port);
    let started = |error| Failure::new("the simulator did not start").because(&error);
    if let [program, rest @ ..] = &arguments.command[..] {
        let simulator = builder.start().await.map_err(started)?;
        let ended = under(&simulator, program, rest).await;
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

/// Runs a command whose environment leads to the simulator, and ends as it does.
async fn under(
    simulator: &Simulator,
    program: &OsString,
    rest: &[OsString],
) -> Result<ExitCode, Failure> {
    let mut command = Command::new(program);
    command.args(rest).kill_on_drop(true);
    // What leads to the real service must not get in the way.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("MONGODB_ATLAS_") || text.starts_with("MCLI_") {
            command.env_remove(&name);
        }
    }
    command.envs(environment(simulator));
    let failed = |error: &io::Error| {
        Failure::new(format!("cannot run {}", program.display())).because(error).exit(Exit::Usage)
    };
    let mut child = command.spawn().map_err(|error| failed(&error))?;
    loop {
        tokio::select! {
            ended = child.wait() => {
                let ended = ended.map_err(|error| failed(&error))?;
                let code = ended.code().and_then(|code| u8::try_from(code).ok());
                return Ok(code.map_or(ExitCode::FAILURE, ExitCode::from));
            }
            // The terminal has sent it to the command too, which does with it what it likes.
            interrupted = tokio::signal::ctrl_c() => interrupted?,
        }
    }
}

/// What leads this program, and a shell that runs it, to the simulator.
fn environment(simulator: &Simulator) -> Vec<(&'static str, String)> {
    let scenario = simulator.scenario();
    let mut all = vec![
        ("MONGODB_ATLAS_BASE_URL", simulator.base_url().to_owned()),
        ("MONGODB_ATLAS_ORG_ID", scenario.org_id.clone()),
    ];
    if let Some(token) = scenario.bearer_token() {
        all.push(("MONGODB_ATLAS_ACCESS_TOKEN", token.to_owned()));
    } else if let Some(key) = scenario.api_key() {
        all.push(("MONGODB_ATLAS_PUBLIC_API_KEY", key.public_key.clone()));
        all.push(("MONGODB_ATLAS_PRIVATE_API_KEY", key.private_key.clone()));
    } else if let Some(account) = scenario.service_account() {
        all.push(("MONGODB_ATLAS_CLIENT_ID", account.client_id.clone()));
        all.push(("MONGODB_ATLAS_CLIENT_SECRET", account.client_secret.clone()));
    }
    let project = scenario.projects.first();
    let migration = project.and_then(|project| project.live_migrations.first());
    let ids = [
        ("MONGODB_ATLAS_PROJECT_ID", project.map(|project| project.id.as_str())),
        ("LIVE_MIGRATION_ID", migration.map(|migration| migration.id.as_str())),
        ("READY_LIVE_MIGRATION_ID", scenario.ready_live_migration_id()),
        ("VALIDATION_ID", scenario.validation_id()),
    ];
    all.extend(ids.into_iter().filter_map(|(name, id)| Some((name, id?.to_owned()))));
    all
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
