//! The JSON Schema derived from each generated type, against the fragment's schema.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::components::{self, Component};
use crate::tolerance::sample;
use crate::{Disagreements, members, resolve};

/// What the generated types have otherwise than the fragment documents, by the reason.
pub const ACCEPTED: &[(&str, &[&str])] = &[
    (
        "an answer may leave out anything; older 401 answers leave out the errorCode",
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
        "an answer must not be refused for a rule about texts, and the facade keeps those of requests",
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
        "a value that is new must not make the answer undecodable",
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
            "ApiError.errorCode: null is documented as impossible and kept",
            "ApiError.parameters: documented as array of object, generated as array of any",
            "ApiError.parameters: null is documented as impossible and kept",
            "TargetOrgRequest.accessListIps: null is documented as impossible and kept",
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

/// Whether names, types, nullability, required properties, enum values and number formats are the same,
/// but for what is [`ACCEPTED`].
pub fn check(fragment: &Value) -> Disagreements {
    let mut list = differences(fragment);
    for accepted in ACCEPTED.iter().flat_map(|(_, accepted)| *accepted) {
        let found = list.iter().position(|difference| difference == accepted);
        match found {
            Some(index) => drop(list.remove(index)),
            None => list.push(format!("accepted, but not so: {accepted}")),
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
        let (Some(wanted), Some(generated)) =
            (documented["properties"].get(name), derived["properties"].get(name))
        else {
            let has = documented["properties"].get(name).is_some();
            let (where_it_is, where_not) =
                if has { ("documented", "generated") } else { ("generated", "documented") };
            list.push(format!("{place}: {where_it_is}, but not {where_not}"));
            continue;
        };
        let (wanted_type, generated_type) = (describe(wanted), describe(generated));
        if wanted_type != generated_type {
            list.push(format!(
                "{place}: documented as {wanted_type}, generated as {generated_type}"
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
        // What is derived for an optional property always admits null, so ask the type itself.
        let mut null = sample(fragment, documented);
        null[name.as_str()] = Value::Null;
        let kept = (component.round_trip)(&null).is_ok_and(|encoded| encoded == null);
        let nullable = is_nullable(wanted) || is_nullable(resolve(fragment, wanted));
        match (nullable, kept) {
            (true, false) => {
                list.push(format!("{place}: null is documented as possible and not kept"));
            }
            (false, true) => {
                list.push(format!("{place}: null is documented as impossible and kept"));
            }
            _ => {}
        }
    }
}

/// Whether a schema requires a property.
pub fn is_required(schema: &Value, name: &str) -> bool {
    let mut required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    required.any(|required| required == name)
}

/// Whether a schema admits null.
pub fn is_nullable(schema: &Value) -> bool {
    schema.get("nullable") == Some(&Value::Bool(true))
}

/// What a schema admits, in words, whether it is written as `OpenAPI` or as JSON Schema. Whether it
/// admits null is left out.
pub fn describe(schema: &Value) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return reference.rsplit('/').next().unwrap_or_default().to_owned();
    }
    let several = ["allOf", "anyOf", "oneOf"].iter().find_map(|&name| schema.get(name)?.as_array());
    if let Some(several) = several {
        let described: Vec<String> = several
            .iter()
            .filter(|schema| schema.get("type") != Some(&"null".into()))
            .map(describe)
            .collect();
        return match described.as_slice() {
            [known, other] if other == "string" => format!("{known} or another"),
            _ => described.join(" and "),
        };
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|&kind| kind != "null").unwrap_or(&Value::Null),
        kind => kind,
    };
    let mut text = kind.as_str().unwrap_or("any").to_owned();
    let mut add = |before: &str, value: Option<String>| {
        if let Some(value) = value {
            text = format!("{text} {before}{value}");
        }
    };
    let plain = |name: &str| match schema.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    add("of ", schema.get("items").map(describe));
    add(
        "of ",
        schema.get("enum").and_then(Value::as_array).map(|values| {
            values.iter().map(|value| value.as_str().unwrap_or("?")).collect::<Vec<_>>().join(", ")
        }),
    );
    add("", plain("format"));
    add("matching ", plain("pattern"));
    add("of at least ", plain("minLength"));
    add("of at most ", plain("maxLength"));
    text
}
