//! The real command, if it is built with the points at which it can be killed.

use std::{env, os::unix::process::ExitStatusExt as _, path::PathBuf, sync::OnceLock};

use atlas_migrations_runs::kill_points;
use tokio::process::Command;

use crate::{
    driver::{PRIVATE_KEY, PUBLIC_KEY},
    plan_file, timing,
    world::World,
};

/// Names the command. Without it, the one that was built beside this test, as a build of the whole workspace does.
const VARIABLE: &str = "KILL_COMMAND";

static COMMAND: OnceLock<Option<PathBuf>> = OnceLock::new();

/// Returns the command. Without one the tests run its library.
pub fn path() -> Option<&'static PathBuf> {
    COMMAND.get_or_init(find).as_ref()
}

fn find() -> Option<PathBuf> {
    let beside = || {
        let test = env::current_exe().ok()?;
        Some(test.parent()?.parent()?.join("atlas-migrations"))
    };
    let path = env::var_os(VARIABLE).map(PathBuf::from).or_else(beside)?;
    // A command with points ends at the first one.
    let status = std::process::Command::new(&path)
        .arg("--version")
        .env(kill_points::VARIABLE, "command.started")
        .stdout(std::process::Stdio::null())
        .status();
    let has_points = status.is_ok_and(|status| status.signal() == Some(9));
    eprintln!(
        "{} {}",
        path.display(),
        if has_points {
            "is killed"
        } else {
            "has no points to be killed at; its library is killed instead"
        }
    );
    has_points.then_some(path)
}

/// Returns a start of the command that runs the plan.
pub fn run_plan(path: &PathBuf, world: &World, base_url: &str, take_over: bool) -> Command {
    let mut command = with_arguments(path, world, base_url, &["run", plan_file::FILE, "--start"]);
    command
        .args(["--output", "json", "--interval", "10ms..40ms"])
        .args(["--journal-interval", "15ms", "--lease-interval", "200ms", "--retry-pause", "100ms"])
        .args(take_over.then_some("--take-over"));
    command
}

/// Returns a start of the command with the journal, Atlas and the credential of a scenario.
pub fn with_arguments(
    path: &PathBuf,
    world: &World,
    base_url: &str,
    arguments: &[&str],
) -> Command {
    let mut command = Command::new(path);
    command
        .args(arguments)
        .args(["--base-url", base_url, "--journal", &world.location_text()])
        .current_dir(world.folder.path())
        .env("HOME", world.folder.path())
        .env("XDG_STATE_HOME", world.path("outcomes"))
        .env("XDG_CONFIG_HOME", world.path("config"))
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", PUBLIC_KEY)
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", PRIVATE_KEY)
        .envs(timing::environment());
    command
}
