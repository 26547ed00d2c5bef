//! [`MigrationRequest`]: what to migrate, from where to where.
//!
//! Its parts cannot say what the service refuses for their shape: there is one migration host, a user has
//! a password and managed authentication has neither, a private endpoint has its id. What is left is
//! checked before anything is sent, and reported all at once.

use std::fmt;

use atlas_client_core::Secret;
use serde_json::{Map, Value};

use crate::generated::types::{
    Destination as WireDestination, HostnameSchemaType, LiveMigrationRequest20240530, ShardEntry,
    ShardKeys, ShardingRequest, Source as WireSource,
};
use crate::{GroupId, SourceProjectId};

/// What to migrate, from where to where.
///
/// ```
/// use atlas_migrations::{Authentication, Destination, MigrationRequest, Network, Source};
///
/// let source = Source::new("5f0a1b2c3d4e5f6071829304".parse()?, "replica-set-0", Authentication::Managed)
///     .ca_certificate_path("/etc/mongodb/ca.pem");
/// let destination = Destination::new("target", Network::PrivateLink { id: "pl-1".into() });
/// let request = MigrationRequest::new(source, destination, "vm001.example.com");
/// request.check()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct MigrationRequest {
    source: Source,
    destination: Destination,
    migration_host: String,
    sharding: Option<Sharding>,
    drop_destination_data: bool,
}

/// The cluster that is copied. Cloud Manager or Ops Manager must monitor it.
#[derive(Clone, Debug)]
pub struct Source {
    project: SourceProjectId,
    cluster_name: String,
    authentication: Authentication,
    tls: bool,
    ca_certificate_path: Option<String>,
}

/// How the migration host logs in to the source.
#[derive(Clone, Debug)]
pub enum Authentication {
    /// As MongoDB Automation, which manages the source, knows how to.
    Managed,
    /// As a user.
    User {
        /// The user's name.
        username: String,
        /// The user's password.
        password: Secret,
    },
}

/// The Atlas cluster that is filled. Its project is that of the call.
#[derive(Clone, Debug)]
pub struct Destination {
    cluster_name: String,
    network: Network,
}

/// By which of its names the migration host reaches the destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Network {
    /// By its public one.
    Public,
    /// By that of a private endpoint.
    PrivateLink {
        /// The private endpoint's id.
        id: String,
    },
    /// By its private one, over a peering connection.
    VpcPeering,
}

/// How the destination is sharded, where it is and the source is not.
#[derive(Clone, Debug)]
pub struct Sharding {
    collections: Vec<ShardedCollection>,
    create_supporting_indexes: bool,
}

/// A collection and what it is sharded by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardedCollection {
    /// The database's name.
    pub database: String,
    /// The collection's name.
    pub collection: String,
    /// The fields of the shard key, in their order.
    pub key: Vec<(String, ShardKeyKind)>,
}

/// What becomes of a field in a shard key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardKeyKind {
    /// It is used as it is, in ascending order.
    Ranged,
    /// Its hash is used.
    Hashed,
}

impl MigrationRequest {
    /// A request. The one migration host is a machine beside the source that carries the data.
    pub fn new(
        source: Source,
        destination: Destination,
        migration_host: impl Into<String>,
    ) -> Self {
        Self {
            source,
            destination,
            migration_host: migration_host.into(),
            sharding: None,
            drop_destination_data: false,
        }
    }

    /// Shards the destination.
    #[must_use]
    pub fn sharding(mut self, sharding: Sharding) -> Self {
        self.sharding = Some(sharding);
        self
    }

    /// Whether the destination's own data are dropped before the migration begins.
    #[must_use]
    pub fn drop_destination_data(mut self, drop: bool) -> Self {
        self.drop_destination_data = drop;
        self
    }

    /// Whether the destination's own data are dropped before the migration begins.
    pub fn drops_destination_data(&self) -> bool {
        self.drop_destination_data
    }

    /// Looks for what the service would refuse.
    ///
    /// # Errors
    ///
    /// All that was found.
    pub fn check(&self) -> Result<(), Violations> {
        let mut found = Violations::default();
        found.check_text("migrationHosts", &self.migration_host);
        found.check_text("source.clusterName", &self.source.cluster_name);
        found.check_text("destination.clusterName", &self.destination.cluster_name);
        if let Authentication::User { username, password } = &self.source.authentication {
            found.check_text("source.username", username);
            found.check_text("source.password", password.expose());
        }
        if self.source.ca_certificate_path.is_some() && !self.source.tls {
            found.add("source.caCertificatePath", "it is for TLS, which is off");
        }
        if let Network::PrivateLink { id } = &self.destination.network {
            found.check_text("destination.privateLinkId", id);
        }
        if let Some(sharding) = &self.sharding {
            sharding.check(&mut found);
        }
        found.into_result()
    }

