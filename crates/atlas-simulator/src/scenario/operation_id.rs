//! The operations that the simulator has, by their OpenAPI ids.

/// An operation of the Cloud Migration Service, the list of clusters, or an OAuth endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OperationId {
    CreateGroupLiveMigration,
    CreateOrgLiveMigrationLinkToken,
    CutoverGroupLiveMigration,
    DeleteOrgLiveMigrationLinkTokens,
    GetGroupLiveMigration,
    GetGroupLiveMigrationValidateStatus,
    ListGroupClusters,
    ListOrgLiveMigrationAvailableProjects,
    ValidateGroupLiveMigrations,
    CreateToken,
    RevokeToken,
}

impl OperationId {
    const ALL: [Self; 11] = [
        Self::CreateGroupLiveMigration,
        Self::CreateOrgLiveMigrationLinkToken,
        Self::CutoverGroupLiveMigration,
        Self::DeleteOrgLiveMigrationLinkTokens,
        Self::GetGroupLiveMigration,
        Self::GetGroupLiveMigrationValidateStatus,
        Self::ListGroupClusters,
        Self::ListOrgLiveMigrationAvailableProjects,
        Self::ValidateGroupLiveMigrations,
        Self::CreateToken,
        Self::RevokeToken,
    ];

    /// Returns the id in the OpenAPI document.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::CreateGroupLiveMigration => "createGroupLiveMigration",
            Self::CreateOrgLiveMigrationLinkToken => "createOrgLiveMigrationLinkToken",
            Self::CutoverGroupLiveMigration => "cutoverGroupLiveMigration",
            Self::DeleteOrgLiveMigrationLinkTokens => "deleteOrgLiveMigrationLinkTokens",
            Self::GetGroupLiveMigration => "getGroupLiveMigration",
            Self::GetGroupLiveMigrationValidateStatus => "getGroupLiveMigrationValidateStatus",
            Self::ListGroupClusters => "listGroupClusters",
            Self::ListOrgLiveMigrationAvailableProjects => "listOrgLiveMigrationAvailableProjects",
            Self::ValidateGroupLiveMigrations => "validateGroupLiveMigrations",
            Self::CreateToken => "createToken",
            Self::RevokeToken => "revokeToken",
        }
    }

    /// Returns the operation with that id, if it is simulated.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == id)
    }

    /// Returns whether this is an OAuth endpoint, which authenticates clients and formats errors differently.
    pub(crate) const fn is_oauth(self) -> bool {
        matches!(self, Self::CreateToken | Self::RevokeToken)
    }
}
