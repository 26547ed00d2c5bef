//! Encodes parameters and forms with the `style` and `explode` of OpenAPI, for generated methods.

use std::fmt::Write as _;

use form_urlencoded::byte_serialize;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::Error;

/// All characters except the unreserved ones of RFC 3986.
const NOT_UNRESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The style of a query parameter or a form field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryStyle {
    /// `ids=1&ids=2`; for an object `a=1&b=2`.
    Form,
    /// `ids=1,2`; for an object `object=a,1,b,2`.
    Commas,
    /// `ids=1%202`.
    Spaces,
    /// `ids=1|2`.
    Pipes,
    /// `object[a]=1&object[b]=2`.
    DeepObject,
    /// `object={"a":1}`.
    Json,
}

/// The style of a path parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathStyle {
    /// `1,2`; for an object `a,1,b,2`, or exploded `a=1,b=2`.
    Simple {
        /// Whether each property is a separate pair.
        explode: bool,
    },
    /// `.1.2`; for an object `.a.1.b.2`, or exploded `.a=1.b=2`.
    Label {
        /// Whether each property is a separate pair.
        explode: bool,
    },
    /// `;ids=1,2`, exploded `;ids=1;ids=2`; for an object `;object=a,1,b,2`, or exploded `;a=1;b=2`.
    Matrix {
        /// Whether each element or property has a name.
        explode: bool,
    },
    /// As JSON.
    Json,
}

/// The style of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderStyle {
    /// `1,2`; for an object `a,1,b,2`.
    Simple,
    /// `1,2`; for an object `a=1,b=2`.
    Exploded,
    /// As JSON.
    Json,
}

/// Percent-encodes text that is written to a path segment.
pub(crate) struct PathEncoder<'s>(pub(crate) &'s mut String);

impl std::fmt::Write for PathEncoder<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        // Ids have nothing to encode.
        if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.0.push_str(text);
        } else {
            self.0.extend(utf8_percent_encode(text, NOT_UNRESERVED));
        }
        Ok(())
    }
}

/// Appends a parameter to a query. `null` appends nothing.
///
/// # Errors
///
/// Fails if the value is nested deeper than the style supports.
pub(crate) fn append_to_query<T: Serialize + ?Sized>(
    query: &mut String,
    name: &str,
    style: QueryStyle,
    value: &T,
) -> Result<(), Error> {
    // Every server decodes a plus in `style: form` as a space.
    let encoded = if style == QueryStyle::Form { in_form } else { in_uri };
    append(query, name, style, &json(value)?, encoded)
}

/// Returns a body of the media type `application/x-www-form-urlencoded`. The default style is [`QueryStyle::Form`].
///
/// # Errors
///
/// Fails if the value is not an object, or if a property is nested deeper than its style supports.
pub(crate) fn form<T: Serialize + ?Sized>(
    body: &T,
    styles: &[(&str, QueryStyle)],
) -> Result<String, Error> {
    let Value::Object(properties) = json(body)? else {
        return Err(invalid("a form", "it is not an object"));
    };
    let mut form = String::new();
    for (name, value) in &properties {
        let style = styles.iter().find(|(known, _)| known == name);
        let style = style.map_or(QueryStyle::Form, |(_, style)| *style);
        append(&mut form, name, style, value, in_form)?;
    }
    Ok(form)
}

