//! How a value differs after it is decoded and encoded.

use serde_json::Value;

/// The class of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A whole number came back as a fractional one of the same size, or the other way round.
    NumberRespelled,
    /// A property that the document does not define is gone.
    UnknownDropped,
    /// A property that was `null` is gone.
    NullDropped,
    /// Anything else.
    Unexplained,
}

/// Returns the places where a value differs from its encoded form, with the class of each difference. `unknown` has the
/// places of properties that the document does not define.
pub fn differences(value: &Value, encoded: &Value, unknown: &[String]) -> Vec<(String, Class)> {
    let mut found = Vec::new();
    compare(value, encoded, unknown, "", &mut found);
    found
}

fn compare(
    value: &Value,
    encoded: &Value,
    unknown: &[String],
    at: &str,
    found: &mut Vec<(String, Class)>,
) {
    match (value, encoded) {
        (Value::Object(members), Value::Object(encoded)) => {
            for (name, member) in members {
                let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                match encoded.get(name) {
                    Some(encoded) => compare(member, encoded, unknown, &at, found),
                    None if unknown.contains(&at) => found.push((at, Class::UnknownDropped)),
                    None if member.is_null() => found.push((at, Class::NullDropped)),
                    None => found.push((at, Class::Unexplained)),
                }
            }
            for name in encoded.keys().filter(|&name| !members.contains_key(name)) {
                found.push((format!("{at}/{name}"), Class::Unexplained));
            }
        }
        (Value::Array(elements), Value::Array(encoded)) if elements.len() == encoded.len() => {
            for (index, (element, encoded)) in elements.iter().zip(encoded).enumerate() {
                compare(element, encoded, unknown, &format!("{at}/{index}"), found);
            }
        }
        (Value::Number(number), Value::Number(other)) if number != other => {
            let size = number.as_f64().unwrap_or(f64::NAN);
            // Beyond 2^53 a double is not exact.
            let is_respelled = other.as_f64() == Some(size) && size.abs() < 9_007_199_254_740_992.0;
            let class = if is_respelled { Class::NumberRespelled } else { Class::Unexplained };
            found.push((at.to_owned(), class));
        }
        _ if value == encoded => {}
        _ => found.push((at.to_owned(), Class::Unexplained)),
    }
}
