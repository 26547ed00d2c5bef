//! Rules for the responses of an operation.
//!
//! - Every success becomes `2XX`: the service returns 201 where its documentation says 200.
//! - JSON is preferred: of each success `Accept` names the JSON media types of one schema, otherwise all media types.
//!   If no success is JSON, the response is a stream of bytes. A note says what is not requested, and what is not read.
//! - JSON without a schema is any JSON, or no content. With a dated media type of Atlas it is no content: Atlas so
//!   gives a version to a response without content. The content of a `204` and of the response to a `HEAD` is ignored:
//!   there is none.
//! - Error responses are left out, so that status, headers and body reach `atlas-client-core` whole: a generated method
//!   would lose the status if the body is not JSON. Their schemas remain types.

use serde_json::{Value, json};

use super::bodies::header_value;
use super::json::{flag, string};
use super::lowering::Lowering;
use super::model::Operation;
use super::prose::prose;
use crate::document::versions::{self, Version};
use crate::document::walk::{self, Site};
use crate::document::{Located, Problem};

/// A response of an operation.
pub(super) struct Response<'a> {
    pub(super) of: Located<'a>,
    /// The status, a range or `default`.
    pub(super) name: &'a str,
    pub(super) is_success: bool,
    pub(super) contents: Vec<(&'a str, Located<'a>)>,
}

/// Returns the responses of an operation.
pub(super) fn responses_of<'a>(source: &Site<'a>) -> Result<Vec<Response<'a>>, Problem> {
    let responses = source.responses()?;
    let all: Vec<&str> = responses.iter().map(|(name, _)| *name).collect();
    let responses = responses.iter().map(|(name, response)| {
        let is_status = name.len() == 3 && name.parse::<u16>().is_ok_and(|status| status >= 100);
        if !is_status && !matches!(*name, "default" | "1XX" | "2XX" | "3XX" | "4XX" | "5XX") {
            return Err(Problem::new(
                &source.at.to("responses").to(name),
                "expected an HTTP status, a range such as `2XX`, or `default`",
            ));
        }
        let is_success = versions::is_success(name, all.iter().copied());
        let contents = walk::contents(response)?;
        Ok(Response { of: response.clone(), name, is_success, contents })
    });
    responses.collect()
}

/// The successes of an operation as a whole.
#[derive(Default)]
struct Success<'a> {
    /// The JSON contents that are read.
    json: Vec<(&'a str, Located<'a>)>,
    /// The other contents.
    other: Vec<(&'a str, Located<'a>)>,
    /// The contents of responses that have none on the wire.
    absent: Vec<(&'a str, Located<'a>)>,
    may_be_empty: bool,
    description: Option<String>,
}

