//! Parses YAML to nodes. Depth and aliases are bounded.

use std::{collections::HashMap, rc::Rc};

use atlas_client_core::sanitize;
use granit_parser::{Event, Marker, Parser, ScalarStyle, Span, StrInput, Tag};

use super::node::{Entry, Node, Scalar, Value};
use crate::problem::{Place, Problem};

/// The deepest nesting of lists, and of mappings.
const MAX_DEPTH: usize = 40;
/// What all aliases together may add to a file, in bytes.
const MAX_ALIASED: usize = 1024 * 1024;
/// What a node counts besides its text, in bytes.
const NODE_SIZE: usize = 8;

/// Parses a text. Duplicate keys are added to the problems, and the first is kept.
///
/// # Errors
/// The text is not YAML, is empty, or uses what plan files do not have.
pub(crate) fn parse(text: &str, problems: &mut Vec<Problem>) -> Result<Rc<Node>, Problem> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let text = text.trim_start_matches('\u{feff}');
    let mut builder = Builder {
        events: Parser::new_from_str_with_options(text, options),
        anchors: HashMap::new(),
        aliased: 0,
        problems,
    };
    builder.document()
}

struct Builder<'t, 'p> {
    events: Parser<'t, StrInput<'t>>,
    /// The finished values with an anchor, by its number.
    anchors: HashMap<usize, Rc<Node>>,
    aliased: usize,
    problems: &'p mut Vec<Problem>,
}

impl<'t> Builder<'t, '_> {
    fn document(&mut self) -> Result<Rc<Node>, Problem> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) if root.is_none() => {
                    let (event, span) = self.next()?;
                    root = Some(self.node(event, span, "")?);
                }
                Event::StreamEnd => break,
                _ => {
                    let message = "found a second document; expected one plan in a file";
                    return Err(Problem::new(place(span.start), "", message));
                }
            }
        }
        root.ok_or_else(|| Problem::new(Place::new(1, 1), "", "the file is empty; expected a plan"))
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Problem> {
        match self.events.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let message = format!("not valid YAML: {}", sanitize(&error.info()));
                Err(Problem::new(place(*error.marker()), "", message))
            }
            None => Err(Problem::new(None, "", "not valid YAML: it ends too early")),
        }
    }

    /// Builds the value that an event starts. The recursion is as deep as the parser allows.
    fn node(&mut self, event: Event<'t>, span: Span, path: &str) -> Result<Rc<Node>, Problem> {
        let at = place(span.start);
        let (value, size, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = has_text_tag(tag.as_deref(), at, path)?;
                let is_plain = style == ScalarStyle::Plain && !is_text;
                let size = text.len();
                (Value::Scalar(Scalar { text: text.into_owned(), is_plain }), size, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                has_text_tag(tag.as_deref(), at, path)?;
                let (items, size) = self.list(path)?;
                (Value::List(items), size, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                has_text_tag(tag.as_deref(), at, path)?;
                let (entries, size) = self.mapping(path)?;
                (Value::Mapping(entries), size, anchor)
            }
            Event::Alias(anchor) => return self.alias(anchor, at, path),
            _ => return Err(Problem::new(at, path, "not valid YAML: expected a value")),
        };
        let node = Rc::new(Node { place: at, value, size: size.saturating_add(NODE_SIZE) });
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        Ok(node)
    }

    fn list(&mut self, path: &str) -> Result<(Vec<Rc<Node>>, usize), Problem> {
        let (mut items, mut size) = (Vec::new(), 0_usize);
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok((items, size));
            }
            let item = self.node(event, span, &format!("{path}[{}]", items.len()))?;
            size = size.saturating_add(item.size);
            items.push(item);
        }
    }

    fn mapping(&mut self, path: &str) -> Result<(Vec<Entry>, usize), Problem> {
        let (mut entries, mut size) = (Vec::new(), 0_usize);
        let mut lines = HashMap::new();
        loop {
            let (event, span) = self.next()?;
            let at = place(span.start);
            let key = match event {
                Event::MappingEnd => return Ok((entries, size)),
                Event::Scalar(key, ..) => key.into_owned(),
                _ => {
                    return Err(Problem::new(
                        at,
                        path,
                        "found a key that is not text; expected text",
                    ));
                }
            };
            let (event, span) = self.next()?;
            let value = self.node(event, span, &join(path, &key))?;
            size = size.saturating_add(value.size).saturating_add(key.len());
            if let Some(line) = lines.get(&key) {
                let message = format!(
                    "the key \"{}\" is already on line {line}; expected it once",
                    shown(&key)
                );
                self.problems.push(Problem::new(at, path, message));
            } else {
                lines.insert(key.clone(), at.line);
                entries.push(Entry { key, place: at, value });
            }
        }
    }

    fn alias(&mut self, anchor: usize, at: Place, path: &str) -> Result<Rc<Node>, Problem> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(Problem::new(at, path, "the alias is inside of what it refers to"));
        };
        self.aliased = self.aliased.saturating_add(node.size);
        if self.aliased > MAX_ALIASED {
            let message =
                "the aliases of the file stand for more than 1 MiB; use `defaults` instead";
            return Err(Problem::new(at, path, message));
        }
        Ok(Rc::clone(node))
    }
}

fn place(marker: Marker) -> Place {
    Place::new(marker.line(), marker.col() + 1)
}

/// Returns whether a tag makes text of a value.
fn has_text_tag(tag: Option<&Tag>, at: Place, path: &str) -> Result<bool, Problem> {
    match tag.map(Tag::core_suffix) {
        Some(Some("str")) => Ok(true),
        None | Some(Some("seq" | "map" | "int" | "bool")) => Ok(false),
        Some(_) => Err(Problem::new(at, path, "found a YAML tag (`!…`), which plans do not have")),
    }
}

/// Returns the path of a key in a mapping.
pub(crate) fn join(path: &str, key: &str) -> String {
    let key = shown(key);
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// Returns text as it is shown: on one line and not too long.
pub(crate) fn shown(text: &str) -> String {
    const MAX: usize = 60;
    let line = sanitize(text);
    match line.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