/// Encodes a parameter and appends it to a path.
///
/// # Errors
///
/// Fails if the value is empty, `.` or `..`, or nested deeper than a style supports.
pub(crate) fn append_to_path<T: Serialize + ?Sized>(
    target: &mut String,
    name: &str,
    style: PathStyle,
    value: &T,
) -> Result<(), Error> {
    let value = json(value)?;
    let (prefix, separator, explode) = match style {
        PathStyle::Json => {
            target.push_str(&in_segment(&value.to_string()));
            return Ok(());
        }
        PathStyle::Simple { explode } => ("", ",", explode),
        PathStyle::Label { explode } => (".", ".", explode),
        PathStyle::Matrix { explode: false } => ("", ",", false),
        PathStyle::Matrix { explode: true } => (";", ";", true),
    };
    // A URL drops these segments, and no style gives them a meaning.
    if value.as_str().is_some_and(|text| matches!(text, "" | "." | "..")) {
        return Err(invalid_in_path(name));
    }
    let is_matrix = matches!(style, PathStyle::Matrix { .. });
    let parts: Vec<String> = match &value {
        Value::Object(properties) => {
            let equals = if explode { "=" } else { separator };
            pairs(name, properties)
                .map(|pair| pair.map(|(key, value)| in_segment(key) + equals + &in_segment(&value)))
                .collect::<Result<_, _>>()?
        }
        value => elements(value)
            .map(|element| {
                let text = in_segment(&plain(name, element)?);
                Ok(if is_matrix && explode { format!("{name}={text}") } else { text })
            })
            .collect::<Result<_, Error>>()?,
    };
    if parts.is_empty() {
        return Err(invalid_in_path(name));
    }
    if is_matrix && !explode {
        target.extend([";", name, "="]);
    }
    target.push_str(prefix);
    target.push_str(&parts.join(separator));
    Ok(())
}

/// Returns the error of a value that would change the path.
pub(crate) fn invalid_in_path(name: &str) -> Error {
    Error::request(format!("the path parameter `{name}` must not be empty, `.` or `..`"))
}

/// Returns the value of a header, or `None` for `null`.
///
/// # Errors
///
/// Fails if the value is nested deeper than a style supports.
pub(crate) fn header<T: Serialize + ?Sized>(
    name: &str,
    style: HeaderStyle,
    value: &T,
) -> Result<Option<String>, Error> {
    let value = json(value)?;
    let parts: Vec<String> = match (&value, style) {
        (Value::Null, _) => return Ok(None),
        (value, HeaderStyle::Json) => return Ok(Some(value.to_string())),
        (Value::Object(properties), _) => {
            let equals = if style == HeaderStyle::Exploded { "=" } else { "," };
            pairs(name, properties)
                .map(|pair| pair.map(|(key, value)| format!("{key}{equals}{value}")))
                .collect::<Result<_, _>>()?
        }
        (value, _) => {
            elements(value).map(|element| plain(name, element)).collect::<Result<_, _>>()?
        }
    };
    Ok(Some(parts.join(",")))
}

/// Appends a parameter or a field. `null` and an empty list append nothing.
fn append(
    target: &mut String,
    name: &str,
    style: QueryStyle,
    value: &Value,
    encoded: fn(&str) -> String,
) -> Result<(), Error> {
    let mut pair = |name: &str, value: &str| {
        let separator = if target.is_empty() { "" } else { "&" };
        // Writing to a string cannot fail.
        let _ = write!(target, "{separator}{name}={value}");
    };
    match (style, value) {
        (_, Value::Null) => {}
        (QueryStyle::Json, value) => pair(&encoded(name), &encoded(&value.to_string())),
        (QueryStyle::Form | QueryStyle::DeepObject, Value::Object(properties)) => {
            for property in pairs(name, properties) {
                let (key, value) = property?;
                let key = if style == QueryStyle::Form {
                    encoded(key)
                } else {
                    encoded(&format!("{name}[{key}]"))
                };
                pair(&key, &encoded(&value));
            }
        }
        (QueryStyle::Form | QueryStyle::DeepObject, value) => {
            for element in elements(value) {
                pair(&encoded(name), &encoded(&plain(name, element)?));
            }
        }
        (QueryStyle::Commas | QueryStyle::Spaces | QueryStyle::Pipes, value) => {
            // Of these, an encoded value can only contain the space.
            let separator = match style {
                QueryStyle::Spaces => "%20",
                QueryStyle::Pipes => "|",
                _ => ",",
            };
            let mut texts = Vec::new();
            if let Value::Object(properties) = value {
                for property in pairs(name, properties) {
                    let (key, value) = property?;
                    texts.extend([key.to_owned(), value]);
                }
            } else {
                for element in elements(value) {
                    texts.push(plain(name, element)?);
                }
            }
            if style == QueryStyle::Spaces && texts.iter().any(|text| text.contains(' ')) {
                return Err(invalid(name, "a value contains a space, which separates the values"));
            }
            let parts: Vec<String> = texts.iter().map(|text| encoded(text)).collect();
            if !parts.is_empty() {
                pair(&encoded(name), &parts.join(separator));
            }
        }
    }
    Ok(())
}

