//! How values are written in a request: the styles of OpenAPI 3.0.

use serde_json::{Value, json};

use super::parameters::{Location, Parameter};
use crate::oracle::wire::{percent_decoded, plain};

/// Returns a plain value as text.
pub fn scalar(value: &Value) -> Result<String, String> {
    match value {
        Value::Array(_) => Err("a list within a list or an object".to_owned()),
        Value::Object(_) => Err("an object within a list or an object".to_owned()),
        Value::Null => Err("`null`".to_owned()),
        value => Ok(plain(value)),
    }
}

fn checked(value: &Value) -> Result<Value, String> {
    scalar(value).map(|_| value.clone())
}

/// Returns the pieces of a list or an object: with `=` between name and value, or one after the other.
fn pieces(value: &Value, with_names: bool) -> Result<Vec<Value>, String> {
    match value {
        Value::Array(elements) => elements.iter().map(checked).collect(),
        Value::Object(members) => {
            let mut pieces = Vec::new();
            for (name, value) in members {
                if with_names {
                    pieces.push(format!("{name}={}", scalar(value)?).into());
                } else {
                    pieces.extend([name.as_str().into(), checked(value)?]);
                }
            }
            Ok(pieces)
        }
        value => Ok(vec![checked(value)?]),
    }
}

/// Returns the pairs of a query, or of a form, that a parameter becomes.
pub fn in_query(parameter: &Parameter<'_>, value: &Value) -> Result<Vec<Value>, String> {
    let name = parameter.name;
    if parameter.has_content {
        return Ok(vec![json!([name, { "json": value }])]);
    }
    if !value.is_array() && !value.is_object() {
        return Ok(vec![json!([name, checked(value)?])]);
    }
    let is_empty = value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(serde_json::Map::is_empty);
    if is_empty {
        return Ok(Vec::new());
    }
    let delimiter = match parameter.style {
        "spaceDelimited" => " ",
        "pipeDelimited" => "|",
        "deepObject" => {
            let members = value.as_object().ok_or("a list as `deepObject`")?;
            let pair = |(member, value): (&String, &Value)| {
                Ok(json!([format!("{name}[{member}]"), checked(value)?]))
            };
            return members.iter().map(pair).collect();
        }
        _ => ",",
    };
    match value {
        Value::Object(members) if parameter.explode => {
            members.iter().map(|(name, value)| Ok(json!([name, checked(value)?]))).collect()
        }
        Value::Array(elements) if parameter.explode => {
            elements.iter().map(|element| Ok(json!([name, checked(element)?]))).collect()
        }
        value => {
            let pieces = pieces(value, false)?;
            Ok(vec![json!([name, { "delimiter": delimiter, "pieces": pieces }])])
        }
    }
}

/// Returns the text of a header.
pub fn in_header(parameter: &Parameter<'_>, value: &Value) -> Result<Value, String> {
    if parameter.has_content {
        return Ok(json!({ "json": value }));
    }
    if value.is_array() || value.is_object() {
        let pieces = pieces(value, parameter.explode)?;
        return Ok(json!({ "delimiter": ",", "pieces": pieces }));
    }
    checked(value)
}

/// Returns the segments of a path.
pub fn in_path(path: &str, chosen: &[(&Parameter<'_>, &Value)]) -> Result<Vec<Value>, String> {
    path.split('/').skip(1).map(|segment| in_segment(segment, chosen)).collect()
}

fn in_segment(segment: &str, chosen: &[(&Parameter<'_>, &Value)]) -> Result<Value, String> {
    let of = |name: &str| {
        let mut in_path = chosen.iter().filter(|(known, _)| known.location == Location::Path);
        let found = in_path.find(|(known, _)| known.name == name);
        found.ok_or_else(|| format!("`{{{name}}}` is no parameter"))
    };
    let whole = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    if let Some(name) = whole.filter(|name| !name.contains(['{', '}'])) {
        let (parameter, value) = of(name)?;
        return whole_segment(parameter, value);
    }
    let mut text = String::new();
    let mut rest = segment;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or("its braces do not match")?;
        let (parameter, value) = of(name)?;
        if parameter.style != "simple" {
            return Err("a style within a segment".to_owned());
        }
        text = format!("{text}{}{}", percent_decoded(before), scalar(value)?);
        rest = after;
    }
    Ok(format!("{text}{}", percent_decoded(rest)).into())
}

/// Returns the segment of a path that is one parameter.
pub fn whole_segment(parameter: &Parameter<'_>, value: &Value) -> Result<Value, String> {
    if parameter.has_content {
        return Ok(json!({ "json": value }));
    }
    let is_plain = !value.is_array() && !value.is_object();
    let name = parameter.name;
    let (prefix, delimiter) = match (parameter.style, parameter.explode) {
        ("simple", _) if is_plain => return checked(value),
        ("label", _) if is_plain => return Ok(format!(".{}", scalar(value)?).into()),
        ("matrix", _) if is_plain => return Ok(format!(";{name}={}", scalar(value)?).into()),
        ("simple", _) => (String::new(), ","),
        ("label", true) => (".".to_owned(), "."),
        ("label", false) => (".".to_owned(), ","),
        ("matrix", true) if value.is_array() => (format!(";{name}="), &*format!(";{name}=")),
        ("matrix", true) => (";".to_owned(), ";"),
        ("matrix", false) => (format!(";{name}="), ","),
        (style, _) => return Err(format!("the style `{style}` in a path")),
    };
    let pieces = pieces(value, parameter.explode)?;
    Ok(json!({ "prefix": prefix, "delimiter": delimiter, "pieces": pieces }))
}
