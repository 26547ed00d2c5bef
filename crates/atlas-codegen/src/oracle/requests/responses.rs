//! The responses of an operation, and what its method must return.

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::operation::Operation;
use crate::oracle::kind::Kind;
use crate::oracle::outcome::{Outcome, accepted, outcome};
use crate::oracle::unknown::unknown;
use crate::oracle::wire;

/// A success.
pub struct Response {
    status: u16,
    media_type: Option<String>,
    body: String,
    /// The places of properties that the document requires, but does not define.
    unknown: Vec<String>,
    returns: &'static str,
}

impl Response {
    fn nothing(status: u16) -> Self {
        Self { returns: "nothing", ..Self::unchecked(status) }
    }

    fn unchecked(status: u16) -> Self {
        let (body, unknown) = (String::new(), Vec::new());
        Self { status, media_type: None, body, unknown, returns: "unchecked" }
    }

    pub fn put_into(&self, case: &mut Value) {
        let Self { status, media_type, body, unknown, returns } = self;
        case["response"] = json!({ "status": status, "content_type": media_type, "body": body });
        if !unknown.is_empty() {
            case["response"]["unknown"] = unknown.clone().into();
        }
        case["returns"] = (*returns).into();
    }
}

impl<'a> Operation<'a, '_> {
    /// Returns the successes, by status.
    fn successes(&self) -> impl Iterator<Item = (u16, &'a Value)> + '_ {
        let responses = self.members.get("responses").and_then(Value::as_object);
        let all = responses.into_iter().flatten();
        all.filter(move |(status, _)| outcome(status, responses) == Some(Outcome::Success)).map(
            |(status, response)| {
                let response = self.reader.target(response);
                (status.parse().unwrap_or(200), response)
            },
        )
    }

    /// Returns the media types of each success.
    pub fn accepted(&self) -> Vec<Vec<&'a str>> {
        let media_types = |(_, response): (u16, &'a Value)| {
            let content = response.get("content").and_then(Value::as_object).into_iter().flatten();
            content.map(|(name, _)| name.as_str()).collect()
        };
        self.successes().map(media_types).collect()
    }

    /// Returns the responses to send.
    pub fn responses(&self, arguments: &mut Arguments<'a, '_>) -> Vec<Response> {
        let mut responses = Vec::new();
        let of_accept = |media_type: &str| accepted(self.source.accept, media_type);
        let all = self.accepted();
        let mut all = all.iter().flatten();
        let has_json = all.any(|media_type| of_accept(media_type).is_some_and(wire::is_json));
        for (status, response) in self.successes() {
            let content = response.get("content").and_then(Value::as_object);
            let is_bodiless = matches!(status, 204 | 205) || self.source.method == "HEAD";
            let is_empty = content.is_none_or(serde_json::Map::is_empty);
            if is_bodiless || is_empty {
                responses.push(Response::nothing(status));
                continue;
            }
            for (media_type, content) in content.into_iter().flatten() {
                let Some(media_type) = of_accept(media_type) else { continue };
                let is_json = wire::is_json(media_type);
                if is_json && is_only_a_version(media_type, content) {
                    responses.push(Response::nothing(status));
                    continue;
                }
                let mut unknown = Vec::new();
                let body = match content.get("schema").filter(|_| is_json) {
                    Some(schema) => {
                        let drawn = arguments.drawn(Kind::Full, schema).into_iter().next();
                        let Some(drawn) = drawn else { continue };
                        unknown = self::unknown(self.reader, schema, &drawn);
                        drawn.to_string()
                    }
                    None if is_json => r#"{"any":[1,"x"]}"#.to_owned(),
                    None => "bytes, \u{fc}".to_owned(),
                };
                let returns = match (is_json, has_json) {
                    (true, _) => "value",
                    (false, false) => "bytes",
                    // Such a method returns JSON.
                    (false, true) => "unchecked",
                };
                let media_type = Some(media_type.replace('*', "x"));
                responses.push(Response { status, media_type, body, unknown, returns });
            }
        }
        if responses.is_empty() {
            responses.push(Response::unchecked(204));
        }
        responses
    }
}

/// Returns whether a media type only names the version: Atlas so dates a response without content.
fn is_only_a_version(media_type: &str, content: &Value) -> bool {
    media_type.starts_with("application/vnd.atlas.")
        && ["schema", "example", "examples"].iter().all(|name| content.get(name).is_none())
}
