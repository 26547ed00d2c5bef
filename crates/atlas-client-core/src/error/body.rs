//! Reads the body of an error response, which the service writes in several forms.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer as _};
use serde_json::Value;
use serde_json::value::RawValue;

use super::code::ErrorCode;
use crate::foreign_text::ForeignText;

/// A field of the request that the service refused: an element of `badRequestDetail.fields`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldViolation {
    /// The path of the field in the body of the request.
    pub field: ForeignText,
    /// What is wrong with it.
    pub description: ForeignText,
}

/// The limit on `parameters`, and on the list of refused fields. A few bytes of JSON can take a few
/// hundred bytes of memory.
const MAX_BYTES: usize = 4096;

/// The parts of an `ApiError` body. A part that is absent, `null` or of an unexpected type is left out.
/// The error keeps the body as received.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ErrorBody {
    pub(crate) code: Option<ErrorCode>,
    pub(super) detail: Option<ForeignText>,
    pub(super) reason: Option<ForeignText>,
    pub(super) parameters: Vec<Value>,
    pub(super) violations: Vec<FieldViolation>,
}

impl ErrorBody {
    /// Reads what it recognizes. HTML, an empty body and other JSON give nothing. A truncated body gives
    /// the fields before the end.
    pub(crate) fn read(body: &[u8]) -> Self {
        let mut fields = Fields::read(body);
        // `envelope=true` moves the body, also that of an error, to `content`.
        if let (None, Some(content)) = (fields.error, fields.content) {
            fields = Fields::read(content.get().as_bytes());
        }
        // The OAuth form, which the token endpoint does not always use.
        let is_oauth = fields.error.is_some_and(|error| error.get().starts_with('"'));
        let (code, detail) = if is_oauth {
            (fields.error, fields.error_description)
        } else {
            (fields.code, fields.detail)
        };
        Self {
            code: text(code).map(|code| ErrorCode::from(code.as_str())),
            detail: text(detail).map(ForeignText::from),
            reason: text(fields.reason).map(ForeignText::from),
            parameters: small(fields.parameters).unwrap_or_default(),
            violations: small(fields.violations).as_ref().map(violations).unwrap_or_default(),
        }
    }
}

/// Decodes a string. Ignores an empty one.
fn text(value: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(value?.get()).ok().filter(|text: &String| !text.is_empty())
}

/// Decodes a value within the limit.
fn small<T: DeserializeOwned>(value: Option<&RawValue>) -> Option<T> {
    let text = value?.get();
    if text.len() > MAX_BYTES { None } else { serde_json::from_str(text).ok() }
}

/// Returns the elements of `badRequestDetail.fields` that are not empty.
fn violations(detail: &Value) -> Vec<FieldViolation> {
    let rows = detail["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |row: &Value, name| row[name].as_str().map(ForeignText::from).unwrap_or_default();
    rows.iter()
        .map(|row| FieldViolation {
            field: text(row, "field"),
            description: text(row, "description"),
        })
        .filter(|violation| *violation != FieldViolation::default())
        .collect()
}

/// The undecoded fields of the body. Other fields are skipped.
#[derive(Default)]
struct Fields<'a> {
    code: Option<&'a RawValue>,
    detail: Option<&'a RawValue>,
    reason: Option<&'a RawValue>,
    parameters: Option<&'a RawValue>,
    violations: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
    error_description: Option<&'a RawValue>,
    content: Option<&'a RawValue>,
}

impl<'a> Fields<'a> {
    fn read(body: &'a [u8]) -> Self {
        let mut fields = Self::default();
        // After an error, the fields before it are kept.
        let _ = serde_json::Deserializer::from_slice(body).deserialize_map(Reader(&mut fields));
        fields
    }
}

struct Reader<'f, 'a>(&'f mut Fields<'a>);

