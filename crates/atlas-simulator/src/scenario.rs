//! What there is in the simulated Atlas: plain data.

use serde::{Deserialize, Serialize};

use crate::faults::FaultRule;

mod check;
mod credentials;
mod digest;
mod limits;

pub use check::ScenarioError;
pub use credentials::{Access, ApiKey, BearerToken, ServiceAccount};
pub use digest::{DigestAlgorithm, DigestOptions, ResponseProof};
pub use limits::{RateLimit, RateLimits, RequestLimit};

/// What there is in the simulated Atlas when it starts. All of it is invented.
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
/// Credentials of each kind, the challenge, the limits and the first faults:
///
/// ```
/// # let scenario = atlas_simulator::Scenario::from_json(r#"
/// {
///     "bearer_tokens": [{"token": "not-a-real-token", "access": "no_role"}],
///     "api_keys": [
///         {
///             "public_key": "notarealpublickey",
///             "private_key": "not-a-real-private-key",
///             "access": "member",
///             "project_ids": ["32b6e34b3d91647abb20e7b8"]
///         }
///     ],
///     "service_accounts": [
///         {
///             "client_id": "mdb_sa_id_not-a-real-client",
///             "client_secret": "mdb_sa_sk_not-a-real-secret",
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
    /// The id of the organisation that the projects belong to.
    pub org_id: String,
    /// The projects. Atlas calls a project a group in its paths.
    pub projects: Vec<Project>,
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

    /// The first bearer token whose owner is a member, where there is one.
    pub fn bearer_token(&self) -> Option<&str> {
        let member = |token: &&BearerToken| token.access == Access::Member;
        self.bearer_tokens.iter().find(member).map(|token| token.token.as_str())
    }

    /// The first API key whose owner is a member, where there is one.
    pub fn api_key(&self) -> Option<&ApiKey> {
        self.api_keys.iter().find(|key| key.access == Access::Member)
    }

    /// The first service account that is a member, where there is one.
    pub fn service_account(&self) -> Option<&ServiceAccount> {
        self.service_accounts.iter().find(|account| account.access == Access::Member)
    }
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            org_id: "4888442a3354817a7320eb61".to_owned(),
            projects: vec![Project::default()],
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

/// A project and what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Project {
    /// The project's id: 24 lower-case hex digits.
    pub id: String,
    /// The migrations into this project.
    pub live_migrations: Vec<LiveMigration>,
}

impl Default for Project {
    fn default() -> Self {
        Self {
            id: "32b6e34b3d91647abb20e7b8".to_owned(),
            live_migrations: vec![LiveMigration::default()],
        }
    }
}

/// A push migration, scheduled at the moment the simulator starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LiveMigration {
    /// The migration's id: 24 lower-case hex digits.
    pub id: String,
    /// The one host that carries the migration.
    pub migration_host: String,
    /// How the migration goes.
    pub timeline: Timeline,
}

impl Default for LiveMigration {
    fn default() -> Self {
        Self {
            id: "6296fb4c7c7aa997cf94e9a8".to_owned(),
            migration_host: "vm001.example.com".to_owned(),
            timeline: Timeline::default(),
        }
    }
}

/// How a migration goes, in seconds of simulated time.
///
/// All durations but the expiry are invented: the real ones depend on the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeline {
    /// How long the migration is `NEW`.
    pub new_seconds: u64,
    /// The lag with which replication begins. It falls in a straight line to zero.
    pub initial_lag_seconds: u64,
    /// How long replication takes until the migration is ready for cutover.
    pub replication_seconds: u64,
    /// How long it takes from the cutover to `COMPLETE`.
    pub cutover_seconds: u64,
    /// How long the migration may be ready for cutover before it is `EXPIRED`: 120 hours on Atlas.
    pub expires_after_ready_seconds: u64,
    /// How long after its start the migration is `FAILED`, where it has not ended before.
    pub fails_after_seconds: Option<u64>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            new_seconds: 60,
            initial_lag_seconds: 900,
            replication_seconds: 3600,
            cutover_seconds: 300,
            expires_after_ready_seconds: 120 * 3600,
            fails_after_seconds: None,
        }
    }
}
