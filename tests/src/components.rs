//! The generated type of each component of the fragment.

use atlas_migrations_generated::types;
use serde_json::Value;

use crate::{Disagreements, members};

/// What can be done with a generated type without naming it.
pub struct Component {
    /// The name of the type, and of the component that it is generated from.
    pub name: &'static str,
    /// The JSON Schema that schemars derives for it.
    pub derived: fn() -> Value,
    /// Decodes a value and encodes it again.
    pub round_trip: fn(&Value) -> Result<Value, serde_json::Error>,
}

macro_rules! components {
    ($($name:ident),+ $(,)?) => {
        /// Every component.
        pub const ALL: &[Component] = &[$(Component {
            name: stringify!($name),
            derived: || schemars::schema_for!(types::$name).to_value(),
            round_trip: |value| {
                // Through text, as on the wire.
                let decoded: types::$name = serde_json::from_str(&value.to_string())?;
                serde_json::from_str(&serde_json::to_string(&decoded)?)
            },
        }),+];
    };
}

components!(ApiError, BadRequestDetail, FieldViolation, LiveMigrationResponse, LiveMigrationStatus);

/// The component that a schema refers to.
pub fn of_schema(schema: &Value) -> Option<&'static Component> {
    let reference = schema.get("$ref")?.as_str()?;
    let name = reference.strip_prefix("#/components/schemas/")?;
    ALL.iter().find(|component| component.name == name)
}

/// Whether there is a generated type for each component, and no other.
pub fn check(fragment: &Value) -> Disagreements {
    let mut list = Disagreements::new();
    let schemas: Vec<_> =
        members(&fragment["components"], "schemas").map(|(name, _)| name).collect();
    for name in &schemas {
        if !ALL.iter().any(|component| component.name == name.as_str()) {
            list.push(format!("components: {name} has no generated type here"));
        }
    }
    for component in ALL {
        if !schemas.iter().any(|name| name.as_str() == component.name) {
            list.push(format!("components: {} is not in the fragment", component.name));
        }
    }
    list
}
