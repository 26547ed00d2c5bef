//! Builds a migration request from options or from a file.

use std::path::Path;

use atlas_migrations::{
    Authentication, Destination, GroupId, MigrationRequest, MigrationRequestJson, Network,
    ShardKeyKind, ShardedCollection, Sharding, Source, Violations,
};
use serde_json::json;

use crate::cli::{GlobalOptions, NetworkKind, OutputFormat, RequestOptions, RequestParts};
use crate::error::CliError;
use crate::input;
use crate::json_input::DocumentKind;
use crate::output;
use crate::prompt::source_password;
use crate::terminal::{json_text, print};

const REQUEST_FILE: DocumentKind = DocumentKind {
    limit: 1 << 20,
    expected: "a migration request as JSON",
    hint: Some("the request is the JSON that the Atlas API takes: see the README"),
};

/// Returns the request, and the project to send it to.
///
/// A file contains its project. Otherwise the project is the given one, or the one that `default_project` returns.
pub fn read(
    options: RequestOptions,
    given: Option<GroupId>,
    default_project: impl FnOnce() -> Result<GroupId, CliError>,
) -> Result<(GroupId, MigrationRequest), CliError> {
    if options.source_password.is_some() {
        return Err(CliError::usage(
            "no password is taken from an argument, because other users of this machine can read it",
        )
        .hint("put it into a file that only you can read and pass --source-password-file FILE, or type it when asked"));
    }
    let password_file = options.source_password_file.as_deref();
    let Some(file) = options.file else {
        let group = given.map_or_else(default_project, Ok)?;
        let request = from_parts(options.parts, password_file)?;
        request.check().map_err(|violations| invalid(&violations))?;
        return Ok((group, request));
    };
    let mut json: MigrationRequestJson = REQUEST_FILE.read(&file)?;
    if json.needs_source_password() {
        json = json.source_password(source_password(password_file)?);
    }
    let (group, request) = json.into_request().map_err(|violations| invalid(&violations))?;
    match given {
        Some(given) if given != group => Err(CliError::usage(format!(
            "--project-id is {given}, but destination.groupId in {} is another project",
            input::display_name(&file),
        ))),
        _ => Ok((group, request)),
    }
}

/// Prints the request that an operation would send, with its password masked.
pub fn print_dry_run(
    global: &GlobalOptions,
    operation: &atlas_migrations::Operation,
    group: &GroupId,
    request: &MigrationRequest,
) -> Result<(), CliError> {
    let path = operation.path.replace("{groupId}", &group.to_string());
    let body = request.clone().redacted().to_json(*group);
    let text = match global.output {
        OutputFormat::Table => format!("{} {path}\n\n{}", operation.method, json_text(&body)?),
        OutputFormat::Json => {
            output::data(&json!({ "method": operation.method, "path": path, "body": body }))?
        }
    };
    Ok(print(text.as_bytes())?)
}

fn from_parts(
    parts: RequestParts,
    password_file: Option<&Path>,
) -> Result<MigrationRequest, CliError> {
    let missing = |option| move || CliError::usage(format!("{option} is missing"));
    let authentication = match parts.source_username {
        Some(username) => Authentication::user(username, source_password(password_file)?),
        None => Authentication::Managed,
    };
    let mut source = Source::new(
        parts.source_project_id.ok_or_else(missing("--source-project-id"))?,
        parts.source_cluster_name.ok_or_else(missing("--source-cluster-name"))?,
        authentication,
    )
    .tls(parts.source_ssl || parts.source_ca_certificate_path.is_some());
    if let Some(path) = parts.source_ca_certificate_path {
        source = source.ca_certificate_path(path);
    }
    let network = match parts.network {
        NetworkKind::Public => Network::Public,
        NetworkKind::VpcPeering => Network::VpcPeering,
        NetworkKind::PrivateLink => Network::private_link(
            parts.private_link_id.clone().ok_or_else(missing("--private-link-id"))?,
        ),
    };
    if parts.private_link_id.is_some() && parts.network != NetworkKind::PrivateLink {
        return Err(CliError::usage("--private-link-id requires --network private-link"));
    }
    let cluster = parts.cluster_name.ok_or_else(missing("--cluster-name"))?;
    let host = parts.migration_host.ok_or_else(missing("--migration-host"))?;
    let request = MigrationRequest::new(source, Destination::new(cluster, network), host)
        .drop_destination_data(parts.drop);
    if parts.shard.is_empty() {
        return Ok(request);
    }
    let collections =
        parts.shard.iter().map(|text| parse_sharding(text)).collect::<Result<Vec<_>, _>>()?;
    let sharding = Sharding::new(collections);
    Ok(request.sharding(sharding.create_supporting_indexes(!parts.no_supporting_indexes)))
}

/// Parses `database.collection=field:1,other:hashed`.
fn parse_sharding(text: &str) -> Result<ShardedCollection, CliError> {
    let malformed = || {
        let expected = "expected the form shop.orders=region:1,_id:hashed";
        CliError::usage(format!("--shard {text}: {expected}"))
    };
    let (name, key) = text.rsplit_once('=').ok_or_else(malformed)?;
    let (database, collection) = name.split_once('.').ok_or_else(malformed)?;
    let field = |part: &str| match part.rsplit_once(':') {
        Some((field, "1")) => Ok((field.to_owned(), ShardKeyKind::Ranged)),
        Some((field, "hashed")) => Ok((field.to_owned(), ShardKeyKind::Hashed)),
        _ => Err(malformed()),
    };
    let key = key.split(',').map(field).collect::<Result<Vec<_>, _>>()?;
    Ok(ShardedCollection::new(database, collection, key))
}

