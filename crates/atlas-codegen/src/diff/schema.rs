//! A schema with the targets of `$ref` and `allOf` merged.

use serde_json::{Value, json};

use super::node::Node;
use crate::document::Pointer;

/// The parts of a schema: itself, and the members of its `allOf`. There is at least one.
#[derive(Clone)]
pub struct Schema<'a> {
    parts: Vec<Node<'a>>,
}

/// The additional properties of an object.
pub enum Additional<'a> {
    Anything,
    Nothing,
    Like(Schema<'a>),
}

/// A schema of a `oneOf` or an `anyOf`. Its key is the values of the discriminator, otherwise its name, otherwise its
/// position.
pub struct Variant<'a> {
    pub key: String,
    pub schema: Schema<'a>,
}

impl<'a> Schema<'a> {
    pub fn of(node: Node<'a>) -> Result<Self, String> {
        Self::all([node])
    }

    fn all(nodes: impl IntoIterator<Item = Node<'a>>) -> Result<Self, String> {
        let mut parts = Vec::new();
        // The remaining parts, the next one last.
        let mut rest: Vec<Node<'a>> = nodes.into_iter().collect();
        rest.reverse();
        while let Some(node) = rest.pop() {
            let node = node.followed()?;
            if parts.iter().any(|part: &Node<'_>| part.at == node.at) {
                continue;
            }
            rest.extend(node.elements("allOf").into_iter().rev());
            parts.push(node);
        }
        Ok(Self { parts })
    }

    /// Returns the place of its first part.
    pub fn at(&self) -> &Pointer {
        &self.parts[0].at
    }

    /// Returns the places of its parts. Schemas with the same parts are equal.
    pub fn places(&self) -> Vec<Pointer> {
        self.parts.iter().map(|part| part.at.clone()).collect()
    }

    /// Returns the value of a keyword in the outermost part that has it.
    pub fn keyword(&self, name: &str) -> Option<Node<'a>> {
        self.parts.iter().find_map(|part| part.member(name))
    }

    /// Returns whether a keyword is `true` in any part. Authors mean that with `nullable` beside an `allOf`, although
    /// OpenAPI says otherwise.
    pub fn is(&self, name: &str) -> bool {
        self.parts.iter().any(|part| part.is(name))
    }

    /// Returns the type, which other keywords may imply.
    pub fn kind(&self) -> Option<&'a str> {
        let written = self.parts.iter().find_map(|part| part.text("type"));
        let has = |name| self.keyword(name).is_some();
        written
            .or_else(|| (has("properties") || has("additionalProperties")).then_some("object"))
            .or_else(|| has("items").then_some("array"))
    }

    /// Returns the names and schemas of the properties.
    pub fn properties(&self) -> Result<Vec<(&'a str, Self)>, String> {
        let mut found: Vec<(&'a str, Vec<Node<'a>>)> = Vec::new();
        for part in &self.parts {
            for (name, node) in part.entries("properties")? {
                match found.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, nodes)) => nodes.push(node),
                    None => found.push((name, vec![node])),
                }
            }
        }
        found.into_iter().map(|(name, nodes)| Ok((name, Self::all(nodes)?))).collect()
    }

    /// Returns the names of the required properties, with their places.
    pub fn required(&self) -> Vec<(&'a str, Pointer)> {
        let nodes = self.parts.iter().flat_map(|part| part.elements("required"));
        nodes.filter_map(|node| Some((node.value.as_str()?, node.at))).collect()
    }

    pub fn requires(&self, name: &str) -> bool {
        let lists = self.parts.iter().filter_map(|part| part.value.get("required")?.as_array());
        lists.flatten().any(|required| required == name)
    }

    /// Returns the schema of the items of an array, if it restricts them.
    pub fn items(&self) -> Result<Option<Self>, String> {
        let nodes = self.parts.iter().filter_map(|part| part.member("items"));
        let nodes: Vec<_> = nodes.filter(|node| *node.value != json!({})).collect();
        if nodes.is_empty() { Ok(None) } else { Self::all(nodes).map(Some) }
    }

    pub fn additional(&self) -> Result<Additional<'a>, String> {
        let Some(node) = self.keyword("additionalProperties") else {
            return Ok(Additional::Anything);
        };
        Ok(match node.value {
            Value::Bool(false) => Additional::Nothing,
            Value::Object(members) if !members.is_empty() => Additional::Like(Self::of(node)?),
            _ => Additional::Anything,
        })
    }

    /// Returns the property whose value distinguishes the variants.
    pub fn discriminator(&self) -> Option<Node<'a>> {
        self.keyword("discriminator")?.member("propertyName")
    }

    /// Returns the variants, if there are any, and their place.
    pub fn variants(&self) -> Result<Option<(Pointer, Vec<Variant<'a>>)>, String> {
        let keywords = ["oneOf", "anyOf"];
        let union = keywords.iter().find_map(|keyword| {
            self.parts.iter().find_map(|part| Some((part, *keyword, part.member(keyword)?.at)))
        });
        let Some((part, keyword, at)) = union else { return Ok(None) };
        let mapping = self.keyword("discriminator").and_then(|node| node.member("mapping"));
        let mapping = mapping.as_ref().and_then(|node| node.value.as_object());
        let variants = part.elements(keyword).into_iter().enumerate().map(|(index, node)| {
            let reference = node.text("$ref").unwrap_or_default();
            let name = reference.rsplit('/').next().unwrap_or_default();
            let mut values: Vec<&str> = mapping
                .into_iter()
                .flatten()
                .filter(|(_, target)| {
                    target.as_str().is_some_and(|target| target == reference || target == name)
                })
                .map(|(value, _)| value.as_str())
                .collect();
            values.sort_unstable();
            let key = match (values.is_empty(), name) {
                (false, _) => values.join("|"),
                (true, "") => index.to_string(),
                (true, name) => name.to_owned(),
            };
            Ok(Variant { key, schema: Self::of(node)? })
        });
        Ok(Some((at, variants.collect::<Result<_, String>>()?)))
    }
}
