//! Values that a schema of the document admits.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Number, Value, json};

use super::kind::Kind;
use super::limits::{limits, multiple, number_of};
use super::reader::{Choice, Reader};
use super::text::Texts;
use super::unknown::is_free;
use super::wire;

/// A property that no document has.
const UNKNOWN_PROPERTY: &str = "notInTheDocument";

/// A value that no document lists.
const NEW_VALUE: &str = "NOT_IN_THE_DOCUMENT";

/// How often a schema may contain itself before optional values are left out.
const ROUNDS: usize = 2;

/// The limit of nested values. Sampling is recursive.
const DEEPEST: usize = 100;

/// The limit of values in one sample. Only recursive schemas come near it.
const LARGEST: usize = 5_000;

/// The limit of samples of one kind of a schema.
const MOST: usize = 200;

/// Samples values of one kind from one schema.
pub struct Sampler<'a, 't> {
    reader: &'t Reader<'a>,
    kind: Kind,
    /// Whether fitting `example`s of properties are used.
    with_examples: bool,
    texts: &'t mut Texts,
    /// The next choice and the number of choices of each union and enum.
    turns: HashMap<*const Map<String, Value>, (usize, usize)>,
    /// The schemas around the current value.
    open: Vec<*const Map<String, Value>>,
    /// The number of values that the current sample may still have.
    left: usize,
    numbers: usize,
    /// Whether fractional numbers keep every digit.
    is_exact: bool,
    /// Whether a value with limits was sampled.
    has_limits: bool,
}

impl<'a, 't> Sampler<'a, 't> {
    pub fn new(
        reader: &'t Reader<'a>,
        kind: Kind,
        with_examples: bool,
        texts: &'t mut Texts,
    ) -> Self {
        Self {
            reader,
            kind,
            with_examples,
            texts,
            turns: HashMap::new(),
            open: Vec::new(),
            left: 0,
            numbers: 0,
            is_exact: false,
            has_limits: false,
        }
    }

    /// Sets whether numbers keep every digit.
    pub fn exact(mut self, is_exact: bool) -> Self {
        self.is_exact = is_exact;
        self
    }

    /// Samples values until every variant of every union is chosen once.
    pub fn draw(&mut self, schema: &'a Value) -> Vec<Value> {
        let mut samples = Vec::new();
        for _ in 0..MOST {
            self.left = LARGEST;
            samples.extend(self.value(schema));
            if self.turns.values().all(|(turn, choices)| turn >= choices) {
                break;
            }
        }
        if matches!(self.kind, Kind::Least | Kind::Greatest) && !self.has_limits {
            samples.clear();
        }
        samples
    }

