//! What an error answer's body says, read as leniently as the service writes it.

use serde_json::Value;

use super::ErrorCode;
use crate::foreign_text::ForeignText;

/// A field of the request that the service refused: a row of `badRequestDetail.fields`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldViolation {
    /// The path of the field in the request's body.
    pub field: ForeignText,
    /// What is wrong with it.
    pub description: ForeignText,
}

/// The parts of an `ApiError` body. Each may be absent, `null` or of an unexpected type, and is then
/// left out; the body itself stays with the error as it was received.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ErrorBody {
    pub(crate) code: Option<ErrorCode>,
    pub(super) detail: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) parameters: Vec<Value>,
    pub(super) violations: Vec<FieldViolation>,
}

impl ErrorBody {
    /// Reads what can be read: nothing from HTML, an empty body or JSON of another shape.
    pub(crate) fn read(body: &[u8]) -> Self {
        let Ok(Value::Object(mut fields)) = serde_json::from_slice(body) else {
            return Self::default();
        };
        // `envelope=true` puts the answer, an error too, into `content`.
        if !fields.contains_key("error")
            && let Some(Value::Object(content)) = fields.remove("content")
        {
            fields = content;
        }
        // The token endpoint's own shape, which it does not always use.
        if fields.get("error").is_some_and(Value::is_string) {
            for (oauth, atlas) in [("error", "errorCode"), ("error_description", "detail")] {
                let value = fields.remove(oauth).unwrap_or_default();
                fields.insert(atlas.to_owned(), value);
            }
        }
        let mut text = |name| match fields.remove(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            _ => None,
        };
        Self {
            code: text("errorCode").map(|code| ErrorCode::from(code.as_str())),
            detail: text("detail"),
            reason: text("reason"),
            parameters: match fields.remove("parameters") {
                Some(Value::Array(parameters)) => parameters,
                _ => Vec::new(),
            },
            violations: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: &str) -> ErrorBody {
        ErrorBody::read(body.as_bytes())
    }

    #[test]
    fn all_the_shapes_that_the_service_is_known_to_send() {
        let full = read(
            r#"{"detail":"No group.","error":404,"errorCode":"GROUP_NOT_FOUND",
                "parameters":["x",0,{"y":1}],"reason":"Not Found"}"#,
        );
        assert_eq!(full.code, Some(ErrorCode::GroupNotFound));
        assert_eq!(full.detail.as_deref(), Some("No group."));
        assert_eq!(full.reason.as_deref(), Some("Not Found"));
        assert_eq!(full.parameters, [json!("x"), json!(0), json!({"y": 1})]);

        let nulls = read(r#"{"detail":"d","error":404,"errorCode":null,"parameters":null}"#);
        assert_eq!((nulls.code, nulls.parameters.len()), (None, 0));
        assert_eq!(nulls.detail.as_deref(), Some("d"));

        let enveloped = read(r#"{"content":{"detail":"d","error":404},"status":404}"#);
        assert_eq!(enveloped.detail.as_deref(), Some("d"));

        let oauth =
            read(r#"{"error":"invalid_client","error_description":"Invalid credentials."}"#);
        assert_eq!(oauth.code, Some(ErrorCode::InvalidClient));
        assert_eq!(oauth.detail.as_deref(), Some("Invalid credentials."));
    }

    #[test]
    fn what_is_no_error_body_says_nothing() {
        for body in
            ["", "<html>502</html>", "[]", "null", "\"x\"", r#"{"error":{}}"#, r#"{"detail":7}"#]
        {
            assert_eq!(read(body), ErrorBody::default(), "{body}");
        }
    }
}
