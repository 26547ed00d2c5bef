//! [`MigrationRequestJson`]: a [`MigrationRequest`] in the JSON of the service.

use atlas_client_core::{Secret, sanitize};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::generated::types::{
    Destination as WireDestination, HostnameSchemaType, LiveMigrationRequest20240530, ShardEntry,
    ShardKeys, ShardingRequest, Source as WireSource,
};
use crate::ids::{GroupId, SourceProjectId};
use crate::request::{
    Authentication, Destination, MigrationRequest, Network, ShardKeyKind, ShardedCollection,
    Sharding, Source,
};
use crate::violations::Violations;

/// A migration request in the JSON that the service accepts (version 2024-05-30).
///
/// It may be incomplete or contradict itself. [`into_request`](Self::into_request) checks it. Serializing it
/// writes the password.
///
/// ```
/// use atlas_migrations::{GroupId, MigrationRequestJson};
///
/// let json = r#"{
///     "source": {"groupId": "5f0a1b2c3d4e5f6071829304", "clusterName": "rs0", "ssl": true, "managedAuthentication": true},
///     "destination": {"groupId": "32b6e34b3d91647abb20e7b8", "clusterName": "target", "hostnameSchemaType": "PUBLIC"},
///     "migrationHosts": ["vm001.example.com"]
/// }"#;
/// let (group, request) = serde_json::from_str::<MigrationRequestJson>(json)?.into_request()?;
/// assert_eq!(group.to_string(), "32b6e34b3d91647abb20e7b8");
/// assert_eq!(request.destination().cluster_name(), "target");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct MigrationRequestJson(LiveMigrationRequest20240530);

impl MigrationRequestJson {
    /// Returns whether the source has a user without a password.
    pub fn needs_source_password(&self) -> bool {
        let source = &self.0.source;
        !source.managed_authentication && source.username.is_some() && source.password.is_none()
    }

    /// Sets the password of the source's user.
    #[must_use]
    pub fn source_password(mut self, password: impl Into<Secret>) -> Self {
        self.0.source.password = Some(Some(password.into()));
        self
    }

