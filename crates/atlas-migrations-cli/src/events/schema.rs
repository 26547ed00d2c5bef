//! The JSON Schema of the events.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::event::EventLine;

/// Returns the JSON Schema of one event.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<EventLine>();
    schema.insert("title".to_owned(), "Event of atlas-migrations watch, run and demo".into());
    let mut schema = schema.to_value();
    // Another crate of the program can make `serde_json` keep the order of insertion.
    schema.sort_all_objects();
    schema
}
