//! [`ErrorCode`]: the service's own codes.

crate::open_enum! {
    /// The `errorCode` of an error answer.
    ///
    /// Listed are the codes that callers of this client commonly branch on; every other one is kept
    /// as it came.
    pub enum ErrorCode {
        /// The credential may not do this.
        AccessForbidden = "ACCESS_FORBIDDEN",
        /// The request's content was refused; the error's body says which fields.
        BadRequest = "BAD_REQUEST",
        /// The organisation's link is in use by a migration.
        CannotDeleteOrgActiveLiveMigrationAtlasOrgLink =
            "CANNOT_DELETE_ORG_ACTIVE_LIVE_MIGRATION_ATLAS_ORG_LINK",
        /// No cluster has this name.
        ClusterNotFound = "CLUSTER_NOT_FOUND",
        /// No project has this id.
        GroupNotFound = "GROUP_NOT_FOUND",
        /// The caller's address is not on the credential's access list.
        IpAddressNotOnAccessList = "IP_ADDRESS_NOT_ON_ACCESS_LIST",
        /// The token endpoint does not know the service account, or its secret is wrong or expired.
        InvalidClient = "invalid_client",
        /// An attribute of the request's body is unknown or wrong.
        InvalidAttribute = "INVALID_ATTRIBUTE",
        /// A value is none of those that an attribute may have.
        InvalidEnumValue = "INVALID_ENUM_VALUE",
        /// A project's id is malformed.
        InvalidGroupId = "INVALID_GROUP_ID",
        /// The request's body is JSON of another shape than expected.
        InvalidJson = "INVALID_JSON",
        /// An attribute of the request's body has the wrong JSON type.
        InvalidJsonAttribute = "INVALID_JSON_ATTRIBUTE",
        /// An organisation's id is malformed.
        InvalidOrgId = "INVALID_ORG_ID",
        /// Another parameter in the path is malformed.
        InvalidPathParameter = "INVALID_PATH_PARAMETER",
        /// A parameter in the query is unknown or wrong.
        InvalidQueryParameter = "INVALID_QUERY_PARAMETER",
        /// The `Accept` header names no version that the operation has.
        InvalidVersionDate = "INVALID_VERSION_DATE",
        /// The request's body is not JSON.
        MalformedJson = "MALFORMED_JSON",
        /// A required attribute of the request's body is absent.
        MissingAttribute = "MISSING_ATTRIBUTE",
        /// The credential belongs to no member of the project.
        NotInGroup = "NOT_IN_GROUP",
        /// The credential lacks the role to create projects.
        NotOrgGroupCreator = "NOT_ORG_GROUP_CREATOR",
        /// The credential is not an owner of the organisation.
        NotOrgOwner = "NOT_ORG_OWNER",
        /// No organisation has this id.
        OrgNotFound = "ORG_NOT_FOUND",
        /// The organisation only admits credentials that have an access list.
        OrgRequiresAccessList = "ORG_REQUIRES_ACCESS_LIST",
        /// Too many requests, counted by the minute.
        RateLimited = "RATE_LIMITED",
        /// Too many requests, counted by a token bucket.
        RateLimitedTokenBucket = "RATE_LIMITED_TOKEN_BUCKET",
        /// What the path names does not exist.
        ResourceNotFound = "RESOURCE_NOT_FOUND",
        /// The service is not available just now.
        ServiceUnavailable = "SERVICE_UNAVAILABLE",
        /// The service gives no better reason.
        UnexpectedError = "UNEXPECTED_ERROR",
        /// The credential belongs to another project.
        UserCannotAccessGroup = "USER_CANNOT_ACCESS_GROUP",
        /// The credential belongs to another organisation.
        UserCannotAccessOrg = "USER_CANNOT_ACCESS_ORG",
        /// The credential lacks the role.
        UserUnauthorized = "USER_UNAUTHORIZED",
        /// The request's content was refused; the error's detail says why.
        ValidationError = "VALIDATION_ERROR",
        /// The version of the operation is past its sunset.
        VersionGone = "VERSION_GONE",
    }
}
