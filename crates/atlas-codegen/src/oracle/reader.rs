//! What the schemas of a document say.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::wire;

/// A document whose schemas can be queried. What was read once is kept: many values have the same schemas.
pub struct Reader<'a> {
    document: &'a Value,
    /// The target of each reference.
    targets: Known<str, Option<&'a Value>>,
    families: Known<Map<String, Value>, Family<'a>>,
    choices: Known<Map<String, Value>, Rc<[Choice<'a>]>>,
}

/// Results by the address of what they were read from.
type Known<K, V> = RefCell<HashMap<*const K, V>>;

/// A schema and its ancestors.
pub(super) type Family<'a> = Rc<[&'a Map<String, Value>]>;

/// A variant of a union.
#[derive(Clone, Debug)]
pub(super) struct Choice<'a> {
    pub(super) schema: &'a Value,
    /// The property that distinguishes it, and its values for this variant.
    pub(super) tag: Option<(String, Vec<String>)>,
}

impl<'a> Reader<'a> {
    pub fn new(document: &'a Value) -> Self {
        Self {
            document,
            targets: RefCell::default(),
            families: RefCell::default(),
            choices: RefCell::default(),
        }
    }

    /// Follows the references of a value to their end. A circular reference ends at itself.
    pub(super) fn target(&self, value: &'a Value) -> &'a Value {
        let mut target = value;
        let mut seen: Vec<*const Value> = Vec::new();
        while let Some(next) = self.referred_to(target) {
            if seen.iter().any(|known| std::ptr::eq(*known, next)) {
                break;
            }
            seen.push(next);
            target = next;
        }
        target
    }

    /// Returns the target of a reference. A reference is a URL, and so may be percent-encoded.
    pub(super) fn referred_to(&self, value: &'a Value) -> Option<&'a Value> {
        let pointer = value.get("$ref")?.as_str()?.strip_prefix('#')?;
        kept(&self.targets, pointer, || self.at(pointer))
    }

    pub(super) fn at(&self, pointer: &str) -> Option<&'a Value> {
        // Most have nothing to decode.
        let decoded = pointer.contains('%').then(|| wire::percent_decoded(pointer));
        let decoded = decoded.and_then(|pointer| self.document.pointer(&pointer));
        decoded.or_else(|| self.document.pointer(pointer))
    }

    /// Returns the item of a path, with its operations.
    pub(super) fn path_item(&self, path: &str) -> Option<&'a Value> {
        Some(self.target(self.document.get("paths")?.get(path)?))
    }

