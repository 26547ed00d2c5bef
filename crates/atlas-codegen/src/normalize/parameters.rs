//! Rules for parameters.
//!
//! - progenitor writes one plain value, and a list of plain values in the query. `atlas-client-core` writes all other
//!   styles, and JSON `content`. What OpenAPI does not define, such as objects in lists, is refused.
//! - A union of plain values is given as text: progenitor would write it as JSON.
//! - `null` cannot be written, and a password is not hidden in a signature.
//! - A path parameter is required. One without a place in the path is left out.
//! - `Accept`, `Content-Type` and `Authorization` are ignored, as OpenAPI says.
//! - `envelope` and `pretty` are left out of signatures: `envelope=true` changes the shape of the response.
//! - Cookies are refused: the transport does not keep them.

use serde_json::{Map, Value, json};

use super::json::{flag, string};
use super::lowering::Lowering;
use super::model::{Operation, Parameter, Style};
use super::plain::Plain;
use super::prose::prose;
use crate::document::versions;
use crate::document::walk::{self, Site};
use crate::document::{Located, Pointer, Problem};
use crate::names::{Scope, snake};

/// Query parameters that change the shape of the response or its layout.
const RAW_ONLY: &[&str] = &["envelope", "pretty"];

/// Headers that OpenAPI ignores as parameters: other parts of the document define them.
const IGNORED: &[&str] = &["accept", "content-type", "authorization"];

/// Headers that frame a message. The transport sets them.
const FRAMING: &[&str] =
    &["accept-encoding", "connection", "content-length", "host", "transfer-encoding"];

/// The other arguments of a generated method.
const TAKEN: &[&str] = &["body", "options", "self_"];

impl<'a> Lowering<'a> {
    /// Lowers the parameters of the generated method. The row gets all that are sent.
    pub(super) fn parameters(
        &mut self,
        source: &Site<'a>,
        row: &mut Operation,
    ) -> Result<Vec<Value>, Problem> {
        let all = source.parameters()?;
        let in_path = in_path(source)?;
        let placeholders = placeholders(&all);
        let mut lowered = Vec::new();
        for (Located { at, members }, placeholder) in all.into_iter().zip(placeholders) {
            let name = string(members, "name").unwrap_or_default();
            let location = string(members, "in").unwrap_or_default();
            let mut parameter = Parameter {
                required: flag(members, "required"),
                placeholder,
                name,
                location,
                style: None,
            };
            if !self.is_sent(&at, &mut parameter, &in_path)? {
                continue;
            }
            if !is_raw_only(members, &parameter) {
                lowered.push(self.parameter(&at, members, &mut parameter)?);
            }
            row.parameters.push(parameter);
        }
        for name in in_path {
            let is_known = |known: &Parameter| known.location == "path" && known.name == name;
            if !row.parameters.iter().any(is_known) {
                let message = format!("the path has `{{{name}}}`, but there is no such parameter");
                return Err(Problem::new(&source.at, message));
            }
        }
        Ok(lowered)
    }

    /// Returns whether a parameter is sent at all.
    fn is_sent(
        &mut self,
        at: &Pointer,
        parameter: &mut Parameter,
        in_path: &[String],
    ) -> Result<bool, Problem> {
        let name = parameter.name.as_str();
        match parameter.location.as_str() {
            "query" => Ok(true),
            "header" => {
                if !is_token(name) {
                    let message = format!("{name:?} is not a valid name of a header");
                    return Err(Problem::new(&at.to("name"), message));
                }
                let lower = name.to_lowercase();
                let why = if IGNORED.contains(&lower.as_str()) {
                    "is ignored as a parameter, as OpenAPI says"
                } else if FRAMING.contains(&lower.as_str()) {
                    "is left out: it frames the message"
                } else {
                    return Ok(true);
                };
                self.note(at, format!("the header `{name}` {why}; the client sets it"));
                Ok(false)
            }
            "path" => {
                let has_place = in_path.iter().any(|known| known == name);
                if !has_place {
                    self.note(at, format!("left out: the path has no `{{{name}}}`"));
                } else if !parameter.required {
                    parameter.required = true;
                    self.note(at, "generated as required, as OpenAPI demands of path parameters");
                }
                Ok(has_place)
            }
            "cookie" => Err(Problem::new(&at.to("in"), "cookies are not supported")),
            other => Err(Problem::new(
                &at.to("in"),
                format!("expected `path`, `query`, `header` or `cookie`, found `{other}`"),
            )),
        }
    }

