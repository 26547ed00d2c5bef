//! Reading a scenario and refusing what cannot be simulated.

use std::collections::HashSet;
use std::fmt;

use super::{DigestOptions, RateLimit, RequestLimit, Scenario, SuccessStatuses};
use crate::faults::{MOST_RULES, TooMany};
use crate::unreadable::{self, Unreadable};

mod credentials;
mod projects;
mod source;

/// Ten years: what a duration may be at the most.
const LONGEST_SECONDS: u64 = 10 * 365 * 86_400;

/// Why a scenario was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    path: String,
    problem: String,
}

impl ScenarioError {
    /// The place within the scenario's JSON form, such as `$.projects[0].id`.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

impl std::error::Error for ScenarioError {}

type Checked = Result<(), ScenarioError>;

fn refuse(path: impl fmt::Display, problem: impl Into<String>) -> Checked {
    Err(ScenarioError { path: path.to_string(), problem: problem.into() })
}

pub(super) fn parse(json: &str) -> Result<Scenario, ScenarioError> {
    let scenario = unreadable::read(json.as_bytes()).map_err(refusal)?;
    validate(&scenario)?;
    Ok(scenario)
}

fn refusal(unreadable: Unreadable) -> ScenarioError {
    let path = match unreadable.path.as_str() {
        "" => "$".to_owned(),
        path => format!("$.{path}"),
    };
    // Not even the name of a field is shown here, as it could be a secret.
    let problem = match credentials::form(&path) {
        Some(form) if !unreadable.is_syntax => {
            let (line, column) = unreadable.at;
            format!("must be as in {form}, at line {line} column {column}")
        }
        _ => unreadable.problem,
    };
    ScenarioError { path, problem }
}

pub(super) fn validate(scenario: &Scenario) -> Checked {
    let mut ids = HashSet::new();
    id("$.org_id", &scenario.org_id, &mut ids)?;
    for (index, other) in scenario.other_org_ids.iter().enumerate() {
        id(&format!("$.other_org_ids[{index}]"), other, &mut ids)?;
    }
    for (index, entry) in scenario.projects.iter().enumerate() {
        projects::project(&format!("$.projects[{index}]"), entry, &mut ids)?;
    }
    source::validate(&scenario.source_projects)?;
    projects::timeline("$.new_migrations", &scenario.new_migrations)?;
    let pending = scenario.validation_rules.pending_seconds;
    between("$.validation_rules.pending_seconds", pending, 0, LONGEST_SECONDS)?;
    success_statuses(scenario.success_statuses)?;
    credentials::validate(scenario)?;
    between("$.token_lifetime_seconds", scenario.token_lifetime_seconds, 1, LONGEST_SECONDS)?;
    digest(&scenario.digest)?;
    rate_limit("$.rate_limits.group", scenario.rate_limits.group)?;
    rate_limit("$.rate_limits.org", scenario.rate_limits.org)?;
    request_limit("$.rate_limits.token_endpoint", scenario.rate_limits.token_endpoint)?;
    if scenario.faults.len() > MOST_RULES {
        refuse("$.faults", TooMany.to_string())?;
    }
    for (index, rule) in scenario.faults.iter().enumerate() {
        let path = format!("$.faults[{index}]");
        rule.check().or_else(|problem| refuse(path, problem))?;
    }
    Ok(())
}

fn digest(options: &DigestOptions) -> Checked {
    let lifetime = options.nonce_lifetime_seconds;
    between("$.digest.nonce_lifetime_seconds", lifetime, 0, LONGEST_SECONDS)?;
    match &options.opaque {
        Some(opaque) if !opaque.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) => {
            refuse("$.digest.opaque", "must be visible ASCII")
        }
        _ => Ok(()),
    }
}

fn rate_limit(path: &str, limit: RateLimit) -> Checked {
    between(&format!("{path}.capacity"), limit.capacity, 1, u64::from(u32::MAX))?;
    between(&format!("{path}.refill"), limit.refill, 1, u64::from(u32::MAX))?;
    between(&format!("{path}.period_seconds"), limit.period_seconds, 1, LONGEST_SECONDS)
}

fn request_limit(path: &str, limit: RequestLimit) -> Checked {
    between(&format!("{path}.requests"), limit.requests, 1, u64::from(u32::MAX))?;
    between(&format!("{path}.period_minutes"), limit.period_minutes, 1, LONGEST_SECONDS / 60)
}

fn success_statuses(statuses: SuccessStatuses) -> Checked {
    let SuccessStatuses { link_token, validate, cutover } = statuses;
    for (name, given, either) in [
        ("link_token", link_token, [200, 201]),
        ("validate", validate, [200, 201]),
        ("cutover", cutover, [200, 202]),
    ] {
        if !either.contains(&given) {
            let [one, other] = either;
            let problem = format!("must be {one} or {other}, not {given}");
            refuse(format_args!("$.success_statuses.{name}"), problem)?;
        }
    }
    Ok(())
}

