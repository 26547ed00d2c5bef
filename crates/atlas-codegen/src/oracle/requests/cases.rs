//! The cases of each operation.

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::body::Body;
use super::operation::Operation;
use super::parameters::{Location, Parameter};
use super::place;
use crate::oracle::reader::Reader;
use crate::oracle::text::Texts;
use crate::oracle::values::Source;
use crate::oracle::wire;

/// Segments that a URL parser removes.
const NO_SEGMENTS: &[&str] = &["", ".", ".."];

/// Returns the cases of each operation: arguments, the request that they must become (or that they must be refused),
/// and a response with what the method must return.
pub fn requests(document: &Value, operations: &[Source<'_>], is_exact: bool) -> Vec<Value> {
    let reader = Reader::new(document);
    let mut texts = Texts::default();
    let mut cases = Vec::new();
    for source in operations {
        let Some(operation) = Operation::of(&reader, source) else { continue };
        let arguments = Arguments { reader: &reader, texts: &mut texts, is_exact };
        operation.cases(arguments, &mut cases);
    }
    cases
}

impl<'a> Operation<'a, '_> {
    fn cases(&self, mut arguments: Arguments<'a, '_>, cases: &mut Vec<Value>) {
        let values: Vec<Vec<Value>> =
            self.parameters.iter().map(|parameter| arguments.values(parameter)).collect();
        let bodies = self.bodies(&mut arguments);
        let responses = self.responses(&mut arguments);
        let longest = values.iter().map(Vec::len).max().unwrap_or(0);
        let count = longest.max(bodies.len()).max(responses.len()) + 1;
        for turn in 0..count {
            // The last case has only required arguments.
            let is_bare = turn + 1 == count;
            let chosen = self.parameters.iter().zip(&values).filter_map(|(parameter, values)| {
                let value = values.get(turn % values.len().max(1))?;
                (!is_bare || parameter.is_required()).then_some((parameter, value))
            });
            let chosen: Vec<(&Parameter<'a>, &Value)> = chosen.collect();
            let body = bodies.get(turn % bodies.len().max(1));
            let mut case = self.case(&chosen, body);
            if let Some(response) = responses.get(turn % responses.len().max(1)) {
                response.put_into(&mut case);
            }
            cases.push(case);
        }
        self.refusals(&values, bodies.first(), cases);
    }

    /// Adds cases with a text that a path or a header cannot contain, one argument at a time.
    fn refusals(&self, values: &[Vec<Value>], body: Option<&Body>, cases: &mut Vec<Value>) {
        for (index, parameter) in self.parameters.iter().enumerate() {
            let odd: &[&str] = match parameter.location {
                Location::Path if self.is_whole_segment(parameter) => NO_SEGMENTS,
                Location::Header => &["a\nb"],
                _ => continue,
            };
            if !parameter.is_text(self.reader) {
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
                let mut case = self.with_arguments(&chosen.collect::<Vec<_>>(), body);
                case["refused"] = true.into();
                cases.push(case);
            }
        }
    }

    fn is_whole_segment(&self, parameter: &Parameter<'_>) -> bool {
        let whole = format!("{{{}}}", parameter.name);
        self.source.path.split('/').any(|segment| segment == whole)
    }

    /// Returns a case with arguments only.
    fn with_arguments(&self, chosen: &[(&Parameter<'a>, &Value)], body: Option<&Body>) -> Value {
        let mut arguments = Map::new();
        for (parameter, value) in chosen {
            arguments.insert(parameter.key(), (*value).clone());
        }
        if let Some(body) = body {
            arguments.insert("body".to_owned(), body.value.clone());
        }
        let endpoint = format!("{} {}", self.source.method, self.source.path);
        json!({ "operation": self.source.name, "endpoint": endpoint, "arguments": arguments })
    }

    fn case(&self, chosen: &[(&Parameter<'a>, &Value)], body: Option<&Body>) -> Value {
        let mut case = self.with_arguments(chosen, body);
        match self.expected(chosen, body) {
            Ok(expected) => case["expected"] = expected,
            Err(reason) => case["undefined"] = reason.into(),
        }
        case
    }

    /// Returns the request that arguments must become, or why the document does not define it.
    pub fn expected(
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
            if !body.unknown.is_empty() {
                expected["body"]["unknown"] = body.unknown.clone().into();
            }
        }
        Ok(expected)
    }
}
