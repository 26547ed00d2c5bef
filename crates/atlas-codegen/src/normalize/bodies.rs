//! Rules for request bodies.
//!
//! - Of several media types one is sent: JSON before forms, forms before text, text before bytes; a note
//!   names the others.
//! - A range of media types is never sent: in its place stands the plainest one of it.
//! - Forms are written by `atlas-client-core`, each property as its `encoding` says. Text and bytes are
//!   given as they are sent.
//! - `multipart` is refused: progenitor knows none.
//! - An optional body is required: progenitor knows no other.

use serde_json::{Map, Value, json};

use super::plain::Plain;
use super::versions::{self, Version};
use super::{Fold, Operation, flag};
use crate::document::walk::{self, Site};
use crate::document::{Located, Pointer, Problem, follow};

/// How a body is made, in the order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Made {
    Json,
    Form,
    Text,
    Bytes,
    Never,
}

impl<'a> Fold<'a> {
    pub(super) fn body(
        &mut self,
        source: &Site<'a>,
        version: &Version,
        row: &mut Operation,
    ) -> Result<Option<Value>, Problem> {
        let Some(body) = source.request_body()? else {
            return Ok(None);
        };
        let contents = walk::contents(&body)?;
        let is_of_version = |media_type: &str| versions::version_of(media_type) == *version;
        let has_version = contents.iter().any(|(media_type, _)| is_of_version(media_type));
        let mut candidates: Vec<_> = contents
            .iter()
            .filter(|(media_type, _)| !has_version || is_of_version(media_type))
            .map(|(media_type, content)| (self.made(media_type, content), *media_type, content))
            .collect();
        // In the order of the document, where nothing else tells.
        candidates.sort_by_key(|(made, ..)| *made);
        let Some((made, media_type, content)) = candidates.first() else {
            return Ok(None);
        };
        let others: Vec<String> =
            candidates.iter().skip(1).map(|(_, media_type, _)| format!("`{media_type}`")).collect();
        let sent = match made {
            Made::Never => {
                let why = if versions::is_range(media_type) {
                    "is a range: a body has one media type, and the document does not say which"
                } else {
                    "has several parts, which the generated client cannot send"
                };
                return Err(Problem::new(&content.at, format!("a body of `{media_type}` {why}")));
            }
            made => sent_as(*made, &content.at, media_type)?,
        };
        if !others.is_empty() {
            self.note(
                &body.at.to("content"),
                format!("sent as `{sent}`, and not as {}", others.join(", ")),
            );
        }
        if !flag(body.members, "required") {
            self.note(&body.at, "an optional body: it must always be given, if only as `{}`");
        }
        row.content_type = Some(sent);
        let content = self.content(*made, content, row)?;
        Ok(Some(json!({ "required": true, "content": content })))
    }

    /// How a body of a media type is made.
    fn made(&self, media_type: &str, content: &Located<'a>) -> Made {
        let essence = versions::essence(media_type);
        match essence.as_str() {
            _ if versions::is_json(media_type) => Made::Json,
            "application/x-www-form-urlencoded" => Made::Form,
            "*/*" | "application/*" if self.is_structured(content) => Made::Json,
            "*/*" | "application/*" => Made::Bytes,
            _ if versions::is_text(media_type) => Made::Text,
            _ if essence.starts_with("multipart/") || versions::is_range(&essence) => Made::Never,
            _ => Made::Bytes,
        }
    }

    /// Whether a content has a schema of more than text or bytes.
    pub(super) fn is_structured(&self, content: &Located<'a>) -> bool {
        let schema = content.members.get("schema");
        let schema = schema.and_then(|schema| follow(self.document, &content.at, schema).ok());
        schema.is_some_and(|(_, schema)| {
            !matches!(schema.get("type").and_then(Value::as_str), Some("string"))
                && schema.as_object().is_some_and(|schema| !schema.is_empty())
        })
    }

