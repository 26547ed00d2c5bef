//! Parsing JSON and YAML.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::pointer::Pointer;
use super::problem::Problem;

/// Parses an OpenAPI 3.0 document, as JSON or YAML.
///
/// # Errors
///
/// The text is neither, has a name twice in an object, or declares another version.
pub fn parse(text: &str) -> Result<Value, Problem> {
    // JSON is YAML too, but the JSON parser is stricter.
    let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    let document = if is_json { parse_json(text)? } else { parse_yaml(text)? };
    check_version(&document)?;
    Ok(document)
}

/// Checks that a document declares OpenAPI 3.0.
fn check_version(document: &Value) -> Result<(), Problem> {
    let whole = Pointer::default();
    let Some(version) = document.get("openapi") else {
        return Err(match document.get("swagger") {
            Some(_) => Problem::new(
                &whole.to("swagger"),
                "Swagger 2.0 is not supported: convert the document to OpenAPI 3.0 first, for example with `swagger2openapi`",
            ),
            None => Problem::new(&whole, "not an OpenAPI document: `openapi` is missing"),
        });
    };
    let at = whole.to("openapi");
    match version {
        Value::String(version) if version == "3.0" || version.starts_with("3.0.") => Ok(()),
        Value::Number(number) => Err(Problem::new(
            &at,
            format!("the version is the number {number}, expected text such as \"3.0.3\""),
        )),
        version => Err(Problem::new(&at, format!("the version is {version}, expected 3.0"))),
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

#[cfg(not(feature = "yaml"))]
fn parse_yaml(_: &str) -> Result<Value, Problem> {
    let message = "not JSON, and this build reads no YAML: it lacks the feature `yaml`";
    Err(Problem::new(&Pointer::default(), message))
}

/// Parses YAML 1.2: `on`, `yes` and dates are text, `1e3` is a number.
#[cfg(feature = "yaml")]
fn parse_yaml(text: &str) -> Result<Value, Problem> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
        // The parser's own limits bound depth and aliases. The document itself may be large.
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
        // The hint is for programmers, not for the author of the document.
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

/// A value without duplicate names. `Value` alone silently keeps the last of them.
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
                return Err(A::Error::custom(format!("duplicate name {name:?}")));
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
    fn a_text_that_is_not_openapi_3_0_is_refused_with_its_place() {
        assert_eq!(
            message(r#"{"paths": {"/a/b": {"get": [1, }}}"#),
            "at /paths/~1a~1b/get/1: not valid JSON: expected value at line 1 column 32",
        );
        assert_eq!(
            message(r#"{"openapi": "3.0.3", "info": {"a": 1, "a": 2}}"#),
            "at /info: not valid JSON: duplicate name \"a\" at line 1 column 45",
        );
        assert_eq!(message("{} x"), "at /: not valid JSON: trailing characters at line 1 column 4");
        assert_eq!(
            message("info:\n  a: 1\n  b: 2\n  a: 3\n"),
            "at /info: not valid YAML: duplicate mapping key: a at line 4, column 3",
        );
        assert_eq!(message("{}"), "at /: not an OpenAPI document: `openapi` is missing");
        assert_eq!(
            message(r#"{"openapi": "3.1.0"}"#),
            "at /openapi: the version is \"3.1.0\", expected 3.0",
        );
        assert_eq!(
            message("openapi: 3.0\n"),
            "at /openapi: the version is the number 3.0, expected text such as \"3.0.3\"",
        );
        assert_eq!(
            message("swagger: \"2.0\"\n"),
            "at /swagger: Swagger 2.0 is not supported: convert the document to OpenAPI 3.0 first, for example with `swagger2openapi`",
        );
    }

    #[test]
    fn yaml_parses_to_the_same_document_as_json() {
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
    fn a_document_that_nests_too_deep_is_refused() {
        for text in [
            format!("{{\"a\": {}", "[".repeat(100_000)),
            format!("a: {}", "[".repeat(100_000)),
            (0..1_000).fold(String::new(), |text, depth| text + &" ".repeat(depth) + "a:\n"),
        ] {
            assert!(message(&text).contains("not valid"), "{}", message(&text));
        }
    }
}
