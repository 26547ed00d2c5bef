//! What there is in the simulated Atlas: plain data.

use std::cmp::Reverse;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::faults::FaultRule;
use crate::lifecycle::{self, Events};

mod check;
mod credentials;
mod digest;
mod limits;
mod project;
mod rules;
mod source;

pub use check::ScenarioError;
pub use credentials::{Access, ApiKey, BearerToken, Role, ServiceAccount};
pub use digest::{DigestAlgorithm, DigestOptions, ResponseProof};
pub use limits::{RateLimit, RateLimits, RequestLimit};
pub use project::{LiveMigration, Project, Timeline, Validation};
pub use rules::{SuccessStatuses, ValidationRules};
pub use source::{Deployment, SourceProject};

/// What there is in the simulated Atlas when it starts. All of it is invented. Ids, keys and secrets
/// have the form of Atlas' own and are plainly not real: they spell `deadbeef` or `not a real`.
///
/// It reads from JSON, where every field may be left out:
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
/// The organisations, the link, what there is to migrate, and how what clients begin goes:
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
///             ]
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
/// Credentials of each kind, the challenge, the limits and the first faults:
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
    /// The id of the organisation that the projects and the credentials belong to.
    pub org_id: String,
    /// The ids of other organisations that there are: 401 `USER_CANNOT_ACCESS_ORG`.
    pub other_org_ids: Vec<String>,
    /// Whether the organisation has a link from the start. The migrations that there are from the
    /// start then hold it until they end, as those that clients create hold any link. Without it
    /// they do not: their link is gone.
    pub linked: bool,
    /// The projects of the linked organisation, whose clusters can be migrated.
    pub source_projects: Vec<SourceProject>,
    /// The projects. Atlas calls a project a group in its paths.
    pub projects: Vec<Project>,
    /// How the migrations that clients create go.
    pub new_migrations: Timeline,
    /// What becomes of the validations that clients ask for.
    pub validation_rules: ValidationRules,
    /// With which status successes are answered where documentation and observation differ.
    pub success_statuses: SuccessStatuses,
    /// The bearer tokens that are known from the start, and what each may do. They do not expire.
    pub bearer_tokens: Vec<BearerToken>,
    /// The API keys, which ask by HTTP digest.
    pub api_keys: Vec<ApiKey>,
    /// The service accounts, which fetch bearer tokens at the token endpoint.
    pub service_accounts: Vec<ServiceAccount>,
    /// How long the tokens of service accounts are valid, in seconds of the clients' time.
    pub token_lifetime_seconds: u64,
    /// How the digest challenge looks.
    pub digest: DigestOptions,
    /// How many requests are let through.
    pub rate_limits: RateLimits,
    /// The faults that are in force from the start.
    pub faults: Vec<FaultRule>,
}

impl Scenario {
    /// Reads a scenario from JSON and checks it.
    ///
    /// # Errors
    ///
    /// Where the text is not JSON, has a field that no scenario has, or describes something that
    /// cannot be simulated. The error names the place.
    pub fn from_json(json: &str) -> Result<Self, ScenarioError> {
        check::parse(json)
    }

    /// Checks a scenario that was put together by hand. Starting a simulator does so too.
    ///
    /// # Errors
    ///
    /// Where the scenario describes something that cannot be simulated. The error names the place
    /// as it is in the JSON form.
    pub fn validate(&self) -> Result<(), ScenarioError> {
        check::validate(self)
    }

    /// The scenario without rate limits, those of the token endpoint included.
    #[must_use]
    pub fn without_rate_limits(self) -> Self {
        Self { rate_limits: RateLimits::unlimited(), ..self }
    }

    /// The first bearer token that may do the most: of an owner's, or else a member's, where there
    /// is one.
    pub fn bearer_token(&self) -> Option<&str> {
        let able = self.bearer_tokens.iter().filter(|token| token.access == Access::Member);
        able.min_by_key(|token| Reverse(token.role)).map(|token| token.token.as_str())
    }

    /// The first API key that may do the most, chosen as the bearer token is.
    pub fn api_key(&self) -> Option<&ApiKey> {
        let able = self.api_keys.iter().filter(|key| key.access == Access::Member);
        able.min_by_key(|key| Reverse(key.role))
    }

    /// The first service account that may do the most, chosen as the bearer token is.
    pub fn service_account(&self) -> Option<&ServiceAccount> {
        let able = self.service_accounts.iter().filter(|known| known.access == Access::Member);
        able.min_by_key(|account| Reverse(account.role))
    }

    /// The id of the first project's first migration that is ready for cutover from the start,
    /// where there is one.
    pub fn ready_live_migration_id(&self) -> Option<&str> {
        let migrations = self.projects.first()?.live_migrations.iter();
        let mut ready = migrations.filter(|migration| {
            let age = Duration::from_secs(migration.began_seconds_ago);
            let now = lifecycle::snapshot(&migration.timeline, &Events::default(), age);
            now.ready_for_cutover
        });
        ready.next().map(|migration| migration.id.as_str())
    }

    /// The id of the first project's first validation, where there is one. It is finished.
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
