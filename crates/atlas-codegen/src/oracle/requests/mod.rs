//! The requests of each operation, as the document says that they must be, for arguments that its
//! parameters admit.

mod answers;
mod arguments;
mod parameters;
mod place;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::text::Texts;
use super::values::Source;
use super::{Original, wire};
use arguments::Arguments;
use parameters::{Location, Parameter};

/// Query parameters that no generated method has: they change the answer's shape or its layout.
const RAW_ONLY: &[&str] = &["envelope", "pretty"];

/// The methods that an item of a path may have.
const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// What must not stand in a path: a URL does away with it.
const NO_SEGMENTS: &[&str] = &["", ".", ".."];

/// Cases of each operation: arguments, the request that they must become, or that they must be refused, and
/// an answer with what must be returned of it.
pub fn requests(document: &Value, operations: &[Source<'_>], is_exact: bool) -> Vec<Value> {
    let original = Original::new(document);
    let mut texts = Texts::default();
    let mut cases = Vec::new();
    for source in operations {
        let Some(operation) = Operation::of(original, source) else { continue };
        let arguments = Arguments { original, texts: &mut texts, is_exact };
        operation.cases(arguments, &mut cases);
    }
    cases
}

/// The method and the path of every operation of a document, those of items that are elsewhere too.
pub fn operations(document: &Value) -> Vec<(String, String)> {
    let original = Original::new(document);
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let mut found = Vec::new();
    for (path, _) in paths {
        let item = original.path_item(path).and_then(Value::as_object).into_iter().flatten();
        let methods = item
            .filter(|(name, operation)| METHODS.contains(&name.as_str()) && operation.is_object());
        found.extend(methods.map(|(method, _)| (method.to_uppercase(), path.clone())));
    }
    found
}

/// The paths whose items are not in the document, so that nobody knows which operations they have.
pub fn paths_elsewhere(document: &Value) -> Vec<String> {
    let original = Original::new(document);
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let is_elsewhere = |path: &&String| {
        original.path_item(path).is_some_and(|item| item.get("$ref").is_some_and(Value::is_string))
    };
    paths.map(|(path, _)| path).filter(is_elsewhere).cloned().collect()
}

/// An operation of the document.
struct Operation<'a, 's> {
    original: Original<'a>,
    source: &'s Source<'s>,
    members: &'a Map<String, Value>,
    parameters: Vec<Parameter<'a>>,
}

impl<'a, 's> Operation<'a, 's> {
    fn of(original: Original<'a>, source: &'s Source<'s>) -> Option<Self> {
        let item = original.path_item(source.path)?;
        let members = item.get(source.method.to_lowercase())?.as_object()?;
        let mut parameters = parameters::of(original, item, members);
        parameters.retain(|parameter| {
            match parameter.location {
                Location::Query => !RAW_ONLY.contains(&parameter.name),
                // What the path does not have cannot be sent.
                Location::Path => source.path.contains(&format!("{{{}}}", parameter.name)),
                Location::Header | Location::Cookie => true,
            }
        });
        Some(Self { original, source, members, parameters })
    }

    fn cases(&self, mut arguments: Arguments<'a, '_>, cases: &mut Vec<Value>) {
        let values: Vec<Vec<Value>> =
            self.parameters.iter().map(|parameter| arguments.values(parameter)).collect();
        let bodies = self.bodies(&mut arguments);
        let answers = self.answers(&mut arguments);
        let longest = values.iter().map(Vec::len).max().unwrap_or(0);
        let count = longest.max(bodies.len()).max(answers.len()) + 1;
        for turn in 0..count {
            // The last has only what must be there.
            let is_bare = turn + 1 == count;
            let chosen = self.parameters.iter().zip(&values).filter_map(|(parameter, values)| {
                let value = values.get(turn % values.len().max(1))?;
                (!is_bare || parameter.is_required()).then_some((parameter, value))
            });
            let chosen: Vec<(&Parameter<'a>, &Value)> = chosen.collect();
            let body = bodies.get(turn % bodies.len().max(1));
            let mut case = self.case(&chosen, body);
            if let Some(answer) = answers.get(turn % answers.len().max(1)) {
                answer.put_into(&mut case);
            }
            cases.push(case);
        }
        self.refusals(&values, bodies.first(), cases);
    }

    /// What a path or a header cannot hold, one argument at a time.
    fn refusals(&self, values: &[Vec<Value>], body: Option<&Body>, cases: &mut Vec<Value>) {
        for (index, parameter) in self.parameters.iter().enumerate() {
            let odd: &[&str] = match parameter.location {
                Location::Path if self.is_whole_segment(parameter) => NO_SEGMENTS,
                Location::Header => &["a\nb"],
                _ => continue,
            };
            if !parameter.is_text(self.original) {
                continue;
            }
            for odd in odd {
                let odd = Value::from(*odd);
                let segment = place::whole_segment(parameter, &odd);
                let is_no_segment = segment.is_ok_and(|segment| {
                    segment.as_str().is_some_and(|segment| NO_SEGMENTS.contains(&segment))
                });
                if parameter.location == Location::Path && !is_no_segment {
                    continue;
                }
                let chosen = self.parameters.iter().zip(values).enumerate();
                let chosen = chosen.filter_map(|(at, (parameter, values))| {
                    let value = if at == index { &odd } else { values.first()? };
                    (at == index || parameter.is_required()).then_some((parameter, value))
                });
                let mut case = self.given(&chosen.collect::<Vec<_>>(), body);
                case["refused"] = true.into();
                cases.push(case);
            }
        }
    }

    fn is_whole_segment(&self, parameter: &Parameter<'_>) -> bool {
        let whole = format!("{{{}}}", parameter.name);
        self.source.path.split('/').any(|segment| segment == whole)
    }

    /// The arguments, without what becomes of them.
    fn given(&self, chosen: &[(&Parameter<'a>, &Value)], body: Option<&Body>) -> Value {
        let mut arguments = Map::new();
        for (parameter, value) in chosen {
            arguments.insert(parameter.key(), (*value).clone());
        }
        if let Some(body) = body {
            arguments.insert("body".to_owned(), body.value.clone());
        }
        let of = format!("{} {}", self.source.method, self.source.path);
        json!({ "operation": self.source.name, "of": of, "arguments": arguments })
    }

    fn case(&self, chosen: &[(&Parameter<'a>, &Value)], body: Option<&Body>) -> Value {
        let mut case = self.given(chosen, body);
        match self.expected(chosen, body) {
            Ok(expected) => case["expected"] = expected,
            Err(reason) => case["undefined"] = reason.into(),
        }
        case
    }

    /// The request that arguments must become, or why the document does not say.
    fn expected(
        &self,
        chosen: &[(&Parameter<'a>, &Value)],
        body: Option<&Body>,
    ) -> Result<Value, String> {
        let (path, literal_query) =
            self.source.path.split_once('?').unwrap_or((self.source.path, ""));
        let mut query: Vec<Value> = Vec::new();
        for pair in literal_query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            query.push(json!([wire::percent_decoded(name), wire::percent_decoded(value)]));
        }
        let mut headers = Map::new();
        for (parameter, value) in chosen {
            match parameter.location {
                Location::Path => {}
                Location::Query => query.extend(place::in_query(parameter, value)?),
                Location::Header => {
                    let text = place::in_header(parameter, value)?;
                    headers.insert(parameter.name.to_lowercase(), text);
                }
                Location::Cookie => {
                    let text = format!("{}={}", parameter.name, place::scalar(value)?);
                    headers.insert("cookie".to_owned(), text.into());
                }
            }
        }
        let is_left_out = |parameter: &&Parameter<'_>| {
            let is_chosen = chosen.iter().any(|(chosen, _)| std::ptr::eq(*chosen, *parameter));
            parameter.location == Location::Header && !is_chosen
        };
        let absent = self.parameters.iter().filter(is_left_out);
        let absent: Vec<String> = absent.map(|parameter| parameter.name.to_lowercase()).collect();
        let mut expected = json!({
            "method": self.source.method.to_uppercase(),
            "path": place::in_path(path, chosen)?,
            "query": query,
            "headers": headers,
            "absent": absent,
            "accept": self.accepted(),
        });
        if let Some(body) = body {
            expected["content_types"] = self.content_types().into();
            expected["body"] = json!({ "value": body.value });
            if let Some(form) = &body.form {
                expected["body"]["form"] = Value::Array(form.clone()?);
            }
        }
        Ok(expected)
    }
}

/// A body, as it is given and as a form says it.
struct Body {
    value: Value,
    form: Option<Result<Vec<Value>, String>>,
}
