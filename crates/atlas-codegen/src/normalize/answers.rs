//! Rules for what an operation answers.
//!
//! - Every success becomes `2XX`: the service answers 201 where its documentation says 200.
//! - JSON goes before anything else: of each success `Accept` names the JSON media types of one schema, and
//!   else all that it has. Where no success is JSON, the answer is a stream of bytes. A note says what is not
//!   asked for, and what is not read.
//! - JSON without a schema is any JSON, or no content at all; of Atlas' dated media types it is the latter,
//!   for so it gives a version to an answer without content. What a `204` and the answer to a `HEAD` say of
//!   their content does not count: there is none.
//! - Error answers are left out, so that status, headers and body reach `atlas-client-core` whole: a
//!   generated method would lose the status where the body is not JSON. Their schemas stay types.

use serde_json::{Value, json};

use super::bodies::header_value;
use super::versions::{self, Version};
use super::{Fold, Operation, flag, string, words};
use crate::document::walk::{self, Site};
use crate::document::{Located, Problem};

/// One of the answers of an operation.
pub(super) struct Answer<'a> {
    pub(super) of: Located<'a>,
    /// The status, or a range of them, or `default`.
    pub(super) name: &'a str,
    pub(super) is_success: bool,
    pub(super) contents: Vec<(&'a str, Located<'a>)>,
}

/// What an operation may be answered with.
pub(super) fn answers_of<'a>(source: &Site<'a>) -> Result<Vec<Answer<'a>>, Problem> {
    let responses = source.responses()?;
    let all: Vec<&str> = responses.iter().map(|(name, _)| *name).collect();
    let answers = responses.iter().map(|(name, response)| {
        let is_status = name.len() == 3 && name.parse::<u16>().is_ok_and(|status| status >= 100);
        if !is_status && !matches!(*name, "default" | "1XX" | "2XX" | "3XX" | "4XX" | "5XX") {
            return Err(Problem::new(
                &source.at.to("responses").to(name),
                "this is no HTTP status, and no range of them, such as `2XX`",
            ));
        }
        let is_success = versions::is_success(name, all.iter().copied());
        let contents = walk::contents(response)?;
        Ok(Answer { of: response.clone(), name, is_success, contents })
    });
    answers.collect()
}

/// What the successes of an operation come to.
#[derive(Default)]
struct Success<'a> {
    /// The JSON contents that are read.
    json: Vec<(&'a str, Located<'a>)>,
    /// The other contents.
    other: Vec<(&'a str, Located<'a>)>,
    /// What is said of the content of answers that have none.
    absent: Vec<(&'a str, Located<'a>)>,
    may_be_empty: bool,
    description: Option<String>,
}

impl<'a> Fold<'a> {
    /// The one success that progenitor gets to see.
    pub(super) fn success(
        &mut self,
        source: &Site<'a>,
        answers: &[Answer<'a>],
        version: &Version,
        row: &mut Operation,
    ) -> Result<Value, Problem> {
        if !answers.iter().any(|answer| answer.is_success) {
            let text = "no success is listed: any 2xx is one, and its content is not read";
            self.note(&source.at.to("responses"), text);
        }
        let success = self.gather(source, answers, version);
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
            row.answer_type.clone_from(first);
            row.accept = media_types.join(", ");
        }
        if source.method == "head" {
            row.answer_type.clear();
            return Ok(json!({ "description": description }));
        }
        if success.json.is_empty() && !success.other.is_empty() {
            for (media_type, content) in &success.other {
                if versions::is_range(media_type) && self.is_structured(content) {
                    self.note(&content.at, "of any media type: read as bytes, which may be JSON");
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
                // Written twice, and meant once.
                continue;
            }
            seen.push(schema);
            let hint = format!("{} response", row.id);
            let folded = self.schema(&content.at.to("schema"), schema, &hint)?;
            if !schemas.contains(&folded) {
                schemas.push(folded);
            }
        }
        let mut schema = match schemas.len() {
            0 if success.json.is_empty() => return Ok(json!({ "description": description })),
            0 => json!({}),
            1 => schemas.remove(0),
            _ => {
                self.note(
                    &source.at,
                    "its successes differ: the answer is generated as any JSON value",
                );
                json!({})
            }
        };
        self.answers.push(schema.clone());
        if may_be_empty {
            row.empty_is_null = true;
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

    /// The contents of an operation's successes, of one version. What can be had but is not read is noted.
    fn gather(
        &mut self,
        source: &Site<'a>,
        answers: &[Answer<'a>],
        version: &Version,
    ) -> Success<'a> {
        let mut success = Success::default();
        let mut left: Vec<&str> = Vec::new();
        for answer in answers.iter().filter(|answer| answer.is_success) {
            let is_without = matches!(answer.name, "204" | "205");
            let of_version = |media_type: &str| versions::version_of(media_type) == *version;
            let (json, other): (Vec<_>, Vec<_>) = answer
                .contents
                .iter()
                .filter(|(media_type, _)| of_version(media_type))
                .cloned()
                .partition(|(media_type, _)| versions::is_json(media_type));
            if json.is_empty() && other.is_empty() {
                // A status that carries only other versions is none of this one's.
                success.may_be_empty |= answer.contents.is_empty();
                continue;
            }
            success.description =
                words(answer.of.members, "description").or(success.description.take());
            let is_dated = !is_without && json.iter().chain(&other).all(is_only_a_version);
            if is_dated {
                let text = "its media type names a version and no content: none is read";
                self.note(&answer.of.at, text);
            }
            if is_without || is_dated {
                success.may_be_empty = true;
                success.absent.extend(json.into_iter().chain(other));
                continue;
            }
            let has_json = !json.is_empty();
            // Of several, those that have the schema of the first.
            let schema = json.first().and_then(|(_, content)| content.members.get("schema"));
            for (media_type, content) in json {
                if content.members.get("schema") == schema {
                    success.json.push((media_type, content));
                } else {
                    left.push(media_type);
                }
            }
            if success.json.is_empty() || !has_json {
                success.other.extend(other);
            } else {
                left.extend(other.into_iter().map(|(media_type, _)| media_type));
            }
        }
        let at = source.at.to("responses");
        if !left.is_empty() {
            self.note(&at, format!("read as JSON only: not asked for is {}", listed(left)));
        }
        if !success.json.is_empty() && !success.other.is_empty() {
            let other = success.other.iter().map(|(media_type, _)| *media_type);
            let text = "read as JSON only: a success that can only be something else is not read, and an error; that is";
            self.note(&at, format!("{text} {}", listed(other)));
        }
        success
    }
}

/// Media types, each once.
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

/// Whether a content says nothing but which version of an answer this is.
fn is_only_a_version((media_type, content): &(&str, Located<'_>)) -> bool {
    versions::version_of(media_type) != Version::Unversioned
        && versions::is_json(media_type)
        && ["schema", "example", "examples"].iter().all(|&name| !content.members.contains_key(name))
}
