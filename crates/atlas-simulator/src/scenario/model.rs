//! A scenario: the contents of the simulated Atlas, as plain data.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::credentials::{Access, ApiKey, BearerToken, ServiceAccount};
use super::digest::DigestOptions;
use super::fault_rule::FaultRule;
use super::limits::RateLimits;
use super::project::{Project, Timeline};
use super::rules::{SuccessStatuses, ValidationRules};
use super::source::SourceProject;

/// The contents of the simulated Atlas at the start. All of it is invented. Ids, keys and secrets have
/// the format of Atlas and are clearly not real: they spell `deadbeef` or `not a real`.
///
/// A scenario can be read from JSON, in which every field is optional:
///
/// ```
/// use atlas_simulator::Scenario;
///
/// let scenario = Scenario::from_json(
///     r#"{"projects": [{"live_migrations": [{"timeline": {"new_seconds": 5}}]}]}"#,
/// )?;
/// assert_eq!(scenario.projects[0].live_migrations[0].timeline.new_seconds, 5);
/// assert_eq!(scenario.projects[0].id, "32b6e34b3d91647abb20e7b8");
///
/// let error = Scenario::from_json(r#"{"projects": [{"id": "mine"}]}"#).unwrap_err();
/// assert!(error.to_string().starts_with("$.projects[0].id: "));
/// # Ok::<(), atlas_simulator::ScenarioError>(())
/// ```
///
/// The organizations, the link, the source projects, and the course of what clients create:
///
/// ```
/// # let scenario = atlas_simulator::Scenario::from_json(r#"
/// {
///     "org_id": "4888442a3354817a7320eb61",
///     "other_org_ids": ["5555555555555555deadbeef"],
///     "linked": true,
///     "source_projects": [
///         {
///             "id": "5f0a1b2c3d4e5f6071829304",
///             "name": "Shop",
///             "migration_hosts": ["vm001.example.com"],
///             "deployments": [{"name": "replica-set-0", "mongodb_version": "7.0.14"}]
///         }
///     ],
///     "projects": [
///         {
///             "id": "32b6e34b3d91647abb20e7b8",
///             "live_migrations": [
///                 {"id": "6296fb4c7c7aa997cf94e9a8"},
///                 {"id": "5eed5eed5eed5eed5eed5eed", "began_seconds_ago": 7200}
///             ],
///             "validations": [
///                 {"id": "507f1f77bcf86cd799439011"},
///                 {"id": "507f1f77bcf86cd799439012", "error_message": "It did not work."}
///             ],
///             "clusters": [{"name": "target", "instance_size": "M30", "disk_size_gb": 40}]
///         }
///     ],
///     "new_migrations": {"new_seconds": 5, "replication_seconds": 60, "fails_after_seconds": null},
///     "validation_rules": {
///         "pending_seconds": 30,
///         "unreachable_hosts": ["unreachable.example.com"],
///         "unreachable_source_clusters": ["unreachable-source"],
///         "unreachable_destination_clusters": ["unreachable-destination"]
///     },
///     "success_statuses": {"link_token": 201, "validate": 200, "cutover": 202}
/// }
/// # "#)?;
/// # assert_eq!(scenario.validation_rules, atlas_simulator::ValidationRules::default());
/// # assert_eq!(scenario.success_statuses, atlas_simulator::SuccessStatuses::default());
/// # assert_eq!(scenario.ready_live_migration_id(), Some("5eed5eed5eed5eed5eed5eed"));
/// # assert_eq!(scenario.validation_id(), Some("507f1f77bcf86cd799439011"));
/// # Ok::<(), atlas_simulator::ScenarioError>(())
/// ```
///
/// The credentials, the digest challenge, the rate limits and the faults:
///
/// ```
/// # let scenario = atlas_simulator::Scenario::from_json(r#"
/// {
///     "bearer_tokens": [{"token": "not-a-real-token", "access": "no_role"}],
///     "api_keys": [
///         {
///             "public_key": "notareal",
///             "private_key": "deadbeef-dead-4bad-8bad-deadbeefdead",
///             "access": "member",
///             "role": "ORG_MEMBER",
///             "project_ids": ["32b6e34b3d91647abb20e7b8"]
///         }
///     ],
///     "service_accounts": [
///         {
///             "client_id": "mdb_sa_id_deadbeefdeadbeefdeadbeef",
///             "client_secret": "mdb_sa_sk_not-a-real-secret_not-a-real-secret_0000",
///             "access": "member"
///         }
///     ],
///     "token_lifetime_seconds": 3600,
///     "digest": {
///         "algorithm": "MD5",
///         "qop": true,
///         "opaque": null,
///         "userhash": false,
///         "next_nonce": false,
///         "rspauth": "none",
///         "nonce_lifetime_seconds": 60,
///         "extra_challenges": false
///     },
///     "rate_limits": {
///         "group": {"capacity": 1200, "refill": 500, "period_seconds": 60},
///         "org": {"capacity": 500, "refill": 250, "period_seconds": 60},
///         "token_endpoint": {"requests": 10, "period_minutes": 1}
///     },
///     "faults": [
///         {"fault": {"rate_limited": {"retry_after": 2}}, "times": 1},
///         {"fault": "stall_body", "when": {"operation": "getGroupLiveMigration"}, "times": 1}
///     ]
/// }
/// # "#)?;
/// # assert_eq!(scenario.digest, atlas_simulator::DigestOptions::default());
/// # assert_eq!(scenario.rate_limits, atlas_simulator::RateLimits::default());
/// # Ok::<(), atlas_simulator::ScenarioError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// The id of the organization that the projects and the credentials belong to.
    pub org_id: String,
    /// The ids of other existing organizations: 401 `USER_CANNOT_ACCESS_ORG`.
    pub other_org_ids: Vec<String>,
    /// Whether the organization has a link from the start. If so, the migrations of the scenario hold
    /// that link until they end. Migrations that clients create always hold the link.
    pub linked: bool,
    /// The projects of the linked organization, whose clusters can be migrated.
    pub source_projects: Vec<SourceProject>,
    /// The projects. Atlas calls a project a group in its paths.
    pub projects: Vec<Project>,
    /// The course of the migrations that clients create.
    pub new_migrations: Timeline,
    /// The results of the validations that clients request.
    pub validation_rules: ValidationRules,
    /// The statuses of successful responses for which documentation and observation differ.
    pub success_statuses: SuccessStatuses,
    /// The bearer tokens that are valid from the start. They do not expire.
    pub bearer_tokens: Vec<BearerToken>,
    /// The API keys, which authenticate by HTTP digest.
    pub api_keys: Vec<ApiKey>,
    /// The service accounts, which fetch bearer tokens at the token endpoint.
    pub service_accounts: Vec<ServiceAccount>,
    /// How long the tokens of service accounts are valid, in seconds of the client's time.
    pub token_lifetime_seconds: u64,
    /// The options of HTTP digest.
    pub digest: DigestOptions,
    /// The rate limits.
    pub rate_limits: RateLimits,
    /// The fault rules that are active from the start.
    pub faults: Vec<FaultRule>,
}

