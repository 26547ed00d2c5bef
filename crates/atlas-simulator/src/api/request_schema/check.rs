//! Checks a body against its schema.

use std::collections::HashSet;
use std::fmt;

use serde_json::{Map, Value};

use super::schema::{Kind, Length, Object, Schema};
use crate::api::error::ApiError;

type Checked = Result<(), ApiError>;

impl Schema {
    /// Refuses a body that does not match the schema.
    ///
    /// Invented: which of several violations is reported. What cannot be deserialized comes before
    /// what is missing or out of bounds, as a parser runs before a validation of the whole. Within
    /// both, fields come in alphabetical order.
    pub(crate) fn check(&self, body: &Value) -> Checked {
        if matches!(self.kind, Kind::Object(_)) && !body.is_object() {
            return Err(ApiError::invalid_json());
        }
        let mut check = Check { incomplete: None };
        check.value(self, body, &Place::Body)?;
        check.incomplete.map_or(Ok(()), Err)
    }

    /// Returns whether a value is an empty text that counts as missing.
    ///
    /// The official CLI always sends `"hostnameSchemaType": ""`, and sends `"username": ""`,
    /// `"password": ""` and `"caCertificatePath": ""` if they are not given. Migrations have been
    /// created with it, so the service does not refuse them: an empty text counts as missing where
    /// an enumeration or `null` is allowed, even if the field is required. Any other empty text is a
    /// text.
    pub(crate) fn is_blank(&self, value: &Value) -> bool {
        let may_be_blank =
            self.nullable || matches!(self.kind, Kind::String { values: Some(_), .. });
        may_be_blank && value == ""
    }
}

/// The check of a body.
struct Check {
    /// The first violation that does not prevent deserialization.
    incomplete: Option<ApiError>,
}