    /// The same request with dots for a password: for people to read.
    #[must_use]
    pub fn masked(mut self) -> Self {
        if let Authentication::User { password, .. } = &mut self.source.authentication {
            *password = Secret::from("••••••••");
        }
        self
    }

    /// The request as the service takes it. Encoding it shows the password.
    pub fn to_wire(&self, group: &GroupId) -> LiveMigrationRequest20240530 {
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
                group_id: *self.source.project.object_id(),
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
                group_id: *group.object_id(),
                cluster_name: self.destination.cluster_name.clone(),
                hostname_schema_type,
                private_link_id: private_link_id.map(Some),
                extra: Map::new(),
            },
            migration_hosts: vec![self.migration_host.clone()],
            sharding: self.sharding.as_ref().map(|sharding| Some(sharding.to_wire())),
            drop_destination_data: Some(self.drop_destination_data),
            id: None,
            links: None,
            extra: Map::new(),
        }
    }
}

impl Source {
    /// A cluster in a project of Cloud Manager or Ops Manager. It is reached by TLS unless
    /// [`tls`](Self::tls) says otherwise.
    pub fn new(
        project: SourceProjectId,
        cluster_name: impl Into<String>,
        authentication: Authentication,
    ) -> Self {
        Self {
            project,
            cluster_name: cluster_name.into(),
            authentication,
            tls: true,
            ca_certificate_path: None,
        }
    }

    /// Whether the cluster is reached by TLS.
    #[must_use]
    pub fn tls(mut self, tls: bool) -> Self {
        self.tls = tls;
        self
    }

    /// The file on the migration host with the certificates to trust.
    #[must_use]
    pub fn ca_certificate_path(mut self, path: impl Into<String>) -> Self {
        self.ca_certificate_path = Some(path.into());
        self
    }
}

impl Destination {
    /// A cluster of Atlas, and how the migration host reaches it.
    pub fn new(cluster_name: impl Into<String>, network: Network) -> Self {
        Self { cluster_name: cluster_name.into(), network }
    }
}

impl Sharding {
    /// These collections are sharded. The indexes that their keys need are created unless
    /// [`create_supporting_indexes`](Self::create_supporting_indexes) says otherwise.
    pub fn new(collections: impl IntoIterator<Item = ShardedCollection>) -> Self {
        Self { collections: collections.into_iter().collect(), create_supporting_indexes: true }
    }

    /// Whether the indexes that the shard keys need are created.
    #[must_use]
    pub fn create_supporting_indexes(mut self, create: bool) -> Self {
        self.create_supporting_indexes = create;
        self
    }

    fn check(&self, found: &mut Violations) {
        if self.collections.is_empty() {
            found.add("sharding.shardingEntries", "there is no collection to shard");
        }
        for (index, entry) in self.collections.iter().enumerate() {
            let at = |name: &str| format!("sharding.shardingEntries[{index}].{name}");
            found.check_text(&at("database"), &entry.database);
            found.check_text(&at("collection"), &entry.collection);
            let key = at("shardCollection.key");
            if entry.key.is_empty() {
                found.add(&key, "there is no field to shard by");
            }
            for (name, _) in &entry.key {
                found.check_text(&key, name);
            }
            if self.collections[..index].iter().any(|earlier| {
                (&earlier.database, &earlier.collection) == (&entry.database, &entry.collection)
            }) {
                found.add(&at("collection"), "it is in the list already");
            }
        }
    }

    fn to_wire(&self) -> ShardingRequest {
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
            create_supporting_indexes: self.create_supporting_indexes,
            sharding_entries: self.collections.iter().map(entry).collect(),
            extra: Map::new(),
        }
    }
}

fn key_to_wire((name, kind): &(String, ShardKeyKind)) -> Map<String, Value> {
    let kind = match kind {
        ShardKeyKind::Ranged => Value::from(1),
        ShardKeyKind::Hashed => Value::from("hashed"),
    };
    Map::from_iter([(name.clone(), kind)])
}

/// All that is wrong with a request, each with its place in the request's JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations(Vec<(String, String)>);

impl Violations {
    /// The places, and what is wrong at each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(place, problem)| (place.as_str(), problem.as_str()))
    }

    pub(crate) fn add(&mut self, place: &str, problem: &str) {
        self.0.push((place.to_owned(), problem.to_owned()));
    }

    pub(crate) fn check_text(&mut self, place: &str, text: &str) {
        if text.trim().is_empty() {
            self.add(place, "it is empty");
        }
    }

    pub(crate) fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (place, problem)) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{place}: {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}
