//! [`PlannedMigration`]: one migration of a plan, with the defaults of the plan applied.

use std::fmt;

use atlas_migrations::{
    Authentication, Destination, GroupId, MigrationRequest, Network, Secret, Sharding, Source,
    SourceProjectId, Violations,
};
use atlas_migrations_journal::{Hash, Name};
use serde_json::{Value, json};

use crate::{create_request::CreateRequest, password::PasswordSource, policy::CutoverPolicy};

/// One migration of a plan, with the defaults of the plan applied.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PlannedMigration {
    /// The name, unique in the plan.
    pub name: Name,
    /// The name in an earlier version of the plan.
    pub renamed_from: Option<Name>,
    /// The project of the destination.
    pub project: GroupId,
    /// The cluster to copy.
    pub source: PlannedSource,
    /// The cluster to fill.
    pub destination: PlannedDestination,
    /// The machine beside the source that carries the data.
    pub migration_host: String,
    /// Whether the data of the destination are dropped before the migration.
    pub drop_destination_data: bool,
    /// How to shard the destination.
    pub sharding: Option<Sharding>,
    /// The conditions of the cutover.
    pub policy: CutoverPolicy,
}

/// The cluster to copy.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PlannedSource {
    /// The project in Cloud Manager or Ops Manager that monitors the cluster.
    pub project: SourceProjectId,
    /// The name of the cluster.
    pub cluster: String,
    /// Whether the migration host connects with TLS.
    pub tls: bool,
    /// The file with trusted certificates on the migration host.
    pub ca_certificate_path: Option<String>,
    /// How the migration host authenticates.
    pub authentication: PlannedAuthentication,
}

/// How the migration host authenticates to the source.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PlannedAuthentication {
    /// MongoDB Automation manages the source and provides the credentials.
    Managed,
    /// As a database user.
    #[non_exhaustive]
    User {
        /// The name of the user.
        username: String,
        /// Where the password comes from.
        password: PasswordSource,
    },
}

/// The Atlas cluster to fill.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PlannedDestination {
    /// The name of the cluster.
    pub cluster: String,
    /// The network over which the migration host reaches it.
    pub network: Network,
}

/// Says why a planned migration gives no request.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RequestError {
    /// The source has a user, and no password was given.
    PasswordMissing,
    /// The source is managed, and a password was given.
    PasswordUnexpected,
    /// The service would refuse the request.
    Invalid(Violations),
}

impl fmt::Display for RequestError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PasswordMissing => formatter.write_str(
                "the source authenticates with a user, whose password is missing; nothing was sent",
            ),
            Self::PasswordUnexpected => formatter.write_str(
                "the source has managed authentication, which takes no password; nothing was sent",
            ),
            Self::Invalid(violations) => {
                write!(formatter, "the request is not valid, nothing was sent: {violations}")
            }
        }
    }
}

impl std::error::Error for RequestError {}

impl PlannedMigration {
    /// Returns where the password of the source's user comes from. None for managed authentication.
    pub fn password(&self) -> Option<&PasswordSource> {
        match &self.source.authentication {
            PlannedAuthentication::Managed => None,
            PlannedAuthentication::User { password, .. } => Some(password),
        }
    }

    /// Returns the migrations that are complete before this one is cut over.
    pub fn after(&self) -> &[Name] {
        &self.policy.after
    }

    /// Returns the request to validate or create. The password is needed if [`password`](Self::password) is some.
    ///
    /// # Errors
    /// A password is missing or too much, or the service would refuse the request.
    pub fn request(&self, password: Option<Secret>) -> Result<MigrationRequest, RequestError> {
        let authentication = match (&self.source.authentication, password) {
            (PlannedAuthentication::Managed, None) => Authentication::Managed,
            (PlannedAuthentication::Managed, Some(_)) => {
                return Err(RequestError::PasswordUnexpected);
            }
            (PlannedAuthentication::User { username, .. }, Some(password)) => {
                Authentication::user(username, password)
            }
            (PlannedAuthentication::User { .. }, None) => {
                return Err(RequestError::PasswordMissing);
            }
        };
        let request = self.request_with(authentication);
        request.check().map_err(RequestError::Invalid)?;
        Ok(request)
    }

    /// Returns the create request as the journal records it, without its password.
    pub fn create_request(&self) -> CreateRequest {
        CreateRequest::new(self.project, &self.request_without_password())
    }

    /// Returns the hash of the create request. The password does not change it.
    pub fn request_hash(&self) -> Hash {
        self.create_request().hash().clone()
    }

    /// Returns the hash of the resolved policy. Only this migration's conditions change it.
    pub fn policy_hash(&self) -> Hash {
        Hash::of(&self.policy.canonical())
    }

    /// Returns `project/cluster` of the destination.
    pub fn destination_key(&self) -> String {
        format!("{}/{}", self.project, self.destination.cluster)
    }

    /// Returns the migration as JSON, without secrets.
    pub fn canonical(&self) -> Value {
        let create = self.create_request();
        json!({
            "name": self.name,
            "renamed_from": self.renamed_from,
            "request": create.body(),
            "request_hash": create.hash(),
            "password": self.password().map(PasswordSource::canonical),
            "policy": self.policy.canonical(),
            "policy_hash": self.policy_hash(),
        })
    }

    /// Returns what the service would refuse, whatever the password is.
    pub(crate) fn check(&self) -> Result<(), Violations> {
        self.request_without_password().check()
    }

    fn request_without_password(&self) -> MigrationRequest {
        self.request_with(match &self.source.authentication {
            PlannedAuthentication::Managed => Authentication::Managed,
            // The journal's form of a request has `true` in place of every password.
            PlannedAuthentication::User { username, .. } => Authentication::user(username, "?"),
        })
    }

    fn request_with(&self, authentication: Authentication) -> MigrationRequest {
        let PlannedSource { project, cluster, tls, ca_certificate_path, .. } = &self.source;
        let mut source = Source::new(*project, cluster, authentication).tls(*tls);
        if let Some(path) = ca_certificate_path {
            source = source.ca_certificate_path(path);
        }
        let PlannedDestination { cluster, network } = &self.destination;
        let destination = Destination::new(cluster, network.clone());
        let request = MigrationRequest::new(source, destination, &self.migration_host)
            .drop_destination_data(self.drop_destination_data);
        match &self.sharding {
            Some(sharding) => request.sharding(sharding.clone()),
            None => request,
        }
    }
}