impl Scenario {
    /// Returns the scenario without rate limits, including those of the OAuth endpoints.
    #[must_use]
    pub fn without_rate_limits(self) -> Self {
        Self { rate_limits: RateLimits::unlimited(), ..self }
    }

    /// Returns the first bearer token with access and the greatest role, if there is one.
    pub fn bearer_token(&self) -> Option<&str> {
        let members = self.bearer_tokens.iter().filter(|token| token.access == Access::Member);
        members.min_by_key(|token| Reverse(token.role)).map(|token| token.token.as_str())
    }

    /// Returns the first API key with access and the greatest role, if there is one.
    pub fn api_key(&self) -> Option<&ApiKey> {
        let members = self.api_keys.iter().filter(|key| key.access == Access::Member);
        members.min_by_key(|key| Reverse(key.role))
    }

    /// Returns the first service account with access and the greatest role, if there is one.
    pub fn service_account(&self) -> Option<&ServiceAccount> {
        let accounts = self.service_accounts.iter();
        let members = accounts.filter(|account| account.access == Access::Member);
        members.min_by_key(|account| Reverse(account.role))
    }

    /// Returns the id of the first project's first validation, if there is one. It has finished.
    pub fn validation_id(&self) -> Option<&str> {
        let validation = self.projects.first()?.validations.first();
        validation.map(|validation| validation.id.as_str())
    }
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            org_id: "4888442a3354817a7320eb61".to_owned(),
            other_org_ids: Vec::new(),
            linked: false,
            source_projects: SourceProject::examples(),
            projects: vec![Project::default()],
            new_migrations: Timeline::default(),
            validation_rules: ValidationRules::default(),
            success_statuses: SuccessStatuses::default(),
            bearer_tokens: vec![BearerToken::default()],
            api_keys: vec![ApiKey::default()],
            service_accounts: vec![ServiceAccount::default()],
            token_lifetime_seconds: 3600,
            digest: DigestOptions::default(),
            rate_limits: RateLimits::default(),
            faults: Vec::new(),
        }
    }
}
