//! The kinds of values in parameters and forms, which are written as text, not as JSON.

use serde_json::{Map, Value};

use super::json::object;
use super::kinds::{contradicts_itself, enum_values, is_structure, unions, variants};
use super::lowering::Lowering;
use crate::document::{Pointer, Problem, follow};

/// The kind of values of a schema, as far as they can be written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plain {
    /// One text, number or boolean, of one type.
    One,
    /// Text, numbers or booleans of several types, or any value.
    Any,
    /// A list of these. The flag says whether its items are of one type.
    List(bool),
    /// One of these, or a list of them.
    OneOrList,
    /// An object of these. The flag says whether its properties may be of any type.
    Object(bool),
    /// Lists or objects within lists or objects.
    Deep,
}

/// The limit of nested schemas. No real parameter comes near it.
const DEEPEST: usize = 32;

impl<'a> Lowering<'a> {
    /// Returns the kind of values of a schema.
    pub(super) fn plain(&mut self, at: &Pointer, schema: &'a Value) -> Result<Plain, Problem> {
        self.plain_at(at, schema, 0)
    }

    fn plain_at(
        &mut self,
        at: &Pointer,
        schema: &'a Value,
        depth: usize,
    ) -> Result<Plain, Problem> {
        if depth > DEEPEST {
            return Ok(Plain::Deep);
        }
        let (at, schema) = follow(self.document, at, schema)?;
        let members = object(&at, schema)?;
        if enum_values(self.document, members).is_some() {
            return Ok(Plain::One);
        }
        if is_structure(self.document, members) {
            return self.plain_object(&at, members, depth);
        }
        if let Some((only_at, only)) = self.only_member(&at, members) {
            return self.plain_at(&only_at, only, depth + 1);
        }
        if let Some(keyword) = unions(members).next() {
            let mut kinds = Vec::new();
            for (index, variant) in variants(self.document, members, keyword) {
                let at = at.to(keyword).to(index);
                kinds.push(self.plain_at(&at, variant, depth + 1)?);
            }
            let is_one = |kind: &Plain| matches!(kind, Plain::One | Plain::Any);
            let is_list = |kind: &Plain| matches!(kind, Plain::List(_) | Plain::OneOrList);
            return Ok(if kinds.iter().all(is_one) {
                Plain::Any
            } else if kinds.iter().all(is_list) {
                Plain::List(false)
            } else if kinds.iter().all(|kind| is_one(kind) || is_list(kind)) {
                Plain::OneOrList
            } else {
                Plain::Deep
            });
        }
        if let Some(first) = members.get("allOf").and_then(|all| all.get(0)) {
            return self.plain_at(&at.to("allOf").to(0), first, depth + 1);
        }
        if contradicts_itself(members) {
            return Ok(Plain::Any);
        }
        match members.get("type").and_then(Value::as_str) {
            Some("array") => {
                let Some(items) = members.get("items") else { return Ok(Plain::List(false)) };
                Ok(match self.plain_at(&at.to("items"), items, depth + 1)? {
                    Plain::One => Plain::List(true),
                    Plain::Any => Plain::List(false),
                    _ => Plain::Deep,
                })
            }
            Some("object") => self.plain_object(&at, members, depth),
            Some(_) => Ok(Plain::One),
            None if members.contains_key("items") => Ok(Plain::Deep),
            None => Ok(Plain::Any),
        }
    }

    fn plain_object(
        &mut self,
        at: &Pointer,
        members: &'a Map<String, Value>,
        depth: usize,
    ) -> Result<Plain, Problem> {
        let structure = self.flatten(at, members, "")?;
        let mut is_open = structure.is_open;
        for property in &structure.properties {
            match self.plain_at(&property.at, property.schema, depth + 1)? {
                Plain::One => {}
                Plain::Any => is_open = true,
                _ => return Ok(Plain::Deep),
            }
        }
        match structure.additional {
            Some((at, values)) => match self.plain_at(&at, values, depth + 1)? {
                Plain::One => {}
                Plain::Any => is_open = true,
                _ => return Ok(Plain::Deep),
            },
            None => is_open |= structure.properties.is_empty(),
        }
        Ok(Plain::Object(is_open))
    }
}
