//! From what the arguments and the settings say to a client, a project and an organisation.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use atlas_client_core::user_folders;
use atlas_migrations::{
    BuildError, Client, GroupId, OrgId, ParseIdError, RetryPolicy, Setting, Settings,
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
        return Err(unusable(&settings.no_credentials())
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
    if let Some(folder) = token_cache(common) {
        builder = builder.token_cache(folder);
    }
    let client = builder.build().map_err(|error| not_built(&error, common, settings))?;
    for warning in client.transport().warnings() {
        warn(warning);
    }
    Ok(client)
}

/// Names where a base URL stands that cannot be used.
fn not_built(error: &BuildError, common: &Common, settings: &Settings) -> Failure {
    use BuildError::{BaseUrl, Government, PlainHttp};
    let origin = match &common.base_url {
        Some(_) => Some("--base-url"),
        None => settings.origin(Setting::BaseUrl),
    };
    match (error, origin) {
        (BaseUrl { .. } | PlainHttp { .. } | Government, Some(origin)) => {
            Failure::new(format!("{origin} cannot be used")).because(error).exit(Exit::Usage)
        }
        _ => unusable(error),
    }
}

/// The project that is meant: the one that is named, else that of the settings.
pub fn project(settings: &Settings, named: Option<GroupId>) -> Result<GroupId, Failure> {
    let set = settings.project_id.as_deref();
    named.map_or_else(|| of_settings(settings, set, Setting::ProjectId, "project"), Ok)
}

/// The organisation that is meant: the one that is named, else that of the settings.
pub fn organisation(settings: &Settings, named: Option<OrgId>) -> Result<OrgId, Failure> {
    let set = settings.org_id.as_deref();
    named.map_or_else(|| of_settings(settings, set, Setting::OrgId, "org"), Ok)
}

fn of_settings<T: FromStr<Err = ParseIdError>>(
    settings: &Settings,
    set: Option<&str>,
    setting: Setting,
    what: &str,
) -> Result<T, Failure> {
    let Some(text) = set else {
        let mut problem = format!("no {what}: it is neither in --{what}-id nor in the settings");
        problem.extend(settings.notes().iter().flat_map(|note| ["; ", note]));
        let hint = format!("give --{what}-id, or set {}", settings.variable(setting));
        return Err(Failure::new(problem).exit(Exit::Usage).hint(hint));
    };
    text.parse().map_err(|error: ParseIdError| {
        let origin = settings.origin(setting).unwrap_or(what);
        Failure::new(origin).because(&error).exit(Exit::Usage)
    })
}

fn unusable(error: &dyn std::error::Error) -> Failure {
    Failure::new("the settings cannot be used").because(error).exit(Exit::Usage)
}

/// The folder of tokens: the one that is named, unless that is `none`, else one below the folder that the
/// system has for what can be made again. An empty name is no name.
fn token_cache(common: &Common) -> Option<PathBuf> {
    match &common.token_cache {
        Some(folder) if folder.as_os_str() == "none" => None,
        Some(folder) if !folder.as_os_str().is_empty() => Some(folder.clone()),
        _ => Some(user_folders::cache()?.join("atlas-migrations").join("tokens")),
    }
}
