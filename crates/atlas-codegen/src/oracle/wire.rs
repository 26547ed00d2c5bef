//! Compares what a method sent and returned with what the document defines.
//!
//! A case has what is expected, and `seen` what a recording server and the caller of the method saw. Both are JSON, so
//! that the test of a generated crate compares them by the same rules.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::differences::{Class, differences};

/// Returns the differences between a case and what was seen. Empty if everything is as the document defines.
pub fn verdict(case: &Value, seen: &Value, keeps_all: bool) -> Vec<String> {
    let sent: Vec<&Value> = seen["requests"].as_array().into_iter().flatten().collect();
    let error = seen["returned"]["error"].as_str();
    if let Some(reason) = case["undefined"].as_str() {
        return vec![format!("the document does not say how this is sent: {reason}")];
    }
    if case["refused"] == true {
        return match sent.first() {
            Some(request) => vec![format!("it must be refused, but is sent: {}", line(request))],
            None => match error {
                None => vec!["it must be refused, but is no error".to_owned()],
                Some(error) if error.starts_with("panic") => vec![error.to_owned()],
                Some(_) => Vec::new(),
            },
        };
    }
    let [request] = sent[..] else {
        let error = error.unwrap_or("no error");
        return vec![format!("{} requests are sent, not one: {error}", sent.len())];
    };
    let mut wrong = Vec::new();
    compare(&case["expected"], request, keeps_all, &mut wrong);
    returned(case, &seen["returned"], keeps_all, &mut wrong);
    wrong
}

fn line(request: &Value) -> String {
    let text = |name: &str| request[name].as_str().unwrap_or_default();
    format!("{} {}", text("method"), text("target"))
}

fn compare(expected: &Value, request: &Value, keeps_all: bool, wrong: &mut Vec<String>) {
    if expected["method"] != request["method"] {
        wrong.push(format!("the method is {}, not {}", request["method"], expected["method"]));
    }
    let target = request["target"].as_str().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let wanted: Vec<&Value> = expected["path"].as_array().into_iter().flatten().collect();
    if wanted.len() != segments.len() || !wanted.iter().zip(&segments).all(|(w, s)| is(w, s)) {
        wrong.push(format!("the path is {path}, not {}", expected["path"]));
    }
    compare_queries(&expected["query"], query, wrong);
    let headers = headers(request);
    for (name, value) in members(&expected["headers"]) {
        match headers.get(name.as_str()) {
            Some(header) if is_plain(value, header.trim()) => {}
            header => wrong.push(format!("the header {name} is {header:?}, not {value}")),
        }
    }
    for name in expected["absent"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if let Some(header) = headers.get(name) {
            wrong.push(format!("the header {name} is {header:?}, and was not given"));
        }
    }
    compare_accepted(&expected["accept"], headers.get("accept").map(String::as_str), wrong);
    let body = request["body"].as_str().unwrap_or_default();
    let content_type = headers.get("content-type").map(String::as_str);
    compare_bodies(expected, content_type, body, keeps_all, wrong);
}

/// Returns the headers of a request, by their names in lower case.
fn headers(request: &Value) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for pair in request["headers"].as_array().into_iter().flatten() {
        let text = |index: usize| pair[index].as_str().unwrap_or_default();
        let value = headers.entry(text(0).to_lowercase()).or_default();
        let separator = if value.is_empty() { "" } else { ", " };
        *value = format!("{value}{separator}{}", text(1));
    }
    headers
}

/// Compares queries. The order only matters among values of the same name.
fn compare_queries(expected: &Value, query: &str, wrong: &mut Vec<String>) {
    let mut wanted: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for pair in expected.as_array().into_iter().flatten() {
        wanted.entry(pair[0].as_str().unwrap_or_default().to_owned()).or_default().push(&pair[1]);
    }
    let mut sent: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        sent.entry(form_decoded(name)).or_default().push(value);
    }
    let is_same = |wanted: &[&Value], sent: &[&str]| {
        wanted.len() == sent.len()
            && wanted.iter().zip(sent).all(|(w, s)| is(w, &s.replace('+', "%20")))
    };
    let none = Vec::new();
    for (name, wanted) in &wanted {
        let sent = sent.get(name).unwrap_or(&none);
        if !is_same(wanted, sent) {
            let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
            wrong.push(format!("the query's {name:?} is {sent:?}, not [{}]", wanted.join(", ")));
        }
    }
    for (name, sent) in sent.iter().filter(|(name, _)| !wanted.contains_key(*name)) {
        wrong.push(format!("the query's {name:?} is {sent:?}, and was not given"));
    }
}

