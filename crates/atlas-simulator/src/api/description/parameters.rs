//! Checks the parameters of a request.

use regex::Regex;
use serde_json::Value;

use super::operation::DescribedOperation;
use crate::api::error::ApiError;
use crate::api::openapi::{elements, resolve};
use crate::http::{Request, decode, query_parameter};

/// Checks that required parameters are there, and that plain values have the type, the pattern and the values that the
/// document says.
pub(super) fn check(
    operation: DescribedOperation<'_>,
    request: &Request,
    path: &[(&str, &str)],
) -> Result<(), ApiError> {
    for parameter in operation.parameters() {
        let Some(name) = parameter["name"].as_str() else { continue };
        let schema = resolve(operation.document, &parameter["schema"]);
        let is_required = parameter["required"] == true;
        match parameter["in"].as_str() {
            Some("path") => {
                let value = path.iter().find(|(known, _)| *known == name);
                if !value.is_some_and(|(_, value)| admits(schema, &decode(value))) {
                    return Err(ApiError::invalid_path_parameter(name));
                }
            }
            Some("query") => match query_parameter(request.uri.query(), name) {
                Some(value) if !admits(schema, &value) => {
                    return Err(ApiError::invalid_query_parameter(name));
                }
                None if is_required && !has_part(request, name) => {
                    return Err(ApiError::missing_query_parameter(name));
                }
                _ => {}
            },
            // The service ignores what a document says about some of these.
            Some("header")
                if is_required && !is_reserved(name) && !request.headers.contains_key(name) =>
            {
                return Err(ApiError::missing_header(name));
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_reserved(header: &str) -> bool {
    ["accept", "content-type", "authorization"].contains(&header.to_ascii_lowercase().as_str())
}

/// Returns whether a query has a part of an object, such as `filter[name]=x`.
fn has_part(request: &Request, name: &str) -> bool {
    let query = request.uri.query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.any(|(known, _)| known.strip_prefix(name).is_some_and(|rest| rest.starts_with('[')))
}

/// Returns whether a schema admits a value. Lists, objects and unions admit anything.
fn admits(schema: &Value, value: &str) -> bool {
    let is_listed = |values: &[Value]| {
        let mut texts = values.iter().filter_map(Value::as_str);
        texts.any(|known| known == value)
    };
    match schema["type"].as_str() {
        Some("integer") => value.parse::<i128>().is_ok(),
        Some("number") => value.parse::<f64>().is_ok_and(f64::is_finite),
        Some("boolean") => matches!(value, "true" | "false"),
        Some("string") => {
            let values = elements(&schema["enum"]);
            // A pattern that this machine cannot evaluate admits anything.
            let pattern = schema["pattern"].as_str().and_then(|text| Regex::new(text).ok());
            (values.is_empty() || is_listed(values))
                && pattern.is_none_or(|pattern| pattern.is_match(value))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_values_are_checked_and_others_admitted() {
        for (schema, good, bad) in [
            (json!({"type": "integer"}), "-7", Some("7.5")),
            (json!({"type": "number"}), "7.5", Some("NaN")),
            (json!({"type": "boolean"}), "true", Some("yes")),
            (json!({"type": "string", "enum": ["A"]}), "A", Some("B")),
            (json!({"type": "string", "pattern": "^[a-f]{2}$"}), "ab", Some("abc")),
            (json!({"type": "string", "pattern": "(?!x)"}), "x", None),
            (json!({"type": "array", "items": {"type": "integer"}}), "x", None),
        ] {
            assert!(admits(&schema, good), "{schema}");
            assert!(bad.is_none_or(|bad| !admits(&schema, bad)), "{schema}");
        }
    }
}
