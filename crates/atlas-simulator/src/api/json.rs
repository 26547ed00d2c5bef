//! JSON as the service writes it: keys in alphabetical order, compact or in the layout of Jackson.

use std::io::{self, Write};

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

/// Formats a value in one line without spaces.
pub(crate) fn compact(mut value: Value) -> String {
    // serde_json keeps the order of insertion if any crate of the build enables that feature.
    value.sort_all_objects();
    value.to_string()
}

/// Formats a value in the default layout of Jackson: a space on both sides of the colon, two spaces
/// for each level of objects, arrays in one line.
pub(crate) fn pretty(mut value: Value) -> String {
    value.sort_all_objects();
    let mut out = Vec::new();
    // Writing to memory does not fail.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut out, Jackson::default()));
    String::from_utf8(out).unwrap_or_default()
}

#[derive(Default)]
struct Jackson {
    /// The number of objects around the current value.
    depth: usize,
    /// Whether the current object or array has a value.
    has_value: bool,
}

impl Jackson {
    fn new_line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        write!(writer, "\n{:width$}", "", width = 2 * self.depth)
    }
}

impl Formatter for Jackson {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.has_value = false;
        writer.write_all(b"[ ")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.has_value { b" ]" } else { b"]" })
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        writer.write_all(b"{")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(if first { b"" } else { b"," })?;
        self.new_line(out)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b" : ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value {
            self.new_line(writer)?;
        } else {
            writer.write_all(b" ")?;
        }
        writer.write_all(b"}")
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
        assert_eq!(compact(value), r#"{"_id":"1","a":0.5,"b":{"a":[{"x":true,"y":null}],"z":1}}"#);
    }

    #[test]
    fn strings_are_escaped() {
        let value = json!({"a\"b": "line\nbreak \\ \u{1} é"});
        assert_eq!(compact(value), "{\"a\\\"b\":\"line\\nbreak \\\\ \\u0001 é\"}");
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
        assert_eq!(pretty(value), expected);
    }
}
