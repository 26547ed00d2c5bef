//! How parameters and forms that are more than one plain value are written, as OpenAPI says it by `style`
//! and `explode`. For generated methods alone.

use std::fmt::Write as _;

use form_urlencoded::byte_serialize;
use reqwest::Url;
use serde::Serialize;
use serde_json::Value;

/// That a value cannot be written, and why.
#[derive(Debug)]
pub struct Unwritable(String);

impl From<Unwritable> for progenitor_client::Error {
    fn from(Unwritable(why): Unwritable) -> Self {
        Self::InvalidRequest(why)
    }
}

/// How a value is written in a query or a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InQuery {
    /// `ids=1&ids=2`, and of an object `a=1&b=2`.
    Form,
    /// `ids=1,2`, and of an object `object=a,1,b,2`.
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

/// How a value is written in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InPath {
    /// `1,2`, and of an object `a,1,b,2`, or exploded `a=1,b=2`.
    Simple,
    /// `.1.2`, and of an object `.a.1.b.2`, or exploded `.a=1.b=2`.
    Label,
    /// `;ids=1,2`, exploded `;ids=1;ids=2`, and of an object `;object=a,1,b,2`, or exploded `;a=1;b=2`.
    Matrix,
    /// As JSON.
    Json,
}

/// Adds a parameter to the query of a URL. `null` is not there.
///
/// # Errors
///
/// The value stands deeper in others than this style can say.
pub fn query<T: Serialize + ?Sized>(
    url: &mut Url,
    name: &str,
    style: InQuery,
    value: &T,
) -> Result<(), Unwritable> {
    let mut whole = url.query().unwrap_or_default().to_owned();
    append(&mut whole, name, style, &json(value)?, in_uri)?;
    if !whole.is_empty() {
        url.set_query(Some(&whole));
    }
    Ok(())
}

/// A body of the media type `application/x-www-form-urlencoded`: each property in its own style, or in that
/// of a form where it has none.
///
/// # Errors
///
/// As of [`query`], or the value is no object.
pub fn form<T: Serialize + ?Sized>(
    body: &T,
    styles: &[(&str, InQuery)],
) -> Result<String, Unwritable> {
    let Value::Object(properties) = json(body)? else {
        return Err(invalid("a form", "it is no object"));
    };
    let mut whole = String::new();
    for (name, value) in &properties {
        let style = styles.iter().find(|(known, _)| known == name);
        let style = style.map_or(InQuery::Form, |(_, style)| *style);
        append(&mut whole, name, style, value, in_form)?;
    }
    Ok(whole)
}

/// A parameter in the path, encoded.
///
/// # Errors
///
/// The value stands deeper in others than any style can say.
pub fn path<T: Serialize + ?Sized>(
    name: &str,
    style: InPath,
    explode: bool,
    value: &T,
) -> Result<String, Unwritable> {
    let value = json(value)?;
    if style == InPath::Json {
        return Ok(in_segment(&value.to_string()));
    }
    // A URL does away with these; and in whatever style, none of them names anything.
    if value.as_str().is_some_and(|text| matches!(text, "" | "." | "..")) {
        return Err(invalid(name, "it is empty, `.` or `..`"));
    }
    let (begin, between) = match style {
        InPath::Label => (".", "."),
        InPath::Matrix if explode => (";", ";"),
        _ => ("", ","),
    };
    let parts: Vec<String> = match &value {
        Value::Object(properties) => {
            let pairs = properties.iter().filter(|(_, value)| !value.is_null());
            pairs
                .map(|(key, value)| {
                    let (key, value) = (in_segment(key), in_segment(&plain(name, value)?));
                    let equals = if explode { "=" } else { between };
                    Ok(format!("{key}{equals}{value}"))
                })
                .collect::<Result<_, Unwritable>>()?
        }
        value => elements(value)
            .map(|element| {
                let text = in_segment(&plain(name, element)?);
                let is_named = style == InPath::Matrix && explode;
                Ok(if is_named { format!("{name}={text}") } else { text })
            })
            .collect::<Result<_, Unwritable>>()?,
    };
    if parts.is_empty() {
        return Err(invalid(name, "it is empty"));
    }
    let joined = parts.join(between);
    let named = style == InPath::Matrix && !explode;
    Ok(if named { format!(";{name}={joined}") } else { format!("{begin}{joined}") })
}