    /// Returns the request and the project of the destination.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the JSON: unknown fields, what the service would refuse, and
    /// contradictions, such as a password beside managed authentication.
    pub fn into_request(self) -> Result<(GroupId, MigrationRequest), Violations> {
        let wire = self.0;
        let mut found = Violations::default();
        for name in wire.extra.keys() {
            let hint = match name.as_str() {
                "dropEnabled" => "it is called dropDestinationData since 2024-05-30",
                _ => "unknown field",
            };
            found.add(&sanitize(name), hint);
        }
        if wire.id.is_some() {
            found.add("_id", "the service assigns it");
        }
        if wire.links.is_some() {
            found.add("links", "the service assigns it");
        }
        let host = match <[String; 1]>::try_from(wire.migration_hosts) {
            Ok([host]) => host,
            Err(hosts) => {
                let problem = format!("expected one host, found {}", hosts.len());
                found.add("migrationHosts", &problem);
                "none".to_owned()
            }
        };
        let group = GroupId::from_object_id(wire.destination.group_id);
        let source = source(wire.source, &mut found);
        let destination = destination(wire.destination, &mut found);
        let mut request = MigrationRequest::new(source, destination, host)
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

impl MigrationRequest {
    /// Returns the request in the JSON of the service, for a project. It contains the password.
    pub fn to_json(&self, group: GroupId) -> MigrationRequestJson {
        MigrationRequestJson(self.to_wire(group))
    }

    pub(crate) fn to_wire(&self, group: GroupId) -> LiveMigrationRequest20240530 {
        let (username, password) = match &self.source.authentication {
            Authentication::Managed => (None, None),
            Authentication::User { username, password } => {
                (Some(Some(username.clone())), Some(Some(password.clone())))
            }
        };
        let (hostname_schema_type, private_link_id) = match &self.destination.network {
            Network::Public => (HostnameSchemaType::Public, None),
            Network::PrivateLink { id } => (HostnameSchemaType::PrivateLink, Some(id.clone())),
            Network::VpcPeering => (HostnameSchemaType::VpcPeering, None),
        };
        LiveMigrationRequest20240530 {
            source: WireSource {
                group_id: self.source.project.object_id(),
                cluster_name: self.source.cluster_name.clone(),
                managed_authentication: matches!(
                    self.source.authentication,
                    Authentication::Managed
                ),
                username,
                password,
                ssl: self.source.tls,
                ca_certificate_path: self.source.ca_certificate_path.clone().map(Some),
                extra: Map::new(),
            },
            destination: WireDestination {
                group_id: group.object_id(),
                cluster_name: self.destination.cluster_name.clone(),
                hostname_schema_type,
                private_link_id: private_link_id.map(Some),
                extra: Map::new(),
            },
            migration_hosts: vec![self.migration_host.clone()],
            sharding: self.sharding.as_ref().map(|sharding| Some(sharding_to_wire(sharding))),
            drop_destination_data: Some(self.drop_destination_data),
            id: None,
            links: None,
            extra: Map::new(),
        }
    }
}

fn sharding_to_wire(sharding: &Sharding) -> ShardingRequest {
    let entry = |entry: &ShardedCollection| ShardEntry {
        database: entry.database.clone(),
        collection: entry.collection.clone(),
        shard_collection: ShardKeys {
            key: entry.key.iter().map(key_to_wire).collect(),
            extra: Map::new(),
        },
        extra: Map::new(),
    };
    ShardingRequest {
        create_supporting_indexes: sharding.create_supporting_indexes,
        sharding_entries: sharding.collections.iter().map(entry).collect(),
        extra: Map::new(),
    }
}

fn key_to_wire((name, kind): &(String, ShardKeyKind)) -> Map<String, Value> {
    let kind = match kind {
        ShardKeyKind::Ranged => Value::from(1),
        ShardKeyKind::Hashed => Value::from("hashed"),
    };
    Map::from_iter([(name.clone(), kind)])
}

fn add_unknown(at: &str, extra: &Map<String, Value>, found: &mut Violations) {
    for name in extra.keys() {
        found.add(&format!("{at}.{}", sanitize(name)), "unknown field");
    }
}

fn source(wire: WireSource, found: &mut Violations) -> Source {
    add_unknown("source", &wire.extra, found);
    let (username, password) = (wire.username.flatten(), wire.password.flatten());
    let authentication = if wire.managed_authentication {
        if username.is_some() || password.is_some() {
            let problem = "managed authentication takes no username and no password";
            found.add("source.managedAuthentication", problem);
        }
        Authentication::Managed
    } else {
        for (name, missing) in [("username", username.is_none()), ("password", password.is_none())]
        {
            if missing {
                let problem = "required, because authentication is not managed";
                found.add(&format!("source.{name}"), problem);
            }
        }
        // Placeholders: what is missing is in the violations.
        Authentication::user(
            username.unwrap_or_else(|| "?".to_owned()),
            password.unwrap_or_else(|| Secret::from("?")),
        )
    };
    let project = SourceProjectId::from_object_id(wire.group_id);
    let source = Source::new(project, wire.cluster_name, authentication).tls(wire.ssl);
    match wire.ca_certificate_path.flatten() {
        Some(path) => source.ca_certificate_path(path),
        None => source,
    }
}

fn destination(wire: WireDestination, found: &mut Violations) -> Destination {
    add_unknown("destination", &wire.extra, found);
    let id = wire.private_link_id.flatten();
    let network = match (wire.hostname_schema_type, id) {
        (HostnameSchemaType::PrivateLink, Some(id)) => Network::PrivateLink { id },
        (HostnameSchemaType::PrivateLink, None) => {
            let problem = "required, because hostnameSchemaType is PRIVATE_LINK";
            found.add("destination.privateLinkId", problem);
            Network::Public
        }
        (_, Some(_)) => {
            let problem = "not allowed, because hostnameSchemaType is not PRIVATE_LINK";
            found.add("destination.privateLinkId", problem);
            Network::Public
        }
        (HostnameSchemaType::Public, None) => Network::Public,
        (HostnameSchemaType::VpcPeering, None) => Network::VpcPeering,
        (_, None) => {
            // The message leaves out the value, because a misplaced value may be a secret.
            let problem = "expected PUBLIC, PRIVATE_LINK or VPC_PEERING";
            found.add("destination.hostnameSchemaType", problem);
            Network::Public
        }
    };
    Destination::new(wire.cluster_name, network)
}

fn sharding(wire: ShardingRequest, found: &mut Violations) -> Sharding {
    add_unknown("sharding", &wire.extra, found);
    let entries = wire.sharding_entries.into_iter().enumerate();
    let collections: Vec<_> =
        entries.map(|(index, entry)| collection(index, entry, found)).collect();
    Sharding::new(collections).create_supporting_indexes(wire.create_supporting_indexes)
}

fn collection(index: usize, entry: ShardEntry, found: &mut Violations) -> ShardedCollection {
    let at = format!("sharding.shardingEntries[{index}]");
    add_unknown(&at, &entry.extra, found);
    add_unknown(&format!("{at}.shardCollection"), &entry.shard_collection.extra, found);
    let mut key = Vec::new();
    for fields in entry.shard_collection.key {
        for (name, value) in fields {
            if value == 1 {
                key.push((name, ShardKeyKind::Ranged));
            } else if value == "hashed" {
                key.push((name, ShardKeyKind::Hashed));
            } else {
                let problem = format!("expected 1 or \"hashed\" for {}", sanitize(&name));
                found.add(&format!("{at}.shardCollection.key"), &problem);
            }
        }
    }
    ShardedCollection::new(entry.database, entry.collection, key)
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
        serde_json::from_value::<MigrationRequestJson>(json).unwrap().into_request()
    }

    #[test]
    fn a_request_survives_a_round_trip_through_json() {
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
            assert_eq!(serde_json::to_value(request.to_json(group)).unwrap(), json);
            assert!(!format!("{request:?}").contains("hunter2"));
        }
    }

    #[test]
    fn all_violations_are_reported_at_once() {
        let mut wrong = full();
        wrong["dropEnabled"] = json!(true);
        wrong["migrationHosts"] = json!(["a", "b"]);
        wrong["source"]["managedAuthentication"] = json!(true);
        wrong["source"]["ssl"] = json!(false);
        wrong["source"]["clusterName"] = json!(" ");
        wrong["source"]["color"] = json!("red");
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
                "source.color",
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
    fn missing_fields_are_named() {
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
        assert!(message.contains("destination.hostnameSchemaType: expected PUBLIC"), "{message}");
    }

    #[test]
    fn messages_contain_no_values_and_no_control_characters() {
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