/// Lists each violation on its own line.
fn invalid(violations: &Violations) -> CliError {
    let error = CliError::usage("the request is invalid and was not sent");
    violations
        .iter()
        .fold(error, |error, (field, reason)| error.line(format!("  {field}: {reason}")))
}

#[cfg(test)]
mod tests {
    use atlas_hostile_inputs::{check, documents};
    use proptest::prelude::*;
    use proptest::sample::{Index, select};
    use serde_json::Value;

    use super::*;
    use crate::json_input::from_str;

    #[test]
    fn a_shard_key_is_parsed_or_refused() {
        let read = parse_sharding("shop.orders.eu=region:1,_id:hashed").unwrap();
        assert_eq!((read.database.as_str(), read.collection.as_str()), ("shop", "orders.eu"));
        assert_eq!(
            read.key,
            [("region".into(), ShardKeyKind::Ranged), ("_id".into(), ShardKeyKind::Hashed)]
        );
        for wrong in ["", "shop.orders", "shop=x:1", "shop.orders=x", "shop.orders=x:-1"] {
            assert!(parse_sharding(wrong).is_err(), "{wrong}");
        }
    }

    const REQUESTS: &[&str] = &[
        r#"{"source": {"groupId": "5f0a1b2c3d4e5f6071829304", "clusterName": "rs0", "ssl": true,
             "managedAuthentication": false, "username": "u", "password": "p",
             "caCertificatePath": "/ca.pem"},
            "destination": {"groupId": "32b6e34b3d91647abb20e7b8", "clusterName": "target",
             "hostnameSchemaType": "PRIVATE_LINK", "privateLinkId": "pl-1"},
            "migrationHosts": ["vm001.example.com"], "dropDestinationData": true,
            "sharding": {"createSupportingIndexes": false, "shardingEntries": [{
             "database": "shop", "collection": "orders",
             "shardCollection": {"key": [{"region": 1}, {"_id": "hashed"}]}}]}}"#,
        r#"{"source": {"groupId": "5f0a1b2c3d4e5f6071829304", "clusterName": "rs0", "ssl": false,
             "managedAuthentication": true, "username": null, "password": null},
            "destination": {"groupId": "32b6e34b3d91647abb20e7b8", "clusterName": "target",
             "hostnameSchemaType": "PUBLIC"}, "migrationHosts": ["vm001.example.com"]}"#,
    ];

    /// Returns the error of a request file.
    fn problem(text: &str) -> Option<String> {
        match from_str::<MigrationRequestJson>(text) {
            Ok(json) => json.into_request().err().map(|found| found.to_string()),
            Err(problem) => Some(problem),
        }
    }

    #[test]
    fn errors_of_hostile_request_files_have_no_control_characters() {
        assert!(REQUESTS.iter().all(|request| problem(request).is_none()));
        check("request files", &documents(REQUESTS), |document| {
            let text = String::from_utf8_lossy(&document);
            if let Some(problem) = problem(&text) {
                prop_assert!(!problem.chars().any(char::is_control), "{problem:?}");
            }
            Ok(())
        });
    }

    /// Collects the JSON pointers of all values in a document.
    fn pointers(at: &str, value: &Value, found: &mut Vec<String>) {
        found.push(at.to_owned());
        match value {
            Value::Object(fields) => {
                fields
                    .iter()
                    .for_each(|(name, value)| pointers(&format!("{at}/{name}"), value, found));
            }
            Value::Array(items) => {
                let items = items.iter().enumerate();
                items.for_each(|(index, value)| pointers(&format!("{at}/{index}"), value, found));
            }
            _ => {}
        }
    }

    #[test]
    fn hostile_request_files_do_not_leak_a_misplaced_secret() {
        const FORMS: &[&str] = &[
            "\"C\"",
            "[\"C\"]",
            "[[\"C\"]]",
            "{\"x\": \"C\"}",
            "[1, {\"x\": [\"C\"]}]",
            "C",
            "\"\\C\"",
        ];
        const SECRETS: &[&str] =
            &["hunter2", "hunter2, expected hunter2", "an id has hunter2 `hunter2`"];
        let inputs = (select(REQUESTS), any::<Index>(), select(FORMS), select(SECRETS));
        check("secrets in request files", &inputs, |(request, index, form, secret)| {
            let mut json: Value = serde_json::from_str(request).unwrap();
            let mut found = Vec::new();
            pointers("", &json, &mut found);
            *json.pointer_mut(&found[index.index(found.len())]).unwrap() = Value::from("HERE");
            let text = json.to_string().replace("\"HERE\"", &form.replace('C', secret));
            let problem = problem(&text).unwrap_or_default();
            prop_assert!(!problem.contains("hunter2"), "{text}: {problem}");
            Ok(())
        });
    }
}
