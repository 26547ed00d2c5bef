//! [`ErrorCode`]: the service's own codes.

crate::open_enum! {
    /// The `errorCode` of an error response.
    ///
    /// The variants are the codes that callers commonly branch on. Every other code is kept as
    /// received.
    pub enum ErrorCode {
        /// The credential does not permit this.
        AccessForbidden = "ACCESS_FORBIDDEN",
        /// The service refused the request's content; the body says which fields.
        BadRequest = "BAD_REQUEST",
        /// A live migration uses the organization's link.
        CannotDeleteOrgActiveLiveMigrationAtlasOrgLink =
            "CANNOT_DELETE_ORG_ACTIVE_LIVE_MIGRATION_ATLAS_ORG_LINK",
        /// The cluster does not exist.
        ClusterNotFound = "CLUSTER_NOT_FOUND",
        /// The project does not exist.
        GroupNotFound = "GROUP_NOT_FOUND",
        /// The caller's address is not on the credential's access list.
        IpAddressNotOnAccessList = "IP_ADDRESS_NOT_ON_ACCESS_LIST",
        /// The token endpoint does not know the service account, or its secret is wrong or expired.
        InvalidClient = "invalid_client",
        /// An attribute of the request's body is unknown or wrong.
        InvalidAttribute = "INVALID_ATTRIBUTE",
        /// An attribute has a value that is not allowed.
        InvalidEnumValue = "INVALID_ENUM_VALUE",
        /// A project ID is malformed.
        InvalidGroupId = "INVALID_GROUP_ID",
        /// The request's body is JSON of an unexpected shape.
        InvalidJson = "INVALID_JSON",
        /// An attribute of the request's body has the wrong JSON type.
        InvalidJsonAttribute = "INVALID_JSON_ATTRIBUTE",
        /// An organization ID is malformed.
        InvalidOrgId = "INVALID_ORG_ID",
        /// Another parameter in the path is malformed.
        InvalidPathParameter = "INVALID_PATH_PARAMETER",
        /// A parameter in the query is unknown or wrong.
        InvalidQueryParameter = "INVALID_QUERY_PARAMETER",
        /// The operation does not have the version in the `Accept` header.
        InvalidVersionDate = "INVALID_VERSION_DATE",
        /// The request's body is not JSON.
        MalformedJson = "MALFORMED_JSON",
        /// A required attribute of the request's body is absent.
        MissingAttribute = "MISSING_ATTRIBUTE",
        /// The credential is not a member of the project.
        NotInGroup = "NOT_IN_GROUP",
        /// The credential lacks the role to create projects.
        NotOrgGroupCreator = "NOT_ORG_GROUP_CREATOR",
        /// The credential is not an owner of the organization.
        NotOrgOwner = "NOT_ORG_OWNER",
        /// The organization does not exist.
        OrgNotFound = "ORG_NOT_FOUND",
        /// The organization requires that credentials have an access list.
        OrgRequiresAccessList = "ORG_REQUIRES_ACCESS_LIST",
        /// Too many requests, counted by the minute.
        RateLimited = "RATE_LIMITED",
        /// Too many requests, counted by a token bucket.
        RateLimitedTokenBucket = "RATE_LIMITED_TOKEN_BUCKET",
        /// The resource does not exist.
        ResourceNotFound = "RESOURCE_NOT_FOUND",
        /// The service is unavailable.
        ServiceUnavailable = "SERVICE_UNAVAILABLE",
        /// The service gives no better reason.
        UnexpectedError = "UNEXPECTED_ERROR",
        /// The credential belongs to another project.
        UserCannotAccessGroup = "USER_CANNOT_ACCESS_GROUP",
        /// The credential belongs to another organization.
        UserCannotAccessOrg = "USER_CANNOT_ACCESS_ORG",
        /// The credential lacks the role.
        UserUnauthorized = "USER_UNAUTHORIZED",
        /// The service refused the request's content; the detail says why.
        ValidationError = "VALIDATION_ERROR",
        /// The service has removed this version of the operation.
        VersionGone = "VERSION_GONE",
    }
}
