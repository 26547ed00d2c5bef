//! The values of each operation: examples of the document, and samples of its schemas.

use std::collections::HashSet;
use std::fmt;

use serde_json::Value;

use super::kind::Kind;
use super::outcome::{Outcome, accepts, outcome};
use super::reader::Reader;
use super::sample::Sampler;
use super::text::Texts;
use super::unknown::unknown;

/// The kinds of samples.
const DRAWN: &[Kind] = &[
    Kind::Full,
    Kind::Required,
    Kind::Empty,
    Kind::NewValue,
    Kind::Unknown,
    Kind::Null,
    Kind::Least,
    Kind::Greatest,
];

/// The role of a value in an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Direction {
    Request,
    Response,
    /// With this status.
    Error(String),
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request => f.write_str("request"),
            Self::Response => f.write_str("response"),
            Self::Error(status) => write!(f, "error {status}"),
        }
    }
}

/// An operation, with its chosen media types.
pub struct Source<'s> {
    /// Its unique name.
    pub name: &'s str,
    pub method: &'s str,
    pub path: &'s str,
    pub accept: &'s str,
    pub content_type: Option<&'s str>,
}

/// A value that an operation may send or receive.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The name of the operation.
    pub operation: String,
    pub direction: Direction,
    pub kind: Kind,
    pub value: Value,
    /// The places of properties that the document does not define.
    pub unknown: Vec<String>,
}

/// Returns the values of some operations, in their order. Examples are optional: they are prose of the document.
/// Numbers that no double can represent are only sampled if they are kept exactly.
pub fn samples(
    document: &Value,
    operations: &[Source<'_>],
    with_examples: bool,
    is_exact: bool,
) -> Vec<Sample> {
    let mut drawing = Drawing {
        reader: Reader::new(document),
        with_examples,
        is_exact,
        texts: Texts::default(),
        errors: HashSet::new(),
        samples: Vec::new(),
    };
    for operation in operations {
        drawing.operation(operation);
    }
    drawing.samples
}

struct Drawing<'a> {
    reader: Reader<'a>,
    with_examples: bool,
    is_exact: bool,
    texts: Texts,
    /// The schemas of errors that were sampled: most operations share them.
    errors: HashSet<*const Value>,
    samples: Vec<Sample>,
}

impl<'a> Drawing<'a> {
    fn operation(&mut self, source: &Source<'_>) {
        let operation = self.reader.path_item(source.path);
        let operation = operation.and_then(|item| item.get(source.method.to_lowercase()));
        let Some(operation) = operation else { return };
        let responses = operation.get("responses").and_then(Value::as_object);
        for (status, response) in responses.into_iter().flatten() {
            // Such a response has no content, even if the document defines one.
            if matches!(status.as_str(), "204" | "205" | "304") || source.method == "HEAD" {
                continue;
            }
            let outcome = outcome(status, responses);
            for (media_type, content) in self.contents(response) {
                match outcome {
                    Some(Outcome::Error) => {
                        let direction = Direction::Error(status.clone());
                        self.content(source, &direction, content);
                    }
                    Some(Outcome::Success) if accepts(source.accept, media_type) => {
                        self.content(source, &Direction::Response, content);
                    }
                    _ => {}
                }
            }
        }
        if let Some(body) = operation.get("requestBody") {
            for (media_type, content) in self.contents(body) {
                if Some(media_type) == source.content_type {
                    self.content(source, &Direction::Request, content);
                }
            }
        }
    }

    /// Returns the JSON contents of a body or a response.
    fn contents(&self, body: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let content = self.reader.target(body).get("content").and_then(Value::as_object);
        let content = content.into_iter().flatten().map(|(name, content)| (name.as_str(), content));
        content.filter(|(media_type, _)| media_type.contains("json")).collect()
    }

    fn content(&mut self, source: &Source<'_>, direction: &Direction, content: &'a Value) {
        let Some(schema) = content.get("schema") else { return };
        let mut seen = HashSet::new();
        let mut take = |samples: &mut Vec<Sample>, kind, value: Value, unknown| {
            if seen.insert(value.to_string()) {
                samples.push(Sample {
                    operation: source.name.to_owned(),
                    direction: direction.clone(),
                    kind,
                    value,
                    unknown,
                });
            }
        };
        if self.with_examples {
            for example in self.examples(content) {
                let unknown = unknown(&self.reader, schema, example);
                take(&mut self.samples, Kind::Example, example.clone(), unknown);
            }
        }
        let target = std::ptr::from_ref(self.reader.target(schema));
        if matches!(direction, Direction::Error(_)) && !self.errors.insert(target) {
            return;
        }
        for &kind in DRAWN {
            let mut sampler = Sampler::new(&self.reader, kind, self.with_examples, &mut self.texts)
                .exact(self.is_exact);
            for value in sampler.draw(schema) {
                let unknown = unknown(&self.reader, schema, &value);
                take(&mut self.samples, kind, value, unknown);
            }
        }
    }

    fn examples(&self, content: &'a Value) -> Vec<&'a Value> {
        let one = content.get("example");
        let several = content.get("examples").and_then(Value::as_object).into_iter().flatten();
        let several = several.filter_map(|(_, example)| self.reader.target(example).get("value"));
        one.into_iter().chain(several).collect()
    }
}
