//! Builds the client, and finds the project and organization, from options and settings.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use atlas_client_core::user_folders;
use atlas_migrations::{
    BuildError, Client, GroupId, OrgId, ParseIdError, RetryPolicy, Setting, Settings,
};

use crate::cli::GlobalOptions;
use crate::error::CliError;
use crate::interrupt::RetryClock;
use crate::terminal::warn;

/// Loads the settings of the environment and the profile.
pub fn settings(global: &GlobalOptions) -> Result<Settings, CliError> {
    let settings =
        Settings::load(global.profile.as_deref()).map_err(|error| unusable_settings(&error))?;
    for warning in &settings.warnings {
        warn(warning);
    }
    Ok(settings)
}

/// Builds a client for the service that the options and settings name.
pub fn connect(global: &GlobalOptions, settings: &Settings) -> Result<Client, CliError> {
    if settings.credentials.is_none() {
        return Err(unusable_settings(&settings.no_credentials())
            .hint("to try without an account, run `atlas-migrations demo`"));
    }
    let retry = RetryPolicy::default()
        .max_attempts(global.attempts)
        .deadline(Duration::from_secs(global.call_timeout));
    let mut builder =
        Client::builder().settings(settings).retry(retry).clock(RetryClock::default());
    if let Some(url) = &global.base_url {
        builder = builder.base_url(url);
    }
    if let Some(folder) = token_cache(global) {
        builder = builder.token_cache(folder);
    }
    let client = builder.build().map_err(|error| build_error(&error, global, settings))?;
    for warning in client.transport().warnings() {
        warn(warning);
    }
    Ok(client)
}

/// Names the source of a base URL that cannot be used.
fn build_error(error: &BuildError, global: &GlobalOptions, settings: &Settings) -> CliError {
    use BuildError::{BaseUrl, Government, PlainHttp};
    let origin = match &global.base_url {
        Some(_) => Some("--base-url"),
        None => settings.origin(Setting::BaseUrl),
    };
    match (error, origin) {
        (BaseUrl { .. } | PlainHttp { .. } | Government, Some(origin)) => {
            CliError::usage(format!("{origin} cannot be used")).caused_by(error)
        }
        _ => unusable_settings(error),
    }
}

/// Builds a client, and finds the organization to work on.
pub fn connect_to_organization(
    global: &GlobalOptions,
    given: Option<OrgId>,
) -> Result<(Client, OrgId), CliError> {
    let settings = settings(global)?;
    let org = organization(&settings, given)?;
    Ok((connect(global, &settings)?, org))
}

/// Returns the given project, or that of the settings.
pub fn project(settings: &Settings, given: Option<GroupId>) -> Result<GroupId, CliError> {
    let set = settings.project_id.as_deref();
    given.map_or_else(|| from_settings(settings, set, Setting::ProjectId, "project"), Ok)
}

/// Returns the given organization, or that of the settings.
pub fn organization(settings: &Settings, given: Option<OrgId>) -> Result<OrgId, CliError> {
    let set = settings.org_id.as_deref();
    given.map_or_else(|| from_settings(settings, set, Setting::OrgId, "org"), Ok)
}

fn from_settings<T: FromStr<Err = ParseIdError>>(
    settings: &Settings,
    set: Option<&str>,
    setting: Setting,
    name: &str,
) -> Result<T, CliError> {
    let Some(text) = set else {
        let noun = if name == "org" { "organization" } else { name };
        let mut message = format!("no {noun}: neither --{name}-id nor the settings name one");
        message.extend(settings.notes().iter().flat_map(|note| ["; ", note]));
        let hint = format!("pass --{name}-id or set {}", settings.variable(setting));
        return Err(CliError::usage(message).hint(hint));
    };
    text.parse().map_err(|error: ParseIdError| {
        CliError::usage(settings.origin(setting).unwrap_or(name)).caused_by(&error)
    })
}

fn unusable_settings(error: &dyn std::error::Error) -> CliError {
    CliError::usage("the settings cannot be used").caused_by(error)
}

/// Returns the directory of cached tokens: the given one unless it is `none`, else one in the user's cache
/// directory. An empty name counts as not given.
fn token_cache(global: &GlobalOptions) -> Option<PathBuf> {
    match &global.token_cache {
        Some(folder) if folder.as_os_str() == "none" => None,
        Some(folder) if !folder.as_os_str().is_empty() => Some(folder.clone()),
        _ => Some(user_folders::cache()?.join("atlas-migrations").join("tokens")),
    }
}
