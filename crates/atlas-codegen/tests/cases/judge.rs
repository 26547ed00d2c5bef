//! What was sent and returned, against what was expected.

use serde_json::{Map, Value, json};

use crate::differences::{Class, differences};
use crate::expectation::Expectation;
use crate::slices::Sliced;
use crate::whole::Whole;
use crate::wire::{percent_decoded, plain, verdict};

/// What is wrong with each.
pub fn all(whole: &Whole, cases: &[(&Expectation, &Sliced)]) -> Vec<(String, Vec<String>)> {
    let mut lines = Vec::new();
    for (expectation, slice) in cases {
        let questions = questions(expectation, slice);
        lines.extend(questions.into_iter().map(|question| (*expectation, *slice, question)));
    }
    let asked: Vec<Value> = lines.iter().map(|(.., question)| question.line().clone()).collect();
    let told = whole.told(&asked);
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for ((expectation, slice, question), told) in lines.iter().zip(&told) {
        let wrong = judge(expectation, question, told);
        if !wrong.is_empty() {
            found.push((slice.name.clone(), wrong));
        }
    }
    for (expectation, slice) in cases {
        if let (Some(_), Some(warning)) =
            (expectation.says("no_warnings"), whole.warnings.get(&slice.name))
        {
            found.push((slice.name.clone(), vec![format!("the compiler warns: {warning}")]));
        }
    }
    found
}

/// What is asked of the program.
enum Question {
    /// A call that was written by hand.
    Call(Map<String, Value>, Value),
    /// Requests and values of the slice's own contract test.
    Request(Value),
    Sample(Value),
    Server(String, Value),
}

impl Question {
    fn line(&self) -> &Value {
        match self {
            Self::Call(_, line)
            | Self::Request(line)
            | Self::Sample(line)
            | Self::Server(_, line) => line,
        }
    }
}

fn questions(expectation: &Expectation, slice: &Sliced) -> Vec<Question> {
    let mut questions = Vec::new();
    for call in expectation.calls() {
        questions.push(Question::Call(call.clone(), line(call, slice)));
    }
    let of_module = |mut line: Value| {
        line["module"] = slice.name.as_str().into();
        line
    };
    let lines = slice.lines("requests.jsonl").into_iter();
    questions.extend(lines.map(|line| Question::Request(of_module(line))));
    let lines = slice.lines("samples.jsonl").into_iter();
    questions.extend(lines.map(|line| Question::Sample(of_module(line))));
    if let Some(server) = expectation.text("server") {
        let line = of_module(json!({ "server": true }));
        questions.push(Question::Server(server.to_owned(), line));
    }
    questions
}

/// A call as the program takes it.
fn line(call: &Map<String, Value>, slice: &Sliced) -> Value {
    let of = call["call"].as_str().unwrap();
    let method = slice.methods.get(of).map_or(of, String::as_str);
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
    let answer = call.get("answer").map_or_else(|| "".into(), Clone::clone);
    let has_answer = call.contains_key("answer");
    let status = call.get("status").cloned();
    let status = status.unwrap_or_else(|| if has_answer { 200.into() } else { 204.into() });
    let media_type = call.get("type").cloned();
    let media_type =
        media_type.or_else(|| has_answer.then(|| "application/json".into())).unwrap_or_default();
    json!({
        "module": slice.name,
        "operation": method,
        "arguments": arguments,
        "answer": { "status": status, "content_type": media_type, "body": answer },
    })
}

fn judge(expectation: &Expectation, question: &Question, told: &Value) -> Vec<String> {
    let is_exact = expectation.profile == "lossless";
    let (what, wrong) = match question {
        Question::Call(call, line) => (
            format!("{} with {}", call["call"], line["arguments"]),
            judge_call(call, told, is_exact),
        ),
        Question::Request(case) => {
            let what = format!("its own request {} with {}", case["of"], case["arguments"]);
            (what, verdict(case, told, is_exact))
        }
        Question::Sample(sample) => {
            let what = format!("its own value of {} {}", sample["operation"], sample["direction"]);
            (what, judge_sample(sample, told, is_exact))
        }
        Question::Server(server, _) => {
            let is_it = told["server"].as_str() == Some(server);
            let wrong = if is_it { Vec::new() } else { vec![format!("is {}", told["server"])] };
            ("its server".to_owned(), wrong)
        }
    };
    wrong.into_iter().map(|wrong| format!("{what}: {wrong}")).collect()
}

