//! All JSON that travels, and the types that it is read into.

use std::fmt::Write as _;

use crate::emit::{Method, Passed, Returns};
use crate::normalize::Operation;

/// JSON that travels with an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The method's name.
    pub of: String,
    /// `request`, `response`, or `error` with the status behind it.
    pub direction: String,
    /// The types that it may be read into: more than one where an error has several.
    rust: Vec<String>,
}

/// All that travels.
pub fn of(methods: &[Method], operations: &[Operation]) -> Vec<Payload> {
    let mut payloads: Vec<Payload> = Vec::new();
    let mut add = |of: &str, direction: String, rust: String| {
        let is_same = |known: &&mut Payload| known.of == of && known.direction == direction;
        match payloads.iter_mut().find(is_same) {
            Some(known) if known.rust.contains(&rust) => {}
            Some(known) => known.rust.push(rust),
            None => payloads.push(Payload { of: of.to_owned(), direction, rust: vec![rust] }),
        }
    };
    for method in methods {
        let body = method.arguments.iter().find(|argument| argument.of == "body");
        if let Some(body) = body.filter(|body| body.passed != Passed::AsBytes) {
            let rust = if body.is_nullable {
                format!("::std::option::Option<{}>", body.owned.clone())
            } else {
                body.owned.clone()
            };
            add(&method.name, "request".to_owned(), rust);
        }
        if let Returns::Value(rust) = &method.returns {
            add(&method.name, "response".to_owned(), rust.clone());
        }
        let operation = operations.iter().find(|operation| operation.name == method.name);
        for (status, component) in operation.iter().flat_map(|operation| &operation.errors) {
            add(&method.name, format!("error {status}"), format!("types::{component}"));
        }
    }
    payloads
}

/// A module that sends each value through the types that it may be read into.
pub fn module(payloads: &[Payload], library: &str) -> String {
    let mut text = format!(
        "//! The type of everything that travels.\n\n\
         #![allow(clippy::all, clippy::pedantic, reason = \"generated\")]\n\n\
         use std::fmt::Debug;\n\n\
         use serde::Serialize;\nuse serde::de::DeserializeOwned;\n\
         #[allow(unused_imports, reason = \"a document may have none\")]\nuse {library}::types;\n\n\
         /// What a value is when it is decoded and encoded again, and the first object in it \
         that no variant of its union was.\n\
         pub type Again = Result<(String, Option<String>), String>;\n\n\
         /// What a value becomes in each of the types that it may have.\n\
         #[allow(unused_variables, reason = \"a document may have none\")]\n\
         pub fn through(operation: &str, direction: &str, json: &str) -> Vec<Again> {{\n    \
         match (operation, direction) {{\n",
    );
    // Most statuses of an operation have one type of error.
    let mut arms: Vec<(&str, &[String], Vec<String>)> = Vec::new();
    for payload in payloads {
        let direction = format!("{:?}", payload.direction);
        let known =
            arms.iter_mut().find(|(of, rust, _)| *of == payload.of && *rust == payload.rust);
        match known {
            Some((_, _, directions)) => directions.push(direction),
            None => arms.push((&payload.of, &payload.rust, vec![direction])),
        }
    }
    for (of, rust, directions) in arms {
        let each: Vec<String> = rust.iter().map(|rust| format!("again::<{rust}>(json)")).collect();
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "        ({of:?}, {}) => vec![{}],",
            directions.join(" | "),
            each.join(", "),
        );
    }
    text.push_str(
        "        _ => Vec::new(),\n    }\n}\n\n\
         #[allow(dead_code, reason = \"a document may have none\")]\n\
         fn again<T: Debug + Serialize + DeserializeOwned>(json: &str) -> Again {\n    \
         let value: T = serde_json::from_str(json).map_err(|error| error.to_string())?;\n    \
         let again = serde_json::to_string(&value).map_err(|error| error.to_string())?;\n    \
         let shown = format!(\"{value:?}\");\n    \
         let unknown = shown.find(\"Unknown({\").map(|at| shown[at..].chars().take(60).collect());\n    \
         Ok((again, unknown))\n}\n",
    );
    text
}
