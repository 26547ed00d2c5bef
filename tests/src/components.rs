//! The generated type of each component of the fragment.

use std::collections::BTreeSet;

use atlas_migrations_generated::types;
use serde_json::Value;

use crate::schemas::{describe, is_nullable, is_required};
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

components!(
    ApiError,
    AvailableClustersDeployment,
    BadRequestDetail,
    Destination,
    FieldViolation,
    HostnameSchemaType,
    Link,
    LiveImportAvailableProject,
    LiveImportValidation,
    LiveImportValidationStatus,
    LiveMigrationRequest20240530,
    LiveMigrationResponse,
    LiveMigrationStatus,
    ShardEntry,
    ShardKeys,
    ShardingRequest,
    Source,
    TargetOrg,
    TargetOrgRequest,
);

/// A component of superseded versions only, from which nothing is generated.
struct Superseded {
    name: &'static str,
    successor: &'static str,
    /// What the successor changed.
    changes: &'static [&'static str],
}

const SUPERSEDED: &[Superseded] = &[Superseded {
    name: "LiveMigrationRequest",
    successor: "LiveMigrationRequest20240530",
    changes: &[
        "dropDestinationData: none, now boolean",
        "dropEnabled: boolean, required, now none",
        "links: none, now array of Link",
        "migrationHosts: array of string, required, now array of string of at least 1, required",
    ],
}];

/// The component that a schema refers to.
pub fn of_schema(schema: &Value) -> Option<&'static Component> {
    let name = name_of(schema)?;
    ALL.iter().find(|component| component.name == name)
}

/// Whether the component that a schema refers to belongs to superseded versions only.
pub fn superseded(schema: &Value) -> bool {
    let name = name_of(schema);
    SUPERSEDED.iter().any(|superseded| Some(superseded.name) == name)
}

fn name_of(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}

/// Whether there is a generated type for each component, and no other.
pub fn check(fragment: &Value) -> Disagreements {
    let mut list = Disagreements::new();
    let schemas: Vec<_> =
        members(&fragment["components"], "schemas").map(|(name, _)| name).collect();
    for name in &schemas {
        let known = ALL.iter().map(|component| component.name);
        let known = known.chain(SUPERSEDED.iter().map(|superseded| superseded.name));
        if !known.into_iter().any(|known| known == name.as_str()) {
            list.push(format!("components: {name} has no generated type here"));
        }
    }
    for component in ALL {
        if !schemas.iter().any(|name| name.as_str() == component.name) {
            list.push(format!("components: {} is not in the fragment", component.name));
        }
    }
    for superseded in SUPERSEDED {
        let (name, successor) = (superseded.name, superseded.successor);
        let changes = changes(&fragment["components"]["schemas"], name, successor);
        if changes != superseded.changes {
            list.push(format!("components: from {name} to {successor}: {changes:?}"));
        }
    }
    list
}

/// What differs between two schemas, property by property.
fn changes(schemas: &Value, from: &str, to: &str) -> Vec<String> {
    let (from, to) = (&schemas[from], &schemas[to]);
    let names: BTreeSet<&String> = members(from, "properties")
        .chain(members(to, "properties"))
        .map(|(name, _)| name)
        .collect();
    let describe = |schema: &Value, name: &str| {
        let Some(property) = schema["properties"].get(name) else { return "none".to_owned() };
        let nullable = if is_nullable(property) { ", nullable" } else { "" };
        let required = if is_required(schema, name) { ", required" } else { "" };
        format!("{}{nullable}{required}", describe(property))
    };
    let pairs = names.into_iter().map(|name| (name, describe(from, name), describe(to, name)));
    pairs
        .filter(|(_, from, to)| from != to)
        .map(|(name, from, to)| format!("{name}: {from}, now {to}"))
        .collect()
}
