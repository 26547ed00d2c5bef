//! Rules for operations.
//!
//! - One version of each, see [`versions`]; only the statuses that carry it count.
//! - Every success becomes `2XX`: the service answers 201 where its documentation says 200.
//! - A success without a schema has no content: progenitor stops at one.
//! - Error answers are left out, so that status, headers and body reach `atlas-client-core` whole: a
//!   generated method would lose the status where the body is not JSON. Their schemas stay types.
//! - `envelope` and `pretty` are left out of signatures: `envelope=true` changes the answer's shape.
//! - A parameter that is neither plain text nor a list in the query is refused.
//! - A path whose parameters are not those of its operation is refused.
//! - An optional body is required: progenitor knows no other.

use serde_json::{Map, Value, json};

use super::names::{Scope, snake};
use super::versions::{self, Version};
use super::{Fold, Operation, Parameter, flag, object, string, text};
use crate::document::{Located, Pointer, Problem};
use crate::openapi::{self, Site};

/// Query parameters that change the shape of the answer or its layout.
const RAW_ONLY: &[&str] = &["envelope", "pretty"];

impl<'a> Fold<'a> {
    /// The paths of the folded document, and the rows of the operation table.
    pub(super) fn operations(&mut self) -> Result<(Map<String, Value>, Vec<Operation>), Problem> {
        let mut folded_paths = Map::new();
        let mut operations = Vec::new();
        let mut names = Scope::default();
        for site in openapi::sites(self.document) {
            let site = site?;
            let (folded, row) = self.operation(&site, &mut names)?;
            folded_paths.entry(site.path).or_insert_with(|| json!({}))[site.method] = folded;
            operations.push(row);
        }
        Ok((folded_paths, operations))
    }

    fn operation(
        &mut self,
        source: &Site<'a>,
        names: &mut Scope,
    ) -> Result<(Value, Operation), Problem> {
        let (at, members) = (&source.at, source.members);
        let id = match members.get("operationId") {
            Some(id) => text(&at.to("operationId"), id)?.to_owned(),
            None => format!("{} {}", source.method, source.path),
        };
        let answers = answers_of(source)?;
        let contents = answers.iter().filter(|answer| answer.is_success);
        let available = contents.flat_map(Answer::versions);
        let version = versions::choose(available, None).unwrap_or(Version::Unversioned);
        if let Version::Unstable(name) = &version {
            self.note(at, format!("generated in its version `{name}`, for it has no stable one"));
        }

        let mut row = Operation {
            name: names.claim(&snake(&id)),
            id,
            method: source.method.to_uppercase(),
            path: source.path.to_owned(),
            parameters: Vec::new(),
            accept: "application/json".to_owned(),
            content_type: None,
            statuses: answers.iter().filter_map(|answer| answer.name.parse().ok()).collect(),
            errors: Vec::new(),
            roles: roles(members),
            deprecated: flag(members, "deprecated"),
            sunset: None,
            streaming: false,
            empty_is_null: false,
            repeatable: matches!(source.method, "get" | "head" | "options"),
        };
        let parameters = self.parameters(source, &mut row)?;
        let mut folded = json!({
            "operationId": row.name,
            "parameters": parameters,
            "responses": { "2XX": self.success(at, &answers, &version, &mut row)? },
        });
        if let Some(body) = self.body(source, &version, &mut row)? {
            folded["requestBody"] = body;
        }
        for name in ["summary", "description"] {
            if let Some(text) = string(members, name) {
                folded[name] = text.into();
            }
        }
        for answer in answers.iter().filter(|answer| !answer.is_success) {
            for (media_type, at, content) in answer.contents() {
                if let Some(schema) =
                    content.get("schema").filter(|_| versions::is_json(media_type))
                {
                    let schema =
                        self.schema(&at.to("schema"), schema, &format!("{} error", row.id))?;
                    if let Some(component) = component_of(&schema) {
                        row.errors.push((answer.name.to_owned(), component.to_owned()));
                    }
                    self.answers.push(schema);
                }
            }
        }
        Ok((folded, row))
    }