impl Check {
    fn value(&mut self, schema: &Schema, value: &Value, place: &Place<'_>) -> Checked {
        if value.is_null() && schema.nullable || schema.is_blank(value) {
            return Ok(());
        }
        let mismatch = || Err(ApiError::invalid_json_attribute(place));
        match (&schema.kind, value) {
            (Kind::Any, _) | (Kind::Boolean, Value::Bool(_)) => Ok(()),
            (Kind::Number { is_integer, min, max }, Value::Number(number)) => {
                if *is_integer && !number.is_i64() && !number.is_u64() {
                    return mismatch();
                }
                let number = number.as_f64().unwrap_or(f64::NAN);
                let is_within =
                    min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max);
                self.expect(is_within, place);
                Ok(())
            }
            (Kind::String { length, pattern, values }, Value::String(text)) => {
                if values.as_ref().is_some_and(|values| !values.contains(text)) {
                    return Err(ApiError::invalid_enum_value(text));
                }
                if pattern.as_ref().is_some_and(|pattern| !pattern.is_match(text)) {
                    return mismatch();
                }
                self.expect(length.contains(text.chars().count()), place);
                Ok(())
            }
            (Kind::Array { items, length, unique }, Value::Array(array)) => {
                self.array(items, *length, *unique, array, place)
            }
            (Kind::Object(object), Value::Object(fields)) => self.object(object, fields, place),
            _ => mismatch(),
        }
    }

    fn array(
        &mut self,
        items: &Schema,
        length: Length,
        unique: bool,
        array: &[Value],
        place: &Place<'_>,
    ) -> Checked {
        for (index, item) in array.iter().enumerate() {
            self.value(items, item, &Place::Item(place, index))?;
        }
        self.expect(length.contains(array.len()), place);
        if unique {
            let different: HashSet<_> = array.iter().collect();
            self.expect(different.len() == array.len(), place);
        }
        Ok(())
    }

    fn object(
        &mut self,
        object: &Object,
        fields: &Map<String, Value>,
        place: &Place<'_>,
    ) -> Checked {
        for name in &object.required {
            // A forbidden `null` counts as missing.
            let is_nullable = object.properties.get(name).is_some_and(|schema| schema.nullable);
            match fields.get(name) {
                None => self.missing(place, name),
                Some(Value::Null) if !is_nullable => self.missing(place, name),
                Some(_) => {}
            }
        }
        let mut fields: Vec<_> = fields.iter().collect();
        fields.sort_unstable_by_key(|(name, _)| *name);
        for (name, value) in fields {
            let place = Place::Field(place, name);
            let schema = match (object.properties.get(name), &object.additional) {
                (Some(schema), _) if !schema.read_only => schema,
                (None, Some(schema)) => schema,
                _ => return Err(ApiError::invalid_attribute(&place)),
            };
            if !(value.is_null() && object.required.contains(name)) {
                self.value(schema, value, &place)?;
            }
        }
        Ok(())
    }

    fn missing(&mut self, place: &Place<'_>, name: &str) {
        self.incomplete
            .get_or_insert_with(|| ApiError::missing_attribute(Place::Field(place, name)));
    }

    fn expect(&mut self, holds: bool, place: &Place<'_>) {
        if !holds {
            self.incomplete.get_or_insert_with(|| ApiError::invalid_attribute(place));
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
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn violation(schema: &Value, body: &Value) -> Option<(&'static str, Value)> {
        let schema = Schema::read(&Value::Null, schema).unwrap();
        let error = schema.check(body).err()?;
        Some((error.code, error.parameters.unwrap().first().cloned().unwrap_or_default()))
    }

    /// Returns the code for an object whose only field has that schema.
    fn violation_of_field(schema: &Value, value: &Value) -> Option<&'static str> {
        let schema = json!({"type": "object", "properties": {"a": schema}});
        violation(&schema, &json!({"a": value})).map(|(code, _)| code)
    }

    #[test]
    fn numbers_are_checked_for_integers_and_bounds() {
        let (mismatch, bad) = (Some("INVALID_JSON_ATTRIBUTE"), Some("INVALID_ATTRIBUTE"));
        let integer = json!({"type": "integer", "minimum": 1, "maximum": 9});
        for (value, expected) in [
            (json!(1), None),
            (json!(9), None),
            (json!(0), bad),
            (json!(10), bad),
            (json!(-1), bad),
            (json!(2.5), mismatch),
            (json!("2"), mismatch),
            (json!(null), mismatch),
        ] {
            assert_eq!(violation_of_field(&integer, &value), expected, "{value}");
        }
        assert_eq!(violation_of_field(&json!({"type": "number"}), &json!(2.5)), None);
        assert_eq!(violation_of_field(&json!({"type": "number", "maximum": 2}), &json!(2.5)), bad);
        assert_eq!(violation_of_field(&json!({"type": "integer"}), &json!(u64::MAX)), None);
    }

    #[test]
    fn texts_are_counted_in_characters_and_patterns_are_not_anchored() {
        let schema = json!({"type": "string", "minLength": 2, "maxLength": 2, "pattern": "é"});
        assert_eq!(violation_of_field(&schema, &json!("éa")), None);
        assert_eq!(violation_of_field(&schema, &json!("é")), Some("INVALID_ATTRIBUTE"));
        assert_eq!(violation_of_field(&schema, &json!("éaa")), Some("INVALID_ATTRIBUTE"));
        assert_eq!(violation_of_field(&schema, &json!("ea")), Some("INVALID_JSON_ATTRIBUTE"));
    }

    #[test]
    fn additional_properties_are_checked() {
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
            assert_eq!(
                violation(&schema, &json!({"b": 1})).map(|(code, _)| code),
                expected,
                "{schema}"
            );
        }
    }

    #[test]
    fn read_only_fields_are_not_required_and_refused() {
        let schema = json!({"type": "object", "required": ["a", "b"], "properties": {
            "a": {"type": "string", "readOnly": true}, "b": {"type": "string", "nullable": true}}});
        assert_eq!(violation(&schema, &json!({"b": null})), None);
        assert_eq!(violation(&schema, &json!({})), Some(("MISSING_ATTRIBUTE", json!("b"))));
        let sent = json!({"a": "x", "b": "y"});
        assert_eq!(violation(&schema, &sent), Some(("INVALID_ATTRIBUTE", json!("a"))));
    }

    #[test]
    fn an_empty_text_counts_as_missing_in_an_enumeration_or_if_nullable() {
        for (schema, is_blank) in [
            (json!({"type": "string", "enum": ["A"]}), true),
            (json!({"type": "string", "nullable": true, "minLength": 1}), true),
            (json!({"type": "string", "minLength": 1}), false),
            (json!({"type": "boolean"}), false),
        ] {
            assert_eq!(violation_of_field(&schema, &json!("")).is_none(), is_blank, "{schema}");
        }
        let schema = json!({"type": "string", "enum": ["A"]});
        assert_eq!(violation_of_field(&schema, &json!(" ")), Some("INVALID_ENUM_VALUE"));
    }

    #[test]
    fn of_several_violations_the_one_that_prevents_deserialization_is_reported() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "string"}, "c": {"type": "array", "items": {"type": "string"}}}});
        let both = json!({"c": ["x", 1], "b": 1});
        assert_eq!(violation(&schema, &both), Some(("INVALID_ATTRIBUTE", json!("b"))));
        let one = json!({"c": ["x", 1]});
        assert_eq!(violation(&schema, &one), Some(("INVALID_JSON_ATTRIBUTE", json!("c[1]"))));
        assert_eq!(violation(&schema, &json!({"c": []})), Some(("MISSING_ATTRIBUTE", json!("a"))));
    }
}
