//! Compares the JSON Schema derived from each generated type with the fragment's schema.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::components::{self, Component};
use crate::schema::{describe, is_nullable, is_required, sample};
use crate::{Disagreements, members, resolve};

/// The intended differences between the generated types and the fragment, by reason.
pub const ACCEPTED: &[(&str, &[&str])] = &[
    (
        "every property of a response is optional; older 401 responses have no errorCode",
        &[
            "ApiError.error: documented as required, generated as optional",
            "ApiError.errorCode: documented as required, generated as optional",
            "AvailableClustersDeployment.featureCompatibilityVersion: documented as required, generated as optional",
            "AvailableClustersDeployment.managed: documented as required, generated as optional",
            "AvailableClustersDeployment.mongoDBVersion: documented as required, generated as optional",
            "AvailableClustersDeployment.name: documented as required, generated as optional",
            "AvailableClustersDeployment.sharded: documented as required, generated as optional",
            "AvailableClustersDeployment.tlsEnabled: documented as required, generated as optional",
            "FieldViolation.description: documented as required, generated as optional",
            "FieldViolation.field: documented as required, generated as optional",
            "LiveImportAvailableProject.deployments: documented as required, generated as optional",
            "LiveImportAvailableProject.migrationHosts: documented as required, generated as optional",
            "LiveImportAvailableProject.name: documented as required, generated as optional",
            "LiveImportAvailableProject.projectId: documented as required, generated as optional",
            "TargetOrg.linkToken: documented as required, generated as optional",
        ],
    ),
    (
        "a response that breaks a string rule still decodes, and the facade enforces the rules of requests",
        &[
            "Destination.clusterName: documented as string of at least 1, generated as string",
            "LiveImportAvailableProject.name: documented as string of at least 1 of at most 64, generated as string",
            "LiveMigrationRequest20240530.migrationHosts: documented as array of string of at least 1, generated as array of string",
            "LiveMigrationResponse.migrationHosts: documented as array of string matching \
             ^([0-9]{1,3}\\.){3}[0-9]{1,3}|([0-9a-f]{1,4}:){7}([0-9a-f]{1,4})|(([a-z0-9]+\\.){1,10}[a-z]+)?$, \
             generated as array of string",
            "Source.clusterName: documented as string of at least 1, generated as string",
        ],
    ),
    (
        "a response with a new enum value still decodes",
        &[
            "HostnameSchemaType: documented as string of PUBLIC, PRIVATE_LINK, VPC_PEERING of at least 1, \
             generated as string of PUBLIC, PRIVATE_LINK, VPC_PEERING or another",
            "LiveImportValidationStatus: documented as string of PENDING, SUCCESS, FAILED, \
             generated as string of PENDING, SUCCESS, FAILED or another",
            "LiveMigrationStatus: documented as string of NEW, WORKING, FAILED, COMPLETE, EXPIRED, \
             generated as string of NEW, WORKING, FAILED, COMPLETE, EXPIRED or another",
        ],
    ),
    (
        "x-observed: null, and values of other types",
        &[
            "ApiError.errorCode: null is documented as not allowed and is kept",
            "ApiError.parameters: documented as array of object, generated as array of any",
            "ApiError.parameters: null is documented as not allowed and is kept",
            "TargetOrgRequest.accessListIps: null is documented as not allowed and is kept",
        ],
    ),
    (
        "x-observed: a secret",
        &[
            "Source.password: documented as string, generated as string password",
            "TargetOrg.linkToken: documented as string, generated as string password",
        ],
    ),
];

/// Checks that names, types, nullability, required properties, enum values and number formats are the same,
/// apart from what is [`ACCEPTED`].
pub fn check(fragment: &Value) -> Disagreements {
    let mut list = differences(fragment);
    for accepted in ACCEPTED.iter().flat_map(|(_, accepted)| *accepted) {
        let found = list.iter().position(|difference| difference == accepted);
        match found {
            Some(index) => drop(list.remove(index)),
            None => list.push(format!("accepted, but not found: {accepted}")),
        }
    }
    list.iter().map(|difference| format!("schemas: {difference}")).collect()
}

fn differences(fragment: &Value) -> Disagreements {
    let mut list = Disagreements::new();
    for component in components::ALL {
        let documented = &fragment["components"]["schemas"][component.name];
        let derived = (component.derived)();
        if documented.get("properties").is_some() {
            properties(fragment, component, &derived, &mut list);
            continue;
        }
        let (documented, generated) = (describe(documented), describe(&derived));
        if documented != generated {
            let name = component.name;
            list.push(format!("{name}: documented as {documented}, generated as {generated}"));
        }
    }
    list
}

fn properties(fragment: &Value, component: &Component, derived: &Value, list: &mut Disagreements) {
    let documented = &fragment["components"]["schemas"][component.name];
    let names: BTreeSet<&String> = members(documented, "properties")
        .chain(members(derived, "properties"))
        .map(|(name, _)| name)
        .collect();
    for name in names {
        let place = format!("{}.{name}", component.name);
        let (Some(property), Some(generated)) =
            (documented["properties"].get(name), derived["properties"].get(name))
        else {
            let has = documented["properties"].get(name).is_some();
            let (where_it_is, where_not) =
                if has { ("documented", "generated") } else { ("generated", "documented") };
            list.push(format!("{place}: {where_it_is}, but not {where_not}"));
            continue;
        };
        let (documented_type, generated_type) = (describe(property), describe(generated));
        if documented_type != generated_type {
            list.push(format!(
                "{place}: documented as {documented_type}, generated as {generated_type}"
            ));
        }
        match (is_required(documented, name), is_required(derived, name)) {
            (true, false) => {
                list.push(format!("{place}: documented as required, generated as optional"));
            }
            (false, true) => {
                list.push(format!("{place}: documented as optional, generated as required"));
            }
            _ => {}
        }
        // The derived schema of an optional property always allows null, so try the type itself.
        let mut null = sample(fragment, documented);
        null[name.as_str()] = Value::Null;
        let kept = (component.round_trip)(&null).is_ok_and(|encoded| encoded == null);
        let nullable = is_nullable(property) || is_nullable(resolve(fragment, property));
        match (nullable, kept) {
            (true, false) => {
                list.push(format!("{place}: null is documented as allowed and is not kept"));
            }
            (false, true) => {
                list.push(format!("{place}: null is documented as not allowed and is kept"));
            }
            _ => {}
        }
    }
}
