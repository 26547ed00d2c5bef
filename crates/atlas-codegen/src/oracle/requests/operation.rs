//! An operation of the document, as requests need it.

use serde_json::{Map, Value};

use super::parameters::{self, Location, Parameter};
use crate::oracle::reader::Reader;
use crate::oracle::values::Source;

/// Query parameters that generated methods do not have: they change the shape or the layout of the response.
const RAW_ONLY: &[&str] = &["envelope", "pretty"];

/// An operation of the document.
pub struct Operation<'a, 's> {
    pub reader: &'s Reader<'a>,
    pub source: &'s Source<'s>,
    pub members: &'a Map<String, Value>,
    pub parameters: Vec<Parameter<'a>>,
}

impl<'a, 's> Operation<'a, 's> {
    pub fn of(reader: &'s Reader<'a>, source: &'s Source<'s>) -> Option<Self> {
        let item = reader.path_item(source.path)?;
        let members = item.get(source.method.to_lowercase())?.as_object()?;
        let mut parameters = parameters::of(reader, item, members);
        parameters.retain(|parameter| {
            match parameter.location {
                Location::Query => !RAW_ONLY.contains(&parameter.name),
                // What the path does not have cannot be sent.
                Location::Path => source.path.contains(&format!("{{{}}}", parameter.name)),
                Location::Header | Location::Cookie => true,
            }
        });
        Some(Self { reader, source, members, parameters })
    }
}
