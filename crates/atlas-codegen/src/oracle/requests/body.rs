//! Bodies of requests.

use serde_json::Value;

/// A body, as a value and as the pairs of a form.
pub struct Body {
    pub value: Value,
    pub form: Option<Result<Vec<Value>, String>>,
    /// The places of properties that the document requires, but does not define.
    pub unknown: Vec<String>,
}