    /// Returns whether a schema, or one that it only refers to, admits `null`.
    pub(super) fn is_nullable(&self, schema: &'a Value) -> bool {
        let mut schema = schema;
        let mut seen: Vec<*const Value> = Vec::new();
        while !seen.iter().any(|known| std::ptr::eq(*known, schema)) {
            seen.push(schema);
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
                _ => target,
            };
        }
        false
    }

    /// Returns a schema and its ancestors, ancestors first, each once.
    pub(super) fn family(&self, members: &'a Map<String, Value>) -> Family<'a> {
        kept(&self.families, members, || self.read_family(members).into())
    }

    fn read_family(&self, members: &'a Map<String, Value>) -> Vec<&'a Map<String, Value>> {
        let mut family = Vec::new();
        // The flag says whether the ancestors are gathered.
        let mut waiting = vec![(members, false)];
        let mut met: Vec<&'a Map<String, Value>> = Vec::new();
        while let Some((members, is_gathered)) = waiting.pop() {
            if is_gathered {
                family.push(members);
                continue;
            }
            if met.iter().any(|known| std::ptr::eq(*known, members)) {
                continue;
            }
            met.push(members);
            waiting.push((members, true));
            let parents = members.get("allOf").and_then(Value::as_array).into_iter().flatten();
            let parents = parents.filter_map(|parent| self.target(parent).as_object());
            waiting.extend(parents.rev().map(|parent| (parent, false)));
        }
        family
    }

    /// Returns the variants of a schema. Empty if it has none.
    pub(super) fn choices(&self, members: &'a Map<String, Value>) -> Rc<[Choice<'a>]> {
        kept(&self.choices, members, || self.read_choices(members).into())
    }

    fn read_choices(&self, members: &'a Map<String, Value>) -> Vec<Choice<'a>> {
        let discriminator = members.get("discriminator");
        let property = discriminator.and_then(|d| d.get("propertyName")).and_then(Value::as_str);
        let mapping = discriminator.and_then(|d| d.get("mapping")).and_then(Value::as_object);
        if let Some(mapping) = mapping {
            let choice = |(name, target): (&String, &'a Value)| {
                let schema = self.mapped(target.as_str()?)?;
                Some(Choice { schema, tag: Some((property?.to_owned(), vec![name.clone()])) })
            };
            return mapping.iter().filter_map(choice).collect();
        }
        let variants = members.get("oneOf").or_else(|| members.get("anyOf"));
        let variants = variants.and_then(Value::as_array).into_iter().flatten();
        let variants: Vec<&'a Value> = variants.collect();
        if variants.is_empty() {
            // The variants of a discriminator without a list are the heirs of its schema.
            return property.map(|property| self.heirs(members, property)).unwrap_or_default();
        }
        let choices = variants.into_iter().map(|schema| {
            let reference = schema.get("$ref").and_then(Value::as_str);
            let name = reference.and_then(|reference| reference.rsplit('/').next());
            let tag = property.zip(name).map(|(property, name)| {
                let name = wire::percent_decoded(name).replace("~1", "/").replace("~0", "~");
                (property.to_owned(), self.tags(members, schema, property, name))
            });
            Choice { schema, tag }
        });
        choices.collect()
    }

    /// Returns the schema of a discriminator's mapping, which is a reference or a name.
    pub(super) fn mapped(&self, target: &str) -> Option<&'a Value> {
        let schemas = self.document.get("components")?.get("schemas")?;
        match target.strip_prefix('#') {
            Some(pointer) => self.at(pointer),
            None => schemas.get(target.rsplit('/').next()?),
        }
    }

    /// Returns the components that inherit from a schema, with their tags.
    pub(super) fn heirs(&self, members: &'a Map<String, Value>, property: &str) -> Vec<Choice<'a>> {
        let components = self.document.get("components").and_then(|all| all.get("schemas"));
        let components = components.and_then(Value::as_object).into_iter().flatten();
        let heirs = components.filter_map(|(name, schema)| {
            // A reference is only another name.
            let heir = schema.as_object().filter(|heir| heir.contains_key("allOf"))?;
            let family = self.family(heir);
            let inherits = family.iter().any(|known| std::ptr::eq(*known, members));
            let tags = self.tags(members, schema, property, name.clone());
            let tag = Some((property.to_owned(), tags));
            (inherits && !std::ptr::eq(heir, members)).then_some(Choice { schema, tag })
        });
        heirs.collect()
    }

    /// Returns the tags of a variant of a union without a mapping: the values that it lists itself, otherwise its name.
    pub(super) fn tags(
        &self,
        union: &'a Map<String, Value>,
        variant: &'a Value,
        property: &str,
        name: String,
    ) -> Vec<String> {
        let family =
            self.target(variant).as_object().map(|own| self.family(own)).unwrap_or_default();
        // The last definition of the property is the nearest.
        let mut own = family.iter().rev().filter(|known| !std::ptr::eq(**known, union));
        let listed = own.find_map(|known| {
            let schema = self.target(known.get("properties")?.get(property)?);
            let values = schema.get("enum")?.as_array()?;
            let values = values.iter().filter_map(Value::as_str).map(str::to_owned);
            Some(values.collect::<Vec<_>>())
        });
        match listed {
            Some(listed) if !listed.is_empty() && !listed.contains(&name) => listed,
            _ => vec![name],
        }
    }
}

/// Returns the result for a key, which is computed once.
fn kept<K: ?Sized, V: Clone>(known: &Known<K, V>, key: &K, compute: impl FnOnce() -> V) -> V {
    if let Some(value) = known.borrow().get(&std::ptr::from_ref(key)) {
        return value.clone();
    }
    // The computation may use the same results.
    let value = compute();
    known.borrow_mut().insert(std::ptr::from_ref(key), value.clone());
    value
}
