//! A body against its schema: the first thing that is wrong with it.

use std::collections::HashSet;
use std::fmt;

use serde_json::Value;

use super::{Bounds, Kind, Others, Schema};
use crate::json;
use crate::problem::{self, Problem};

type Checked = Result<(), Problem>;

impl Schema {
    /// Refuses a body that is not as the schema has it.
    ///
    /// Invented: which of several violations is told. What cannot be read at all comes before what
    /// is missing or out of bounds, as a reader of JSON comes before a look at the whole; within
    /// both, fields come in alphabetical order.
    pub(crate) fn check(&self, body: &Value) -> Checked {
        if matches!(self.kind, Kind::Object { .. }) && !body.is_object() {
            return Err(problem::invalid_json());
        }
        let mut look = Look { incomplete: None };
        look.at(self, body, &Place::Body)?;
        look.incomplete.map_or(Ok(()), Err)
    }

    /// Whether a value is an empty text that counts as nothing at all.
    ///
    /// The one place that decides what becomes of the bodies of the official CLI, which sends
    /// `"hostnameSchemaType": ""` always, and `"username": ""`, `"password": ""` and
    /// `"caCertificatePath": ""` where none was given. Migrations have been created with it, so the
    /// service cannot refuse them: an empty text in the place of an enumeration's value, or where
    /// `null` may stand, counts as not given, even where something is required. Any other empty
    /// text is a text.
    pub(crate) fn is_blank(&self, value: &Value) -> bool {
        let may_be = self.nullable || matches!(self.kind, Kind::Text { values: Some(_), .. });
        may_be && value == ""
    }
}

/// A walk through a body.
struct Look {
    /// The first thing that is missing or out of bounds.
    incomplete: Option<Problem>,
}

impl Look {
    fn at(&mut self, schema: &Schema, value: &Value, place: &Place<'_>) -> Checked {
        if value.is_null() && schema.nullable || schema.is_blank(value) {
            return Ok(());
        }
        let misfit = || Err(problem::invalid_json_attribute(place));
        match (&schema.kind, value) {
            (Kind::Anything, _) | (Kind::Boolean, Value::Bool(_)) => Ok(()),
            (Kind::Number { whole, least, most }, Value::Number(number)) => {
                if *whole && !number.is_i64() && !number.is_u64() {
                    return misfit();
                }
                let number = number.as_f64().unwrap_or(f64::NAN);
                let within = least.is_none_or(|least| number >= least)
                    && most.is_none_or(|most| number <= most);
                self.expect(within, place);
                Ok(())
            }
            (Kind::Text { length, pattern, values }, Value::String(text)) => {
                if values.as_ref().is_some_and(|values| !values.contains(text)) {
                    return Err(problem::invalid_enum_value(text));
                }
                if pattern.as_ref().is_some_and(|pattern| !pattern.is_match(text)) {
                    return misfit();
                }
                self.expect(length.contains(text.chars().count()), place);
                Ok(())
            }
            (Kind::List { items, length, unique }, Value::Array(list)) => {
                self.list(items, *length, *unique, list, place)
            }
            (Kind::Object { known, required, others }, Value::Object(fields)) => {
                for name in required {
                    // Without a value a field is as good as missing.
                    let is_nullable = known.get(name).is_some_and(|part| part.nullable);
                    match fields.get(name) {
                        None => self.miss(place, name),
                        Some(Value::Null) if !is_nullable => self.miss(place, name),
                        Some(_) => {}
                    }
                }
                let mut fields: Vec<_> = fields.iter().collect();
                fields.sort_unstable_by_key(|(name, _)| *name);
                for (name, value) in fields {
                    let place = Place::Field(place, name);
                    let part = match (known.get(name), others) {
                        (Some(part), _) if !part.read_only => part,
                        (None, Others::Each(part)) => part,
                        _ => return Err(problem::invalid_attribute(&place)),
                    };
                    if !(value.is_null() && required.contains(name)) {
                        self.at(part, value, &place)?;
                    }
                }
                Ok(())
            }
            _ => misfit(),
        }
    }

    fn list(
        &mut self,
        items: &Schema,
        length: Bounds,
        unique: bool,
        list: &[Value],
        place: &Place<'_>,
    ) -> Checked {
        for (index, item) in list.iter().enumerate() {
            self.at(items, item, &Place::Item(place, index))?;
        }
        self.expect(length.contains(list.len()), place);
        if unique {
            let different: HashSet<_> = list.iter().map(json::compact).collect();
            self.expect(different.len() == list.len(), place);
        }
        Ok(())
    }

    fn miss(&mut self, place: &Place<'_>, name: &str) {
        self.incomplete
            .get_or_insert_with(|| problem::missing_attribute(Place::Field(place, name)));
    }

    fn expect(&mut self, holds: bool, place: &Place<'_>) {
        if !holds {
            self.incomplete.get_or_insert_with(|| problem::invalid_attribute(place));
        }
    }
}

