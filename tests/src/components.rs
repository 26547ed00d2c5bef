//! The generated type of each component of the fragment.

use std::collections::BTreeSet;

use atlas_migrations_generated::types;
use serde_json::Value;

use crate::schema::{describe, is_nullable, is_required};
use crate::{Disagreements, members};

/// A generated type, as the checks use it.
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
                // Through text, as over HTTP.
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

/// A component that only deprecated versions use. No type is generated for it.
struct Deprecated {
    name: &'static str,
    successor: &'static str,
    /// What the successor changed.
    changes: &'static [&'static str],
}

const DEPRECATED: &[Deprecated] = &[Deprecated {
    name: "LiveMigrationRequest",
    successor: "LiveMigrationRequest20240530",
    changes: &[
        "dropDestinationData: none, now boolean",
        "dropEnabled: boolean, required, now none",
        "links: none, now array of Link",
        "migrationHosts: array of string, required, now array of string of at least 1, required",
    ],
}];

/// Returns the component that a schema refers to.
pub fn of_schema(schema: &Value) -> Option<&'static Component> {
    let name = name_of(schema)?;
    ALL.iter().find(|component| component.name == name)
}

/// Returns whether only deprecated versions use the component that a schema refers to.
pub fn is_deprecated(schema: &Value) -> bool {
    let name = name_of(schema);
    DEPRECATED.iter().any(|deprecated| Some(deprecated.name) == name)
}

fn name_of(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}

/// Checks that each component has a generated type, and that there is no other type.
pub fn check(fragment: &Value) -> Disagreements {
    let mut list = Disagreements::new();
    let schemas: Vec<_> =
        members(&fragment["components"], "schemas").map(|(name, _)| name).collect();
    for name in &schemas {
        let known = ALL.iter().map(|component| component.name);
        let known = known.chain(DEPRECATED.iter().map(|deprecated| deprecated.name));
        if !known.into_iter().any(|known| known == name.as_str()) {
            list.push(format!("components: {name} is not listed in components.rs"));
        }
    }
    for component in ALL {
        if !schemas.iter().any(|name| name.as_str() == component.name) {
            list.push(format!("components: {} is not in the fragment", component.name));
        }
    }
    for deprecated in DEPRECATED {
        let (name, successor) = (deprecated.name, deprecated.successor);
        let changes = changes(&fragment["components"]["schemas"], name, successor);
        if changes != deprecated.changes {
            list.push(format!("components: from {name} to {successor}: {changes:?}"));
        }
    }
    list
}

/// Describes the differences between two schemas, property by property.
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
