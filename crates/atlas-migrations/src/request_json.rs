//! A [`MigrationRequest`] from the JSON that the service takes.

use atlas_client_core::{ForeignText, Secret};
use serde_json::{Map, Value};

use crate::generated::types::{
    Destination as WireDestination, HostnameSchemaType, LiveMigrationRequest20240530, ShardEntry,
    ShardingRequest, Source as WireSource,
};
use crate::request::{
    Authentication, Destination, MigrationRequest, Network, ShardKeyKind, ShardedCollection,
    Sharding, Source, Violations,
};
use crate::{GroupId, SourceProjectId};

impl MigrationRequest {
    /// Reads a request as the service takes it (the version of 2024-05-30), and the destination's project
    /// that it names.
    ///
    /// # Errors
    ///
    /// All that is wrong with it: what no request has, what the service would refuse, and what
    /// contradicts itself, such as a password beside managed authentication.
    pub fn from_wire(wire: LiveMigrationRequest20240530) -> Result<(GroupId, Self), Violations> {
        let mut found = Violations::default();
        for name in wire.extra.keys() {
            let hint = match name.as_str() {
                "dropEnabled" => "it is called dropDestinationData since 2024-05-30",
                _ => "no request has this",
            };
            found.add(&shown(name), hint);
        }
        if wire.id.is_some() {
            found.add("_id", "only the service gives ids");
        }
        if wire.links.is_some() {
            found.add("links", "only the service gives links");
        }
        let host = match <[String; 1]>::try_from(wire.migration_hosts) {
            Ok([host]) => host,
            Err(hosts) => {
                let problem = format!("there are {}, and a migration has one", hosts.len());
                found.add("migrationHosts", &problem);
                "none".to_owned()
            }
        };
        let group = GroupId::from_object_id(wire.destination.group_id);
        let source = source(wire.source, &mut found);
        let destination = destination(wire.destination, &mut found);
        let mut request = Self::new(source, destination, host)
            .drop_destination_data(wire.drop_destination_data.unwrap_or(false));
        if let Some(sharding_wire) = wire.sharding.flatten() {
            request = request.sharding(sharding(sharding_wire, &mut found));
        }
        if let Err(more) = request.check() {
            more.iter().for_each(|(place, problem)| found.add(place, problem));
        }
        found.into_result().map(|()| (group, request))
    }
}

fn unknown(at: &str, extra: &Map<String, Value>, found: &mut Violations) {
    for name in extra.keys() {
        found.add(&format!("{at}.{}", shown(name)), "no request has this");
    }
}

/// The name of a field that somebody wrote, in one line that does not steer a terminal.
fn shown(name: &str) -> String {
    ForeignText::from(name).to_string()
}

fn source(wire: WireSource, found: &mut Violations) -> Source {
    unknown("source", &wire.extra, found);
    let (username, password) = (wire.username.flatten(), wire.password.flatten());
    let authentication = if wire.managed_authentication {
        if username.is_some() || password.is_some() {
            let problem = "managed authentication has no user name and no password";
            found.add("source.managedAuthentication", problem);
        }
        Authentication::Managed
    } else {
        for (name, missing) in [("username", username.is_none()), ("password", password.is_none())]
        {
            if missing {
                let problem = "it is missing, and authentication is not managed";
                found.add(&format!("source.{name}"), problem);
            }
        }
        // What is missing is reported already.
        Authentication::User {
            username: username.unwrap_or_else(|| "?".to_owned()),
            password: password.unwrap_or_else(|| Secret::from("?")),
        }
    };
    let project = SourceProjectId::from_object_id(wire.group_id);
    let source = Source::new(project, wire.cluster_name, authentication).tls(wire.ssl);
    match wire.ca_certificate_path.flatten() {
        Some(path) => source.ca_certificate_path(path),
        None => source,
    }
}

fn destination(wire: WireDestination, found: &mut Violations) -> Destination {
    unknown("destination", &wire.extra, found);
    let id = wire.private_link_id.flatten();
    let network = match (wire.hostname_schema_type, id) {
        (HostnameSchemaType::PrivateLink, Some(id)) => Network::PrivateLink { id },
        (HostnameSchemaType::PrivateLink, None) => {
            let problem = "it is missing, and hostnameSchemaType is PRIVATE_LINK";
            found.add("destination.privateLinkId", problem);
            Network::Public
        }
        (_, Some(_)) => {
            let problem = "it is for PRIVATE_LINK, and hostnameSchemaType is another";
            found.add("destination.privateLinkId", problem);
            Network::Public
        }
        (HostnameSchemaType::Public, None) => Network::Public,
        (HostnameSchemaType::VpcPeering, None) => Network::VpcPeering,
        (_, None) => {
            // Not the value: what stands in the wrong place may be a secret.
            let problem = "it is none of PUBLIC, PRIVATE_LINK and VPC_PEERING";
            found.add("destination.hostnameSchemaType", problem);
            Network::Public
        }
    };
    Destination::new(wire.cluster_name, network)
}

fn sharding(wire: ShardingRequest, found: &mut Violations) -> Sharding {
    unknown("sharding", &wire.extra, found);
    let entries = wire.sharding_entries.into_iter().enumerate();
    let collections: Vec<_> =
        entries.map(|(index, entry)| collection(index, entry, found)).collect();
    Sharding::new(collections).create_supporting_indexes(wire.create_supporting_indexes)
}

