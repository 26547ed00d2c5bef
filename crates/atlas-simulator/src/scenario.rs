//! What there is in the simulated Atlas: plain data.

use std::fmt;

use serde::{Deserialize, Serialize};

mod check;

pub use check::ScenarioError;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// The id of the organisation that the projects belong to.
    pub org_id: String,
    /// The projects. Atlas calls a project a group in its paths.
    pub projects: Vec<Project>,
    /// The bearer tokens that are known, and what each may do. Any other is answered with 401.
    pub bearer_tokens: Vec<BearerToken>,
    /// How many requests are let through.
    pub rate_limits: RateLimits,
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
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            org_id: "4888442a3354817a7320eb61".to_owned(),
            projects: vec![Project::default()],
            bearer_tokens: vec![BearerToken::default()],
            rate_limits: RateLimits::default(),
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

/// A bearer token and what its owner may do. Its `Debug` form does not show the token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BearerToken {
    /// The token, as it stands in the `Authorization` header.
    pub token: String,
    /// What its owner may do.
    pub access: Access,
}

impl Default for BearerToken {
    fn default() -> Self {
        Self { token: "not-a-real-bearer-token".to_owned(), access: Access::Member }
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerToken").field("access", &self.access).finish_non_exhaustive()
    }
}

/// What the owner of a credential may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Access {
    /// Everything that an Organization Member may do.
    #[default]
    Member,
    /// The role is missing: 401 `USER_UNAUTHORIZED`.
    NoRole,
    /// The credential belongs to another project: 401 `USER_CANNOT_ACCESS_GROUP`.
    OtherProject,
    /// The caller's address is not on the access list: 403 `IP_ADDRESS_NOT_ON_ACCESS_LIST`.
    BlockedAddress,
}

/// The rate limits of the scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// The limit that the operations of one project share. Each project has its own bucket.
    pub group: RateLimit,
}

/// A token bucket that is refilled in steps. The default is that of a project on Atlas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimit {
    /// How many requests a full bucket lets through.
    pub capacity: u64,
    /// How many requests each step adds, up to the capacity.
    pub refill: u64,
    /// How many seconds lie between two steps.
    pub period_seconds: u64,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { capacity: 1200, refill: 500, period_seconds: 60 }
    }
}
