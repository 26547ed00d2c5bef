//! Rules for request bodies.
//!
//! - Of several media types one is sent: JSON before forms before text before bytes. A note names the others.
//! - A range of media types is not sent, but the simplest media type in it.
//! - `atlas-client-core` writes forms, each property by its `encoding`. Text and bytes are sent as they are given.
//! - `multipart` is refused: progenitor does not support it.
//! - An optional body becomes required: progenitor supports no other.

use serde_json::{Map, Value, json};

use super::json::{flag, object};
use super::lowering::Lowering;
use super::model::Operation;
use super::plain::Plain;
use crate::document::versions::{self, Version};
use crate::document::walk::{self, Site};
use crate::document::{Located, Pointer, Problem, follow};

/// The kinds of bodies, in the order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum BodyKind {
    Json,
    Form,
    Text,
    Bytes,
    Never,
}

impl<'a> Lowering<'a> {
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
            .map(|(media_type, content)| (self.kind_of(media_type, content), *media_type, content))
            .collect();
        // The sort keeps the order of the document.
        candidates.sort_by_key(|(kind, ..)| *kind);
        let Some((kind, media_type, content)) = candidates.first() else {
            return Ok(None);
        };
        let others: Vec<String> =
            candidates.iter().skip(1).map(|(_, media_type, _)| format!("`{media_type}`")).collect();
        let sent = match kind {
            BodyKind::Never => {
                let why = if versions::is_range(media_type) {
                    "is a range of media types, and the document does not say which to send"
                } else {
                    "has several parts, which is not supported"
                };
                return Err(Problem::new(&content.at, format!("a body of `{media_type}` {why}")));
            }
            kind => sent_as(*kind, &content.at, media_type)?,
        };
        if !others.is_empty() {
            self.note(
                &body.at.to("content"),
                format!("sent as `{sent}`, not as {}", others.join(", ")),
            );
        }
        if !flag(body.members, "required") {
            self.note(&body.at, "an optional body: generated as required, it may be `{}`");
        }
        row.content_type = Some(sent);
        let content = self.content(*kind, content, row)?;
        Ok(Some(json!({ "required": true, "content": content })))
    }

    /// Returns the kind of a body with a media type.
    fn kind_of(&self, media_type: &str, content: &Located<'a>) -> BodyKind {
        let essence = versions::essence(media_type);
        match essence.as_str() {
            _ if versions::is_json(media_type) => BodyKind::Json,
            "application/x-www-form-urlencoded" => BodyKind::Form,
            "*/*" | "application/*" if self.is_structured(content) => BodyKind::Json,
            "*/*" | "application/*" => BodyKind::Bytes,
            _ if versions::is_text(media_type) => BodyKind::Text,
            _ if essence.starts_with("multipart/") || versions::is_range(&essence) => {
                BodyKind::Never
            }
            _ => BodyKind::Bytes,
        }
    }

    /// Returns whether a content has a schema other than text or bytes.
    pub(super) fn is_structured(&self, content: &Located<'a>) -> bool {
        let schema = content.members.get("schema");
        let schema = schema.and_then(|schema| follow(self.document, &content.at, schema).ok());
        schema.is_some_and(|(_, schema)| {
            !matches!(schema.get("type").and_then(Value::as_str), Some("string"))
                && schema.as_object().is_some_and(|schema| !schema.is_empty())
        })
    }

    /// Lowers the content of a body.
    fn content(
        &mut self,
        kind: BodyKind,
        content: &Located<'a>,
        row: &mut Operation,
    ) -> Result<Value, Problem> {
        let schema_at = content.at.to("schema");
        let schema = content.members.get("schema");
        let hint = format!("{} request", row.id);
        Ok(match (kind, schema) {
            (BodyKind::Json, Some(schema)) => {
                json!({ "application/json": { "schema": self.schema(&schema_at, schema, &hint)? } })
            }
            (BodyKind::Json, None) => json!({ "application/json": { "schema": {} } }),
            (BodyKind::Form, Some(schema)) => {
                row.form = Some(self.form(content, schema)?);
                if self.plain(&schema_at, schema)? == Plain::Object(true) {
                    self.note(
                        &schema_at,
                        "only text, numbers and booleans can be sent in this form",
                    );
                }
                let mut schema = self.schema(&schema_at, schema, &hint)?;
                if let Some(members) = schema.as_object_mut() {
                    members.remove("nullable");
                }
                json!({ "application/x-www-form-urlencoded": { "schema": schema } })
            }
            (BodyKind::Form, None) => {
                return Err(Problem::new(&content.at, "a form needs a schema for its fields"));
            }
            (BodyKind::Text, schema) => {
                if schema.is_some() && self.is_structured(content) {
                    self.note(&content.at, "given as the text to send");
                }
                json!({ "text/plain": { "schema": { "type": "string" } } })
            }
            (BodyKind::Bytes | BodyKind::Never, schema) => {
                if schema.is_some() && self.is_structured(content) {
                    self.note(&content.at, "given as the bytes to send");
                }
                let bytes = json!({ "type": "string", "format": "binary" });
                json!({ "application/octet-stream": { "schema": bytes } })
            }
        })
    }

    /// Returns the styles of the properties of a form, apart from the default style.
    fn form(
        &mut self,
        content: &Located<'a>,
        schema: &'a Value,
    ) -> Result<Vec<(String, &'static str)>, Problem> {
        let schema_at = content.at.to("schema");
        let (at, target) = follow(self.document, &schema_at, schema)?;
        let target = object(&at, target)?;
        let structure = match self.only_member(&at, target) {
            Some((at, only)) if target.len() == 1 => {
                let (at, only) = follow(self.document, &at, only)?;
                self.flatten(&at, object(&at, only)?, "")?
            }
            _ => self.flatten(&at, target, "")?,
        };
        if structure.properties.is_empty()
            && !matches!(self.plain(&schema_at, schema)?, Plain::Object(_))
        {
            return Err(Problem::new(&schema_at, "the schema of a form must be an object"));
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

/// Returns the style of a field of a form, if it is not the default style.
fn style_of_field(
    at: &Pointer,
    plain: Plain,
    encoding: Option<&Map<String, Value>>,
) -> Result<Option<&'static str>, Problem> {
    let keyword = |name: &str| encoding.and_then(|encoding| encoding.get(name));
    if keyword("contentType").and_then(Value::as_str).is_some_and(versions::is_json) {
        return Ok(Some("Json"));
    }
    let is_object = matches!(plain, Plain::Object(_));
    let explode = keyword("explode").and_then(Value::as_bool);
    match (keyword("style").and_then(Value::as_str).unwrap_or("form"), plain) {
        (_, Plain::One | Plain::Any) => Ok(None),
        (_, Plain::Deep) => Err(Problem::new(
            at,
            "OpenAPI does not define lists or objects within lists or objects in a form",
        )),
        ("form", _) if explode == Some(false) => Ok(Some("Commas")),
        ("deepObject", _) if is_object => Ok(Some("DeepObject")),
        // Each item of a list is a separate field, as without the style.
        ("form" | "deepObject", _) => Ok(None),
        ("spaceDelimited", _) if !is_object && explode != Some(true) => Ok(Some("Spaces")),
        ("pipeDelimited", _) if !is_object && explode != Some(true) => Ok(Some("Pipes")),
        ("spaceDelimited" | "pipeDelimited", _) if !is_object => Ok(None),
        (other, _) => Err(Problem::new(
            at,
            format!("OpenAPI does not define the style `{other}` for this field"),
        )),
    }
}

/// Returns the media type that is sent.
fn sent_as(kind: BodyKind, at: &Pointer, media_type: &str) -> Result<String, Problem> {
    if !versions::is_range(media_type) {
        return header_value(at, media_type);
    }
    Ok(match kind {
        BodyKind::Json => "application/json",
        BodyKind::Text => "text/plain",
        _ => "application/octet-stream",
    }
    .to_owned())
}

/// Checks a media type, which the transport sends in a header.
pub(super) fn header_value(at: &Pointer, media_type: &str) -> Result<String, Problem> {
    let is_plain = media_type.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if is_plain && versions::essence(media_type).contains('/') {
        Ok(media_type.to_owned())
    } else {
        Err(Problem::new(at, "expected a media type such as `application/json`"))
    }
}
