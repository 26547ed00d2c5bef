//! `atlas-migrations api`: any operation of the table, as it is.

use atlas_migrations::{ParameterLocation, RawResponse, Settings};
use serde::Deserialize;

use crate::arguments::{Api, Common};
use crate::change::Change;
use crate::connection::{connect, organisation, project, settings};
use crate::failure::{Exit, Failure};
use crate::interrupt;
use crate::json;
use crate::output::Done;
use crate::terminal::print_received;

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
    let call = client.transport().call_raw(operation, &path, &query, body);
    let is_wanted = query.contains(&("envelope", "true"));
    if operation.is_safe() {
        return received(call.await?, is_wanted);
    }
    let change = Change {
        what: operation.id.to_owned(),
        find_out: "look whether it has taken effect before you send it again".to_owned(),
    };
    let answer = change.send(call).await?;
    let status = answer.status();
    if !status.is_success() {
        let refused = received(answer, is_wanted).err();
        let failure = refused.unwrap_or_else(|| Failure::new(format!("{} failed", operation.id)));
        let is_interrupted = interrupt::was_told_to_stop();
        return Err(if is_interrupted { failure.exit(Exit::Interrupted) } else { failure });
    }
    let done = Done {
        what: format!("{} succeeded with {status}", operation.id),
        id: id(answer.body()),
        hint: change.find_out,
    };
    done.print(common.output, || print_received(answer.body()))
}

/// The id of what is there now, where the answer names one.
fn id(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(rename = "_id")]
        id: Option<String>,
    }
    serde_json::from_slice::<Named>(body).ok()?.id
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
        print_received(answer.body())?;
    }
    answer.error_for_status()?;
    Ok(())
}