    fn parameter(
        &mut self,
        at: &Pointer,
        members: &'a Map<String, Value>,
        parameter: &mut Parameter,
    ) -> Result<Value, Problem> {
        let (schema_at, schema, is_json) = schema_of(at, members)?;
        if flag(members, "allowReserved") && parameter.location == "query" {
            self.note(
                &at.to("allowReserved"),
                "reserved characters are percent-encoded, which means the same",
            );
        }
        let hint = format!("{} parameter", parameter.name);
        let any = json!({});
        let lowered = if is_json {
            let lowered = match schema {
                Some(schema) => self.schema(&schema_at, schema, &hint)?,
                None => any,
            };
            parameter.style = Some(Style::json(&parameter.location));
            never_null(lowered)
        } else {
            let plain = match schema {
                Some(schema) => self.plain(&schema_at, schema)?,
                None => Plain::Any,
            };
            parameter.style = style(at, members, &parameter.location, plain)?;
            match (plain, schema) {
                (Plain::One | Plain::List(true) | Plain::Object(_), Some(schema)) => {
                    if plain == Plain::Object(true) {
                        self.note(at, "only text, numbers and booleans can be sent in this object");
                    }
                    let mut lowered = never_null(self.schema(&schema_at, schema, &hint)?);
                    if let Some(items) = lowered.get_mut("items") {
                        *items = never_null(items.take());
                    }
                    // progenitor would write 10 as `10.0`, or as the map in which `serde_json` keeps digits.
                    let is_number = |schema: &Value| schema["type"] == "number";
                    if parameter.location == "query"
                        && (is_number(&lowered) || lowered.get("items").is_some_and(is_number))
                    {
                        parameter.style.get_or_insert(Style::Query("Form"));
                    }
                    lowered
                }
                (Plain::List(_) | Plain::OneOrList, _) => {
                    self.note(at, "plain values of several types: given as text");
                    json!({ "type": "array", "items": { "type": "string" } })
                }
                _ => {
                    self.note(at, "a union of plain values: given as text");
                    json!({ "type": "string" })
                }
            }
        };
        let mut lowered = json!({
            "name": parameter.placeholder.as_ref().unwrap_or(&parameter.name),
            "in": parameter.location,
            "required": parameter.required,
            "style": if parameter.location == "query" { "form" } else { "simple" },
            "schema": lowered,
        });
        if let Some(description) = prose(members, "description") {
            lowered["description"] = description.into();
        }
        Ok(lowered)
    }
}

/// Returns the schema of a parameter, and whether it is written as JSON.
fn schema_of<'a>(
    at: &Pointer,
    members: &'a Map<String, Value>,
) -> Result<(Pointer, Option<&'a Value>, bool), Problem> {
    if let Some(schema) = members.get("schema") {
        return Ok((at.to("schema"), Some(schema), false));
    }
    let contents = walk::contents(&Located { at: at.clone(), members })?;
    let Some((media_type, content)) = contents.into_iter().next() else {
        return Err(Problem::new(at, "the parameter has neither `schema` nor `content`"));
    };
    let schema = content.members.get("schema");
    let schema_at = content.at.to("schema");
    if versions::is_json(media_type) {
        Ok((schema_at, schema, true))
    } else if versions::is_text(media_type) {
        Ok((schema_at, schema, false))
    } else {
        Err(Problem::new(
            &content.at,
            format!("parameters of `{media_type}` are not supported, only JSON and text"),
        ))
    }
}

