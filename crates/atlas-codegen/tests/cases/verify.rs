//! Compares the requests and results of the methods with the expectations.

use serde_json::{Map, Value, json};

use crate::differences::{Class, differences};
use crate::expectation::Expectation;
use crate::slices::Sliced;
use crate::whole::Whole;
use crate::wire::{percent_decoded, plain, verdict};

/// Returns the differences of each case.
pub fn all(whole: &Whole, cases: &[(&Expectation, &Sliced)]) -> Vec<(String, Vec<String>)> {
    let mut lines = Vec::new();
    for (expectation, slice) in cases {
        let checks = checks(expectation, slice);
        lines.extend(checks.into_iter().map(|check| (*expectation, *slice, check)));
    }
    let inputs: Vec<Value> = lines.iter().map(|(.., check)| check.line().clone()).collect();
    let outputs = whole.outputs(&inputs);
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for ((expectation, slice, check), output) in lines.iter().zip(&outputs) {
        let wrong = verify(expectation, check, output);
        if !wrong.is_empty() {
            found.push((slice.name.clone(), wrong));
        }
    }
    for (expectation, slice) in cases {
        if let (Some(_), Some(warning)) =
            (expectation.get("no_warnings"), whole.warnings.get(&slice.name))
        {
            found.push((slice.name.clone(), vec![format!("the compiler warns: {warning}")]));
        }
    }
    found
}

/// A check, with the input line of the program.
enum Check {
    /// A handwritten call.
    Call(Map<String, Value>, Value),
    /// A request of the slice's contract test.
    Request(Value),
    /// A value of the slice's contract test.
    Sample(Value),
    Server(String, Value),
}

impl Check {
    fn line(&self) -> &Value {
        match self {
            Self::Call(_, line)
            | Self::Request(line)
            | Self::Sample(line)
            | Self::Server(_, line) => line,
        }
    }
}

fn checks(expectation: &Expectation, slice: &Sliced) -> Vec<Check> {
    let mut checks = Vec::new();
    for call in expectation.calls() {
        checks.push(Check::Call(call.clone(), line(call, slice)));
    }
    let with_module = |mut line: Value| {
        line["module"] = slice.name.as_str().into();
        line
    };
    let lines = slice.lines("requests.jsonl").into_iter();
    checks.extend(lines.map(|line| Check::Request(with_module(line))));
    let lines = slice.lines("samples.jsonl").into_iter();
    checks.extend(lines.map(|line| Check::Sample(with_module(line))));
    if let Some(server) = expectation.text("server") {
        let line = with_module(json!({ "server": true }));
        checks.push(Check::Server(server.to_owned(), line));
    }
    checks
}

/// Returns a call as an input line of the program.
fn line(call: &Map<String, Value>, slice: &Sliced) -> Value {
    let name = call["call"].as_str().unwrap();
    let method = slice.methods.get(name).map_or(name, String::as_str);
    let none = Vec::new();
    let known = slice.arguments.get(method).unwrap_or(&none);
    let mut arguments = Map::new();
    for (name, value) in call.get("with").and_then(Value::as_object).into_iter().flatten() {
        let ends = format!(" {name}");
        let key = known.iter().find(|known| **known == *name || known.ends_with(&ends));
        arguments.insert(key.unwrap_or(name).clone(), value.clone());
    }
    if let Some(body) = call.get("body") {
        arguments.insert("body".to_owned(), body.clone());
    }
    let response = call.get("response").map_or_else(|| "".into(), Clone::clone);
    let has_response = call.contains_key("response");
    let status = call.get("status").cloned();
    let status = status.unwrap_or_else(|| if has_response { 200.into() } else { 204.into() });
    let media_type = call.get("type").cloned();
    let media_type =
        media_type.or_else(|| has_response.then(|| "application/json".into())).unwrap_or_default();
    json!({
        "module": slice.name,
        "operation": method,
        "arguments": arguments,
        "response": { "status": status, "content_type": media_type, "body": response },
    })
}

fn verify(expectation: &Expectation, check: &Check, output: &Value) -> Vec<String> {
    let is_exact = expectation.profile == "lossless";
    let (what, wrong) = match check {
        Check::Call(call, line) => (
            format!("{} with {}", call["call"], line["arguments"]),
            verify_call(call, output, is_exact),
        ),
        Check::Request(case) => {
            let what = format!("its own request {} with {}", case["endpoint"], case["arguments"]);
            (what, verdict(case, output, is_exact))
        }
        Check::Sample(sample) => {
            let what = format!("its own value of {} {}", sample["operation"], sample["direction"]);
            (what, verify_sample(sample, output, is_exact))
        }
        Check::Server(server, _) => {
            let is_same = output["server"].as_str() == Some(server);
            let wrong = if is_same { Vec::new() } else { vec![format!("is {}", output["server"])] };
            ("its server".to_owned(), wrong)
        }
    };
    wrong.into_iter().map(|wrong| format!("{what}: {wrong}")).collect()
}