/// Returns whether a raw part of a URL means a value.
fn is(wanted: &Value, raw: &str) -> bool {
    let Some(delimiter) = wanted["delimiter"].as_str() else {
        return is_plain(wanted, &percent_decoded(raw));
    };
    let pieces: Vec<&Value> = wanted["pieces"].as_array().into_iter().flatten().collect();
    // A URL contains no space.
    let raw_delimiter = if delimiter == " " { "%20" } else { delimiter };
    let prefix = wanted["prefix"].as_str().unwrap_or_default();
    if let Some(raw) = raw.strip_prefix(prefix) {
        let parts: Vec<&str> = raw.split(raw_delimiter).collect();
        let is_same = |(wanted, part): (&&Value, &&str)| is_plain(wanted, &percent_decoded(part));
        if parts.len() == pieces.len() && pieces.iter().zip(&parts).all(is_same) {
            return true;
        }
    }
    // An encoded delimiter means the same if no piece contains one.
    let pieces: Vec<String> = pieces.into_iter().map(plain).collect();
    pieces.iter().all(|piece| !piece.contains(delimiter))
        && percent_decoded(raw) == format!("{prefix}{}", pieces.join(delimiter))
}

/// Returns whether a text means a value.
fn is_plain(wanted: &Value, text: &str) -> bool {
    match wanted {
        Value::String(wanted) => wanted == text,
        Value::Number(number) => {
            let is_exact = number.is_i64() || number.is_u64();
            let is_small = number.as_f64().is_some_and(|size| size.abs() < 9_007_199_254_740_992.0);
            number.to_string() == text
                || ((!is_exact || is_small) && text.parse::<f64>().ok() == number.as_f64())
        }
        Value::Object(members) if members.contains_key("json") => {
            serde_json::from_str::<Value>(text).is_ok_and(|sent| sent == members["json"])
        }
        // A header has the plain delimiter, with or without a space after it.
        Value::Object(members) if members.contains_key("pieces") => {
            let delimiter = members["delimiter"].as_str().unwrap_or(",");
            let pieces = members["pieces"].as_array().into_iter().flatten().map(plain);
            let pieces: Vec<String> = pieces.collect();
            text == pieces.join(delimiter) || text == pieces.join(&format!("{delimiter} "))
        }
        Value::Bool(wanted) => text == if *wanted { "true" } else { "false" },
        _ => false,
    }
}

/// Returns a value as plain text.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Compares `Accept`. `documented` has the media types of each success.
fn compare_accepted(documented: &Value, accept: Option<&str>, wrong: &mut Vec<String>) {
    let documented: Vec<Vec<&str>> = documented
        .as_array()
        .into_iter()
        .flatten()
        .map(|all| all.as_array().into_iter().flatten().filter_map(Value::as_str).collect())
        .filter(|all: &Vec<&str>| !all.is_empty())
        .collect();
    if documented.is_empty() {
        return;
    }
    let accept = accept.unwrap_or_default();
    let accepted = accept.split(',').map(|media_type| {
        let media_type = media_type.trim();
        media_type.split(";q=").next().unwrap_or(media_type).trim()
    });
    let accepted: Vec<&str> = accepted.collect();
    for media_type in &accepted {
        if !documented.iter().flatten().any(|known| covers(known, media_type)) {
            wrong.push(format!("`Accept` has {media_type:?}, which no success has"));
        }
    }
    let dates: Vec<&str> = accepted.iter().filter_map(|media_type| date(media_type)).collect();
    for all in documented {
        let of_version = |media_type: &&&str| {
            date(media_type).is_none_or(|date| dates.contains(&date) || dates.is_empty())
        };
        let all: Vec<&&str> = all.iter().filter(of_version).collect();
        // JSON is preferred.
        let has_json = all.iter().any(|media_type| is_json(media_type));
        let mut wanted = all.iter().filter(|media_type| !has_json || is_json(media_type));
        let is_accepted = |known: &&&&str| accepted.iter().any(|accepted| covers(known, accepted));
        if !all.is_empty() && wanted.find(is_accepted).is_none() {
            wrong.push(format!("`Accept` is {accept:?}, and has none of {all:?}"));
        }
    }
}

