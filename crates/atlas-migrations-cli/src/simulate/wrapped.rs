//! A command whose environment leads to the simulator.

use std::env;
use std::ffi::OsString;
use std::io;
use std::process::{ExitCode, ExitStatus};

use atlas_simulator::Simulator;
use tokio::process::{Child, Command};

use crate::failure::{Exit, Failure};

/// Runs a command, and ends as it does. What this process is told by a signal, the command is told too.
pub async fn run(
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
    // Before the command is there, so that none is missed.
    #[cfg(unix)]
    let signals = super::signals::Signals::listen().map_err(|error| failed(&error))?;
    let mut child = command.spawn().map_err(|error| failed(&error))?;
    #[cfg(unix)]
    let ended = passing(&mut child, signals).await;
    #[cfg(not(unix))]
    let ended = outliving(&mut child).await;
    Ok(code(ended.map_err(|error| failed(&error))?))
}

/// Waits for the command, and passes on what comes in the meantime.
#[cfg(unix)]
async fn passing(
    child: &mut Child,
    mut signals: super::signals::Signals,
) -> io::Result<ExitStatus> {
    loop {
        let id = child.id();
        tokio::select! {
            ended = child.wait() => return ended,
            signal = signals.next() => signal.pass_on(id),
        }
    }
}

/// Waits for the command, which is told of Ctrl-C by the system.
#[cfg(not(unix))]
async fn outliving(child: &mut Child) -> io::Result<ExitStatus> {
    loop {
        tokio::select! {
            ended = child.wait() => return ended,
            interrupted = tokio::signal::ctrl_c() => interrupted?,
        }
    }
}

/// The exit code that a shell gives a command: that of a signal is 128 and its number.
fn code(ended: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&ended);
    #[cfg(not(unix))]
    let signal = None::<i32>;
    let code = ended.code().or(signal.and_then(|signal| signal.checked_add(128)));
    let code = code.and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
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
