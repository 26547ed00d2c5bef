//! `payloads.rs` of the checks: round-trips request, response and error bodies through their types.

use std::fmt::Write as _;

use crate::emit::{Method, Passed, Returns};
use crate::normalize::Operation;

/// A JSON body of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The method's name.
    pub method: String,
    /// `request`, `response`, or `error` and the status.
    pub direction: String,
    /// The types that can decode it. An error may have several.
    types: Vec<String>,
}

/// Returns the JSON bodies of all methods.
pub fn payloads(methods: &[Method], operations: &[Operation]) -> Vec<Payload> {
    let mut payloads: Vec<Payload> = Vec::new();
    let mut add = |method: &str, direction: String, kind: String| {
        let is_same = |known: &&mut Payload| known.method == method && known.direction == direction;
        match payloads.iter_mut().find(is_same) {
            Some(known) if known.types.contains(&kind) => {}
            Some(known) => known.types.push(kind),
            None => {
                let (method, types) = (method.to_owned(), vec![kind]);
                payloads.push(Payload { method, direction, types });
            }
        }
    };
    for method in methods {
        let body = method.arguments.iter().find(|argument| argument.parameter == "body");
        if let Some(body) = body.filter(|body| body.passed != Passed::AsBytes) {
            let kind = if body.is_nullable {
                format!("::std::option::Option<{}>", body.owned)
            } else {
                body.owned.clone()
            };
            add(&method.name, "request".to_owned(), kind);
        }
        if let Returns::Value(kind) = &method.returns {
            add(&method.name, "response".to_owned(), kind.clone());
        }
        let operation = operations.iter().find(|operation| operation.name == method.name);
        for (status, component) in operation.iter().flat_map(|operation| &operation.errors) {
            add(&method.name, format!("error {status}"), format!("types::{component}"));
        }
    }
    payloads
}

/// Returns a module that decodes and encodes each value with the types that it may have.
pub fn module(payloads: &[Payload], library: &str) -> String {
    let mut text = format!(
        "//! Round trips of request, response and error bodies.\n\n\
         #![allow(clippy::all, clippy::pedantic, reason = \"generated\")]\n\n\
         use std::fmt::Debug;\n\n\
         use serde::Serialize;\nuse serde::de::DeserializeOwned;\n\
         #[allow(unused_imports, reason = \"a document may have none\")]\nuse {library}::types;\n\n\
         /// The encoded value, and the first object in it that matches no variant of its union.\n\
         pub type RoundTrip = Result<(String, Option<String>), String>;\n\n\
         /// Decodes and encodes a value with each type that it may have.\n\
         #[allow(unused_variables, reason = \"a document may have none\")]\n\
         pub fn round_trips(operation: &str, direction: &str, json: &str) -> Vec<RoundTrip> {{\n    \
         match (operation, direction) {{\n",
    );
    // Most error statuses of an operation share one type.
    let mut arms: Vec<(&str, &[String], Vec<String>)> = Vec::new();
    for payload in payloads {
        let direction = format!("{:?}", payload.direction);
        let known = arms
            .iter_mut()
            .find(|(method, types, _)| *method == payload.method && *types == payload.types);
        match known {
            Some((_, _, directions)) => directions.push(direction),
            None => arms.push((&payload.method, &payload.types, vec![direction])),
        }
    }
    for (method, types, directions) in arms {
        let each: Vec<String> =
            types.iter().map(|kind| format!("round_trip::<{kind}>(json)")).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "        ({method:?}, {}) => vec![{}],",
            directions.join(" | "),
            each.join(", "),
        );
    }
    text.push_str(
        "        _ => Vec::new(),\n    }\n}\n\n\
         #[allow(dead_code, reason = \"a document may have none\")]\n\
         fn round_trip<T: Debug + Serialize + DeserializeOwned>(json: &str) -> RoundTrip {\n    \
         let value: T = serde_json::from_str(json).map_err(|error| error.to_string())?;\n    \
         let encoded = serde_json::to_string(&value).map_err(|error| error.to_string())?;\n    \
         let shown = format!(\"{value:?}\");\n    \
         let unknown = shown.find(\"Unknown({\").map(|at| shown[at..].chars().take(60).collect());\n    \
         Ok((encoded, unknown))\n}\n",
    );
    text
}
