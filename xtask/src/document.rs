//! Reading an OpenAPI document, and saying where in it something is wrong.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// A JSON pointer (RFC 6901) into the document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pointer(String);

impl Pointer {
    /// The pointer to a member or an element of what this one points to.
    pub fn to(&self, token: impl fmt::Display) -> Self {
        let token = token.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{token}", self.0))
    }

    /// The pointer of a local `$ref`, such as `#/components/schemas/X`.
    pub fn of_reference(reference: &str) -> Option<Self> {
        let pointer = reference.strip_prefix('#')?;
        pointer.starts_with('/').then(|| Self(pointer.to_owned()))
    }

    /// The tokens, unescaped.
    pub fn tokens(&self) -> impl Iterator<Item = String> + '_ {
        let tokens = self.0.split('/').skip(1);
        tokens.map(|token| token.replace("~1", "/").replace("~0", "~"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A pointer to the whole document is the empty text, which says nothing to a reader.
        f.write_str(if self.0.is_empty() { "/" } else { &self.0 })
    }
}

/// What is wrong with a document, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    pub at: Pointer,
    pub message: String,
}

impl Problem {
    pub fn new(at: &Pointer, message: impl Into<String>) -> Self {
        Self { at: at.clone(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}: {}", self.at, self.message)
    }
}

impl std::error::Error for Problem {}

/// Reads a JSON document that calls itself OpenAPI 3.0.
pub fn parse(text: &str) -> Result<Value, Problem> {
    let mut json = serde_json::Deserializer::from_str(text);
    let whole = Pointer::default();
    let document: Unique = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let at = pointer_of(error.path());
        Problem::new(&at, format!("not valid JSON: {}", error.inner()))
    })?;
    json.end().map_err(|error| Problem::new(&whole, format!("not valid JSON: {error}")))?;
    let Unique(document) = document;
    match document.get("openapi") {
        Some(Value::String(version)) if version.starts_with("3.0.") => Ok(document),
        Some(version) => {
            Err(Problem::new(&whole.to("openapi"), format!("the version is {version}, not 3.0")))
        }
        None => Err(Problem::new(&whole, "not an OpenAPI document: `openapi` is missing")),
    }
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

/// A JSON value in which no object has a name twice. `Value` alone would keep the last one silently.
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

/// What a local `$ref` points to, and where that is.
pub fn resolve<'a>(
    document: &'a Value,
    at: &Pointer,
    reference: &str,
) -> Result<(Pointer, &'a Value), Problem> {
    let at = at.to("$ref");
    let pointer = Pointer::of_reference(reference).ok_or_else(|| {
        Problem::new(&at, format!("`{reference}` does not point into this document"))
    })?;
    let target = document.pointer(pointer.as_str());
    let target =
        target.ok_or_else(|| Problem::new(&at, format!("`{reference}` points to nothing")))?;
    Ok((pointer, target))
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
        assert_eq!(message("{}"), "at /: not an OpenAPI document: `openapi` is missing");
        assert_eq!(
            message(r#"{"openapi": "3.1.0"}"#),
            "at /openapi: the version is \"3.1.0\", not 3.0",
        );
    }

    #[test]
    fn references_resolve_or_say_why_not() {
        let document = serde_json::json!({"components": {"schemas": {"a/b": {"type": "string"}}}});
        let at = Pointer::default().to("x");
        let (pointer, target) = resolve(&document, &at, "#/components/schemas/a~1b").unwrap();
        assert_eq!(target, &serde_json::json!({"type": "string"}));
        assert_eq!(pointer.tokens().last().as_deref(), Some("a/b"));
        for reference in ["#/components/schemas/c", "other.json#/a", "#a"] {
            assert_eq!(resolve(&document, &at, reference).unwrap_err().at.as_str(), "/x/$ref");
        }
    }
}
