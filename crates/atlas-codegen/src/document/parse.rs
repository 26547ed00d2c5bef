//! Reading JSON and YAML into a document.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{Pointer, Problem};

/// Reads a JSON or YAML document that calls itself OpenAPI 3.0.
pub fn parse(text: &str) -> Result<Value, Problem> {
    // What begins with a brace would mostly be YAML too, but JSON's reader is exact about JSON.
    let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    let document = if is_json { parse_json(text)? } else { parse_yaml(text)? };
    check_version(&document)?;
    Ok(document)
}

/// Makes sure that a document calls itself OpenAPI 3.0.
fn check_version(document: &Value) -> Result<(), Problem> {
    let whole = Pointer::default();
    let Some(version) = document.get("openapi") else {
        return Err(match document.get("swagger") {
            Some(_) => Problem::new(
                &whole.to("swagger"),
                "this is Swagger 2.0, not OpenAPI 3.0: convert it first, as `swagger2openapi` does",
            ),
            None => Problem::new(&whole, "not an OpenAPI document: `openapi` is missing"),
        });
    };
    let at = whole.to("openapi");
    match version {
        Value::String(version) if version == "3.0" || version.starts_with("3.0.") => Ok(()),
        Value::Number(number) => Err(Problem::new(
            &at,
            format!(
                "the version is the number {number}: OpenAPI has it as text, such as \"3.0.3\""
            ),
        )),
        version => Err(Problem::new(&at, format!("the version is {version}, not 3.0"))),
    }
}

fn parse_json(text: &str) -> Result<Value, Problem> {
    let mut json = serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}'));
    let Unique(document) = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let at = pointer_of(error.path());
        Problem::new(&at, format!("not valid JSON: {}", error.inner()))
    })?;
    json.end()
        .map_err(|error| Problem::new(&Pointer::default(), format!("not valid JSON: {error}")))?;
    Ok(document)
}

/// YAML 1.2: `on`, `yes` and days are text, `1e3` is a number.
fn parse_yaml(text: &str) -> Result<Value, Problem> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
        // Depth and aliases stay within the reader's own limits; the document itself may be large.
        budget: serde_saphyr::budget! { max_events: 5_000_000, max_nodes: 2_000_000 },
    };
    let mut at = Pointer::default();
    serde_saphyr::with_deserializer_from_str_with_options(text, options, |yaml| {
        serde_path_to_error::deserialize(yaml).map_err(|error| {
            at = pointer_of(error.path());
            error.into_inner()
        })
    })
    .map(|Unique(document)| document)
    .map_err(|error| {
        // What a programmer could do about it is nothing to who wrote the document.
        let said =
            error.to_string().replace(", set DuplicateKeyPolicy in Options if acceptable", "");
        Problem::new(&at, format!("not valid YAML: {said}"))
    })
}

fn pointer_of(path: &serde_path_to_error::Path) -> Pointer {
    use serde_path_to_error::Segment;
    path.iter().fold(Pointer::default(), |pointer, segment| match segment {
        Segment::Seq { index } => pointer.to(index),
        Segment::Map { key } => pointer.to(key),
        Segment::Enum { variant } => pointer.to(variant),
        Segment::Unknown => pointer,
    })
}

/// A value in which no object has a name twice. `Value` alone would keep the last one silently.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Self)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Unique(element)) = elements.next_element()? {
            array.push(element);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let Unique(value) = members.next_value()?;
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!("the name {name:?} stands twice")));
            }
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_openapi_document_is_refused_with_its_place() {
        assert_eq!(
            message(r#"{"paths": {"/a/b": {"get": [1, }}}"#),
            "at /paths/~1a~1b/get/1: not valid JSON: expected value at line 1 column 32",
        );
        assert_eq!(
            message(r#"{"openapi": "3.0.3", "info": {"a": 1, "a": 2}}"#),
            "at /info: not valid JSON: the name \"a\" stands twice at line 1 column 45",
        );
        assert_eq!(message("{} x"), "at /: not valid JSON: trailing characters at line 1 column 4");
        assert_eq!(
            message("info:\n  a: 1\n  b: 2\n  a: 3\n"),
            "at /info: not valid YAML: duplicate mapping key: a at line 4, column 3",
        );
        assert_eq!(message("{}"), "at /: not an OpenAPI document: `openapi` is missing");
        assert_eq!(
            message(r#"{"openapi": "3.1.0"}"#),
            "at /openapi: the version is \"3.1.0\", not 3.0",
        );
        assert_eq!(
            message("openapi: 3.0\n"),
            "at /openapi: the version is the number 3.0: OpenAPI has it as text, such as \"3.0.3\"",
        );
        assert_eq!(
            message("swagger: \"2.0\"\n"),
            "at /swagger: this is Swagger 2.0, not OpenAPI 3.0: convert it first, as `swagger2openapi` does",
        );
    }

    #[test]
    fn yaml_says_what_json_would() {
        let yaml = "openapi: 3.0.3\nx-a: 1e3\nx-b: '1e3'\nx-c: 2024-01-01\nx-d: 9007199254740993\n\
                    x-e: 18446744073709551615\nx-f: on\nx-g: yes\nx-h: 019dd98d94b4bb778e7552e4\n\
                    x-i: ~\nx-j: 1.0\nx-k: !!str 12\nx-l: 12:30:45\n\
                    responses: {200: ok, on: x, \"1.0\": y}\n\
                    base: &base {k: 1, l: 2}\nchild: {<<: *base, l: 3}\n";
        let json = serde_json::json!({
            "openapi": "3.0.3", "x-a": 1000.0, "x-b": "1e3", "x-c": "2024-01-01",
            "x-d": 9_007_199_254_740_993_u64, "x-e": u64::MAX, "x-f": "on", "x-g": "yes",
            "x-h": "019dd98d94b4bb778e7552e4", "x-i": null, "x-j": 1.0, "x-k": "12",
            "x-l": "12:30:45", "responses": { "200": "ok", "on": "x", "1.0": "y" },
            "base": { "k": 1, "l": 2 }, "child": { "k": 1, "l": 3 },
        });
        assert_eq!(parse(yaml).unwrap(), json);
        assert_eq!(parse(&json.to_string()).unwrap(), json);
    }

    #[test]
    fn what_nests_too_deep_is_refused() {
        for text in [
            format!("{{\"a\": {}", "[".repeat(100_000)),
            format!("a: {}", "[".repeat(100_000)),
            (0..1_000).fold(String::new(), |text, depth| text + &" ".repeat(depth) + "a:\n"),
        ] {
            assert!(message(&text).contains("not valid"), "{}", message(&text));
        }
    }
}
