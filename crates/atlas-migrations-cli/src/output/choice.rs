//! Chooses the form of the output by options and settings.

use atlas_migrations::Settings;

use super::form::{self, Form};
use super::jq::JqFilter;
use super::json_path::JsonPath;
use crate::cli::{ChosenOutput, Command, GlobalOptions, OutputFormat};
use crate::error::CliError;

/// Decides the output of a command, and sets it for the whole process.
pub fn apply(global: &mut GlobalOptions, command: &Command) -> Result<(), CliError> {
    let chosen = match &global.chosen_output {
        Some(chosen) => chosen.clone(),
        None if global.jq.is_some() => ChosenOutput::Json,
        None => from_settings(global.profile.as_deref())?.unwrap_or(ChosenOutput::Table),
    };
    global.output = chosen.format();
    if global.jq.is_some() && chosen != ChosenOutput::Json {
        return Err(CliError::usage(
            "--jq makes its own output, so it needs --output json or none",
        ));
    }
    if chosen == ChosenOutput::Id && !command.has_ids() {
        return Err(CliError::usage("the result of this command has no ID for --output id"));
    }
    let form = match (&global.jq, chosen) {
        (Some(filter), _) => {
            let started = JqFilter::start(filter);
            Form::Jq(started.map_err(|reason| CliError::usage(format!("--jq: {reason}")))?)
        }
        (None, ChosenOutput::Yaml) => Form::Yaml,
        (None, ChosenOutput::Id) => Form::Ids,
        (None, ChosenOutput::JsonPath(path)) => {
            Form::JsonPath(JsonPath::parse(&path).map_err(CliError::usage)?)
        }
        (None, ChosenOutput::Table | ChosenOutput::Json) => Form::Json,
    };
    form::set(form);
    Ok(())
}

/// Returns the format for the error of a command line that cannot be parsed.
pub fn format_for_errors(given: Option<&str>, profile: Option<&str>, has_jq: bool) -> OutputFormat {
    let chosen = match given {
        Some(given) => given.parse().ok(),
        None if has_jq => Some(ChosenOutput::Json),
        None => from_settings(profile).ok().flatten(),
    };
    chosen.map_or(OutputFormat::Table, |chosen| chosen.format())
}

/// Returns what the environment or the profile of the official CLI sets.
fn from_settings(profile: Option<&str>) -> Result<Option<ChosenOutput>, CliError> {
    let Some((origin, output)) = Settings::output(profile) else { return Ok(None) };
    match output.parse() {
        Ok(chosen) => Ok(Some(chosen)),
        Err(reason) => Err(CliError::usage(format!("{origin} cannot be used: {reason}"))),
    }
}