/// A parameter in a header.
///
/// # Errors
///
/// The value stands deeper in others than any style can say.
pub fn header<T: Serialize + ?Sized>(
    name: &str,
    explode: bool,
    value: &T,
) -> Result<String, Unwritable> {
    let value = json(value)?;
    let parts: Vec<String> = match &value {
        Value::Object(properties) => {
            let pairs = properties.iter().filter(|(_, value)| !value.is_null());
            let equals = if explode { "=" } else { "," };
            pairs
                .map(|(key, value)| Ok(format!("{key}{equals}{}", plain(name, value)?)))
                .collect::<Result<_, Unwritable>>()?
        }
        value => elements(value)
            .map(|element| plain(name, element))
            .collect::<Result<_, Unwritable>>()?,
    };
    Ok(parts.join(","))
}

/// A parameter in a header, as JSON.
///
/// # Errors
///
/// The value cannot be written as JSON.
pub fn header_json<T: Serialize + ?Sized>(value: &T) -> Result<String, Unwritable> {
    Ok(json(value)?.to_string())
}

/// Adds a parameter or a field. `null` and what is empty are not there.
fn append(
    whole: &mut String,
    name: &str,
    style: InQuery,
    value: &Value,
    encoded: fn(&str) -> String,
) -> Result<(), Unwritable> {
    let mut pair = |name: &str, value: &str| {
        let between = if whole.is_empty() { "" } else { "&" };
        // Writing into a string cannot fail.
        let _ = write!(whole, "{between}{name}={value}");
    };
    match (style, value) {
        (_, Value::Null) => {}
        (InQuery::Json, value) => pair(&encoded(name), &encoded(&value.to_string())),
        (InQuery::Form, Value::Object(properties)) => {
            for (key, value) in properties.iter().filter(|(_, value)| !value.is_null()) {
                pair(&encoded(key), &encoded(&plain(name, value)?));
            }
        }
        (InQuery::DeepObject, Value::Object(properties)) => {
            for (key, value) in properties.iter().filter(|(_, value)| !value.is_null()) {
                let key = encoded(&format!("{name}[{key}]"));
                pair(&key, &encoded(&plain(name, value)?));
            }
        }
        (InQuery::Form | InQuery::DeepObject, value) => {
            for element in elements(value) {
                pair(&encoded(name), &encoded(&plain(name, element)?));
            }
        }
        (InQuery::Commas | InQuery::Spaces | InQuery::Pipes, value) => {
            // Between encoded values each of these can only be what divides them, but for a space.
            let between = match style {
                InQuery::Spaces => "%20",
                InQuery::Pipes => "|",
                _ => ",",
            };
            let mut texts = Vec::new();
            if let Value::Object(properties) = value {
                for (key, value) in properties.iter().filter(|(_, value)| !value.is_null()) {
                    texts.extend([key.clone(), plain(name, value)?]);
                }
            } else {
                for element in elements(value) {
                    texts.push(plain(name, element)?);
                }
            }
            if style == InQuery::Spaces && texts.iter().any(|text| text.contains(' ')) {
                return Err(invalid(name, "a value has the space in it that divides the values"));
            }
            let parts: Vec<String> = texts.iter().map(|text| encoded(text)).collect();
            if !parts.is_empty() {
                pair(&encoded(name), &parts.join(between));
            }
        }
    }
    Ok(())
}

fn json<T: Serialize + ?Sized>(value: &T) -> Result<Value, Unwritable> {
    serde_json::to_value(value).map_err(|error| Unwritable(error.to_string()))
}

/// The elements of a list, or the one value that something is. `null` is not there.
fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    let all = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    all.iter().filter(|value| !value.is_null())
}

fn plain(name: &str, value: &Value) -> Result<String, Unwritable> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(value) => Ok(value.to_string()),
        // A double that is whole has no more to say.
        Value::Number(number) => {
            let text = number.to_string();
            Ok(text.strip_suffix(".0").map_or(text.clone(), str::to_owned))
        }
        _ => Err(invalid(name, "only texts, numbers and booleans can be written in it")),
    }
}

/// A text as it stands within a segment of a path, beside what divides it.
fn in_segment(text: &str) -> String {
    let text = progenitor_client::encode_path(text);
    text.replace(',', "%2C").replace(';', "%3B").replace('=', "%3D")
}

