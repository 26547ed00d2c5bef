//! JSON as the service writes it: keys in alphabetical order, compact or in the layout of Jackson.

use serde_json::Value;

/// Formats a value in one line without spaces.
pub(crate) fn compact_json(mut value: Value) -> String {
    // serde_json keeps the order of insertion if any crate of the build enables that feature.
    value.sort_all_objects();
    value.to_string()
}

/// Formats a value in the default layout of Jackson: a space on both sides of the colon, two spaces
/// for each level of objects, arrays in one line.
pub(crate) fn pretty_json(mut value: Value) -> String {
    value.sort_all_objects();
    layout(&value, 0)
}

/// `depth` is the number of objects around the value.
fn layout(value: &Value, depth: usize) -> String {
    match value {
        Value::Array(items) if items.is_empty() => "[ ]".to_owned(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| layout(item, depth)).collect();
            format!("[ {} ]", items.join(", "))
        }
        Value::Object(fields) if fields.is_empty() => "{ }".to_owned(),
        Value::Object(fields) => {
            let indent = "  ".repeat(depth);
            let fields = fields.iter().map(|(name, value)| {
                let name = Value::from(name.as_str());
                format!("\n{indent}  {name} : {}", layout(value, depth + 1))
            });
            format!("{{{}\n{indent}}}", fields.collect::<Vec<_>>().join(","))
        }
        scalar => scalar.to_string(),
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
        assert_eq!(
            compact_json(value),
            r#"{"_id":"1","a":0.5,"b":{"a":[{"x":true,"y":null}],"z":1}}"#
        );
    }

    #[test]
    fn strings_are_escaped() {
        let value = json!({"a\"b": "line\nbreak \\ \u{1} é"});
        assert_eq!(compact_json(value), "{\"a\\\"b\":\"line\\nbreak \\\\ \\u0001 é\"}");
    }

    #[test]
    fn the_pretty_layout_is_that_of_jackson() {
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
        assert_eq!(pretty_json(value), expected);
    }
}
