//! [`MigrationRequest`]: what to migrate, from where to where.
//!
//! The types exclude most of what the service refuses: there is one migration host, a user has a password, a
//! private endpoint has an ID. [`MigrationRequest::check`] finds the rest before anything is sent.

use atlas_client_core::Secret;

use crate::ids::SourceProjectId;
use crate::violations::Violations;

/// A request to migrate a cluster into Atlas.
///
/// ```
/// use atlas_migrations::{Authentication, Destination, MigrationRequest, Network, Source};
///
/// let source = Source::new("5f0a1b2c3d4e5f6071829304".parse()?, "replica-set-0", Authentication::Managed)
///     .ca_certificate_path("/etc/mongodb/ca.pem");
/// let destination = Destination::new("target", Network::private_link("pl-1"));
/// let request = MigrationRequest::new(source, destination, "vm001.example.com");
/// request.check()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct MigrationRequest {
    pub(crate) source: Source,
    pub(crate) destination: Destination,
    pub(crate) migration_host: String,
    pub(crate) sharding: Option<Sharding>,
    pub(crate) drop_destination_data: bool,
}

/// The cluster to copy. Cloud Manager or Ops Manager must monitor it.
#[derive(Clone, Debug)]
pub struct Source {
    pub(crate) project: SourceProjectId,
    pub(crate) cluster_name: String,
    pub(crate) authentication: Authentication,
    pub(crate) tls: bool,
    pub(crate) ca_certificate_path: Option<String>,
}

/// How the migration host authenticates to the source.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Authentication {
    /// MongoDB Automation manages the source and provides the credentials.
    Managed,
    /// As a database user. [`Authentication::user`] creates it.
    #[non_exhaustive]
    User {
        /// The name of the user.
        username: String,
        /// The password of the user.
        password: Secret,
    },
}

/// The Atlas cluster to fill. It belongs to the project that the request is sent to.
#[derive(Clone, Debug)]
pub struct Destination {
    pub(crate) cluster_name: String,
    pub(crate) network: Network,
}

/// The network over which the migration host reaches the destination.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Network {
    /// The public internet.
    Public,
    /// A private endpoint. [`Network::private_link`] creates it.
    #[non_exhaustive]
    PrivateLink {
        /// The ID of the private endpoint.
        id: String,
    },
    /// A peering connection.
    VpcPeering,
}

/// How to shard the destination when the source is a replica set.
#[derive(Clone, Debug)]
pub struct Sharding {
    pub(crate) collections: Vec<ShardedCollection>,
    pub(crate) create_supporting_indexes: bool,
}

/// A collection and its shard key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShardedCollection {
    /// The name of the database.
    pub database: String,
    /// The name of the collection.
    pub collection: String,
    /// The fields of the shard key, in order.
    pub key: Vec<(String, ShardKeyKind)>,
}

/// How a field is used in a shard key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShardKeyKind {
    /// The value, in ascending order.
    Ranged,
    /// The hash of the value.
    Hashed,
}

impl MigrationRequest {
    /// Creates a request. The migration host is the machine beside the source that carries the data.
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

    /// Sets whether the data of the destination are dropped before the migration. Off by default.
    #[must_use]
    pub fn drop_destination_data(mut self, drop: bool) -> Self {
        self.drop_destination_data = drop;
        self
    }

    /// Returns whether the data of the destination are dropped before the migration.
    pub fn drops_destination_data(&self) -> bool {
        self.drop_destination_data
    }

    /// Returns the cluster to copy.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Returns the cluster to fill.
    pub fn destination(&self) -> &Destination {
        &self.destination
    }

    /// Checks the request for what the service would refuse.
    ///
    /// # Errors
    ///
    /// All violations that were found.
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

    /// Returns the same request with dots in place of the password, to show to people.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        if let Authentication::User { password, .. } = &mut self.source.authentication {
            *password = Secret::from("••••••••");
        }
        self
    }
}

impl Authentication {
    /// Authenticates as a database user.
    pub fn user(username: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self::User { username: username.into(), password: password.into() }
    }
}

impl Network {
    /// Connects through a private endpoint.
    pub fn private_link(id: impl Into<String>) -> Self {
        Self::PrivateLink { id: id.into() }
    }
}

impl Source {
    /// Creates a source: a cluster of a project in Cloud Manager or Ops Manager. TLS is on by default.
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

    /// Sets whether the migration host connects with TLS.
    #[must_use]
    pub fn tls(mut self, tls: bool) -> Self {
        self.tls = tls;
        self
    }

    /// Sets the file with trusted certificates on the migration host.
    #[must_use]
    pub fn ca_certificate_path(mut self, path: impl Into<String>) -> Self {
        self.ca_certificate_path = Some(path.into());
        self
    }

    /// Returns the project in Cloud Manager or Ops Manager.
    pub fn project(&self) -> SourceProjectId {
        self.project
    }

    /// Returns how the migration host authenticates.
    pub fn authentication(&self) -> &Authentication {
        &self.authentication
    }

    /// Returns the name of the cluster.
    pub fn cluster_name(&self) -> &str {
        &self.cluster_name
    }
}

impl Destination {
    /// Creates a destination: an Atlas cluster and the network to reach it.
    pub fn new(cluster_name: impl Into<String>, network: Network) -> Self {
        Self { cluster_name: cluster_name.into(), network }
    }

    /// Returns the name of the cluster.
    pub fn cluster_name(&self) -> &str {
        &self.cluster_name
    }
}

impl Sharding {
    /// Shards these collections. The indexes that the shard keys need are created by default.
    pub fn new(collections: impl IntoIterator<Item = ShardedCollection>) -> Self {
        Self { collections: collections.into_iter().collect(), create_supporting_indexes: true }
    }

    /// Sets whether the indexes that the shard keys need are created.
    #[must_use]
    pub fn create_supporting_indexes(mut self, create: bool) -> Self {
        self.create_supporting_indexes = create;
        self
    }

    fn check(&self, found: &mut Violations) {
        if self.collections.is_empty() {
            found.add("sharding.shardingEntries", "there is no collection");
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
                found.add(&at("collection"), "the collection is listed twice");
            }
        }
    }
}

impl ShardedCollection {
    /// Creates a collection with the fields of its shard key.
    pub fn new<F: Into<String>>(
        database: impl Into<String>,
        collection: impl Into<String>,
        key: impl IntoIterator<Item = (F, ShardKeyKind)>,
    ) -> Self {
        Self {
            database: database.into(),
            collection: collection.into(),
            key: key.into_iter().map(|(field, kind)| (field.into(), kind)).collect(),
        }
    }
}