    /// The one success that progenitor gets to see.
    fn success(
        &mut self,
        at: &Pointer,
        answers: &[Answer<'a>],
        version: &Version,
        row: &mut Operation,
    ) -> Result<Value, Problem> {
        let mut schemas: Vec<Value> = Vec::new();
        let mut may_be_empty = false;
        let mut description = "Success.".to_owned();
        for answer in answers.iter().filter(|answer| answer.is_success) {
            let contents: Vec<_> = answer.contents().collect();
            let chosen: Vec<_> = contents
                .iter()
                .filter(|(media_type, ..)| versions::version_of(media_type) == *version)
                .collect();
            let json = chosen.iter().find(|(media_type, ..)| versions::is_json(media_type));
            let Some((media_type, content_at, content)) = json.or(chosen.first()) else {
                // A status that carries only other versions is none of this one's.
                may_be_empty |= contents.is_empty();
                continue;
            };
            row.accept = header_value(content_at, media_type)?;
            row.sunset = string(content, "x-sunset").or(row.sunset.take());
            row.deprecated |= flag(content, "deprecated");
            description = string(answer.members, "description").unwrap_or(description);
            match content.get("schema") {
                Some(schema) if json.is_some() => {
                    let hint = format!("{} response", row.id);
                    let folded = self.schema(&content_at.to("schema"), schema, &hint)?;
                    if !schemas.contains(&folded) {
                        schemas.push(folded);
                    }
                }
                None if json.is_some() => may_be_empty = true,
                _ => row.streaming = true,
            }
        }
        if row.streaming {
            let bytes = json!({ "schema": { "type": "string", "format": "binary" } });
            return Ok(json!({
                "description": description,
                "content": { "application/octet-stream": bytes },
            }));
        }
        let mut schema = match schemas.len() {
            0 => return Ok(json!({ "description": description })),
            1 => schemas.remove(0),
            _ => {
                self.note(at, "its successes differ: the answer is generated as any JSON value");
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

    fn body(
        &mut self,
        source: &Site<'a>,
        version: &Version,
        row: &mut Operation,
    ) -> Result<Option<Value>, Problem> {
        let Some(Located { at, members: body }) = source.request_body()? else {
            return Ok(None);
        };
        let content_at = at.to("content");
        let Some(content) = body.get("content") else {
            return Ok(None);
        };
        let content = object(&content_at, content)?;
        let of_version =
            content.iter().find(|(media_type, _)| versions::version_of(media_type) == *version);
        let Some((media_type, body_content)) = of_version.or_else(|| content.iter().next()) else {
            return Ok(None);
        };
        let media_at = content_at.to(media_type);
        let body_content = object(&media_at, body_content)?;
        if !flag(body, "required") {
            self.note(&at, "an optional body: it must always be given, if only as `{}`");
        }
        row.content_type = Some(header_value(&media_at, media_type)?);
        let (media_type, schema) = if versions::is_json(media_type) {
            let any = json!({});
            let schema = body_content.get("schema").unwrap_or(&any);
            let hint = format!("{} request", row.id);
            ("application/json", self.schema(&media_at.to("schema"), schema, &hint)?)
        } else if media_type == "application/octet-stream" {
            ("application/octet-stream", json!({ "type": "string", "format": "binary" }))
        } else {
            return Err(Problem::new(
                &media_at,
                "there is no rule for a body that is neither JSON nor bytes",
            ));
        };
        Ok(Some(json!({
            "required": true,
            "content": { media_type: { "schema": schema } },
        })))
    }

    /// The parameters of the generated method; the table gets all that there are.
    fn parameters(
        &mut self,
        source: &Site<'a>,
        row: &mut Operation,
    ) -> Result<Vec<Value>, Problem> {
        // The other arguments of a generated method.
        let mut names = Scope::with(&["body", "self_"]);
        let mut folded = Vec::new();
        for Located { at, members } in source.parameters()? {
            let text_of = |name: &str| {
                string(members, name)
                    .ok_or_else(|| Problem::new(&at, format!("a parameter without `{name}`")))
            };
            let (name, location) = (text_of("name")?, text_of("in")?);
            let mut parameter = Parameter {
                required: flag(members, "required"),
                placeholder: None,
                name,
                location,
            };
            if !RAW_ONLY.contains(&parameter.name.as_str()) {
                let wanted = snake(&parameter.name);
                let claimed = names.claim(&wanted);
                if claimed != wanted {
                    parameter.placeholder = Some(claimed);
                }
                folded.push(self.parameter(&at, members, &parameter)?);
            }
            row.parameters.push(parameter);
        }
        check_path(source, &row.parameters)?;
        Ok(folded)
    }

    fn parameter(
        &mut self,
        at: &Pointer,
        members: &'a Map<String, Value>,
        parameter: &Parameter,
    ) -> Result<Value, Problem> {
        let Some(schema) = members.get("schema") else {
            return Err(Problem::new(at, "there is no rule for a parameter without a schema"));
        };
        let schema_at = at.to("schema");
        let folded = self.schema(&schema_at, schema, &format!("{} parameter", parameter.name))?;
        let is_list = folded.get("type") == Some(&json!("array"));
        let style = match parameter.location.as_str() {
            "query" => "form",
            "path" | "header" if !is_list => "simple",
            "path" | "header" => {
                return Err(Problem::new(at, "there is no rule for a list outside the query"));
            }
            _ => {
                return Err(Problem::new(&at.to("in"), "there is no rule for a parameter here"));
            }
        };
        if members.get("style").is_some_and(|given| given != style) {
            return Err(Problem::new(&at.to("style"), "there is no rule for this style"));
        }
        if is_list && members.get("explode") == Some(&Value::Bool(false)) {
            return Err(Problem::new(
                &at.to("explode"),
                "there is no rule for a list in one parameter",
            ));
        }
        if folded.get("type") == Some(&json!("object")) {
            return Err(Problem::new(&schema_at, "there is no rule for an object as a parameter"));
        }
        let mut folded = json!({
            "name": parameter.placeholder.as_ref().unwrap_or(&parameter.name),
            "in": parameter.location,
            "required": parameter.required,
            "style": style,
            "schema": folded,
        });
        if let Some(description) = string(members, "description") {
            folded["description"] = description.into();
        }
        Ok(folded)
    }
}

/// What an operation may be answered with.
fn answers_of<'a>(source: &Site<'a>) -> Result<Vec<Answer<'a>>, Problem> {
    let responses = source.responses()?;
    let all: Vec<&str> = responses.iter().map(|(name, _)| *name).collect();
    let answers = responses.iter().map(|(name, response)| {
        if name.parse::<u16>().is_err()
            && !matches!(*name, "default" | "1XX" | "2XX" | "3XX" | "4XX" | "5XX")
        {
            return Err(Problem::new(
                &source.at.to("responses").to(name),
                "this is no HTTP status, and no range of them, such as `2XX`",
            ));
        }
        let is_success = versions::is_success(name, all.iter().copied());
        Ok(Answer { at: response.at.clone(), name, is_success, members: response.members })
    });
    answers.collect()
}

/// One of the answers of an operation.
struct Answer<'a> {
    at: Pointer,
    /// The status, or a range of them, or `default`.
    name: &'a str,
    is_success: bool,
    members: &'a Map<String, Value>,
}

impl<'a> Answer<'a> {
    fn contents(&self) -> impl Iterator<Item = (&'a str, Pointer, &'a Map<String, Value>)> + '_ {
        let at = self.at.to("content");
        let contents = self.members.get("content").and_then(Value::as_object);
        contents.into_iter().flatten().filter_map(move |(name, content)| {
            Some((name.as_str(), at.to(name), content.as_object()?))
        })
    }