fn collection(index: usize, entry: ShardEntry, found: &mut Violations) -> ShardedCollection {
    let at = format!("sharding.shardingEntries[{index}]");
    unknown(&at, &entry.extra, found);
    unknown(&format!("{at}.shardCollection"), &entry.shard_collection.extra, found);
    let mut key = Vec::new();
    for fields in entry.shard_collection.key {
        for (name, value) in fields {
            if value == 1 {
                key.push((name, ShardKeyKind::Ranged));
            } else if value == "hashed" {
                key.push((name, ShardKeyKind::Hashed));
            } else {
                let problem = format!("{} is neither 1 nor \"hashed\"", shown(&name));
                found.add(&format!("{at}.shardCollection.key"), &problem);
            }
        }
    }
    ShardedCollection { database: entry.database, collection: entry.collection, key }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn full() -> Value {
        json!({
            "source": {
                "groupId": "5f0a1b2c3d4e5f6071829304", "clusterName": "rs0",
                "managedAuthentication": false, "username": "u", "password": "hunter2", "ssl": true,
                "caCertificatePath": "/ca.pem",
            },
            "destination": {
                "groupId": "32b6e34b3d91647abb20e7b8", "clusterName": "target",
                "hostnameSchemaType": "PRIVATE_LINK", "privateLinkId": "pl-1",
            },
            "migrationHosts": ["vm001.example.com"],
            "dropDestinationData": true,
            "sharding": {
                "createSupportingIndexes": false,
                "shardingEntries": [{
                    "database": "shop", "collection": "orders",
                    "shardCollection": { "key": [{ "region": 1 }, { "_id": "hashed" }] },
                }],
            },
        })
    }

    fn read(json: Value) -> Result<(GroupId, MigrationRequest), Violations> {
        MigrationRequest::from_wire(serde_json::from_value(json).unwrap())
    }

    #[test]
    fn a_request_survives_its_way_through_the_types() {
        let mut managed = full();
        managed["source"] = json!({
            "groupId": "5f0a1b2c3d4e5f6071829304", "clusterName": "rs0",
            "managedAuthentication": true, "ssl": false,
        });
        managed["destination"]["hostnameSchemaType"] = json!("VPC_PEERING");
        managed["destination"].as_object_mut().unwrap().remove("privateLinkId");
        managed.as_object_mut().unwrap().remove("sharding");
        for json in [full(), managed] {
            let (group, request) = read(json.clone()).unwrap();
            assert_eq!(group.to_string(), "32b6e34b3d91647abb20e7b8");
            assert_eq!(serde_json::to_value(request.to_wire(&group)).unwrap(), json);
            assert!(!format!("{request:?}").contains("hunter2"));
        }
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let mut wrong = full();
        wrong["dropEnabled"] = json!(true);
        wrong["migrationHosts"] = json!(["a", "b"]);
        wrong["source"]["managedAuthentication"] = json!(true);
        wrong["source"]["ssl"] = json!(false);
        wrong["source"]["clusterName"] = json!(" ");
        wrong["source"]["colour"] = json!("red");
        wrong["destination"]["hostnameSchemaType"] = json!("PUBLIC");
        let entry = &mut wrong["sharding"]["shardingEntries"][0];
        entry["database"] = json!("");
        entry["shardCollection"]["key"] = json!([{ "region": -1 }]);
        let found = read(wrong).unwrap_err();
        let places: Vec<_> = found.iter().map(|(place, _)| place).collect();
        assert_eq!(
            places,
            [
                "dropEnabled",
                "migrationHosts",
                "source.colour",
                "source.managedAuthentication",
                "destination.privateLinkId",
                "sharding.shardingEntries[0].shardCollection.key",
                "source.clusterName",
                "source.caCertificatePath",
                "sharding.shardingEntries[0].database",
                "sharding.shardingEntries[0].shardCollection.key",
            ],
            "{found}",
        );
        let message = found.to_string();
        assert!(message.contains("dropEnabled: it is called dropDestinationData"), "{message}");
        assert!(!message.contains("hunter2"));
    }

    #[test]
    fn halves_are_named() {
        let mut half = full();
        half["source"].as_object_mut().unwrap().remove("password");
        half["destination"]["privateLinkId"] = json!(null);
        let found = read(half).unwrap_err();
        let places: Vec<_> = found.iter().map(|(place, _)| place).collect();
        assert_eq!(places, ["source.password", "destination.privateLinkId"]);
        let mut other = full();
        other["destination"]["hostnameSchemaType"] = json!("CARRIER_PIGEON");
        other["destination"].as_object_mut().unwrap().remove("privateLinkId");
        let message = read(other).unwrap_err().to_string();
        assert!(
            message.contains("destination.hostnameSchemaType: it is none of PUBLIC"),
            "{message}"
        );
    }

    #[test]
    fn no_value_is_repeated_and_no_name_steers_a_terminal() {
        let mut wrong = full();
        wrong["destination"]["hostnameSchemaType"] = json!("hunter2");
        wrong["sharding"]["shardingEntries"][0]["shardCollection"]["key"] =
            json!([{ "region\nerror: x": "hunter2" }]);
        wrong["source"]["x\u{1b}[2J"] = json!("hunter2");
        let message = read(wrong.clone()).unwrap_err().to_string();
        assert!(!message.contains("hunter2") && !message.contains(['\n', '\u{1b}']), "{message}");
        wrong["destination"].as_object_mut().unwrap().remove("privateLinkId");
        let message = read(wrong).unwrap_err().to_string();
        assert!(!message.contains("hunter2"), "{message}");
    }
}
