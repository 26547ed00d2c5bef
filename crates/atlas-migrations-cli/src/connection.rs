//! From what the arguments and the settings say to a client, a project and an organisation.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use atlas_migrations::{
    Client, GroupId, OrgId, ParseIdError, RetryPolicy, Settings, SettingsError,
};

use crate::arguments::Common;
use crate::failure::{Exit, Failure};
use crate::interrupt::RetryClock;
use crate::terminal::warn;

/// What the environment and the profile say.
pub fn settings(common: &Common) -> Result<Settings, Failure> {
    let settings = Settings::load(common.profile.as_deref()).map_err(|error| unusable(&error))?;
    for warning in &settings.warnings {
        warn(warning);
    }
    Ok(settings)
}

/// A client for the service that the arguments and the settings name.
pub fn connect(common: &Common, settings: &Settings) -> Result<Client, Failure> {
    if settings.credentials.is_none() {
        return Err(unusable(&SettingsError::NoCredentials)
            .hint("to try without an account, run `atlas-migrations demo`"));
    }
    let retry = RetryPolicy::default()
        .max_attempts(common.attempts)
        .deadline(Duration::from_secs(common.call_timeout));
    let mut builder =
        Client::builder().settings(settings).retry(retry).clock(RetryClock::default());
    if let Some(url) = &common.base_url {
        builder = builder.base_url(url);
    }
    if let Some(folder) = common.token_cache.clone().or_else(default_token_cache)
        && folder.as_os_str() != "none"
    {
        builder = builder.token_cache(folder);
    }
    builder.build().map_err(|error| unusable(&error))
}

/// The project that is meant: the one that is named, else that of the settings.
pub fn project(settings: &Settings, named: Option<GroupId>) -> Result<GroupId, Failure> {
    named_or_set(named, settings.project_id.as_deref(), "project")
}

/// The organisation that is meant: the one that is named, else that of the settings.
pub fn organisation(settings: &Settings, named: Option<OrgId>) -> Result<OrgId, Failure> {
    named_or_set(named, settings.org_id.as_deref(), "org")
}

fn named_or_set<T: FromStr<Err = ParseIdError>>(
    named: Option<T>,
    set: Option<&str>,
    what: &str,
) -> Result<T, Failure> {
    if let Some(named) = named {
        return Ok(named);
    }
    let Some(text) = set else {
        let problem = format!("no {what}: it is neither in --{what}-id nor in the settings");
        let variable = what.to_uppercase();
        return Err(Failure::new(problem)
            .exit(Exit::Usage)
            .hint(format!("give --{what}-id, or set MONGODB_ATLAS_{variable}_ID")));
    };
    text.parse().map_err(|error: ParseIdError| {
        Failure::new(format!("the {what} of the settings")).because(&error).exit(Exit::Usage)
    })
}

fn unusable(error: &dyn std::error::Error) -> Failure {
    Failure::new("the settings cannot be used").because(error).exit(Exit::Usage)
}

/// Below the folder that the system has for what can be made again.
fn default_token_cache() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library").join("Caches"))
    } else {
        folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))
    };
    cache.map(|cache| cache.join("atlas-migrations").join("tokens"))
}
