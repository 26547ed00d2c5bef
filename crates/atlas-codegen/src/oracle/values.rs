//! The values of each operation: the document's examples, and samples of its schemas.

use std::collections::HashSet;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::Original;
use super::sample::Sampler;
use super::text::Texts;
use super::unknown::unknown;
use super::wire::covers;

/// How a value was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An example of the document.
    Example,
    /// Every property, and every variant of every union.
    Full,
    /// What is required only.
    Required,
    /// Every list and every map empty.
    Empty,
    /// A value that is not listed, wherever values are.
    NewValue,
    /// A property that the document does not know, in every object.
    Unknown,
    /// `null` wherever the document admits it.
    Null,
    /// Every integer as small as it may be.
    Least,
    /// Every integer as large as it may be.
    Greatest,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Example => "example",
            Self::Full => "full",
            Self::Required => "required only",
            Self::Empty => "empty collections",
            Self::NewValue => "new enum values",
            Self::Unknown => "unknown properties",
            Self::Null => "nulls",
            Self::Least => "smallest integers",
            Self::Greatest => "largest integers",
        })
    }
}

/// The kinds that are drawn.
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

/// What a value is of an operation.
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

/// An operation, and which of its media types are meant.
pub struct Source<'s> {
    /// What to call it: no two may be called the same.
    pub name: &'s str,
    pub method: &'s str,
    pub path: &'s str,
    pub accept: &'s str,
    pub content_type: Option<&'s str>,
}

/// A value that an operation may send or receive.
#[derive(Clone, Debug)]
pub struct Sample {
    /// What the operation is called.
    pub of: String,
    pub direction: Direction,
    pub kind: Kind,
    pub value: Value,
    /// Where in it stand properties that the document does not know.
    pub unknown: Vec<String>,
}

/// The values of some operations, in their order. Of examples only where they are to be had: they are
/// the document's words. Numbers that no double can hold only where they are kept exactly.
pub fn samples(
    document: &Value,
    operations: &[Source<'_>],
    with_examples: bool,
    is_exact: bool,
) -> Vec<Sample> {
    let mut drawing = Drawing {
        original: Original::new(document),
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
    original: Original<'a>,
    with_examples: bool,
    is_exact: bool,
    texts: Texts,
    /// The schemas of errors that were drawn from: most operations share them.
    errors: HashSet<*const Value>,
    samples: Vec<Sample>,
}

impl<'a> Drawing<'a> {
    fn operation(&mut self, source: &Source<'_>) {
        let operation = self.original.path_item(source.path);
        let operation = operation.and_then(|item| item.get(source.method.to_lowercase()));
        let Some(operation) = operation else { return };
        let responses = operation.get("responses").and_then(Value::as_object);
        for (status, response) in responses.into_iter().flatten() {
            // Such an answer has no content, whatever is said of it.
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

    /// The JSON contents of a body or an answer.
    fn contents(&self, body: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let content = self.original.target(body).get("content").and_then(Value::as_object);
        let content = content.into_iter().flatten().map(|(name, content)| (name.as_str(), content));
        content.filter(|(media_type, _)| media_type.contains("json")).collect()
    }

    fn content(&mut self, source: &Source<'_>, direction: &Direction, content: &'a Value) {
        let Some(schema) = content.get("schema") else { return };
        let mut seen = HashSet::new();
        let mut take = |samples: &mut Vec<Sample>, kind, value: Value, unknown| {
            if seen.insert(value.to_string()) {
                samples.push(Sample {
                    of: source.name.to_owned(),
                    direction: direction.clone(),
                    kind,
                    value,
                    unknown,
                });
            }
        };
        if self.with_examples {
            for example in self.examples(content) {
                let unknown = unknown(self.original, schema, example);
                take(&mut self.samples, Kind::Example, example.clone(), unknown);
            }
        }
        let target = std::ptr::from_ref(self.original.target(schema));
        if matches!(direction, Direction::Error(_)) && !self.errors.insert(target) {
            return;
        }
        for &kind in DRAWN {
            let mut sampler =
                Sampler::new(self.original, kind, self.with_examples, &mut self.texts)
                    .exact(self.is_exact);
            for value in sampler.draw(schema) {
                let unknown = unknown(self.original, schema, &value);
                take(&mut self.samples, kind, value, unknown);
            }
        }
    }

    fn examples(&self, content: &'a Value) -> Vec<&'a Value> {
        let one = content.get("example");
        let several = content.get("examples").and_then(Value::as_object).into_iter().flatten();
        let several = several.filter_map(|(_, example)| self.original.target(example).get("value"));
        one.into_iter().chain(several).collect()
    }
}

/// What a status says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Success,
    Error,
}

/// What a status of an operation says. `default` stands for all that are not there: where a success is, for
/// the errors, and else for the success as well. Redirects and extensions are neither.
pub(super) fn outcome(status: &str, all: Option<&Map<String, Value>>) -> Option<Outcome> {
    let is_success = |status: &str| status.len() == 3 && status.starts_with('2');
    match status {
        "default" if all.is_some_and(|all| all.keys().any(|status| is_success(status))) => {
            Some(Outcome::Error)
        }
        "default" => Some(Outcome::Success),
        _ if is_success(status) => Some(Outcome::Success),
        _ if status.len() == 3 && status.starts_with(['4', '5']) => Some(Outcome::Error),
        _ => None,
    }
}

/// Whether a media type, or one that it stands for, is one of those in an `Accept` header.
pub(super) fn accepts(accept: &str, media_type: &str) -> bool {
    accepted(accept, media_type).is_some()
}

/// The one in an `Accept` header that a media type is, or stands for.
pub(super) fn accepted<'s>(accept: &'s str, media_type: &str) -> Option<&'s str> {
    let accepted = accept.split(',').map(|accepted| {
        let accepted = accepted.trim();
        accepted.split(";q=").next().map_or(accepted, str::trim)
    });
    let is_range = media_type.contains('*');
    let mut accepted = accepted
        .filter(|accepted| *accepted == media_type || (is_range && covers(media_type, accepted)));
    accepted.next()
}