/// A text as it stands within a form.
fn in_form(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// A text as it stands within a query: a plus there is a space to some only.
fn in_uri(text: &str) -> String {
    in_form(text).replace('+', "%20")
}

fn invalid(name: &str, why: &str) -> Unwritable {
    Unwritable(format!("{name} cannot be written: {why}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What OpenAPI's own table of styles says of these values.
    fn values() -> [Value; 3] {
        [json!("blue"), json!(["blue", "black"]), json!({ "R": 100, "G": 200 })]
    }

    fn in_query(style: InQuery) -> Vec<String> {
        let written = values().map(|value| {
            let mut url = Url::parse("http://x/").unwrap();
            query(&mut url, "color", style, &value).unwrap();
            url.query().unwrap_or_default().to_owned()
        });
        written.into()
    }

    #[test]
    fn a_query_is_written_as_its_style_says() {
        for (style, expected) in [
            (InQuery::Form, ["color=blue", "color=blue&color=black", "G=200&R=100"]),
            (InQuery::Commas, ["color=blue", "color=blue,black", "color=G,200,R,100"]),
            (InQuery::Spaces, ["color=blue", "color=blue%20black", "color=G%20200%20R%20100"]),
            (InQuery::Pipes, ["color=blue", "color=blue|black", "color=G|200|R|100"]),
            (
                InQuery::Json,
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
        assert!(in_query(InQuery::DeepObject)[2].contains("color%5BR%5D=100"));
    }

    /// What is expected, where the same is there in another order: `serde_json` keeps that of properties only
    /// where some crate of the build asks it to.
    fn sorted(written: &str, expected: &str) -> String {
        let letters = |text: &str| {
            let mut all: Vec<char> = text.chars().collect();
            all.sort_unstable();
            all
        };
        if letters(written) == letters(expected) { expected } else { written }.to_owned()
    }

    #[test]
    fn a_path_and_a_header_are_written_as_their_style_says() {
        for (style, explode, expected) in [
            (InPath::Simple, false, ["blue", "blue,black", "G,200,R,100"]),
            (InPath::Simple, true, ["blue", "blue,black", "G=200,R=100"]),
            (InPath::Label, false, [".blue", ".blue.black", ".G.200.R.100"]),
            (InPath::Label, true, [".blue", ".blue.black", ".G=200.R=100"]),
            (InPath::Matrix, false, [";color=blue", ";color=blue,black", ";color=G,200,R,100"]),
            (InPath::Matrix, true, [";color=blue", ";color=blue;color=black", ";G=200;R=100"]),
        ] {
            for (value, expected) in values().iter().zip(expected) {
                let written = path("color", style, explode, value).unwrap();
                assert_eq!(sorted(&written, expected), expected);
                if style == InPath::Simple {
                    let written = header("color", explode, value).unwrap();
                    assert_eq!(sorted(&written, expected), expected);
                }
            }
        }
        assert_eq!(path("x", InPath::Simple, false, &["a/b", "c,d"]).unwrap(), "a%2Fb,c%2Cd");
    }

    #[test]
    fn a_form_has_each_property_in_its_style_and_nothing_deeper() {
        let body = json!({ "a": "x y&z", "b": [1, 2], "c": { "d": true }, "e": null });
        let styles = [("c", InQuery::DeepObject)];
        assert_eq!(form(&body, &styles).unwrap(), "a=x+y%26z&b=1&b=2&c%5Bd%5D=true");
        assert!(form(&json!({ "a": { "b": [1] } }), &[]).is_err());
        assert!(form(&json!([1]), &[]).is_err());
        let mut url = Url::parse("http://x/?a=1").unwrap();
        query(&mut url, "b", InQuery::Form, &Some("&")).unwrap();
        query(&mut url, "c", InQuery::Form, &None::<bool>).unwrap();
        assert_eq!(url.as_str(), "http://x/?a=1&b=%26");
        assert!(query(&mut url, "c", InQuery::Commas, &[[1]]).is_err());
        query(&mut url, "n", InQuery::Form, &[10.0, 0.5]).unwrap();
        assert_eq!(url.query(), Some("a=1&b=%26&n=10&n=0.5"));
        url.set_query(Some("a=1&b=%26"));
        query(&mut url, "d", InQuery::Pipes, &["x|y", "z +"]).unwrap();
        query(&mut url, "e", InQuery::Commas, &[""; 0]).unwrap();
        query(&mut url, "f", InQuery::Spaces, &["x", "y"]).unwrap();
        assert_eq!(url.query(), Some("a=1&b=%26&d=x%7Cy|z%20%2B&f=x%20y"));
        // Nothing tells the one space from the other.
        assert!(query(&mut url, "c", InQuery::Spaces, &["x y", "z"]).is_err());
    }

    #[test]
    fn nothing_that_a_url_does_away_with_stands_in_a_path() {
        for style in [InPath::Simple, InPath::Label, InPath::Matrix] {
            for value in [json!(""), json!("."), json!(".."), json!([]), json!({}), json!(null)] {
                assert!(path("a", style, false, &value).is_err(), "{style:?} {value}");
            }
        }
    }
}
