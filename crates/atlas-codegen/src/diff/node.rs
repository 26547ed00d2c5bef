//! A document as it is compared: every value with its place, and every `$ref` followed.

use serde_json::Value;

use crate::document::{self, Pointer, Problem};

/// A document, and what to call it.
pub struct Source {
    pub name: String,
    pub document: Value,
}

/// A value of a document, and where it stands.
#[derive(Clone)]
pub struct Node<'a> {
    source: &'a Source,
    pub at: Pointer,
    pub value: &'a Value,
}

impl<'a> Node<'a> {
    /// The whole document.
    pub fn root(source: &'a Source) -> Self {
        Self { source, at: Pointer::default(), value: &source.document }
    }

    /// An object that the walk over the document came by.
    pub fn of(source: &'a Source, at: Pointer, value: &'a Value) -> Self {
        Self { source, at, value }
    }

    /// A member as it stands.
    pub fn member(&self, name: &str) -> Option<Self> {
        let value = self.value.as_object()?.get(name)?;
        Some(Self { source: self.source, at: self.at.to(name), value })
    }

    /// A member, or what its `$ref` leads to.
    pub fn get(&self, name: &str) -> Result<Option<Self>, String> {
        self.member(name).map(Self::followed).transpose()
    }

    /// The members of a member that is an object, each followed.
    pub fn entries(&self, name: &str) -> Result<Vec<(&'a str, Self)>, String> {
        let Some(member) = self.member(name) else { return Ok(Vec::new()) };
        let members = member.value.as_object().into_iter().flatten();
        members
            .map(|(name, value)| {
                let node = Self { source: self.source, at: member.at.to(name), value };
                Ok((name.as_str(), node.followed()?))
            })
            .collect()
    }

    /// The elements of a member that is an array, as they stand.
    pub fn elements(&self, name: &str) -> Vec<Self> {
        let Some(member) = self.member(name) else { return Vec::new() };
        let elements = member.value.as_array().into_iter().flatten().enumerate();
        elements
            .map(|(index, value)| Self { source: self.source, at: member.at.to(index), value })
            .collect()
    }

    /// A member that is text.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.value.get(name)?.as_str()
    }

    /// Whether a member is `true`.
    pub fn is(&self, name: &str) -> bool {
        self.value.get(name) == Some(&Value::Bool(true))
    }

    /// Itself, or what its `$ref` leads to.
    pub fn followed(self) -> Result<Self, String> {
        let followed = document::follow(&self.source.document, &self.at, self.value);
        let (at, value) = followed.map_err(|problem| self.problem(&problem))?;
        Ok(Self { source: self.source, at, value })
    }

    /// That something here is wrong.
    pub fn wrong(&self, message: &str) -> String {
        self.problem(&Problem::new(&self.at, message))
    }

    fn problem(&self, problem: &Problem) -> String {
        format!("{} {problem}", self.source.name)
    }
}
