//! JSON as the service writes it: keys in alphabetical order, compact or laid out as Jackson does.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// One line without spaces.
pub(crate) fn compact(value: &Value) -> String {
    // Enough for most answers.
    let mut out = String::with_capacity(256);
    write(&mut out, value, None);
    out
}

/// Laid out for reading, in the default style of Jackson: a space on both sides of the colon, two
/// spaces for each object, arrays within the line.
pub(crate) fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, Some(0));
    out
}

/// `depth` is the number of objects around the value, or `None` for the compact form.
fn write(out: &mut String, value: &Value, depth: Option<usize>) {
    match value {
        Value::Array(items) => write_array(out, items, depth),
        Value::Object(fields) => write_object(out, fields, depth),
        Value::String(text) => write_string(out, text),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Null => out.push_str("null"),
        Value::Number(number) => {
            // Writing into a string cannot fail.
            let _ = write!(out, "{number}");
        }
    }
}

/// Most texts have nothing to escape.
fn write_string(out: &mut String, text: &str) {
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        out.push_str(&Value::from(text).to_string());
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

fn write_array(out: &mut String, items: &[Value], depth: Option<usize>) {
    let (space, comma) = if depth.is_some() { (" ", ", ") } else { ("", ",") };
    out.push('[');
    out.push_str(space);
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index > 0 { comma } else { "" });
        write(out, item, depth);
    }
    if !items.is_empty() {
        out.push_str(space);
    }
    out.push(']');
}

fn write_object(out: &mut String, fields: &Map<String, Value>, depth: Option<usize>) {
    // Sorted here because serde_json keeps the order of insertion where any crate of a build asks
    // it to.
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    let inner = depth.map(|depth| depth + 1);
    out.push('{');
    for (index, (name, value)) in fields.iter().enumerate() {
        out.push_str(if index > 0 { "," } else { "" });
        new_line(out, inner);
        write_string(out, name);
        out.push_str(if depth.is_some() { " : " } else { ":" });
        write(out, value, inner);
    }
    if !fields.is_empty() {
        new_line(out, depth);
    } else if depth.is_some() {
        out.push(' ');
    }
    out.push('}');
}

fn new_line(out: &mut String, depth: Option<usize>) {
    if let Some(depth) = depth {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let value: Value =
            serde_json::from_str(r#"{"b":{"z":1,"a":[{"y":null,"x":true}]},"_id":"1","a":0.5}"#)
                .unwrap();
        assert_eq!(compact(&value), r#"{"_id":"1","a":0.5,"b":{"a":[{"x":true,"y":null}],"z":1}}"#);
    }

    #[test]
    fn strings_are_escaped() {
        let value = json!({"a\"b": "line\nbreak \\ \u{1} é"});
        assert_eq!(compact(&value), "{\"a\\\"b\":\"line\\nbreak \\\\ \\u0001 é\"}");
    }

    #[test]
    fn the_pretty_form_is_that_of_jackson() {
        let value = json!({
            "status": 200,
            "content": {"hosts": ["a", "b"], "none": [], "empty": {}, "list": [{"x": 1}, {"y": 2}]},
        });
        let expected = r#"{
  "content" : {
    "empty" : { },
    "hosts" : [ "a", "b" ],
    "list" : [ {
      "x" : 1
    }, {
      "y" : 2
    } ],
    "none" : [ ]
  },
  "status" : 200
}"#;
        assert_eq!(pretty(&value), expected);
    }
}
