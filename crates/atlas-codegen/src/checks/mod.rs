//! What holds a generated client against the document: values for its types, requests for its methods, and
//! the code that sends both through it. The values and the requests are the [oracle's](crate::oracle); the
//! code follows the methods of the client.

mod calls;
mod payloads;

use serde_json::{Value, json};

use crate::emit::{Files, Method, Rendered};
use crate::normalize::{Normalized, Operation, Profile};
use crate::oracle::{self, Direction, Sample, Source};

/// What calls methods with arguments that are JSON, and records what they send.
const RUNNER: &str = include_str!("runner.rs.txt");

/// The rules by which both sides are held against each other.
const DIFFERENCES: &str = include_str!("../oracle/differences.rs");
const WIRE: &str = include_str!("../oracle/wire.rs");

/// The checks of one client.
pub struct Checks<'a> {
    normalized: &'a Normalized,
    /// The name of its crate in Rust.
    library: String,
    methods: &'a [Method],
}

impl<'a> Checks<'a> {
    /// The checks of a client.
    pub fn of(normalized: &'a Normalized, rendered: &'a Rendered, library: String) -> Self {
        Self { normalized, library, methods: &rendered.methods }
    }

    /// The modules of a program that checks: how to call each method, and the type of all that travels.
    pub fn modules(&self) -> Files {
        let runner = RUNNER.replace("LIBRARY", &self.library);
        Files::from([
            ("calls.rs".to_owned(), calls::module(self.methods, &self.library)),
            ("payloads.rs".to_owned(), payloads::module(&self.payloads(), &self.library)),
            ("runner.rs".to_owned(), runner),
        ])
    }

    /// The modules of a program that also says what is wrong.
    pub fn modules_with_rules(&self) -> Files {
        let mut modules = self.modules();
        modules.insert("differences.rs".to_owned(), DIFFERENCES.to_owned());
        modules.insert("wire.rs".to_owned(), WIRE.to_owned());
        modules
    }

    /// The values that the client sends and receives, one a line.
    pub fn sample_lines(&self, document: &Value, with_examples: bool) -> String {
        let samples = self.samples(document, with_examples);
        lines(samples.iter().map(line))
    }

    /// The requests that its methods must send, one a line.
    pub fn request_lines(&self, document: &Value) -> String {
        lines(self.requests(document).into_iter())
    }

    /// Values of what the client sends and receives, from a document that has its operations.
    pub fn samples(&self, document: &Value, with_examples: bool) -> Vec<Sample> {
        let sources = self.sources();
        let mut samples = oracle::samples(document, &sources, with_examples, self.is_exact());
        let payloads = self.payloads();
        // Errors are not what a method returns: they have a type where that has a name.
        samples.retain(|sample| {
            let direction = sample.direction.to_string();
            !matches!(sample.direction, Direction::Error(_))
                || payloads
                    .iter()
                    .any(|known| known.of == sample.of && known.direction == direction)
        });
        samples
    }

    /// The requests that its methods must send.
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
        payloads::of(self.methods, &self.normalized.operations)
    }
}

/// JSON, one value a line.
fn lines(values: impl Iterator<Item = Value>) -> String {
    values.map(|value| value.to_string() + "\n").collect()
}

/// A sample as the checks read it.
pub fn line(sample: &Sample) -> Value {
    json!({
        "operation": sample.of,
        "direction": sample.direction.to_string(),
        "kind": sample.kind,
        "unknown": sample.unknown,
        "value": sample.value,
    })
}