/// Returns the style of a parameter, if progenitor does not support it.
fn style(
    at: &Pointer,
    members: &Map<String, Value>,
    location: &str,
    plain: Plain,
) -> Result<Option<Style>, Problem> {
    let usual = if location == "query" { "form" } else { "simple" };
    let name = match members.get("style") {
        None => usual,
        Some(name) => name.as_str().unwrap_or_default(),
    };
    let explode = match members.get("explode") {
        Some(explode) => explode == &Value::Bool(true),
        None => name == "form",
    };
    let is_object = matches!(plain, Plain::Object(_));
    let is_list = matches!(plain, Plain::List(_) | Plain::OneOrList);
    if plain == Plain::Deep {
        return Err(Problem::new(
            &at.to(if members.contains_key("schema") { "schema" } else { "content" }),
            "OpenAPI does not define lists or objects within lists or objects in a parameter",
        ));
    }
    let of_query = |written| Ok(Some(Style::Query(written)));
    match (location, name) {
        ("query", "form") if is_object && explode => of_query("Form"),
        ("query", "form") if (is_object || is_list) && !explode => of_query("Commas"),
        ("query", "form") => Ok(None),
        ("query", "spaceDelimited") if is_list && !explode => of_query("Spaces"),
        ("query", "pipeDelimited") if is_list && !explode => of_query("Pipes"),
        // If exploded, each item is a separate parameter, without a delimiter.
        ("query", "spaceDelimited" | "pipeDelimited") if is_list => Ok(None),
        ("query", "deepObject") if is_object => of_query("DeepObject"),
        ("path" | "header", "simple") if !is_object && !is_list => Ok(None),
        ("path", "simple") => Ok(Some(Style::Path("Simple", explode))),
        ("path", "label") => Ok(Some(Style::Path("Label", explode))),
        ("path", "matrix") => Ok(Some(Style::Path("Matrix", explode))),
        ("header", "simple") => Ok(Some(Style::Header(explode))),
        _ => Err(Problem::new(
            &at.to("style"),
            format!("OpenAPI does not define the style `{name}` in the {location} for this schema"),
        )),
    }
}

impl Style {
    fn json(location: &str) -> Self {
        match location {
            "path" => Self::Path("Json", false),
            "header" => Self::HeaderJson,
            _ => Self::Query("Json"),
        }
    }
}

/// Removes what a parameter does not have from a lowered schema.
fn never_null(mut lowered: Value) -> Value {
    if let Some(members) = lowered.as_object_mut() {
        members.remove("nullable");
        if members.get("format") == Some(&json!("password")) {
            members.remove("format");
        }
    }
    lowered
}

/// Returns whether a parameter is for raw calls only: it has such a name, and is a flag as in Atlas.
fn is_raw_only(members: &Map<String, Value>, parameter: &Parameter) -> bool {
    let kind = members.get("schema").and_then(|schema| schema.get("type")?.as_str());
    RAW_ONLY.contains(&parameter.name.as_str())
        && parameter.location == "query"
        && !parameter.required
        && !matches!(kind, Some("array" | "integer" | "number" | "object" | "string"))
}

/// Returns the name of each parameter in the normalized document, if progenitor would change its own. Path parameters
/// keep their names first.
fn placeholders(all: &[Located<'_>]) -> Vec<Option<String>> {
    let mut names = Scope::with(TAKEN);
    let mut placeholders = vec![None; all.len()];
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|&index| all[index].members.get("in") != Some(&json!("path")));
    for index in order {
        let wanted = snake(&string(all[index].members, "name").unwrap_or_default());
        let claimed = names.claim(&wanted);
        placeholders[index] = Some(claimed).filter(|claimed| *claimed != wanted);
    }
    placeholders
}

/// Returns the names of the parameters in a path.
fn in_path(source: &Site<'_>) -> Result<Vec<String>, Problem> {
    if source.path.contains(['?', '#']) {
        return Err(Problem::new(
            &source.item.at,
            "a path must not have a query or a fragment: use parameters instead",
        ));
    }
    let mut found: Vec<String> = Vec::new();
    let mut rest = source.path;
    while let Some(start) = rest.find(['{', '}']) {
        let name = rest[start..].strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let Some((name, after)) = name.filter(|(name, _)| !name.contains('{')) else {
            return Err(Problem::new(&source.item.at, "the braces of the path do not match"));
        };
        if !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
        rest = after;
    }
    Ok(found)
}

/// Returns a path with the names of the parameters in the normalized document.
pub fn lowered_path(path: &str, parameters: &[Parameter]) -> String {
    let mut lowered = String::new();
    let mut rest = path;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        let is_it = |known: &&Parameter| known.location == "path" && known.name == name;
        let placeholder = parameters.iter().find(is_it).and_then(|p| p.placeholder.as_deref());
        lowered.extend([before, "{", placeholder.unwrap_or(name), "}"]);
        rest = after;
    }
    lowered + rest
}

/// Returns whether a text is a token of RFC 9110, such as the name of a header.
fn is_token(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
}
