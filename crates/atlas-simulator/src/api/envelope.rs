//! The query parameters `envelope` and `pretty`, which change the format of a response's body.

use http::StatusCode;
use serde_json::{Value, json};

use super::json::{compact_json, pretty_json};
use crate::http::query_parameter;

/// The requested format of the body. Invented: everything but the two keys of the envelope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct BodyFormat {
    pub(super) envelope: bool,
    pretty: bool,
    /// The first parameter whose value is neither `true` nor `false`. It counts as `false`.
    pub(super) invalid_parameter: Option<&'static str>,
}

impl BodyFormat {
    /// Parses the query. Parameters that are not `known` are ignored.
    pub(super) fn parse(query: Option<&str>, known: &[&str]) -> Self {
        let mut format = Self::default();
        format.envelope = known.contains(&"envelope") && format.flag(query, "envelope");
        format.pretty = known.contains(&"pretty") && format.flag(query, "pretty");
        format
    }

    fn flag(&mut self, query: Option<&str>, name: &'static str) -> bool {
        match query_parameter(query, name).as_deref() {
            Some("true") => true,
            Some("false") | None => false,
            Some(_) => {
                self.invalid_parameter = self.invalid_parameter.or(Some(name));
                false
            }
        }
    }

    /// Formats the content of a response.
    pub(super) fn format(self, status: StatusCode, content: Value) -> String {
        let value = if self.envelope {
            json!({"content": content, "status": status.as_u16()})
        } else {
            content
        };
        if self.pretty { pretty_json(value) } else { compact_json(value) }
    }
}
