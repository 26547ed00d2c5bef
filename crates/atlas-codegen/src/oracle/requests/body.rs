//! Bodies of requests.

use serde_json::Value;

/// A body, as it is given and as a form says it.
pub struct Body {
    pub value: Value,
    pub form: Option<Result<Vec<Value>, String>>,
}
