//! Checks that the programs of hooks can be run and the URLs of webhooks can be read. Runs and calls nothing.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
};

use atlas_migrations_plan::{HookAction, HookConfig, Plan, SecretSource};

use crate::report::{CheckResult, Group, Item};

/// Checks the hooks of a plan.
pub(crate) fn hooks(plan: &Plan) -> Vec<Item> {
    plan.hooks.iter().map(|hook| check(plan, hook, env::var_os("PATH").as_deref())).collect()
}

fn check(plan: &Plan, hook: &HookConfig, path: Option<&OsStr>) -> Item {
    let item = |result, detail: &str| {
        Item::new(Group::Plan, "hook", result, format!("{}: {detail}", hook.name))
    };
    match &hook.action {
        HookAction::Exec { argv, .. } => {
            let program = argv.first().map_or("", String::as_str);
            let (result, detail) = executable(plan, program, path);
            item(result, &detail)
        }
        HookAction::Webhook { url_from, secret_from, .. } => {
            let sources = [Some(url_from), secret_from.as_ref()];
            let (result, detail) = readable(plan, sources.into_iter().flatten());
            item(result, &detail)
        }
        _ => item(CheckResult::CannotTell, "this version does not know what the hook does"),
    }
}

fn executable(plan: &Plan, program: &str, path: Option<&OsStr>) -> (CheckResult, String) {
    let candidates: Vec<PathBuf> = if program.contains(std::path::is_separator) {
        vec![plan.resolve(program)]
    } else {
        path.iter().flat_map(env::split_paths).map(|folder| folder.join(program)).collect()
    };
    let found = candidates.iter().find(|file| file.is_file() && is_executable(file));
    let Some(file) = found else {
        let detail = match candidates.iter().find(|file| file.is_file()) {
            Some(file) => format!("{} is not executable (`chmod +x`)", file.display()),
            None => format!("`{program}` does not exist"),
        };
        return (CheckResult::Fail, detail);
    };
    match file.parent().filter(|folder| others_can_write(folder)) {
        Some(folder) => {
            let detail = format!(
                "everybody can replace {}: others can write to its folder {}",
                file.display(),
                folder.display()
            );
            (CheckResult::Warn, detail)
        }
        None if others_can_write(file) => {
            (CheckResult::Warn, format!("others can write to {}", file.display()))
        }
        None => (CheckResult::Pass, format!("{} is executable; it was not run", file.display())),
    }
}

fn readable<'a>(
    plan: &Plan,
    mut sources: impl Iterator<Item = &'a SecretSource> + Clone,
) -> (CheckResult, String) {
    for source in sources.clone() {
        if let Err(error) = source.read(&plan.folder) {
            return (CheckResult::Fail, error.to_string());
        }
    }
    match sources.find_map(|source| source.warning(&plan.folder)) {
        Some(warning) => (CheckResult::Warn, warning),
        None => (CheckResult::Pass, "its URL can be read; nothing was sent to it".to_owned()),
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().map_or(0, |metadata| metadata.permissions().mode())
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    mode(path) & 0o111 != 0
}

/// Returns whether others can write. In a folder with the sticky bit they cannot replace a file.
#[cfg(unix)]
fn others_can_write(path: &Path) -> bool {
    mode(path) & 0o002 != 0 && mode(path) & 0o1000 == 0
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    true
}

#[cfg(not(unix))]
fn others_can_write(_: &Path) -> bool {
    false
}