/// Returns the date in a media type of Atlas.
fn date(media_type: &str) -> Option<&str> {
    media_type.strip_prefix("application/vnd.atlas.")?.split(['+', ';']).next()
}

/// Returns whether a media type is JSON.
pub fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json") || essence.ends_with("+json")
}

fn compare_bodies(
    expected: &Value,
    content_type: Option<&str>,
    body: &str,
    keeps_all: bool,
    wrong: &mut Vec<String>,
) {
    let Some(wanted) = expected.get("body") else {
        if !body.is_empty() || content_type.is_some() {
            wrong.push(format!("a body is sent ({content_type:?}), and there is none: {body:?}"));
        }
        return;
    };
    let content_type = content_type.unwrap_or_default();
    let documented = expected["content_types"].as_array().into_iter().flatten();
    let documented: Vec<&str> = documented.filter_map(Value::as_str).collect();
    let has_json = documented.iter().any(|media_type| is_json(media_type));
    let is_meant = documented.iter().any(|known| covers(known, content_type));
    if !is_meant || content_type.contains('*') || (has_json && !is_json(content_type)) {
        wrong.push(format!("`Content-Type` is {content_type:?}, of {documented:?}"));
    }
    let is_form = content_type.starts_with("application/x-www-form-urlencoded");
    if let (true, Some(pairs)) = (is_form, wanted.get("form")) {
        compare_queries(pairs, body, wrong);
    } else if is_json(content_type) {
        match serde_json::from_str::<Value>(body) {
            Ok(sent) => {
                for (at, class) in differences(&wanted["value"], &sent, &unknown(wanted)) {
                    let is_lost = keeps_all && class == Class::UnknownDropped;
                    if is_lost || class == Class::Unexplained {
                        wrong.push(format!("the body differs at {at:?}: {body}"));
                    }
                }
            }
            Err(error) => wrong.push(format!("the body is no JSON: {error}: {body:?}")),
        }
    } else if plain(&wanted["value"]) != body {
        wrong.push(format!("the body is {body:?}, not {}", wanted["value"]));
    }
}

/// Returns whether a media type equals another one, or is in its range.
pub fn covers(range: &str, media_type: &str) -> bool {
    let essence =
        |text: &str| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (range, media_type) = (essence(range), essence(media_type));
    let kind = range.strip_suffix("/*");
    range == media_type || kind.is_some_and(|kind| kind == "*" || media_type.starts_with(kind))
}

fn returned(case: &Value, returned: &Value, keeps_all: bool, wrong: &mut Vec<String>) {
    let response = case["response"]["body"].as_str().unwrap_or_default();
    let wanted = case["returns"].as_str().unwrap_or("unchecked");
    if wanted == "unchecked" {
        return;
    }
    if let Some(error) = returned["error"].as_str() {
        wrong.push(format!("the response {response:?} is an error: {error}"));
        return;
    }
    let value = returned["value"]
        .as_str()
        .map(|text| serde_json::from_str::<Value>(text).unwrap_or_else(|_| Value::from(text)));
    let stream = returned["stream"].as_str();
    match (wanted, value, stream) {
        ("nothing", None, None) => {}
        ("nothing", Some(value), _) if value.is_null() => {}
        ("nothing", ..) => {
            wrong.push(format!("the response is empty, but the method returns {returned}"));
        }
        ("bytes", None, Some(bytes)) if bytes == response => {}
        ("bytes", Some(Value::String(text)), _) if text == response => {}
        ("value", Some(decoded), _) => {
            let value = serde_json::from_str(response).unwrap_or_default();
            for (at, class) in differences(&value, &decoded, &unknown(&case["response"])) {
                if keeps_all || class == Class::Unexplained {
                    wrong.push(format!("the response's {at:?} ({class:?}): {value} is {decoded}"));
                }
            }
        }
        _ => wrong.push(format!("the response {response:?} is returned as {returned}")),
    }
}

/// Returns the places of properties that the document does not define.
fn unknown(of: &Value) -> Vec<String> {
    let places = of["unknown"].as_array().into_iter().flatten();
    places.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// Returns a text without its percent-encoding.
pub fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        let digits = bytes.get(index + 1..index + 3).filter(|_| byte == b'%');
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(encoded) => {
                decoded.push(encoded);
                index += 3;
            }
            None => {
                decoded.push(byte);
                index += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Returns a text as a form or a query encodes it, decoded.
fn form_decoded(text: &str) -> String {
    percent_decoded(&text.replace('+', " "))
}
