//! Values of a document with their places.

use serde_json::Value;

use crate::document::walk;
use crate::document::{self, Located, Pointer, Problem};

/// A document, and its name for messages.
pub struct Source {
    pub name: String,
    pub document: Value,
}

impl Source {
    /// Returns a problem with the name of the document.
    pub fn describe(&self, problem: &Problem) -> String {
        format!("{} {problem}", self.name)
    }
}

/// A value of a document, and where it is.
#[derive(Clone)]
pub struct Node<'a> {
    source: &'a Source,
    pub at: Pointer,
    pub value: &'a Value,
}

impl<'a> Node<'a> {
    /// Returns the whole document.
    pub fn root(source: &'a Source) -> Self {
        Self { source, at: Pointer::default(), value: &source.document }
    }

    /// Returns the value that a pointer of the walk leads to.
    pub fn of(source: &'a Source, at: &Pointer) -> Self {
        let value = source.document.pointer(at.as_str()).unwrap_or(&Value::Null);
        Self { source, at: at.clone(), value }
    }

    /// Returns a member, without following its `$ref`.
    pub fn member(&self, name: &str) -> Option<Self> {
        let value = self.value.as_object()?.get(name)?;
        Some(Self { source: self.source, at: self.at.to(name), value })
    }

    /// Returns the contents by media type.
    pub fn contents(&self) -> Result<Vec<(String, Self)>, String> {
        let Some(members) = self.value.as_object() else { return Ok(Vec::new()) };
        let contents = walk::contents(&Located { at: self.at.clone(), members });
        let contents = contents.map_err(|problem| self.source.describe(&problem))?.into_iter();
        let node = |(media_type, content): (&str, Located<'_>)| {
            (media_type.to_owned(), Self::of(self.source, &content.at))
        };
        Ok(contents.map(node).collect())
    }

    /// Returns the members of a member that is an object, with every `$ref` followed.
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

    /// Returns the elements of a member that is an array, without following a `$ref`.
    pub fn elements(&self, name: &str) -> Vec<Self> {
        let Some(member) = self.member(name) else { return Vec::new() };
        let elements = member.value.as_array().into_iter().flatten().enumerate();
        elements
            .map(|(index, value)| Self { source: self.source, at: member.at.to(index), value })
            .collect()
    }

    /// Returns a member that is text.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.value.get(name)?.as_str()
    }

    /// Returns whether a member is `true`.
    pub fn is(&self, name: &str) -> bool {
        self.value.get(name) == Some(&Value::Bool(true))
    }

    /// Returns the value, or what its `$ref` leads to.
    pub fn followed(self) -> Result<Self, String> {
        let followed = document::follow(&self.source.document, &self.at, self.value);
        let (at, value) = followed.map_err(|problem| self.source.describe(&problem))?;
        Ok(Self { source: self.source, at, value })
    }

    /// Returns the message of a problem here.
    pub fn problem(&self, message: &str) -> String {
        self.source.describe(&Problem::new(&self.at, message))
    }
}