/// A place within a body, such as `sharding.shardingEntries[0].database`.
enum Place<'a> {
    Body,
    Field(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body => Ok(()),
            Self::Field(Self::Body, name) => f.write_str(name),
            Self::Field(within, name) => write!(f, "{within}.{name}"),
            Self::Item(within, index) => write!(f, "{within}[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(schema: &Value, body: &Value) -> Option<(&'static str, Value)> {
        let schema = Schema::read(&Value::Null, schema).unwrap();
        let problem = schema.check(body).err()?;
        Some((problem.code, problem.parameters.unwrap().first().cloned().unwrap_or_default()))
    }

    /// What is said of an object whose only field is of that schema.
    fn of_field(schema: &Value, value: &Value) -> Option<&'static str> {
        let schema = json!({"type": "object", "properties": {"a": schema}});
        told(&schema, &json!({"a": value})).map(|(code, _)| code)
    }

    #[test]
    fn numbers_are_whole_and_within_bounds_where_they_have_to_be() {
        let (misfit, bad) = (Some("INVALID_JSON_ATTRIBUTE"), Some("INVALID_ATTRIBUTE"));
        let whole = json!({"type": "integer", "minimum": 1, "maximum": 9});
        for (value, expected) in [
            (json!(1), None),
            (json!(9), None),
            (json!(0), bad),
            (json!(10), bad),
            (json!(-1), bad),
            (json!(2.5), misfit),
            (json!("2"), misfit),
            (json!(null), misfit),
        ] {
            assert_eq!(of_field(&whole, &value), expected, "{value}");
        }
        assert_eq!(of_field(&json!({"type": "number"}), &json!(2.5)), None);
        assert_eq!(of_field(&json!({"type": "number", "maximum": 2}), &json!(2.5)), bad);
        assert_eq!(of_field(&json!({"type": "integer"}), &json!(u64::MAX)), None);
    }

    #[test]
    fn texts_are_counted_in_characters_and_patterns_are_not_anchored() {
        let schema = json!({"type": "string", "minLength": 2, "maxLength": 2, "pattern": "é"});
        assert_eq!(of_field(&schema, &json!("éa")), None);
        assert_eq!(of_field(&schema, &json!("é")), Some("INVALID_ATTRIBUTE"));
        assert_eq!(of_field(&schema, &json!("éaa")), Some("INVALID_ATTRIBUTE"));
        assert_eq!(of_field(&schema, &json!("ea")), Some("INVALID_JSON_ATTRIBUTE"));
    }

    #[test]
    fn objects_take_what_their_schema_lets_in() {
        for (schema, expected) in [
            (json!({"type": "object"}), None),
            (json!({"type": "object", "additionalProperties": true, "properties": {}}), None),
            (json!({"type": "object", "additionalProperties": {}}), None),
            (
                json!({"type": "object", "additionalProperties": {"type": "string"}}),
                Some("INVALID_JSON_ATTRIBUTE"),
            ),
            (json!({"type": "object", "properties": {}}), Some("INVALID_ATTRIBUTE")),
            (json!({"type": "object", "additionalProperties": false}), Some("INVALID_ATTRIBUTE")),
            (json!({}), None),
        ] {
            assert_eq!(told(&schema, &json!({"b": 1})).map(|(code, _)| code), expected, "{schema}");
        }
    }

    #[test]
    fn what_only_answers_have_is_not_required_and_not_taken() {
        let schema = json!({"type": "object", "required": ["a", "b"], "properties": {
            "a": {"type": "string", "readOnly": true}, "b": {"type": "string", "nullable": true}}});
        assert_eq!(told(&schema, &json!({"b": null})), None);
        assert_eq!(told(&schema, &json!({})), Some(("MISSING_ATTRIBUTE", json!("b"))));
        let sent = json!({"a": "x", "b": "y"});
        assert_eq!(told(&schema, &sent), Some(("INVALID_ATTRIBUTE", json!("a"))));
    }

    #[test]
    fn an_empty_text_is_nothing_in_an_enumeration_and_where_null_may_stand() {
        for (schema, is_blank) in [
            (json!({"type": "string", "enum": ["A"]}), true),
            (json!({"type": "string", "nullable": true, "minLength": 1}), true),
            (json!({"type": "string", "minLength": 1}), false),
            (json!({"type": "boolean"}), false),
        ] {
            assert_eq!(of_field(&schema, &json!("")).is_none(), is_blank, "{schema}");
        }
        let schema = json!({"type": "string", "enum": ["A"]});
        assert_eq!(of_field(&schema, &json!(" ")), Some("INVALID_ENUM_VALUE"));
    }

    #[test]
    fn of_several_violations_the_one_in_the_way_of_reading_is_told() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "string"}, "c": {"type": "array", "items": {"type": "string"}}}});
        let both = json!({"c": ["x", 1], "b": 1});
        assert_eq!(told(&schema, &both), Some(("INVALID_ATTRIBUTE", json!("b"))));
        let one = json!({"c": ["x", 1]});
        assert_eq!(told(&schema, &one), Some(("INVALID_JSON_ATTRIBUTE", json!("c[1]"))));
        assert_eq!(told(&schema, &json!({"c": []})), Some(("MISSING_ATTRIBUTE", json!("a"))));
    }
}