    fn versions(&self) -> impl Iterator<Item = Version> + '_ {
        self.contents().map(|(media_type, ..)| versions::version_of(media_type))
    }
}

/// Makes sure that each parameter in the path is one of the operation's. progenitor panics where it is
/// not.
fn check_path(source: &Site<'_>, parameters: &[Parameter]) -> Result<(), Problem> {
    let mut rest = source.path;
    while let Some(start) = rest.find(['{', '}']) {
        let name = rest[start..].strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let Some((name, after)) = name.filter(|(name, _)| !name.contains('{')) else {
            return Err(Problem::new(&source.item.at, "the braces of this path do not match"));
        };
        let is_known = |known: &&Parameter| known.location == "path" && known.name == name;
        match parameters.iter().find(is_known) {
            None => {
                let message = format!("the path has `{{{name}}}`, but there is no such parameter");
                return Err(Problem::new(&source.at, message));
            }
            Some(Parameter { placeholder: Some(_), .. }) => {
                let message = format!("there is no rule for a path parameter called `{name}`");
                return Err(Problem::new(&source.at, message));
            }
            Some(_) => rest = after,
        }
    }
    Ok(())
}

/// The component that a folded schema is.
fn component_of(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.rsplit('/').next()
}

/// A media type, which the transport puts into a header.
fn header_value(at: &Pointer, media_type: &str) -> Result<String, Problem> {
    if media_type.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        Ok(media_type.to_owned())
    } else {
        Err(Problem::new(at, "this cannot stand in a header"))
    }
}

fn roles(members: &Map<String, Value>) -> Vec<String> {
    let roles = members.get("x-rolesRequirements").and_then(Value::as_array);
    let roles = roles.into_iter().flatten();
    roles.filter_map(|role| role.as_str().map(str::to_owned)).collect()
}
