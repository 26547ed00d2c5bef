//! The line of the text that a pointer leads to.

use granit_parser::{Event, Parser};

use super::pointer::Pointer;

/// What surrounds an event.
enum Within {
    /// An object, with the name whose value is next. None if a name is next.
    Object(Option<String>),
    /// A list, with the index of the next element.
    List(usize),
}

/// Returns the line of the target of a pointer, counted from 1: the line of its name, or of the element of a list, or
/// `None` for the whole document, and for a target that is not in the text.
pub fn line_of(text: &str, at: &Pointer) -> Option<usize> {
    let wanted: Vec<String> = at.tokens().collect();
    if wanted.is_empty() {
        return None;
    }
    let mut within: Vec<Within> = Vec::new();
    for next in Parser::new_from_str(text.trim_start_matches('\u{feff}')) {
        let (event, span) = next.ok()?;
        let is_node = matches!(
            event,
            Event::Scalar(..)
                | Event::Alias(..)
                | Event::SequenceStart(..)
                | Event::MappingStart(..)
        );
        if is_node {
            let is_name = begins(&mut within, &event)?;
            let is_element = matches!(within.last(), Some(Within::List(_)));
            if (is_name || is_element) && is_at(&within, &wanted) {
                return Some(span.start.line());
            }
            if is_name {
                continue;
            }
        }
        match event {
            Event::MappingStart(..) => within.push(Within::Object(None)),
            Event::SequenceStart(..) => within.push(Within::List(0)),
            Event::MappingEnd | Event::SequenceEnd => {
                within.pop();
                ends(&mut within);
            }
            Event::Scalar(..) | Event::Alias(..) => ends(&mut within),
            _ => {}
        }
    }
    None
}

/// Records a name. Returns whether the event is one, and none for a name that is not text.
fn begins(within: &mut [Within], event: &Event<'_>) -> Option<bool> {
    match (within.last_mut(), event) {
        (Some(Within::Object(name @ None)), Event::Scalar(text, ..)) => {
            *name = Some(text.clone().into_owned());
            Some(true)
        }
        (Some(Within::Object(None)), _) => None,
        _ => Some(false),
    }
}

/// Records the end of a value.
fn ends(within: &mut [Within]) {
    match within.last_mut() {
        Some(Within::Object(name)) => *name = None,
        Some(Within::List(next)) => *next += 1,
        None => {}
    }
}

fn is_at(within: &[Within], wanted: &[String]) -> bool {
    within.len() == wanted.len()
        && within.iter().zip(wanted).all(|(within, wanted)| match within {
            Within::Object(name) => name.as_ref() == Some(wanted),
            Within::List(next) => next.to_string() == *wanted,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "\
# A comment.
openapi: 3.0.3
paths:
  /a/{b}:
    get:
      tags: [x, y]
      parameters:
        - name: one
        - name: two
          schema: {type: integer}
  \"/c\":
    $ref: '#/x'
";

    #[test]
    fn a_pointer_leads_to_the_line_of_its_name_or_element() {
        let whole = Pointer::default();
        let get = whole.to("paths").to("/a/{b}").to("get");
        let second = get.to("parameters").to(1);
        for (at, line) in [
            (whole.clone(), None),
            (whole.to("openapi"), Some(2)),
            (get.clone(), Some(5)),
            (get.to("tags").to(1), Some(6)),
            (second.clone(), Some(9)),
            (second.to("schema").to("type"), Some(10)),
            (whole.to("paths").to("/c").to("$ref"), Some(12)),
            (get.to("responses"), None),
            (second.to("name").to("more"), None),
        ] {
            assert_eq!(line_of(YAML, &at), line, "{at}");
        }
        let json = "{\n \"paths\": {\n  \"/a\": {\"get\": [1,\n 2]}}}";
        assert_eq!(line_of(json, &whole.to("paths").to("/a").to("get").to(1)), Some(4));
        assert_eq!(line_of("a: [", &whole.to("b")), None);
    }
}
