//! [`DescribedOperation`]: what a document says about one operation.

use http::StatusCode;
use serde_json::{Map, Value};

use super::content::{is_json, sample};
use crate::api::openapi::{elements, resolve};

/// What a document says about one operation.
#[derive(Clone, Copy)]
pub(super) struct DescribedOperation<'a> {
    pub(super) document: &'a Value,
    /// The item of the path, with the parameters of all its operations.
    pub(super) item: &'a Value,
    pub(super) operation: &'a Value,
}

impl<'a> DescribedOperation<'a> {
    /// Returns the parameters. Those of the operation come first and replace those of the path.
    pub(super) fn parameters(self) -> impl Iterator<Item = &'a Value> {
        let own = elements(&self.operation["parameters"]).iter();
        let shared = elements(&self.item["parameters"]).iter();
        own.chain(shared).map(move |parameter| resolve(self.document, parameter))
    }

    /// Returns whether the operation has a query parameter.
    pub(super) fn has_query(self, name: &str) -> bool {
        self.parameters().any(|parameter| parameter["in"] == "query" && parameter["name"] == name)
    }

    /// Returns the status and the contents of the first success.
    pub(super) fn success(self) -> (StatusCode, Option<&'a Map<String, Value>>) {
        let responses = self.operation["responses"].as_object();
        let mut successes: Vec<_> = responses
            .into_iter()
            .flatten()
            .filter_map(|(status, response)| Some((success(status)?, response)))
            .collect();
        // `2XX` and `default` come after every number.
        successes.sort_by_key(|((status, order), _)| (*order, *status));
        let Some(((status, _), response)) = successes.first() else {
            return (StatusCode::OK, None);
        };
        (*status, resolve(self.document, response)["content"].as_object())
    }

    /// Returns the body of the first success in JSON.
    pub(super) fn sample(self) -> Option<Value> {
        let (_, contents) = self.success();
        let mut contents = contents?.iter();
        let (_, content) = contents.find(|(media_type, _)| is_json(media_type))?;
        Some(sample(self.document, content))
    }
}

/// Returns the status of a success, and its order.
fn success(status: &str) -> Option<(StatusCode, u8)> {
    match status {
        "2XX" | "2xx" => Some((StatusCode::OK, 1)),
        "default" => Some((StatusCode::OK, 2)),
        number => {
            let status = StatusCode::from_bytes(number.as_bytes()).ok()?;
            status.is_success().then_some((status, 0))
        }
    }
}
