//! The document as it was written, read a second time.
//!
//! The proof that a generated client keeps what travels needs values, and these must not come from the
//! code that made the client: what that reads wrongly, the values would have wrong as well. So nothing
//! here is shared with [`crate::normalise`]: references, inheritance and unions are read anew, straight
//! from the document.

mod differences;
mod sample;
#[cfg(test)]
mod tests;
mod text;
mod unknown;
mod values;

use serde_json::{Map, Value};

pub use differences::{Class, differences};
pub use values::{Direction, Kind, Sample, Source, samples};

/// More references to references than any honest document has.
const LONGEST_CHAIN: usize = 32;

/// A document, to be asked what its schemas say.
#[derive(Clone, Copy)]
pub struct Original<'a> {
    document: &'a Value,
}

/// One of the schemas that a union may be.
#[derive(Clone, Debug)]
struct Choice<'a> {
    schema: &'a Value,
    /// The property that announces it, and what that is then.
    tag: Option<(String, String)>,
}

impl<'a> Original<'a> {
    pub fn new(document: &'a Value) -> Self {
        Self { document }
    }

    /// What a value stands for: itself, or what it refers to.
    fn target(self, value: &'a Value) -> &'a Value {
        let mut target = value;
        for _ in 0..LONGEST_CHAIN {
            let reference = target.get("$ref").and_then(Value::as_str);
            let Some(pointer) = reference.and_then(|text| text.strip_prefix('#')) else {
                break;
            };
            let Some(next) = self.document.pointer(pointer) else { break };
            target = next;
        }
        target
    }

    /// Whether a schema, or one that it refers to on its own, admits `null`.
    fn is_nullable(self, schema: &'a Value) -> bool {
        let mut schema = schema;
        for _ in 0..LONGEST_CHAIN {
            let lists_null = schema.get("enum").and_then(Value::as_array);
            if schema.get("nullable") == Some(&Value::Bool(true))
                || lists_null.is_some_and(|values| values.contains(&Value::Null))
            {
                return true;
            }
            let target = self.target(schema);
            let only = target.get("allOf").and_then(Value::as_array).map(Vec::as_slice);
            schema = match only {
                Some([only]) if target.get("properties").is_none() => only,
                _ if !std::ptr::eq(target, schema) => target,
                _ => return false,
            };
        }
        false
    }

    /// A schema and all that it inherits, ancestors first. What is its own ancestor is taken once.
    fn family(self, members: &'a Map<String, Value>) -> Vec<&'a Map<String, Value>> {
        let mut family = Vec::new();
        self.gather(members, &mut family, 0);
        family
    }

    fn gather(
        self,
        members: &'a Map<String, Value>,
        family: &mut Vec<&'a Map<String, Value>>,
        depth: usize,
    ) {
        if depth > LONGEST_CHAIN || family.iter().any(|known| std::ptr::eq(*known, members)) {
            return;
        }
        for parent in members.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            if let Some(parent) = self.target(parent).as_object() {
                self.gather(parent, family, depth + 1);
            }
        }
        family.push(members);
    }

    /// The schemas that a schema may be one of; none where it is no union.
    fn choices(self, members: &'a Map<String, Value>) -> Vec<Choice<'a>> {
        let discriminator = members.get("discriminator");
        let property = discriminator.and_then(|d| d.get("propertyName")).and_then(Value::as_str);
        let tag = |name: &str| Some((property?.to_owned(), name.to_owned()));
        let mapping = discriminator.and_then(|d| d.get("mapping")).and_then(Value::as_object);
        if let Some(mapping) = mapping {
            let choice = |(name, target): (&String, &'a Value)| {
                let target = target.as_str()?;
                let name_of_schema = target.rsplit('/').next()?;
                let schema =
                    self.document.get("components")?.get("schemas")?.get(name_of_schema)?;
                Some(Choice { schema, tag: tag(name) })
            };
            return mapping.iter().filter_map(choice).collect();
        }
        let variants = members.get("oneOf").or_else(|| members.get("anyOf"));
        let variants = variants.and_then(Value::as_array).into_iter().flatten();
        variants
            .map(|schema| {
                let reference = schema.get("$ref").and_then(Value::as_str);
                let name = reference.and_then(|reference| reference.rsplit('/').next());
                Choice { schema, tag: name.and_then(tag) }
            })
            .collect()
    }
}
