//! The known credentials and what their owners may do.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A bearer token and what its owner may do. Its `Debug` form does not show the token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BearerToken {
    /// The token, as sent in the `Authorization` header.
    pub token: String,
    /// Whether the owner has access at all.
    pub access: Access,
    /// What the owner may do.
    pub role: Role,
    /// The projects that the owner belongs to; all projects if omitted. Requests for other existing
    /// projects get 401 `USER_CANNOT_ACCESS_GROUP`. The operations of the organization ignore this
    /// list.
    pub project_ids: Option<Vec<String>>,
}

impl Default for BearerToken {
    fn default() -> Self {
        let token = "not-a-real-bearer-token".to_owned();
        Self { token, access: Access::Member, role: Role::OrgOwner, project_ids: None }
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerToken")
            .field("access", &self.access)
            .field("role", &self.role)
            .field("project_ids", &self.project_ids)
            .finish_non_exhaustive()
    }
}

/// An API key for HTTP digest and what its owner may do. Its `Debug` form does not show the private
/// key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiKey {
    /// The public key: the user name of the digest.
    pub public_key: String,
    /// The private key: the password of the digest.
    pub private_key: String,
    /// Whether the owner has access at all.
    pub access: Access,
    /// What the owner may do.
    pub role: Role,
    /// The projects that the owner belongs to, as for a [`BearerToken`].
    pub project_ids: Option<Vec<String>>,
}

impl Default for ApiKey {
    fn default() -> Self {
        Self {
            public_key: "notareal".to_owned(),
            private_key: "deadbeef-dead-4bad-8bad-deadbeefdead".to_owned(),
            access: Access::Member,
            role: Role::OrgOwner,
            project_ids: None,
        }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey")
            .field("public_key", &self.public_key)
            .field("access", &self.access)
            .field("role", &self.role)
            .field("project_ids", &self.project_ids)
            .finish_non_exhaustive()
    }
}

/// A service account, which fetches bearer tokens with its id and secret, and what it may do. Its
/// `Debug` form does not show the secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceAccount {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
    /// Whether the account has access at all. It gets tokens in any case.
    pub access: Access,
    /// What the account may do.
    pub role: Role,
    /// The projects that the account belongs to, as for a [`BearerToken`].
    pub project_ids: Option<Vec<String>>,
}

impl Default for ServiceAccount {
    fn default() -> Self {
        Self {
            client_id: "mdb_sa_id_deadbeefdeadbeefdeadbeef".to_owned(),
            client_secret: "mdb_sa_sk_not-a-real-secret_not-a-real-secret_0000".to_owned(),
            access: Access::Member,
            role: Role::OrgOwner,
            project_ids: None,
        }
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount")
            .field("client_id", &self.client_id)
            .field("access", &self.access)
            .field("role", &self.role)
            .field("project_ids", &self.project_ids)
            .finish_non_exhaustive()
    }
}

/// Whether the owner of a credential has access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Access {
    /// Everything that the role allows.
    #[default]
    Member,
    /// The owner lacks every role: 401 `USER_UNAUTHORIZED`.
    NoRole,
    /// The credential belongs to a project of another organization: 401 `USER_CANNOT_ACCESS_GROUP`
    /// or `USER_CANNOT_ACCESS_ORG`.
    OtherProject,
    /// The caller's address is not on the access list: 403 `IP_ADDRESS_NOT_ON_ACCESS_LIST`.
    BlockedAddress,
}

/// The role of a credential's owner, the lesser role first. An operation that needs a greater role
/// returns 401 `USER_UNAUTHORIZED`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[non_exhaustive]
pub enum Role {
    /// Organization Member: may read the status of migrations.
    #[serde(rename = "ORG_MEMBER")]
    OrgMember,
    /// Organization Owner: may do everything.
    #[default]
    #[serde(rename = "ORG_OWNER")]
    OrgOwner,
}

impl Role {
    /// Returns the role with that name in the documentation.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            // Invented: that a member of the organization can read its projects.
            "Organization Member" | "Project Read Only" => Some(Self::OrgMember),
            "Organization Owner" => Some(Self::OrgOwner),
            _ => None,
        }
    }
}
