//! `atlas-migrations api`: any operation of the table, as it is.

use std::io::{self, IsTerminal as _};

use atlas_migrations::{ParameterLocation, RawResponse, Settings};

use crate::arguments::{Api, Common};
use crate::connection::{connect, organisation, project, settings};
use crate::failure::{Exit, Failure};
use crate::json;
use crate::terminal::print;

/// The body of any operation's request.
const BODY: json::Form =
    json::Form { limit: 16 << 20, expected: "the request's body as JSON", hint: None };

pub async fn run(common: &Common, arguments: Api) -> Result<(), Failure> {
    let Api { operation, mut parameters, file } = arguments;
    let settings = settings(common)?;
    for parameter in operation.parameters.iter().filter(|parameter| parameter.required) {
        if !parameters.iter().any(|(name, _)| *name == parameter.name) {
            parameters.push((parameter.name, set(parameter.name, &settings)?));
        }
    }
    // As it is written, but only where it is JSON.
    let text = file.as_deref().map(|file| json::read_text(file, &BODY)).transpose()?;
    let body = text.map(String::into_bytes);
    let at = |location| {
        let here = move |name: &str| {
            let mut known = operation.parameters.iter();
            known.any(|known| known.name == name && known.location == location)
        };
        let given = parameters.iter().map(|(name, value)| (*name, value.as_str()));
        given.filter(move |(name, _)| here(name)).collect::<Vec<_>>()
    };
    let (path, query) = (at(ParameterLocation::Path), at(ParameterLocation::Query));
    let client = connect(common, &settings)?;
    let answer = client.transport().call_raw(operation, &path, &query, body).await?;
    received(answer, query.contains(&("envelope", "true")))
}

/// What the settings say of a parameter that was not given.
fn set(name: &str, settings: &Settings) -> Result<String, Failure> {
    match name {
        "groupId" => project(settings, None).map(|id| id.to_string()),
        "orgId" => organisation(settings, None).map(|id| id.to_string()),
        _ => Err(Failure::new(format!("no --{name}")).exit(Exit::Usage)),
    }
}

/// Prints an answer's body, byte for byte, and fails where it reports an error. The body of that is
/// printed where it is `wanted` too, as it is in an envelope, which is there to have the status in it.
pub fn received(answer: RawResponse, wanted: bool) -> Result<(), Failure> {
    if answer.status().is_success() || wanted {
        print(answer.body())?;
        if io::stdout().is_terminal() && !answer.body().ends_with(b"\n") {
            print(b"\n")?;
        }
    }
    answer.error_for_status()?;
    Ok(())
}
