//! The values that are given for parameters and bodies.

use serde_json::{Map, Value, json};

use super::body::Body;
use super::operation::Operation;
use super::parameters::{Location, Parameter};
use super::place;
use crate::oracle::kind::Kind;
use crate::oracle::reader::Reader;
use crate::oracle::sample::Sampler;
use crate::oracle::text::Texts;
use crate::oracle::unknown::unknown;
use crate::oracle::wire;

/// A text with all characters that have a meaning in a URL.
const SPECIAL: &str = "a/b?c#d%e f&g=h+i,j;k:l@m";

/// A text that must not be decoded.
const ENCODED: &str = "%2e%2F";

const NOT_ASCII: &str = "\u{fc}\u{2192}\u{65e5}";

/// A text that a header may contain.
const IN_HEADER: &str = "a/b?c#d%e; f=\"g\"";

/// The number of values of an enum that are sampled.
const LISTED: usize = 6;

/// Samples values of arguments.
pub struct Arguments<'a, 't> {
    pub reader: &'t Reader<'a>,
    pub texts: &'t mut Texts,
    pub is_exact: bool,
}

impl<'a> Arguments<'a, '_> {
    /// Samples values of a kind.
    pub fn drawn(&mut self, kind: Kind, schema: &'a Value) -> Vec<Value> {
        let sampler = Sampler::new(self.reader, kind, false, self.texts).exact(self.is_exact);
        let mut sampler = sampler;
        sampler.draw(schema)
    }

    /// Returns the values of a parameter, the typical one first.
    pub fn values(&mut self, parameter: &Parameter<'a>) -> Vec<Value> {
        let Some(schema) = parameter.schema else { return vec!["a text".into()] };
        let mut values = Vec::new();
        for kind in [Kind::Full, Kind::Least, Kind::Greatest] {
            values.extend(self.drawn(kind, schema));
        }
        let members = self.reader.target(schema).as_object();
        if let Some(members) = members {
            values.extend(self.edges(parameter, members));
        }
        values.retain(|value| !value.is_null());
        let mut seen = Vec::new();
        values.retain(|value| {
            let is_new = !seen.contains(value);
            seen.push(value.clone());
            is_new && !is_left_out(parameter, value)
        });
        values
    }

    fn edges(&self, parameter: &Parameter<'a>, members: &'a Map<String, Value>) -> Vec<Value> {
        if let Some(listed) = members.get("enum").and_then(Value::as_array) {
            return listed.iter().take(LISTED).cloned().collect();
        }
        let specials: &[&str] = match parameter.location {
            Location::Header | Location::Cookie => &[IN_HEADER, ""],
            Location::Path => &[SPECIAL, ENCODED, NOT_ASCII],
            Location::Query => &[SPECIAL, ENCODED, NOT_ASCII, ""],
        };
        match members.get("type").and_then(Value::as_str) {
            Some("boolean") => vec![false.into()],
            Some("string") => {
                let admitted = specials.iter().filter(|text| admits(members, text));
                admitted.map(|text| Value::from(*text)).collect()
            }
            Some("array") => {
                let items = members.get("items").map(|items| self.reader.target(items));
                let items = items.and_then(Value::as_object);
                let is_text = items.is_some_and(|items| admits(items, "a,b"));
                let least = members.get("minItems").and_then(Value::as_u64).unwrap_or(0);
                let mut lists = Vec::new();
                if least == 0 && parameter.location == Location::Query && !parameter.is_required() {
                    lists.push(json!([]));
                }
                if is_text {
                    lists.push(json!(["a", "b"]));
                    lists.push(json!(["a,b", "c d|e&f"]));
                }
                lists
            }
            _ => Vec::new(),
        }
    }
}

/// Returns whether a schema admits a text.
fn admits(members: &Map<String, Value>, text: &str) -> bool {
    let length = |name: &str| members.get(name).and_then(Value::as_u64);
    let count = text.chars().count() as u64;
    members.get("type").and_then(Value::as_str) == Some("string")
        && !["enum", "pattern"].iter().any(|&keyword| members.contains_key(keyword))
        && members.get("format").and_then(Value::as_str).is_none_or(|format| format == "password")
        && length("minLength").is_none_or(|least| least <= count)
        && length("maxLength").is_none_or(|most| count <= most)
}

/// Returns whether a value cannot be sent in the location of a parameter: the text of samples is not ASCII.
fn is_left_out(parameter: &Parameter<'_>, value: &Value) -> bool {
    let is_in_head = matches!(parameter.location, Location::Header | Location::Cookie);
    // Such a delimiter within a value is ambiguous.
    let delimiter = match parameter.style {
        "spaceDelimited" if !parameter.explode => Some(' '),
        "pipeDelimited" if !parameter.explode => Some('|'),
        _ => None,
    };
    let is_ambiguous = delimiter.is_some_and(|delimiter| {
        let pieces = value.as_array().into_iter().flatten();
        pieces.filter_map(Value::as_str).any(|piece| piece.contains(delimiter))
    });
    let is_nothing = parameter.location == Location::Path && value.as_str() == Some("");
    is_nothing || is_ambiguous || (is_in_head && !value.to_string().is_ascii())
}

impl<'a> Operation<'a, '_> {
    fn body_content(&self) -> Option<&'a Map<String, Value>> {
        self.reader.target(self.members.get("requestBody")?).get("content")?.as_object()
    }

    /// Returns the media types that a body may have.
    pub fn content_types(&self) -> Vec<String> {
        self.body_content().into_iter().flatten().map(|(name, _)| name.clone()).collect()
    }

    /// Returns the values of the body, the full one first.
    pub fn bodies(&self, arguments: &mut Arguments<'a, '_>) -> Vec<Body> {
        let Some(content) = self.body_content() else { return Vec::new() };
        let sent = self.source.content_type.unwrap_or_default();
        let covering = || content.iter().find(|(range, _)| wire::covers(range, sent));
        let chosen = content.get_key_value(sent).or_else(covering);
        let Some((media_type, content)) = chosen.or_else(|| content.iter().next()) else {
            return Vec::new();
        };
        // A range is sent as one media type.
        let media_type = if media_type.contains('*') { sent } else { media_type };
        let schema = content.get("schema");
        if wire::is_json(media_type) {
            let Some(schema) = schema else {
                let value = json!({ "any": [1, "x"] });
                return vec![Body { value, form: None, unknown: Vec::new() }];
            };
            let full = arguments.drawn(Kind::Full, schema).into_iter().next();
            let bare = arguments.drawn(Kind::Required, schema).into_iter().next();
            let values = full.into_iter().chain(bare);
            let body = |value| {
                let unknown = unknown(self.reader, schema, &value);
                Body { value, form: None, unknown }
            };
            return values.map(body).collect();
        }
        if media_type == "application/x-www-form-urlencoded" {
            let values = schema.map(|schema| arguments.drawn(Kind::Full, schema));
            let values = values.into_iter().flatten().take(2);
            let body = |value| Body { form: Some(form(&value)), value, unknown: Vec::new() };
            return values.map(body).collect();
        }
        vec![Body { value: "a text, \u{fc}".into(), form: None, unknown: Vec::new() }]
    }
}

/// Returns the pairs of a form.
pub fn form(value: &Value) -> Result<Vec<Value>, String> {
    let members = value.as_object().ok_or("a form that is no object")?;
    let mut pairs = Vec::new();
    for (name, value) in members {
        let parameter = Parameter::in_form(name);
        pairs.extend(place::in_query(&parameter, value)?);
    }
    Ok(pairs)
}