    /// The content of a body in the folded document.
    fn content(
        &mut self,
        made: Made,
        content: &Located<'a>,
        row: &mut Operation,
    ) -> Result<Value, Problem> {
        let schema_at = content.at.to("schema");
        let schema = content.members.get("schema");
        let hint = format!("{} request", row.id);
        Ok(match (made, schema) {
            (Made::Json, Some(schema)) => {
                json!({ "application/json": { "schema": self.schema(&schema_at, schema, &hint)? } })
            }
            (Made::Json, None) => json!({ "application/json": { "schema": {} } }),
            (Made::Form, Some(schema)) => {
                row.form = Some(self.form(content, schema)?);
                if self.plain(&schema_at, schema)? == Plain::Object(true) {
                    self.note(
                        &schema_at,
                        "only texts, numbers and booleans can be sent in this form",
                    );
                }
                let mut schema = self.schema(&schema_at, schema, &hint)?;
                if let Some(members) = schema.as_object_mut() {
                    members.remove("nullable");
                }
                json!({ "application/x-www-form-urlencoded": { "schema": schema } })
            }
            (Made::Form, None) => {
                return Err(Problem::new(
                    &content.at,
                    "a form without a schema: nothing says its fields",
                ));
            }
            (Made::Text, schema) => {
                if schema.is_some() && self.is_structured(content) {
                    self.note(&content.at, "given as text, as it is to be sent");
                }
                json!({ "text/plain": { "schema": { "type": "string" } } })
            }
            (Made::Bytes | Made::Never, schema) => {
                if schema.is_some() && self.is_structured(content) {
                    self.note(&content.at, "given as bytes, as they are to be sent");
                }
                let bytes = json!({ "type": "string", "format": "binary" });
                json!({ "application/octet-stream": { "schema": bytes } })
            }
        })
    }

    /// How each property of a form is written, where that is not the usual way.
    fn form(
        &mut self,
        content: &Located<'a>,
        schema: &'a Value,
    ) -> Result<Vec<(String, &'static str)>, Problem> {
        let schema_at = content.at.to("schema");
        let (at, target) = follow(self.document, &schema_at, schema)?;
        let target = super::object(&at, target)?;
        let structure = match self.only_member(&at, target) {
            Some((at, only)) if target.len() == 1 => {
                let (at, only) = follow(self.document, &at, only)?;
                self.flatten(&at, super::object(&at, only)?, "")?
            }
            _ => self.flatten(&at, target, "")?,
        };
        if structure.properties.is_empty()
            && !matches!(self.plain(&schema_at, schema)?, Plain::Object(_))
        {
            return Err(Problem::new(
                &schema_at,
                "a form is an object: its properties are the fields",
            ));
        }
        let encoding = content.members.get("encoding").and_then(Value::as_object);
        let mut styles = Vec::new();
        for property in structure.properties {
            let encoding = encoding.and_then(|all| all.get(&property.name)?.as_object());
            let plain = self.plain(&property.at, property.schema)?;
            if let Some(style) = style_of_field(&property.at, plain, encoding)? {
                styles.push((property.name, style));
            }
        }
        Ok(styles)
    }
}

/// How a field of a form is written, where that is not the usual way.
fn style_of_field(
    at: &Pointer,
    plain: Plain,
    encoding: Option<&Map<String, Value>>,
) -> Result<Option<&'static str>, Problem> {
    let says = |name: &str| encoding.and_then(|encoding| encoding.get(name));
    if says("contentType").and_then(Value::as_str).is_some_and(versions::is_json) {
        return Ok(Some("Json"));
    }
    let is_object = matches!(plain, Plain::Object(_));
    let explode = says("explode").and_then(Value::as_bool);
    match (says("style").and_then(Value::as_str).unwrap_or("form"), plain) {
        (_, Plain::One | Plain::Any) => Ok(None),
        (_, Plain::Deep) => Err(Problem::new(
            at,
            "lists or objects within lists or objects: OpenAPI does not say how a form holds them",
        )),
        ("form", _) if explode == Some(false) => Ok(Some("Commas")),
        ("deepObject", _) if is_object => Ok(Some("DeepObject")),
        // Of a list each as a field of its own, as without the style.
        ("form" | "deepObject", _) => Ok(None),
        ("spaceDelimited", _) if !is_object && explode != Some(true) => Ok(Some("Spaces")),
        ("pipeDelimited", _) if !is_object && explode != Some(true) => Ok(Some("Pipes")),
        ("spaceDelimited" | "pipeDelimited", _) if !is_object => Ok(None),
        (other, _) => {
            Err(Problem::new(at, format!("OpenAPI has no style `{other}` for such a field")))
        }
    }
}

/// The media type that is sent.
fn sent_as(made: Made, at: &Pointer, media_type: &str) -> Result<String, Problem> {
    if !versions::is_range(media_type) {
        return header_value(at, media_type);
    }
    Ok(match made {
        Made::Json => "application/json",
        Made::Text => "text/plain",
        _ => "application/octet-stream",
    }
    .to_owned())
}

/// A media type, which the transport puts into a header.
pub(super) fn header_value(at: &Pointer, media_type: &str) -> Result<String, Problem> {
    let is_plain = media_type.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if is_plain && versions::essence(media_type).contains('/') {
        Ok(media_type.to_owned())
    } else {
        Err(Problem::new(at, "this is no media type, such as `application/json`"))
    }
}