fn object_id(path: &str, id: &str) -> Checked {
    if crate::is_object_id(id) { Ok(()) } else { refuse(path, "must be 24 lower-case hex digits") }
}

/// An id that nothing else of `ids` has.
fn id<'a>(path: &str, id: &'a str, ids: &mut HashSet<&'a str>) -> Checked {
    object_id(path, id)?;
    if !ids.insert(id) {
        refuse(path, format!("{id} is there twice"))?;
    }
    Ok(())
}

fn between(path: &str, value: u64, least: u64, most: u64) -> Checked {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        refuse(path, format!("must be from {least} to {most}, not {value}"))
    }
}

#[cfg(test)]
mod tests {
    use crate::faults::{Fault, FaultRule};
    use crate::scenario::{Access, DigestAlgorithm, ResponseProof, Role};

    use super::*;

    fn refused(json: &str) -> String {
        Scenario::from_json(json).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_object_is_the_default_scenario() {
        let scenario = Scenario::from_json("{}").unwrap();
        assert_eq!(scenario, Scenario::default());
        assert_eq!(scenario.org_id, "4888442a3354817a7320eb61");
        assert_eq!(scenario.projects[0].id, "32b6e34b3d91647abb20e7b8");
        let migration = &scenario.projects[0].live_migrations[0];
        assert_eq!(migration.id, "6296fb4c7c7aa997cf94e9a8");
        assert_eq!(migration.migration_host, "vm001.example.com");
        assert_eq!(migration.timeline.expires_after_ready_seconds, 432_000);
        let limit = RateLimit { capacity: 1200, refill: 500, period_seconds: 60 };
        assert_eq!(scenario.rate_limits.group, limit);
        let limit = RateLimit { capacity: 500, refill: 250, period_seconds: 60 };
        assert_eq!(scenario.rate_limits.org, limit);
        assert_eq!(scenario.ready_live_migration_id(), Some("5eed5eed5eed5eed5eed5eed"));
        assert_eq!(scenario.validation_id(), Some("507f1f77bcf86cd799439011"));
    }

    #[test]
    fn what_is_left_out_of_a_limit_is_that_of_its_owner() {
        let json = r#"{"rate_limits": {"group": {"refill": 1}, "org": {"refill": 1}}}"#;
        let limits = Scenario::from_json(json).unwrap().rate_limits;
        assert_eq!((limits.group.capacity, limits.group.refill), (1200, 1));
        assert_eq!((limits.org.capacity, limits.org.refill), (500, 1));
    }

    #[test]
    fn what_is_ready_from_the_start_is_found_by_its_timeline() {
        let ready = |migrations: &str| {
            let json = format!(r#"{{"projects": [{{"live_migrations": [{migrations}]}}]}}"#);
            let scenario = Scenario::from_json(&json).unwrap();
            scenario.ready_live_migration_id().map(str::to_owned)
        };
        let id = "6296fb4c7c7aa997cf94e9a8".to_owned();
        assert_eq!(ready(r#"{"began_seconds_ago": 3659}"#), None);
        assert_eq!(ready(r#"{"began_seconds_ago": 3660}"#), Some(id.clone()));
        assert_eq!(ready(r#"{"began_seconds_ago": 435660}"#), None);
        let at_once = r#"{"timeline": {"new_seconds": 0, "replication_seconds": 0}}"#;
        assert_eq!(ready(at_once), Some(id));
        assert_eq!(ready(""), None);
    }

    #[test]
    fn a_scenario_survives_json() {
        let mut scenario = Scenario::default();
        scenario.projects[0].live_migrations[0].timeline.fails_after_seconds = Some(7);
        scenario.bearer_tokens[0].access = Access::OtherProject;
        scenario.bearer_tokens[0].role = Role::OrgMember;
        scenario.rate_limits.org.capacity = 1;
        scenario.api_keys[0].project_ids = Some(vec!["32b6e34b3d91647abb20e7b8".to_owned()]);
        scenario.digest.algorithm = DigestAlgorithm::Sha256Sess;
        scenario.digest.rspauth = ResponseProof::Wrong;
        scenario.faults.push(FaultRule::new(Fault::StallBody).on_path("/x").times(2));
        let json = serde_json::to_string(&scenario).unwrap();
        assert_eq!(Scenario::from_json(&json).unwrap(), scenario);
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_place() {
        let deep = r#"{"projects": [{"live_migrations": [{"timeline": {"new_seconds": -1}}]}]}"#;
        for (json, start) in [
            ("", "$: EOF"),
            ("{} {}", "$: trailing characters"),
            (r#"{"organisation": 1}"#, "$.organisation: unknown field `organisation`"),
            (r#"{"projects": [{"name": ""}]}"#, "$.projects[0].name: unknown field `name`"),
            (deep, "$.projects[0].live_migrations[0].timeline.new_seconds: invalid value"),
        ] {
            let error = refused(json);
            assert!(error.starts_with(start), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_simulated_is_named_with_its_place() {
        let upper = r#"{"org_id": "4888442A3354817A7320EB61"}"#;
        let twice = r#"{"projects": [{}, {"live_migrations": []}]}"#;
        let again = r#"{"projects": [{"live_migrations": [{}, {"migration_host": "b"}]}]}"#;
        let migration =
            |fields: &str| format!(r#"{{"projects": [{{"live_migrations": [{{{fields}}}]}}]}}"#);
        let long = migration(r#""timeline": {"cutover_seconds": 315360001}"#);
        let never = migration(r#""timeline": {"expires_after_ready_seconds": 0}"#);
        let limit = r#"{"rate_limits": {"group": {"period_seconds": 0}}}"#;
        let tokens = r#"{"rate_limits": {"token_endpoint": {"requests": 0}}}"#;
        let minutes = r#"{"rate_limits": {"token_endpoint": {"period_minutes": 0}}}"#;
        for (json, start) in [
            (upper, "$.org_id: must be 24 lower-case hex digits"),
            (twice, "$.projects[1].id: 32b6e34b3d91647abb20e7b8 is there twice"),
            (again, "$.projects[0].live_migrations[1].id: 6296fb4c7c7aa997cf94e9a8 is there twice"),
            (
                &migration(r#""migration_host": """#),
                "$.projects[0].live_migrations[0].migration_host",
            ),
            (&long, "$.projects[0].live_migrations[0].timeline.cutover_seconds: must be from 0"),
            (&never, "$.projects[0].live_migrations[0].timeline.expires_after_ready_seconds: must"),
            (limit, "$.rate_limits.group.period_seconds: must be from 1"),
            (tokens, "$.rate_limits.token_endpoint.requests: must be from 1"),
            (minutes, "$.rate_limits.token_endpoint.period_minutes: must be from 1"),
            (r#"{"other_org_ids": ["x"]}"#, "$.other_org_ids[0]: must be 24 lower-case"),
            (
                r#"{"other_org_ids": ["4888442a3354817a7320eb61"]}"#,
                "$.other_org_ids[0]: 4888442a3354817a7320eb61 is there twice",
            ),
            (
                r#"{"projects": [{"validations": [{}, {}]}]}"#,
                "$.projects[0].validations[1].id: 507f1f77bcf86cd799439011 is there twice",
            ),
            (
                &migration(r#""source_group_id": "x""#),
                "$.projects[0].live_migrations[0].source_group_id: must be 24 lower-case",
            ),
            (
                &migration(r#""began_seconds_ago": 315360001"#),
                "$.projects[0].live_migrations[0].began_seconds_ago: must be from 0",
            ),
            (
                r#"{"new_migrations": {"new_seconds": 315360001}}"#,
                "$.new_migrations.new_seconds: must be from 0",
            ),
            (r#"{"source_projects": [{"name": ""}]}"#, "$.source_projects[0].name: must have"),
            (
                r#"{"source_projects": [{}, {}]}"#,
                "$.source_projects[1].id: 5f0a1b2c3d4e5f6071829304 is there twice",
            ),
            (
                r#"{"source_projects": [{"deployments": [{"cluster_id": "x"}]}]}"#,
                "$.source_projects[0].deployments[0].cluster_id: must be 24 lower-case",
            ),
            (
                r#"{"success_statuses": {"cutover": 201}}"#,
                "$.success_statuses.cutover: must be 200 or 202, not 201",
            ),
            (r#"{"rate_limits": {"org": {"refill": 0}}}"#, "$.rate_limits.org.refill: must be"),
            (r#"{"token_lifetime_seconds": 0}"#, "$.token_lifetime_seconds: must be from 1"),
            (r#"{"digest": {"opaque": "é"}}"#, "$.digest.opaque: must be visible ASCII"),
            (r#"{"faults": [{}]}"#, "$.faults[0]: missing field `fault`"),
            (
                r#"{"faults": [{"fault": "stall_body", "when": {"operation": "getNothing"}}]}"#,
                "$.faults[0]: there is no operation \"getNothing\"",
            ),
        ] {
            let error = refused(json);
            assert!(error.starts_with(start), "{error}");
        }
    }
}