fn verify_call(call: &Map<String, Value>, output: &Value, is_exact: bool) -> Vec<String> {
    let error = output["returned"]["error"].as_str();
    let requests: Vec<&Value> = output["requests"].as_array().unwrap().iter().collect();
    if call.get("refused") == Some(&Value::Bool(true)) {
        let is_refused = error.is_some_and(|error| !error.starts_with("panic"));
        let is_right = is_refused && requests.is_empty();
        return if is_right { Vec::new() } else { vec![format!("it is not refused: {output}")] };
    }
    let [request] = requests[..] else {
        return vec![format!("not one request is sent: {output}")];
    };
    let mut wrong = Vec::new();
    if let Some(sends) = call.get("sends").and_then(Value::as_str) {
        let (method, target) = sends.split_once(' ').unwrap();
        let sent = request["target"].as_str().unwrap();
        if request["method"] != method || parts(sent) != parts(target) {
            wrong.push(format!("it sends {} {sent}", request["method"]));
        }
    }
    for (name, value) in call.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let headers = request["headers"].as_array().unwrap().iter();
        let mut sent = headers.filter(|header| header[0] == *name).map(|header| plain(&header[1]));
        let sent = sent.next().unwrap_or_else(|| "none".to_owned());
        // The order of media types does not matter.
        let listed = |text: &str| {
            let mut listed: Vec<String> =
                text.split(',').map(|one| one.trim().to_owned()).collect();
            listed.sort();
            listed
        };
        let wanted = plain(value);
        if sent != wanted && (name != "accept" || listed(&sent) != listed(&wanted)) {
            wrong.push(format!("the header {name} is {sent:?}, not {wanted:?}"));
        }
    }
    let body = request["body"].as_str().unwrap();
    match (call.get("sent"), call.get("body")) {
        (Some(sent), _) if parts(&format!("/?{body}")) == parts(&format!("/?{}", plain(sent))) => {}
        (Some(sent), _) => wrong.push(format!("the body is {body:?}, not {sent}")),
        (None, Some(given)) if serde_json::from_str::<Value>(body).ok().as_ref() == Some(given) => {
        }
        (None, Some(given)) => wrong.push(format!("the body is {body:?}, not {given}")),
        (None, None) if body.is_empty() => {}
        (None, None) => wrong.push(format!("a body is sent: {body:?}")),
    }
    wrong.extend(verify_returned(call, &output["returned"], is_exact));
    wrong
}

fn verify_returned(call: &Map<String, Value>, output: &Value, is_exact: bool) -> Option<String> {
    let response = call.get("response").and_then(Value::as_str);
    let returns = call.get("returns").and_then(Value::as_str);
    let returns = returns.or_else(|| response.map(|_| "same"))?;
    let value = output["value"].as_str();
    let is_right = match (returns, response) {
        ("nothing", _) => output["nothing"] == true || value == Some("null"),
        ("bytes", Some(response)) => {
            let text = value.and_then(|text| serde_json::from_str::<String>(text).ok());
            output["stream"].as_str() == Some(response) || text.as_deref() == Some(response)
        }
        (returns, response) => {
            let wanted = if returns == "same" { response.unwrap_or_default() } else { returns };
            value.is_some_and(|value| is_same(wanted, value, is_exact))
        }
    };
    (!is_right).then(|| format!("{} is returned as {output}", response.unwrap_or("nothing")))
}

/// Returns whether two texts are the same JSON: with every digit, or with the precision of plain types.
fn is_same(wanted: &str, value: &str, is_exact: bool) -> bool {
    let exact = |text: &str| serde_json::from_str::<Value>(&with_numbers_as_text(text)).ok();
    if is_exact {
        return exact(wanted) == exact(value);
    }
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    let (Some(wanted), Some(value)) = (read(wanted), read(value)) else { return false };
    differences(&wanted, &value, &[]).iter().all(|(_, class)| *class == Class::NumberRespelled)
}

/// Replaces each number in JSON by a string with its digits.
fn with_numbers_as_text(json: &str) -> String {
    let mut text = String::new();
    let (mut is_text, mut is_escaped, mut is_number) = (false, false, false);
    for character in json.chars() {
        let is_part = !is_text && (character.is_ascii_digit() || "+-.eE".contains(character));
        // The `e` of `true` does not begin a number.
        let begins = is_part && !is_number && (character.is_ascii_digit() || character == '-');
        if begins {
            text.push_str("\"number ");
            is_number = true;
        } else if is_number && !is_part {
            text.push('"');
            is_number = false;
        }
        // `1e+400` is another spelling of `1e400`.
        if !(is_number && character == '+') {
            text.extend(if is_number { character.to_lowercase().next() } else { Some(character) });
        }
        is_text ^= character == '"' && !is_escaped;
        is_escaped = is_text && character == '\\' && !is_escaped;
    }
    if is_number {
        text.push('"');
    }
    text
}

/// Returns the segments of a path and the pairs of a query, sorted by name.
fn parts(target: &str) -> (Vec<String>, Vec<(String, String)>) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let decoded = |text: &str| percent_decoded(&text.replace('+', " "));
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect();
    // A stable sort, because the order of the values of one name matters.
    pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
    (path.split('/').map(percent_decoded).collect(), pairs)
}

fn verify_sample(sample: &Value, output: &Value, is_exact: bool) -> Vec<String> {
    let all = output.as_array().unwrap().iter();
    let all = all.map(|output| verify_type(sample, output, is_exact));
    let best = all.min_by_key(Vec::len);
    let wrong = best.unwrap_or_else(|| vec!["there is no type for it".to_owned()]);
    wrong.into_iter().map(|wrong| format!("{wrong}: {}", sample["value"])).collect()
}

fn verify_type(sample: &Value, output: &Value, is_exact: bool) -> Vec<String> {
    let Some(encoded) = output["encoded"].as_str() else {
        return vec![output["error"].to_string()];
    };
    let encoded: Value = serde_json::from_str(encoded).unwrap();
    let unknown = sample["unknown"].as_array().unwrap().iter();
    let unknown: Vec<String> = unknown.map(plain).collect();
    let found = differences(&sample["value"], &encoded, &unknown).into_iter();
    let found = found.filter(|(_, class)| is_exact || *class == Class::Unexplained);
    let mut wrong: Vec<String> =
        found.map(|(at, class)| format!("{at:?} differs ({class:?})")).collect();
    if let Some(shown) = output["unknown"].as_str().filter(|_| sample["kind"] != "new_value") {
        wrong.push(format!("no variant has this tag: {shown}"));
    }
    wrong
}
