//! Runs a command with an environment in which this program uses the simulator.

use std::env;
use std::ffi::OsString;
use std::io;
use std::process::{ExitCode, ExitStatus};

use atlas_simulator::Simulator;
use tokio::process::{Child, Command};

use crate::error::CliError;

/// Runs a command and returns its exit code. Passes signals on to it.
pub async fn run(
    simulator: &Simulator,
    program: &OsString,
    arguments: &[OsString],
) -> Result<ExitCode, CliError> {
    let mut command = Command::new(program);
    command.args(arguments).kill_on_drop(true);
    // Settings of the real service must not apply.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("MONGODB_ATLAS_") || text.starts_with("MCLI_") {
            command.env_remove(&name);
        }
    }
    command.envs(environment(simulator));
    // A simulated migration is none of the user's: it must not be in their journal.
    let folder = tempfile::tempdir().map_err(|error| {
        CliError::new("cannot create a folder for the simulated journal").caused_by(&error)
    })?;
    command.env("ATLAS_MIGRATIONS_JOURNAL", folder.path().join("journal.db"));
    let failed = |error: &io::Error| {
        CliError::usage(format!("cannot run {}", program.display())).caused_by(error)
    };
    // Before the command starts, so that no signal is missed.
    #[cfg(unix)]
    let signals = super::signals::Signals::listen().map_err(|error| failed(&error))?;
    let mut child = command.spawn().map_err(|error| failed(&error))?;
    #[cfg(unix)]
    let status = wait_and_forward_signals(&mut child, signals).await;
    #[cfg(not(unix))]
    let status = wait_and_ignore_interrupts(&mut child).await;
    Ok(exit_code(status.map_err(|error| failed(&error))?))
}

/// Waits until the command ends, and passes signals on to it.
#[cfg(unix)]
async fn wait_and_forward_signals(
    child: &mut Child,
    mut signals: super::signals::Signals,
) -> io::Result<ExitStatus> {
    loop {
        let id = child.id();
        tokio::select! {
            status = child.wait() => return status,
            signal = signals.next() => signal.forward(id),
        }
    }
}

/// Waits until the command ends. The system sends Ctrl-C to the command, too.
#[cfg(not(unix))]
async fn wait_and_ignore_interrupts(child: &mut Child) -> io::Result<ExitStatus> {
    loop {
        tokio::select! {
            status = child.wait() => return status,
            interrupted = tokio::signal::ctrl_c() => interrupted?,
        }
    }
}

/// Returns the exit code that a shell reports: for a signal, 128 plus its number.
fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None::<i32>;
    let code = status.code().or(signal.and_then(|signal| signal.checked_add(128)));
    let code = code.and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Returns the environment variables for this program and for scripts.
fn environment(simulator: &Simulator) -> Vec<(&'static str, String)> {
    let scenario = simulator.scenario();
    let mut variables = vec![
        ("MONGODB_ATLAS_BASE_URL", simulator.base_url().to_owned()),
        ("MONGODB_ATLAS_ORG_ID", scenario.org_id.clone()),
    ];
    if let Some(token) = scenario.bearer_token() {
        variables.push(("MONGODB_ATLAS_ACCESS_TOKEN", token.to_owned()));
    } else if let Some(key) = scenario.api_key() {
        variables.push(("MONGODB_ATLAS_PUBLIC_API_KEY", key.public_key.clone()));
        variables.push(("MONGODB_ATLAS_PRIVATE_API_KEY", key.private_key.clone()));
    } else if let Some(account) = scenario.service_account() {
        variables.push(("MONGODB_ATLAS_CLIENT_ID", account.client_id.clone()));
        variables.push(("MONGODB_ATLAS_CLIENT_SECRET", account.client_secret.clone()));
    }
    let project = scenario.projects.first();
    let migration = project.and_then(|project| project.live_migrations.first());
    let ids = [
        ("MONGODB_ATLAS_PROJECT_ID", project.map(|project| project.id.as_str())),
        ("LIVE_MIGRATION_ID", migration.map(|migration| migration.id.as_str())),
        ("READY_LIVE_MIGRATION_ID", scenario.ready_live_migration_id()),
        ("VALIDATION_ID", scenario.validation_id()),
    ];
    variables.extend(ids.into_iter().filter_map(|(name, id)| Some((name, id?.to_owned()))));
    variables
}