    /// Samples a value. Returns `None` if the schema contains itself too often, or nests too deep.
    fn value(&mut self, schema: &'a Value) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        let Some(members) = self.reader.target(schema).as_object() else {
            return Some(anything());
        };
        let address = std::ptr::from_ref(members);
        let rounds = self.open.iter().filter(|open| **open == address).count();
        if rounds >= ROUNDS || self.open.len() >= DEEPEST {
            return None;
        }
        self.open.push(address);
        let value = self.shape(members);
        self.open.pop();
        value
    }

    fn shape(&mut self, members: &'a Map<String, Value>) -> Option<Value> {
        if let Some(example) = members.get("example").filter(|_| self.takes_examples())
            && fits(members, example)
        {
            return Some(example.clone());
        }
        if let Some(values) = members.get("enum").and_then(Value::as_array) {
            return Some(self.listed(members, values));
        }
        let choices = self.reader.choices(members);
        if !choices.is_empty() {
            let family = self.reader.family(members);
            return self.union(members, &choices, &family);
        }
        let kind = members.get("type").and_then(Value::as_str);
        // Only an object has properties, even if the schema of another type lists some.
        let own = !matches!(kind, Some("string" | "integer" | "number" | "boolean" | "array"))
            && ["properties", "additionalProperties"].iter().any(|&k| members.contains_key(k));
        if let Some([only]) = members.get("allOf").and_then(Value::as_array).map(Vec::as_slice)
            && !own
            && !self.is_heir(members, only)
        {
            return self.value(only);
        }
        if let Some(said) = self.plain_part(members).filter(|_| !own) {
            return self.shape(said);
        }
        let is_object = own || members.contains_key("allOf");
        match kind {
            Some("object") => Some(self.object(members).into()),
            _ if is_object => Some(self.object(members).into()),
            Some("array") => {
                if self.kind == Kind::Empty {
                    return Some(json!([]));
                }
                let item = members.get("items").map_or_else(|| Some(anything()), |i| self.value(i));
                Some(item.into_iter().collect())
            }
            Some("string") => Some(self.texts.of(members).into()),
            Some("integer") => Some(self.integer(members)),
            Some("number") => Some(self.number(members)),
            Some("boolean") => Some(true.into()),
            _ => Some(anything()),
        }
    }

    /// Returns the member of an `allOf` without objects that has the type.
    fn plain_part(&self, members: &'a Map<String, Value>) -> Option<&'a Map<String, Value>> {
        members.get("allOf")?;
        let of_objects = ["properties", "additionalProperties", "required", "discriminator"];
        let family = self.reader.family(members);
        let is_object = |own: &&&'a Map<String, Value>| {
            own.get("type").and_then(Value::as_str) == Some("object")
                || of_objects.iter().any(|&keyword| own.contains_key(keyword))
        };
        if family.iter().any(|own| is_object(&own)) {
            return None;
        }
        let says = |own: &&'a Map<String, Value>| {
            !own.contains_key("allOf") && (own.contains_key("enum") || own.contains_key("type"))
        };
        family.iter().rev().copied().find(says)
    }

    /// Returns whether a schema is a variant of its only parent.
    fn is_heir(&self, members: &'a Map<String, Value>, parent: &'a Value) -> bool {
        let parent = self.reader.target(parent).as_object();
        let choices = parent.map(|parent| self.reader.choices(parent)).unwrap_or_default();
        choices.iter().any(|choice| {
            let choice = self.reader.target(choice.schema).as_object();
            choice.is_some_and(|choice| std::ptr::eq(choice, members))
        })
    }

    fn takes_examples(&self) -> bool {
        self.with_examples && self.kind == Kind::Full
    }

    fn listed(&mut self, members: &'a Map<String, Value>, values: &[Value]) -> Value {
        let is_text = members.get("type").and_then(Value::as_str) == Some("string");
        let values = values.iter().filter(|value| !value.is_null());
        // YAML takes some text for numbers or booleans.
        let values: Vec<Value> = if is_text {
            values.map(|value| wire::plain(value).into()).collect()
        } else {
            values.cloned().collect()
        };
        if self.kind == Kind::NewValue && values.iter().all(Value::is_string) {
            return NEW_VALUE.into();
        }
        // Not every value of an enum is sampled: there may be hundreds.
        let (turn, _) = self.turns.entry(std::ptr::from_ref(members)).or_default();
        *turn += 1;
        values.get((*turn - 1) % values.len().max(1)).map_or(Value::Null, Value::clone)
    }

    /// Samples a variant, each in turn, with its tag. Variants that name no property only limit those of `family`, if
    /// that names any.
    fn union(
        &mut self,
        members: &'a Map<String, Value>,
        choices: &[Choice<'a>],
        family: &[&'a Map<String, Value>],
    ) -> Option<Value> {
        let is_named = names_properties(family);
        let has_tags = choices.iter().any(|choice| choice.tag.is_some());
        let with_new = usize::from(self.kind == Kind::NewValue && has_tags);
        let count = choices.len() + with_new;
        for _ in 0..count {
            let (turn, all) = self.turns.entry(std::ptr::from_ref(members)).or_default();
            let index = *turn % count;
            (*turn, *all) = (*turn + 1, count);
            let is_new = index == choices.len();
            let Some(choice) = choices.get(if is_new { 0 } else { index }) else { continue };
            let is_itself = self.reader.target(choice.schema).as_object();
            let is_itself = is_itself.is_some_and(|schema| std::ptr::eq(schema, members));
            let variant = if is_itself {
                Some(self.object(members).into())
            } else if is_named && self.only_limits(choice.schema) {
                Some(self.limited(members, choice.schema, family).into())
            } else {
                self.extended(members, choice.schema, family)
            };
            let Some(mut variant) = variant else { continue };
            if let (Some(variant), Some((property, tags))) = (variant.as_object_mut(), &choice.tag)
            {
                let tag = if is_new { None } else { tags.first() };
                let tag = tag.map_or(NEW_VALUE, String::as_str);
                variant.insert(property.clone(), tag.into());
            }
            return Some(variant);
        }
        None
    }

    /// Samples a variant, with what its union defines.
    fn extended(
        &mut self,
        members: &'a Map<String, Value>,
        variant: &'a Value,
        family: &[&'a Map<String, Value>],
    ) -> Option<Value> {
        let mut value = self.value(variant)?;
        if let Some(value) = value.as_object_mut() {
            // A variant may require a property that only its union defines.
            let variant = self.reader.target(variant).as_object();
            let variant = variant.map(|variant| self.reader.family(variant)).unwrap_or_default();
            for (name, value) in value.iter_mut() {
                if let (None, Some(schema)) = (property(&variant, name), property(family, name))
                    && let Some(drawn) = self.value(schema)
                {
                    *value = drawn;
                }
            }
            for (name, own) in self.object(members) {
                value.entry(name).or_insert(own);
            }
        }
        Some(value)
    }

    fn only_limits(&self, schema: &'a Value) -> bool {
        // Most variants name properties, which is found in less time.
        let members = self.reader.target(schema).as_object();
        members.is_some_and(|members| !names_properties(&self.reader.family(members)))
            && is_free(self.reader, schema)
    }

    /// Samples an object of a union with what a variant that only limits it requires.
    fn limited(
        &mut self,
        members: &'a Map<String, Value>,
        variant: &'a Value,
        family: &[&'a Map<String, Value>],
    ) -> Map<String, Value> {
        let mut object = self.object(members);
        let variant = self.reader.target(variant).as_object();
        let limits = variant.map(|variant| self.reader.family(variant)).unwrap_or_default();
        let names = limits.iter().filter_map(|own| own.get("required")?.as_array()).flatten();
        for name in names.filter_map(Value::as_str) {
            if !object.contains_key(name)
                && let Some(schema) = property(family, name)
                && let Some(value) = self.value(schema)
            {
                object.insert(name.to_owned(), value);
            }
        }
        object
    }

    /// Samples an object with its properties and those of its ancestors.
    fn object(&mut self, members: &'a Map<String, Value>) -> Map<String, Value> {
        let family = self.reader.family(members);
        let mut properties: Vec<(&'a String, &'a Value)> = Vec::new();
        let mut required = BTreeSet::new();
        let mut additional = None;
        for member in family.iter() {
            let own = member.get("properties").and_then(Value::as_object).into_iter().flatten();
            for (name, schema) in own {
                match properties.iter_mut().find(|(known, _)| *known == name) {
                    // An own property overrides an inherited one.
                    Some(known) => known.1 = schema,
                    None => properties.push((name, schema)),
                }
            }
            let names = member.get("required").and_then(Value::as_array).into_iter().flatten();
            required.extend(names.filter_map(Value::as_str));
            additional = member.get("additionalProperties").or(additional);
        }
        let mut object = Map::new();
        for &(name, schema) in &properties {
            if self.kind == Kind::Required && !required.contains(name.as_str()) {
                continue;
            }
            let value = match self.kind {
                Kind::Null if self.reader.is_nullable(schema) => Some(Value::Null),
                _ => self.value(schema),
            };
            object.extend(value.map(|value| (name.clone(), value)));
        }
        self.inherited_choice(members, &family, &mut object);
        for name in required.iter().filter(|name| !properties.iter().any(|(p, _)| p == *name)) {
            // It is required, but not defined.
            let value = match additional.filter(|schema| schema.is_object()) {
                Some(schema) => self.value(schema),
                None => Some(anything()),
            };
            if let Some(value) = value {
                object.entry(*name).or_insert(value);
            }
        }
        let has_no_choice = |own: &&'a Map<String, Value>| self.reader.choices(own).is_empty();
        let is_map = properties.is_empty() && family.iter().all(has_no_choice);
        let is_bare = matches!(self.kind, Kind::Required | Kind::Empty);
        let is_closed =
            family.iter().any(|own| own.get("additionalProperties") == Some(&json!(false)));
        match additional {
            Some(schema) if schema.as_object().is_some_and(|schema| !schema.is_empty()) => {
                let value = if is_bare { None } else { self.value(schema) };
                object.extend(value.map(|value| ("aKey".to_owned(), value)));
            }
            _ if is_map && !is_bare && !is_closed => {
                object.entry("aKey").or_insert_with(anything);
            }
            _ => {}
        }
        if self.kind == Kind::Unknown && !is_map && !is_closed {
            // The schema of additional properties also applies to this one.
            let value = match additional.filter(|schema| schema.is_object()) {
                Some(schema) => self.value(schema),
                None => Some(anything()),
            };
            object.extend(value.map(|value| (UNKNOWN_PROPERTY.to_owned(), value)));
        }
        object
    }

    /// Adds a variant of an ancestor without a discriminator: its heirs have variants too.
    fn inherited_choice(
        &mut self,
        members: &'a Map<String, Value>,
        family: &[&'a Map<String, Value>],
        object: &mut Map<String, Value>,
    ) {
        for &ancestor in family {
            if std::ptr::eq(ancestor, members) || ancestor.contains_key("discriminator") {
                continue;
            }
            let choices = self.reader.choices(ancestor);
            // A parent may list its heirs as variants.
            let is_heir = |choice: &Choice<'a>| {
                let variant = self.reader.target(choice.schema).as_object();
                variant.is_some_and(|variant| {
                    let family = self.reader.family(variant);
                    family.iter().any(|known| std::ptr::eq(*known, ancestor))
                })
            };
            if choices.is_empty() || choices.iter().any(is_heir) {
                continue;
            }
            if let Some(Value::Object(variant)) = self.union(ancestor, &choices, family) {
                for (name, value) in variant {
                    object.entry(name).or_insert(value);
                }
            }
        }
    }

    /// Samples an integer: a limit of its range for some kinds, otherwise one that no double can represent.
    fn integer(&mut self, members: &Map<String, Value>) -> Value {
        self.has_limits = true;
        let (least, greatest) = limits(members);
        let integer = match self.kind {
            Kind::Least => least,
            Kind::Greatest => greatest,
            _ if members.get("format").and_then(Value::as_str) == Some("int32") => greatest,
            // No double can represent it.
            _ => ((1 << 53) + 1).clamp(least, greatest),
        };
        let integer = integer - multiple(members).map_or(0, |of| integer % of);
        number_of(integer)
    }

    /// Samples whole and fractional numbers in turn.
    fn number(&mut self, members: &Map<String, Value>) -> Value {
        let format = members.get("format").and_then(Value::as_str);
        let is_limit = matches!(self.kind, Kind::Least | Kind::Greatest);
        if is_limit && self.is_exact && !matches!(format, Some("float" | "double")) {
            self.has_limits = true;
            let (least, greatest) = limits(members);
            let wanted = if self.kind == Kind::Least { least } else { greatest };
            return number_of(wanted);
        }
        self.numbers += 1;
        let wanted = if self.numbers % 2 == 1 { json!(10) } else { json!(0.25) };
        let bound = |name: &str| members.get(name).and_then(Value::as_f64);
        let number = wanted.as_f64().unwrap_or_default();
        let too_small = bound("minimum").filter(|bound| number < *bound);
        let too_large = bound("maximum").filter(|bound| number > *bound);
        let bound = too_small.or(too_large).and_then(Number::from_f64);
        bound.map_or(wanted, Value::Number)
    }
}

/// Returns the schema of a property of a schema with its ancestors.
fn property<'a>(family: &[&'a Map<String, Value>], name: &str) -> Option<&'a Value> {
    family.iter().rev().find_map(|own| own.get("properties")?.get(name))
}

fn names_properties(family: &[&Map<String, Value>]) -> bool {
    let own = family.iter().filter_map(|own| own.get("properties")?.as_object());
    own.into_iter().any(|properties| !properties.is_empty())
}

/// Returns a value for a schema without restrictions.
fn anything() -> Value {
    json!({ "any": [1, 1.5, null, "x", {}] })
}

/// Returns whether an example has the type of its schema, and is one of its listed values.
fn fits(members: &Map<String, Value>, example: &Value) -> bool {
    let listed = members.get("enum").and_then(Value::as_array);
    if listed.is_some_and(|listed| !listed.contains(example)) {
        return false;
    }
    match members.get("type").and_then(Value::as_str) {
        Some("string") => example.is_string(),
        Some("integer") => example.is_i64() || example.is_u64(),
        Some("number") => example.is_number(),
        Some("boolean") => example.is_boolean(),
        _ => false,
    }
}
