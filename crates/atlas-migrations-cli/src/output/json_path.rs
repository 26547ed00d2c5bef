//! [`JsonPath`]: the part of `JSONPath` that names values by names and positions.

use serde_json::Value;

/// What to use for the rest.
const INSTEAD: &str =
    "only names, positions and `*` are supported, such as $.migrationHosts[0]; use --jq for more";

/// A path from the top of a JSON document.
#[derive(Debug, PartialEq, Eq)]
pub struct JsonPath(Vec<Step>);

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    /// A position in a list. A negative one counts from the end.
    Position(i64),
    All,
}

/// Returns the text of a path if it can be parsed.
///
/// # Errors
///
/// Fails if it cannot.
pub fn checked(text: &str) -> Result<String, String> {
    JsonPath::parse(text).map(|_| text.to_owned())
}

impl JsonPath {
    /// Parses a path, such as `$.projects[*].name`.
    ///
    /// # Errors
    ///
    /// Fails if it is no path, or has another kind of step.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.strip_prefix('$').ok_or("a path starts with `$`, such as $.status")?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = step(rest).ok_or_else(|| format!("`{rest}`: {INSTEAD}"))?;
            steps.push(step);
            rest = after;
        }
        Ok(Self(steps))
    }

    /// Returns the value at the path. With a `*` it is the list of all values.
    ///
    /// # Errors
    ///
    /// Fails if a path without a `*` leads to no value.
    pub fn apply(&self, value: &Value) -> Result<Value, String> {
        let mut found = vec![value];
        for step in &self.0 {
            found = found.into_iter().flat_map(|value| step.values(value)).collect();
        }
        if self.0.contains(&Step::All) {
            return Ok(found.into_iter().cloned().collect());
        }
        found.pop().cloned().ok_or_else(|| "the JSON path leads to no value".to_owned())
    }
}

impl Step {
    fn values<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match (self, value) {
            (Self::Name(name), value) => value.get(name).into_iter().collect(),
            (Self::Position(position), Value::Array(items)) => {
                let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
                let index =
                    if *position < 0 { length.saturating_add(*position) } else { *position };
                usize::try_from(index).ok().and_then(|index| items.get(index)).into_iter().collect()
            }
            (Self::All, Value::Array(items)) => items.iter().collect(),
            (Self::All, Value::Object(fields)) => fields.values().collect(),
            _ => Vec::new(),
        }
    }
}

/// Parses the first step of a text, and returns the rest.
fn step(text: &str) -> Option<(Step, &str)> {
    if let Some(rest) = text.strip_prefix('.') {
        if let Some(rest) = rest.strip_prefix('*') {
            return Some((Step::All, rest));
        }
        let is_part = |character: char| character.is_alphanumeric() || "_-".contains(character);
        let end = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        return (!name.is_empty()).then(|| (Step::Name(name.to_owned()), rest));
    }
    let text = text.strip_prefix('[')?;
    for quote in ['\'', '"'] {
        if let Some(quoted) = text.strip_prefix(quote) {
            let (name, rest) = quoted.split_once(quote)?;
            // A name with a quote in it has an escape.
            let name = (!name.contains('\\')).then(|| name.to_owned())?;
            return Some((Step::Name(name), rest.strip_prefix(']')?));
        }
    }
    let (inside, rest) = text.split_once(']')?;
    match inside {
        "*" => Some((Step::All, rest)),
        position => Some((Step::Position(position.parse().ok()?), rest)),
    }
}

#[cfg(test)]
mod tests {
    use atlas_hostile_inputs::{check, documents};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_leads_to_one_value_or_with_a_star_to_a_list() {
        let value = json!({"a": {"b c": [1, 2, {"d": 3}]}, "e-f": null});
        for (path, expected) in [
            ("$", value.clone()),
            ("$.a['b c'][0]", json!(1)),
            ("$[\"a\"]['b c'][-1].d", json!(3)),
            ("$.e-f", json!(null)),
            ("$.a['b c'][*]", json!([1, 2, {"d": 3}])),
            ("$.a.*[2].d", json!([3])),
            ("$.nothing[*]", json!([])),
        ] {
            assert_eq!(JsonPath::parse(path).unwrap().apply(&value), Ok(expected), "{path}");
        }
        for path in ["$.x", "$.a[0]", "$.a['b c'][3]", "$.a['b c'][-4]"] {
            assert!(JsonPath::parse(path).unwrap().apply(&value).is_err(), "{path}");
        }
    }

    #[test]
    fn other_steps_are_refused_with_what_to_use() {
        for path in ["$..a", "$[?(@.a)]", "$[0:1]", "$[0,1]", "$.", "$[", "$['a", "$['a\\'b']"] {
            assert!(JsonPath::parse(path).unwrap_err().contains("--jq"), "{path}");
        }
        assert!(JsonPath::parse("a.b").unwrap_err().contains('$'));
    }

    #[test]
    fn a_hostile_path_is_an_error_and_no_panic() {
        check("json_path", &documents(&["$.a['b c'][-1].*", "$[9223372036854775807]"]), |bytes| {
            let text = String::from_utf8_lossy(&bytes);
            if let Ok(path) = JsonPath::parse(&text) {
                let _ = path.apply(&json!([[1], {"a": [2]}]));
            }
            Ok(())
        });
    }
}