impl<'a> Lowering<'a> {
    /// Lowers all successes to one, and completes the row of the operation.
    pub(super) fn success(
        &mut self,
        source: &Site<'a>,
        responses: &[Response<'a>],
        version: &Version,
        row: &mut Operation,
    ) -> Result<Value, Problem> {
        if !responses.iter().any(|response| response.is_success) {
            let text = "no success is documented: any 2xx is one, and its content is not read";
            self.note(&source.at.to("responses"), text);
        }
        let success = self.gather(source, responses, version);
        let description = success.description.unwrap_or_else(|| "Success.".to_owned());
        let mut media_types: Vec<String> = Vec::new();
        let all = success.json.iter().chain(&success.other).chain(&success.absent);
        for (media_type, content) in all {
            let media_type = header_value(&content.at, media_type)?;
            if !media_types.contains(&media_type) {
                media_types.push(media_type);
            }
            row.sunset = string(content.members, "x-sunset").or(row.sunset.take());
            row.deprecated |= flag(content.members, "deprecated");
        }
        if let Some(first) = media_types.first() {
            row.response_type.clone_from(first);
            row.accept = media_types.join(", ");
        }
        if source.method == "head" {
            row.response_type.clear();
            return Ok(json!({ "description": description }));
        }
        if success.json.is_empty() && !success.other.is_empty() {
            for (media_type, content) in &success.other {
                if versions::is_range(media_type) && self.is_structured(content) {
                    self.note(&content.at, "any media type: read as bytes, which may be JSON");
                }
            }
            row.streaming = true;
            let bytes = json!({ "schema": { "type": "string", "format": "binary" } });
            return Ok(json!({
                "description": description,
                "content": { "application/octet-stream": bytes },
            }));
        }
        let mut may_be_empty = success.may_be_empty;
        let mut schemas: Vec<Value> = Vec::new();
        let mut seen: Vec<&Value> = Vec::new();
        for (_, content) in &success.json {
            let Some(schema) = content.members.get("schema") else {
                may_be_empty = true;
                continue;
            };
            if seen.contains(&schema) {
                // The same schema again.
                continue;
            }
            seen.push(schema);
            let hint = format!("{} response", row.id);
            let lowered = self.schema(&content.at.to("schema"), schema, &hint)?;
            if !schemas.contains(&lowered) {
                schemas.push(lowered);
            }
        }
        let mut schema = match schemas.len() {
            0 if success.json.is_empty() => return Ok(json!({ "description": description })),
            0 => json!({}),
            1 => schemas.remove(0),
            _ => {
                self.note(
                    &source.at,
                    "successes with different schemas: generated as any JSON value",
                );
                json!({})
            }
        };
        self.responses.push(schema.clone());
        if may_be_empty {
            row.body_optional = true;
            if schema.get("$ref").is_some() {
                schema = json!({ "allOf": [schema] });
            }
            schema["nullable"] = Value::Bool(true);
        }
        Ok(json!({
            "description": description,
            "content": { "application/json": { "schema": schema } },
        }))
    }

    /// Returns the contents of the successes, of one version. What is not read is noted.
    fn gather(
        &mut self,
        source: &Site<'a>,
        responses: &[Response<'a>],
        version: &Version,
    ) -> Success<'a> {
        let mut success = Success::default();
        let mut left_out: Vec<&str> = Vec::new();
        for response in responses.iter().filter(|response| response.is_success) {
            let is_without = matches!(response.name, "204" | "205");
            let of_version = |media_type: &str| versions::version_of(media_type) == *version;
            let (json, other): (Vec<_>, Vec<_>) = response
                .contents
                .iter()
                .filter(|(media_type, _)| of_version(media_type))
                .cloned()
                .partition(|(media_type, _)| versions::is_json(media_type));
            if json.is_empty() && other.is_empty() {
                // A status with other versions only does not belong to this one.
                success.may_be_empty |= response.contents.is_empty();
                continue;
            }
            success.description =
                prose(response.of.members, "description").or(success.description.take());
            let is_dated = !is_without && json.iter().chain(&other).all(is_only_a_version);
            if is_dated {
                let text = "the media type names a version without content: none is read";
                self.note(&response.of.at, text);
            }
            if is_without || is_dated {
                success.may_be_empty = true;
                success.absent.extend(json.into_iter().chain(other));
                continue;
            }
            let has_json = !json.is_empty();
            // Only those with the schema of the first.
            let schema = json.first().and_then(|(_, content)| content.members.get("schema"));
            for (media_type, content) in json {
                if content.members.get("schema") == schema {
                    success.json.push((media_type, content));
                } else {
                    left_out.push(media_type);
                }
            }
            if success.json.is_empty() || !has_json {
                success.other.extend(other);
            } else {
                left_out.extend(other.into_iter().map(|(media_type, _)| media_type));
            }
        }
        let at = source.at.to("responses");
        if !left_out.is_empty() {
            self.note(&at, format!("read as JSON only: not requested: {}", listed(left_out)));
        }
        if !success.json.is_empty() && !success.other.is_empty() {
            let other = success.other.iter().map(|(media_type, _)| *media_type);
            let text = "read as JSON only: a success with only other contents is an error; that is";
            self.note(&at, format!("{text} {}", listed(other)));
        }
        success
    }
}

/// Returns a list of media types without duplicates.
fn listed<'m>(media_types: impl IntoIterator<Item = &'m str>) -> String {
    let mut names: Vec<String> = Vec::new();
    for media_type in media_types {
        let name = format!("`{media_type}`");
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

/// Returns whether a content only names the version of a response.
fn is_only_a_version((media_type, content): &(&str, Located<'_>)) -> bool {
    versions::version_of(media_type) != Version::Unversioned
        && versions::is_json(media_type)
        && ["schema", "example", "examples"].iter().all(|&name| !content.members.contains_key(name))
}