fn json<T: Serialize + ?Sized>(value: &T) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(Error::request)
}

/// Returns the elements of a list, or a single value, without `null`.
fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    let all = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    all.iter().filter(|value| !value.is_null())
}

/// Returns the properties of an object as text, without `null`.
fn pairs<'v>(
    name: &'v str,
    properties: &'v Map<String, Value>,
) -> impl Iterator<Item = Result<(&'v str, String), Error>> {
    let pairs = properties.iter().filter(|(_, value)| !value.is_null());
    pairs.map(move |(key, value)| Ok((key.as_str(), plain(name, value)?)))
}

fn plain(name: &str, value: &Value) -> Result<String, Error> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(value) => Ok(value.to_string()),
        // 10.0 is sent as 10.
        Value::Number(number) => {
            let text = number.to_string();
            Ok(text.strip_suffix(".0").map_or(text.clone(), str::to_owned))
        }
        _ => Err(invalid(name, "it may only contain strings, numbers and booleans")),
    }
}

/// Encodes text for a path segment.
fn in_segment(text: &str) -> String {
    utf8_percent_encode(text, NOT_UNRESERVED).to_string()
}

/// Encodes text for a form.
fn in_form(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// Encodes text for a query. Not every server decodes a plus as a space.
fn in_uri(text: &str) -> String {
    in_form(text).replace('+', "%20")
}

fn invalid(name: &str, reason: &str) -> Error {
    Error::request(format!("`{name}` cannot be sent: {reason}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Returns the values in the style examples of the OpenAPI specification.
    fn values() -> [Value; 3] {
        [json!("blue"), json!(["blue", "black"]), json!({ "R": 100, "G": 200 })]
    }

    fn in_query(style: QueryStyle) -> Vec<String> {
        let written = values().map(|value| {
            let mut query = String::new();
            append_to_query(&mut query, "color", style, &value).unwrap();
            query
        });
        written.into()
    }

    #[test]
    fn query_parameters_are_encoded_in_their_styles() {
        for (style, expected) in [
            (QueryStyle::Form, ["color=blue", "color=blue&color=black", "G=200&R=100"]),
            (QueryStyle::Commas, ["color=blue", "color=blue,black", "color=G,200,R,100"]),
            (QueryStyle::Spaces, ["color=blue", "color=blue%20black", "color=G%20200%20R%20100"]),
            (QueryStyle::Pipes, ["color=blue", "color=blue|black", "color=G|200|R|100"]),
            (
                QueryStyle::Json,
                [
                    "color=%22blue%22",
                    "color=%5B%22blue%22%2C%22black%22%5D",
                    "color=%7B%22G%22%3A200%2C%22R%22%3A100%7D",
                ],
            ),
        ] {
            let mut written = in_query(style);
            written[2] = sorted(&written[2], expected[2]);
            assert_eq!(written, expected, "{style:?}");
        }
        assert!(in_query(QueryStyle::DeepObject)[2].contains("color%5BR%5D=100"));
    }

    /// Returns `expected` if `written` only differs in order. `serde_json` keeps the order of properties only if
    /// another crate in the build enables that.
    fn sorted(written: &str, expected: &str) -> String {
        let letters = |text: &str| {
            let mut all: Vec<char> = text.chars().collect();
            all.sort_unstable();
            all
        };
        if letters(written) == letters(expected) { expected } else { written }.to_owned()
    }

    #[test]
    fn path_parameters_and_headers_are_encoded_in_their_styles() {
        for (style, header_style, expected) in [
            (
                PathStyle::Simple { explode: false },
                Some(HeaderStyle::Simple),
                ["blue", "blue,black", "G,200,R,100"],
            ),
            (
                PathStyle::Simple { explode: true },
                Some(HeaderStyle::Exploded),
                ["blue", "blue,black", "G=200,R=100"],
            ),
            (PathStyle::Label { explode: false }, None, [".blue", ".blue.black", ".G.200.R.100"]),
            (PathStyle::Label { explode: true }, None, [".blue", ".blue.black", ".G=200.R=100"]),
            (
                PathStyle::Matrix { explode: false },
                None,
                [";color=blue", ";color=blue,black", ";color=G,200,R,100"],
            ),
            (
                PathStyle::Matrix { explode: true },
                None,
                [";color=blue", ";color=blue;color=black", ";G=200;R=100"],
            ),
        ] {
            for (value, expected) in values().iter().zip(expected) {
                let written = path("color", style, value).unwrap();
                assert_eq!(sorted(&written, expected), expected);
                if let Some(style) = header_style {
                    let written = header("color", style, value).unwrap().unwrap();
                    assert_eq!(sorted(&written, expected), expected);
                }
            }
        }
        let list = PathStyle::Simple { explode: false };
        assert_eq!(path("x", list, &["a/b", "c,d"]).unwrap(), "a%2Fb,c%2Cd");
        assert_eq!(header("x", HeaderStyle::Simple, &None::<&str>).unwrap(), None);
        assert_eq!(header("x", HeaderStyle::Json, &["a"]).unwrap().unwrap(), r#"["a"]"#);
    }

    fn path<T: Serialize + ?Sized>(
        name: &str,
        style: PathStyle,
        value: &T,
    ) -> Result<String, Error> {
        let mut path = String::new();
        append_to_path(&mut path, name, style, value).map(|()| path)
    }

    #[test]
    fn form_fields_are_encoded_in_their_styles_and_deeper_values_are_refused() {
        let body = json!({ "a": "x y&z", "b": [1, 2], "c": { "d": true }, "e": null });
        let styles = [("c", QueryStyle::DeepObject)];
        assert_eq!(form(&body, &styles).unwrap(), "a=x+y%26z&b=1&b=2&c%5Bd%5D=true");
        assert!(form(&json!({ "a": { "b": [1] } }), &[]).is_err());
        assert!(form(&json!([1]), &[]).is_err());
        let mut query = "a=1".to_owned();
        let mut add = |name: &str, style, value: Value| {
            append_to_query(&mut query, name, style, &value).map(|()| query.clone())
        };
        assert_eq!(add("b", QueryStyle::Form, json!("&")).unwrap(), "a=1&b=%26");
        assert_eq!(add("c", QueryStyle::Form, json!(null)).unwrap(), "a=1&b=%26");
        assert!(add("c", QueryStyle::Commas, json!([[1]])).is_err());
        assert_eq!(add("e", QueryStyle::Commas, json!([])).unwrap(), "a=1&b=%26");
        let more = add("n", QueryStyle::Form, json!([10.0, 0.5])).unwrap();
        assert_eq!(more, "a=1&b=%26&n=10&n=0.5");
        let more = add("d", QueryStyle::Pipes, json!(["x|y", "z +"])).unwrap();
        assert_eq!(more, "a=1&b=%26&n=10&n=0.5&d=x%7Cy|z%20%2B");
        let more = add("f", QueryStyle::Spaces, json!(["x", "y"])).unwrap();
        assert_eq!(more, "a=1&b=%26&n=10&n=0.5&d=x%7Cy|z%20%2B&f=x%20y");
        // A space in a value looks like a separator.
        assert!(add("c", QueryStyle::Spaces, json!(["x y", "z"])).is_err());
    }

    #[test]
    fn a_value_that_changes_the_path_is_refused() {
        for explode in [false, true] {
            for style in [
                PathStyle::Simple { explode },
                PathStyle::Label { explode },
                PathStyle::Matrix { explode },
            ] {
                for value in [json!(""), json!("."), json!(".."), json!([]), json!({}), json!(null)]
                {
                    assert!(path("a", style, &value).is_err(), "{style:?} {value}");
                }
            }
        }
    }
}