fn judge_call(call: &Map<String, Value>, told: &Value, is_exact: bool) -> Vec<String> {
    let error = told["returned"]["error"].as_str();
    let requests: Vec<&Value> = told["requests"].as_array().unwrap().iter().collect();
    if call.get("refused") == Some(&Value::Bool(true)) {
        let is_refused = error.is_some_and(|error| !error.starts_with("panic"));
        let is_right = is_refused && requests.is_empty();
        return if is_right { Vec::new() } else { vec![format!("it is not refused: {told}")] };
    }
    let [request] = requests[..] else {
        return vec![format!("one request is to be sent: {told}")];
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
        // Of a list of media types the order does not count.
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
    wrong.extend(judge_returned(call, &told["returned"], is_exact));
    wrong
}

fn judge_returned(call: &Map<String, Value>, told: &Value, is_exact: bool) -> Option<String> {
    let answer = call.get("answer").and_then(Value::as_str);
    let returns = call.get("returns").and_then(Value::as_str);
    let returns = returns.or_else(|| answer.map(|_| "same"))?;
    let value = told["value"].as_str();
    let is_right = match (returns, answer) {
        ("nothing", _) => told["nothing"] == true || value == Some("null"),
        ("bytes", Some(answer)) => {
            let text = value.and_then(|text| serde_json::from_str::<String>(text).ok());
            told["stream"].as_str() == Some(answer) || text.as_deref() == Some(answer)
        }
        (returns, answer) => {
            let wanted = if returns == "same" { answer.unwrap_or_default() } else { returns };
            value.is_some_and(|value| is_same(wanted, value, is_exact))
        }
    };
    (!is_right).then(|| format!("{} is returned as {told}", answer.unwrap_or("nothing")))
}

/// Whether two texts are the same JSON: to the digit, or as far as plain types hold it.
fn is_same(wanted: &str, value: &str, is_exact: bool) -> bool {
    let exact = |text: &str| serde_json::from_str::<Value>(&with_numbers_as_text(text)).ok();
    if is_exact {
        return exact(wanted) == exact(value);
    }
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    let (Some(wanted), Some(value)) = (read(wanted), read(value)) else { return false };
    differences(&wanted, &value, &[]).iter().all(|(_, class)| *class == Class::NumberRespelled)
}

/// JSON in which each number is its own text.
fn with_numbers_as_text(json: &str) -> String {
    let mut text = String::new();
    let (mut is_text, mut is_escaped, mut is_number) = (false, false, false);
    for character in json.chars() {
        let is_part = !is_text && (character.is_ascii_digit() || "+-.eE".contains(character));
        // The `e` of `true` begins no number.
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

/// The segments of a path, and the pairs of a query in the order of their names.
fn parts(target: &str) -> (Vec<String>, Vec<(String, String)>) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let decoded = |text: &str| percent_decoded(&text.replace('+', " "));
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect();
    // The order of one name's values counts.
    pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
    (path.split('/').map(percent_decoded).collect(), pairs)
}

fn judge_sample(sample: &Value, told: &Value, is_exact: bool) -> Vec<String> {
    let all = told.as_array().unwrap().iter();
    let all = all.map(|told| judge_type(sample, told, is_exact));
    let best = all.min_by_key(Vec::len);
    let wrong = best.unwrap_or_else(|| vec!["there is no type for it".to_owned()]);
    wrong.into_iter().map(|wrong| format!("{wrong}: {}", sample["value"])).collect()
}

fn judge_type(sample: &Value, told: &Value, is_exact: bool) -> Vec<String> {
    let Some(became) = told["became"].as_str() else { return vec![told["error"].to_string()] };
    let became: Value = serde_json::from_str(became).unwrap();
    let unknown = sample["unknown"].as_array().unwrap().iter();
    let unknown: Vec<String> = unknown.map(plain).collect();
    let found = differences(&sample["value"], &became, &unknown).into_iter();
    let found = found.filter(|(_, class)| is_exact || *class == Class::Unexplained);
    let mut wrong: Vec<String> =
        found.map(|(at, class)| format!("{at:?} became another ({class:?})")).collect();
    if let Some(shown) = told["unknown"].as_str().filter(|_| sample["kind"] != "new_value") {
        wrong.push(format!("the tag of a variant is not known: {shown}"));
    }
    wrong
}
