//! From the arguments, or a file, to a migration's request.

use std::path::Path;

use atlas_migrations::{
    Authentication, Destination, GroupId, MigrationRequest, MigrationRequestJson, Network,
    ShardKeyKind, ShardedCollection, Sharding, Source, Violations,
};
use serde_json::json;

use crate::arguments::{Common, NetworkKind, Output, Parts, RequestArguments};
use crate::ask::source_password;
use crate::failure::{Exit, Failure};
use crate::terminal::{json_text, print};
use crate::{input, json};

/// A request, which is far smaller.
const REQUEST: json::Form = json::Form {
    limit: 1 << 20,
    expected: "a request as JSON",
    hint: Some("the request is the JSON that Atlas takes: see the README"),
};

/// The request that the arguments describe, and the project to send it to.
///
/// A file names its project itself. `set` finds that of the settings.
pub fn read(
    arguments: RequestArguments,
    named: Option<GroupId>,
    set: impl FnOnce() -> Result<GroupId, Failure>,
) -> Result<(GroupId, MigrationRequest), Failure> {
    let password_file = arguments.source_password_file.as_deref();
    let Some(file) = arguments.file else {
        let group = named.map_or_else(set, Ok)?;
        let request = from_parts(arguments.parts, password_file)?;
        request.check().map_err(|found| refused(&found))?;
        return Ok((group, request));
    };
    let mut json: MigrationRequestJson = json::read(&file, &REQUEST)?;
    if json.needs_source_password() {
        json = json.source_password(source_password(password_file)?);
    }
    let (group, request) = json.into_request().map_err(|found| refused(&found))?;
    match named {
        Some(named) if named != group => Err(Failure::new(format!(
            "--project-id is {named}, but destination.groupId of {} is another project",
            input::shown(&file),
        ))
        .exit(Exit::Usage)),
        _ => Ok((group, request)),
    }
}

/// Shows what would be sent.
pub fn show(
    common: &Common,
    operation: &atlas_migrations::Operation,
    group: &GroupId,
    request: &MigrationRequest,
) -> Result<(), Failure> {
    let path = operation.path.replace("{groupId}", &group.to_string());
    let body = request.clone().redacted().to_json(*group);
    let text = match common.output {
        Output::Table => format!("{} {path}\n\n{}", operation.method, json_text(&body)?),
        Output::Json => {
            json_text(&json!({ "method": operation.method, "path": path, "body": body }))?
        }
    };
    Ok(print(text.as_bytes())?)
}

fn from_parts(parts: Parts, password_file: Option<&Path>) -> Result<MigrationRequest, Failure> {
    let absent = |name| move || Failure::new(format!("no {name}")).exit(Exit::Usage);
    let authentication = match parts.source_username {
        Some(username) => Authentication::user(username, source_password(password_file)?),
        None => Authentication::Managed,
    };
    let mut source = Source::new(
        parts.source_project_id.ok_or_else(absent("--source-project-id"))?,
        parts.source_cluster_name.ok_or_else(absent("--source-cluster-name"))?,
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
            parts.private_link_id.clone().ok_or_else(absent("--private-link-id"))?,
        ),
    };
    if parts.private_link_id.is_some() && parts.network != NetworkKind::PrivateLink {
        return Err(
            Failure::new("--private-link-id is for --network private-link").exit(Exit::Usage)
        );
    }
    let cluster = parts.cluster_name.ok_or_else(absent("--cluster-name"))?;
    let host = parts.migration_host.ok_or_else(absent("--migration-host"))?;
    let request = MigrationRequest::new(source, Destination::new(cluster, network), host)
        .drop_destination_data(parts.drop);
    if parts.shard.is_empty() {
        return Ok(request);
    }
    let collections =
        parts.shard.iter().map(|text| sharded(text)).collect::<Result<Vec<_>, _>>()?;
    let sharding = Sharding::new(collections);
    Ok(request.sharding(sharding.create_supporting_indexes(!parts.no_supporting_indexes)))
}

/// Reads `database.collection=field:1,other:hashed`.
fn sharded(text: &str) -> Result<ShardedCollection, Failure> {
    let malformed = || {
        Failure::new(format!("--shard {text}: it is not like shop.orders=region:1,_id:hashed"))
            .exit(Exit::Usage)
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

/// Every violation in a line of its own.
fn refused(found: &Violations) -> Failure {
    let failure = Failure::new("the request is not whole, and was not sent").exit(Exit::Usage);
    found
        .iter()
        .fold(failure, |failure, (place, problem)| failure.line(format!("  {place}: {problem}")))
}

#[cfg(test)]
mod tests {
    use atlas_hostile_inputs::{check, documents};
    use proptest::prelude::*;
    use proptest::sample::{Index, select};
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_shard_key_is_read_or_refused() {
        let read = sharded("shop.orders.eu=region:1,_id:hashed").unwrap();
        assert_eq!((read.database.as_str(), read.collection.as_str()), ("shop", "orders.eu"));
        assert_eq!(
            read.key,
            [("region".into(), ShardKeyKind::Ranged), ("_id".into(), ShardKeyKind::Hashed)]
        );
        for wrong in ["", "shop.orders", "shop=x:1", "shop.orders=x", "shop.orders=x:-1"] {
            assert!(sharded(wrong).is_err(), "{wrong}");
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

    /// What is wrong with a request, where something is.
    fn problem(text: &str) -> Option<String> {
        match json::value::<MigrationRequestJson>(text) {
            Ok(json) => json.into_request().err().map(|found| found.to_string()),
            Err(problem) => Some(problem.to_string()),
        }
    }

    #[test]
    fn hostile_request_files_are_refused_in_one_harmless_line() {
        assert!(REQUESTS.iter().all(|request| problem(request).is_none()));
        check("request files", &documents(REQUESTS), |document| {
            let text = String::from_utf8_lossy(&document);
            if let Some(problem) = problem(&text) {
                prop_assert!(!problem.chars().any(char::is_control), "{problem:?}");
            }
            Ok(())
        });
    }

    /// The places of all values in a document.
    fn places(at: &str, value: &Value, found: &mut Vec<String>) {
        found.push(at.to_owned());
        match value {
            Value::Object(fields) => {
                fields
                    .iter()
                    .for_each(|(name, value)| places(&format!("{at}/{name}"), value, found));
            }
            Value::Array(items) => {
                let items = items.iter().enumerate();
                items.for_each(|(index, value)| places(&format!("{at}/{index}"), value, found));
            }
            _ => {}
        }
    }

    #[test]
    fn hostile_places_of_a_secret_in_a_request_file_do_not_show_it() {
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
            places("", &json, &mut found);
            *json.pointer_mut(&found[index.index(found.len())]).unwrap() = Value::from("HERE");
            let text = json.to_string().replace("\"HERE\"", &form.replace('C', secret));
            let problem = problem(&text).unwrap_or_default();
            prop_assert!(!problem.contains("hunter2"), "{text}: {problem}");
            Ok(())
        });
    }
}