impl<'a> Visitor<'a> for Reader<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<(), M::Error> {
        let Self(fields) = self;
        while let Some(Name(name)) = map.next_key()? {
            let slot = match &*name {
                "errorCode" => &mut fields.code,
                "detail" => &mut fields.detail,
                "reason" => &mut fields.reason,
                "parameters" => &mut fields.parameters,
                "badRequestDetail" => &mut fields.violations,
                "error" => &mut fields.error,
                "error_description" => &mut fields.error_description,
                "content" => &mut fields.content,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *slot = Some(map.next_value()?);
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(body: &str) -> ErrorBody {
        ErrorBody::read(body.as_bytes())
    }

    #[test]
    fn every_known_form_of_an_error_body_is_read() {
        let full = read(
            r#"{"detail":"No group.","error":404,"errorCode":"GROUP_NOT_FOUND",
                "parameters":["x",0,{"y":1}],"reason":"Not Found"}"#,
        );
        assert_eq!(full.code, Some(ErrorCode::GroupNotFound));
        assert_eq!(full.detail, Some("No group.".into()));
        assert_eq!(full.reason, Some("Not Found".into()));
        assert_eq!(full.parameters, [json!("x"), json!(0), json!({"y": 1})]);

        let nulls = read(r#"{"detail":"d","error":404,"errorCode":null,"parameters":null}"#);
        assert_eq!((nulls.code, nulls.parameters.len()), (None, 0));
        assert_eq!(nulls.detail, Some("d".into()));

        let enveloped = read(r#"{"content":{"detail":"d","error":404},"status":404}"#);
        assert_eq!(enveloped.detail, Some("d".into()));

        let oauth =
            read(r#"{"error":"invalid_client","error_description":"Invalid credentials."}"#);
        assert_eq!(oauth.code, Some(ErrorCode::InvalidClient));
        assert_eq!(oauth.detail, Some("Invalid credentials.".into()));
    }

    #[test]
    fn refused_fields_are_read() {
        let body = read(
            r#"{"errorCode":"VALIDATION_ERROR","badRequestDetail":{"fields":[
                {"field":"source.clusterName","description":"must not be empty"},
                {"field":7,"description":null},{"field":"x"},null,{}]}}"#,
        );
        let violation = |field: &str, description: &str| FieldViolation {
            field: field.into(),
            description: description.into(),
        };
        let expected = [violation("source.clusterName", "must not be empty"), violation("x", "")];
        assert_eq!(body.violations, expected);
        for odd in ["null", "[]", "7", r#"{"fields":null}"#, r#"{"fields":{}}"#] {
            let body = format!(r#"{{"badRequestDetail":{odd},"detail":"d"}}"#);
            assert_eq!(read(&body).violations, []);
            assert_eq!(read(&body).detail, Some("d".into()));
        }
    }

    #[test]
    fn a_truncated_body_gives_the_fields_before_its_end() {
        let body = read(r#"{"errorCode":"GROUP_NOT_FOUND","detail":"No gr"#);
        assert_eq!((body.code, body.detail), (Some(ErrorCode::GroupNotFound), None));
    }

    #[test]
    fn large_values_are_left_out() {
        let many = "{\"\":0},".repeat(9_000);
        let body = read(&format!(
            r#"{{"parameters":[{many}0],"detail":"d","badRequestDetail":{{"fields":[{many}0]}}}}"#
        ));
        assert_eq!((body.parameters.len(), body.violations.len()), (0, 0));
        assert_eq!(body.detail, Some("d".into()));
    }

    #[test]
    fn anything_but_an_error_body_gives_nothing() {
        for body in
            ["", "<html>502</html>", "[]", "null", "\"x\"", r#"{"error":{}}"#, r#"{"detail":7}"#]
        {
            assert_eq!(read(body), ErrorBody::default(), "{body}");
        }
    }

    #[test]
    fn hostile_error_bodies_are_read_within_bounds() {
        const BODIES: &[&str] = &[
            r#"{"detail":"No group.","error":404,"errorCode":"GROUP_NOT_FOUND","parameters":["x",0],"reason":"Not Found"}"#,
            r#"{"content":{"detail":"d","error":404,"parameters":[{"":0},{"":0}]},"status":404}"#,
            r#"{"error":"invalid_client","error_description":"Invalid credentials."}"#,
            r#"{"badRequestDetail":{"fields":[{"field":"a","description":"b"}]}}"#,
        ];
        let bodies = atlas_hostile_inputs::documents(BODIES);
        atlas_hostile_inputs::check("error body", &bodies, |body| {
            let read = ErrorBody::read(&body);
            // What is kept is a part of the body.
            let size = |value: &Option<ForeignText>| {
                value.as_ref().map_or(0, |text| text.as_received().len())
            };
            prop_assert!(size(&read.detail) + size(&read.reason) <= body.len());
            prop_assert!(read.parameters.len() + read.violations.len() <= MAX_BYTES);
            Ok(())
        });
    }
}
