//! The parameters of an operation.

use serde_json::{Map, Value};

use crate::oracle::reader::Reader;

/// The location of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    Path,
    Query,
    Header,
    Cookie,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter<'a> {
    pub name: &'a str,
    pub location: Location,
    is_required: bool,
    pub schema: Option<&'a Value>,
    /// Whether it has `content`, and so is sent as JSON.
    pub has_content: bool,
    pub style: &'a str,
    pub explode: bool,
}

impl<'a> Parameter<'a> {
    /// Returns the name of its argument.
    pub fn key(&self) -> String {
        let location = match self.location {
            Location::Path => "path",
            Location::Query => "query",
            Location::Header => "header",
            Location::Cookie => "cookie",
        };
        format!("{location} {}", self.name)
    }

    /// Returns whether it is required. A path parameter always is.
    pub fn is_required(&self) -> bool {
        self.is_required || self.location == Location::Path
    }

    /// Returns whether it admits any text.
    pub fn is_text(&self, reader: &Reader<'a>) -> bool {
        let Some(schema) = self.schema.filter(|_| !self.has_content) else { return false };
        let schema = reader.target(schema);
        schema.get("type").and_then(Value::as_str) == Some("string") && schema.get("enum").is_none()
    }
}

/// Returns the parameters of an operation, which override those of its path, without the headers that OpenAPI ignores.
pub fn of<'a>(
    reader: &Reader<'a>,
    item: &'a Value,
    members: &'a Map<String, Value>,
) -> Vec<Parameter<'a>> {
    let mut parameters: Vec<Parameter<'a>> = Vec::new();
    for all in [item.get("parameters"), members.get("parameters")] {
        for parameter in all.and_then(Value::as_array).into_iter().flatten() {
            let Some(parameter) = read(reader.target(parameter)) else { continue };
            let is_same = |known: &Parameter<'_>| {
                known.name == parameter.name && known.location == parameter.location
            };
            parameters.retain(|known| !is_same(known));
            parameters.push(parameter);
        }
    }
    parameters
}

fn read(parameter: &Value) -> Option<Parameter<'_>> {
    let text = |name: &str| parameter.get(name).and_then(Value::as_str);
    let name = text("name")?;
    let (location, default_style) = match text("in")? {
        "path" => (Location::Path, "simple"),
        "query" => (Location::Query, "form"),
        "header" => (Location::Header, "simple"),
        "cookie" => (Location::Cookie, "form"),
        _ => return None,
    };
    let ignored = ["accept", "content-type", "authorization"];
    if location == Location::Header && ignored.contains(&name.to_lowercase().as_str()) {
        return None;
    }
    let style = text("style").unwrap_or(default_style);
    let content = parameter.get("content").and_then(Value::as_object);
    let content = content.and_then(|content| content.values().next());
    let schema = content.map_or(parameter.get("schema"), |content| content.get("schema"));
    let explode = parameter.get("explode").and_then(Value::as_bool);
    Some(Parameter {
        name,
        location,
        is_required: parameter.get("required") == Some(&Value::Bool(true)),
        schema,
        has_content: content.is_some(),
        style,
        explode: explode.unwrap_or(style == "form"),
    })
}

impl<'a> Parameter<'a> {
    /// Returns a field of a form, which is encoded as in a query.
    pub fn in_form(name: &'a str) -> Self {
        Self {
            name,
            location: Location::Query,
            is_required: false,
            schema: None,
            has_content: false,
            style: "form",
            explode: true,
        }
    }
}
