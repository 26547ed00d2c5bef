//! The one resolver: what a `$ref` leads to, through any number of others.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{Pointer, Problem};

/// An object of the document, and where it stands.
#[derive(Clone, Debug)]
pub struct Located<'a> {
    pub at: Pointer,
    pub members: &'a Map<String, Value>,
}

/// What a local `$ref` points to, and where that is: one step.
///
/// # Errors
///
/// It does not point into the document, or to nothing in it.
pub fn resolve<'a>(
    document: &'a Value,
    at: &Pointer,
    reference: &str,
) -> Result<(Pointer, &'a Value), Problem> {
    let at = at.to("$ref");
    if !reference.starts_with('#') {
        let message = format!(
            "`{reference}` points into another document: bundle them into one first, as \
             `redocly bundle` or `swagger-cli bundle` do",
        );
        return Err(Problem::new(&at, message));
    }
    // It is a fragment of a URI, so that `<` may be written as `%3C`; many write it plainly all the same.
    let decoded = percent_decode_str(reference).decode_utf8().unwrap_or_default();
    let mut written = [decoded.as_ref(), reference].into_iter().filter_map(Pointer::of_reference);
    let found =
        written.find_map(|pointer| document.pointer(pointer.as_str()).map(|v| (pointer, v)));
    found.ok_or_else(|| Problem::new(&at, format!("`{reference}` points to nothing")))
}

/// What a value stands for: itself, or what its `$ref` leads to in the end.
///
/// # Errors
///
/// A `$ref` on the way is not text, points to nothing or leads back to where it began.
pub fn follow<'a>(
    document: &'a Value,
    at: &Pointer,
    value: &'a Value,
) -> Result<(Pointer, &'a Value), Problem> {
    let (mut at, mut value) = (at.clone(), value);
    let mut passed = Vec::new();
    while let Some(reference) = value.get("$ref") {
        let Some(reference) = reference.as_str() else {
            return Err(Problem::new(&at.to("$ref"), "this is not a JSON string"));
        };
        let (next_at, next) = resolve(document, &at, reference)?;
        passed.push(std::mem::replace(&mut at, next_at));
        value = next;
        if passed.contains(&at) {
            return Err(Problem::new(
                &passed.swap_remove(0).to("$ref"),
                format!("the `$ref` goes in circles: it leads to {at} again and again"),
            ));
        }
    }
    Ok((at, value))
}

/// The object that a value stands for, see [`follow`].
///
/// # Errors
///
/// As of [`follow`], or it is no object.
pub fn object<'a>(
    document: &'a Value,
    at: &Pointer,
    value: &'a Value,
) -> Result<Located<'a>, Problem> {
    let (at, value) = follow(document, at, value)?;
    match value.as_object() {
        Some(members) => Ok(Located { at, members }),
        None => Err(Problem::new(&at, "this is not a JSON object")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_resolve_or_say_why_not() {
        let document = json!({"components": {"schemas": {"a/b": {"type": "string"}}}});
        let at = Pointer::default().to("x");
        let (pointer, target) = resolve(&document, &at, "#/components/schemas/a~1b").unwrap();
        assert_eq!(target, &json!({"type": "string"}));
        assert_eq!(pointer.tokens().last().as_deref(), Some("a/b"));
        for reference in ["#/components/schemas/c", "other.json#/a", "#a"] {
            assert_eq!(resolve(&document, &at, reference).unwrap_err().at.as_str(), "/x/$ref");
        }
    }

    #[test]
    fn a_reference_may_be_percent_encoded_or_not() {
        let document = json!({ "s": { "Page<User>": 1, "a%3Cb": 2, "é": 3, "50%": 4 } });
        for (reference, value) in [
            ("#/s/Page%3CUser%3E", 1),
            ("#/s/Page<User>", 1),
            ("#/s/a%3Cb", 2),
            ("#/s/a%253Cb", 2),
            ("#/s/%C3%A9", 3),
            ("#/s/50%", 4),
            ("#/s/50%25", 4),
        ] {
            let (_, target) = resolve(&document, &Pointer::default(), reference).unwrap();
            assert_eq!(target, &json!(value), "{reference}");
        }
    }

    #[test]
    fn a_chain_of_references_is_followed_to_its_end_however_long() {
        let mut chain: Map<String, Value> = (0..500)
            .map(|i| (format!("c{i}"), json!({ "$ref": format!("#/c{}", i + 1) })))
            .collect();
        chain.insert("c500".to_owned(), json!({ "end": true }));
        let document = Value::from(chain);
        let at = Pointer::default().to("c0");
        let (at, end) = follow(&document, &at, &document["c0"]).unwrap();
        assert_eq!((at.as_str(), end), ("/c500", &json!({ "end": true })));
    }

    #[test]
    fn a_chain_that_leads_back_to_itself_is_refused_where_it_begins() {
        let document = json!({
            "a": { "$ref": "#/b" }, "b": { "$ref": "#/c" }, "c": { "$ref": "#/b" },
            "d": { "$ref": "#/d" }, "e": { "$ref": 1 },
        });
        for (name, at) in [("a", "/a/$ref"), ("d", "/d/$ref"), ("e", "/e/$ref")] {
            let refused = follow(&document, &Pointer::default().to(name), &document[name]);
            assert_eq!(refused.unwrap_err().at.as_str(), at);
        }
    }
}
