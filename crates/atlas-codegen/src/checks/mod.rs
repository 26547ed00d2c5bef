//! Checks of a generated client against the document: sample values for its types, requests for its methods, and
//! the code that runs both through the client. The [oracle](crate::oracle) makes the values and the requests.

mod calls;
mod payloads;

use serde_json::{Value, json};

use crate::emit::{Files, Method, Rendered};
use crate::normalize::{Normalized, Operation, Profile};
use crate::oracle::{self, Direction, Sample, Source};

/// Calls methods with JSON arguments and records what they send.
const RUNNER: &str = include_str!("runner.rs.txt");

/// The rules that compare the client with the document.
const DIFFERENCES: &str = include_str!("../oracle/differences.rs");
const WIRE: &str = include_str!("../oracle/wire.rs");

/// The checks of one client.
pub struct Checks<'a> {
    normalized: &'a Normalized,
    /// The Rust name of the client's crate.
    library: String,
    methods: &'a [Method],
}

impl<'a> Checks<'a> {
    /// Returns the checks of a client.
    pub fn new(normalized: &'a Normalized, rendered: &'a Rendered, library: String) -> Self {
        Self { normalized, library, methods: &rendered.methods }
    }

    /// Returns the modules that call each method and round-trip each payload through its type.
    pub fn modules(&self) -> Files {
        let runner = RUNNER.replace("LIBRARY", &self.library);
        Files::from([
            ("calls.rs".to_owned(), calls::module(self.methods, &self.library)),
            ("payloads.rs".to_owned(), payloads::module(&self.payloads(), &self.library)),
            ("runner.rs".to_owned(), runner),
        ])
    }

    /// Returns the modules of a program that also reports differences.
    pub fn modules_with_rules(&self) -> Files {
        let mut modules = self.modules();
        modules.insert("differences.rs".to_owned(), DIFFERENCES.to_owned());
        modules.insert("wire.rs".to_owned(), WIRE.to_owned());
        modules
    }

    /// Returns the values that the client sends and receives, one per line.
    pub fn sample_lines(&self, document: &Value, with_examples: bool) -> String {
        let samples = self.samples(document, with_examples);
        lines(samples.iter().map(line))
    }

    /// Returns the requests that the methods must send, one per line.
    pub fn request_lines(&self, document: &Value) -> String {
        lines(self.requests(document).into_iter())
    }

    /// Returns sample values that the client sends and receives, from a document that has its operations.
    pub fn samples(&self, document: &Value, with_examples: bool) -> Vec<Sample> {
        let sources = self.sources();
        let mut samples = oracle::samples(document, &sources, with_examples, self.is_exact());
        let payloads = self.payloads();
        // No method returns an error body, so only error schemas with a name have a type.
        samples.retain(|sample| {
            let direction = sample.direction.to_string();
            !matches!(sample.direction, Direction::Error(_))
                || payloads
                    .iter()
                    .any(|known| known.method == sample.operation && known.direction == direction)
        });
        samples
    }

    /// Returns the requests that the methods must send.
    pub fn requests(&self, document: &Value) -> Vec<Value> {
        oracle::requests(document, &self.sources(), self.is_exact())
    }

    fn is_exact(&self) -> bool {
        self.normalized.profile == Profile::Lossless
    }

    fn sources(&self) -> Vec<Source<'a>> {
        let source = |row: &'a Operation| Source {
            name: &row.name,
            method: &row.method,
            path: &row.path,
            accept: &row.response_type,
            content_type: row.content_type.as_deref(),
        };
        self.normalized.operations.iter().map(source).collect()
    }

    fn payloads(&self) -> Vec<payloads::Payload> {
        payloads::payloads(self.methods, &self.normalized.operations)
    }
}

/// Returns JSON, one value per line.
fn lines(values: impl Iterator<Item = Value>) -> String {
    values.map(|value| value.to_string() + "\n").collect()
}

/// Returns a sample as the checks read it.
pub fn line(sample: &Sample) -> Value {
    json!({
        "operation": sample.operation,
        "direction": sample.direction.to_string(),
        "kind": sample.kind,
        "unknown": sample.unknown,
        "value": sample.value,
    })
}
