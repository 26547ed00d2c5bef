//! The query parameters `envelope` and `pretty`, which change the form of an answer.

use http::StatusCode;
use serde_json::{Value, json};

use crate::json;
use crate::query;
use crate::routes::Route;

/// The query parameters that what the request leads to knows.
pub(crate) fn known_parameters(route: &Route<'_>) -> &'static [&'static str] {
    let (takes_envelope, takes_pretty) = match route {
        Route::Operation(operation, _) => (operation.takes_envelope, operation.takes_pretty),
        Route::Token(_) => (true, true),
        Route::Options { .. } | Route::OtherMethod { .. } | Route::Unknown => (false, false),
    };
    match (takes_envelope, takes_pretty) {
        (true, true) => &["envelope", "pretty"],
        (true, false) => &["envelope"],
        (false, true) => &["pretty"],
        (false, false) => &[],
    }
}

/// The form that the client asks for. Invented: everything but the two keys of the envelope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Presentation {
    pub(crate) envelope: bool,
    pretty: bool,
    /// The first parameter whose value is neither `true` nor `false`. It counts as `false`.
    pub(crate) invalid: Option<&'static str>,
}

impl Presentation {
    /// What the query asks for. What does not take a parameter does not look at it.
    pub(crate) fn wanted(route: &Route<'_>, query: Option<&str>) -> Self {
        let known = known_parameters(route);
        let mut presentation = Self::default();
        presentation.envelope = known.contains(&"envelope") && presentation.flag(query, "envelope");
        presentation.pretty = known.contains(&"pretty") && presentation.flag(query, "pretty");
        presentation
    }

    fn flag(&mut self, query: Option<&str>, name: &'static str) -> bool {
        match query::parameter(query, name).as_deref() {
            Some("true") => true,
            Some("false") | None => false,
            Some(_) => {
                self.invalid = self.invalid.or(Some(name));
                false
            }
        }
    }

    /// The answer's body.
    pub(crate) fn body(self, status: StatusCode, content: Value) -> String {
        let value = if self.envelope {
            json!({"content": content, "status": status.as_u16()})
        } else {
            content
        };
        if self.pretty { json::pretty(&value) } else { json::compact(&value) }
    }
}
