//! Reading a scenario and refusing what cannot be simulated.

use std::collections::HashSet;
use std::fmt;

use super::{DigestOptions, LiveMigration, Project, RateLimit, RequestLimit, Scenario, Timeline};

mod credentials;

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
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let scenario: Scenario =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| unreadable(&error))?;
    let ended = deserializer.end();
    ended.map_err(|error| ScenarioError { path: "$".to_owned(), problem: error.to_string() })?;
    validate(&scenario)?;
    Ok(scenario)
}

fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>) -> ScenarioError {
    let path = match error.path().to_string().as_str() {
        "." => "$".to_owned(),
        path => format!("$.{path}"),
    };
    // serde quotes the value that it did not expect, which could be a secret.
    let problem = match credentials::form(&path) {
        Some(form) if !error.inner().is_syntax() => {
            let (line, column) = (error.inner().line(), error.inner().column());
            format!("must be as in {form}, at line {line} column {column}")
        }
        _ => error.inner().to_string(),
    };
    ScenarioError { path, problem }
}

pub(super) fn validate(scenario: &Scenario) -> Checked {
    let mut ids = HashSet::new();
    id("$.org_id", &scenario.org_id, &mut ids)?;
    for (index, entry) in scenario.projects.iter().enumerate() {
        project(&format!("$.projects[{index}]"), entry, &mut ids)?;
    }
    credentials::validate(scenario)?;
    between("$.token_lifetime_seconds", scenario.token_lifetime_seconds, 1, LONGEST_SECONDS)?;
    digest(&scenario.digest)?;
    rate_limit("$.rate_limits.group", scenario.rate_limits.group)?;
    request_limit("$.rate_limits.token_endpoint", scenario.rate_limits.token_endpoint)?;
    for (index, rule) in scenario.faults.iter().enumerate() {
        let path = format!("$.faults[{index}]");
        rule.check().or_else(|problem| refuse(path, problem))?;
    }
    Ok(())
}

fn project<'a>(path: &str, project: &'a Project, ids: &mut HashSet<&'a str>) -> Checked {
    id(&format!("{path}.id"), &project.id, ids)?;
    for (index, entry) in project.live_migrations.iter().enumerate() {
        live_migration(&format!("{path}.live_migrations[{index}]"), entry, ids)?;
    }
    Ok(())
}

fn live_migration<'a>(
    path: &str,
    migration: &'a LiveMigration,
    ids: &mut HashSet<&'a str>,
) -> Checked {
    id(&format!("{path}.id"), &migration.id, ids)?;
    if migration.migration_host.is_empty() {
        refuse(format_args!("{path}.migration_host"), "must not be empty")?;
    }
    timeline(&format!("{path}.timeline"), &migration.timeline)
}

fn timeline(path: &str, timeline: &Timeline) -> Checked {
    let Timeline {
        new_seconds,
        initial_lag_seconds,
        replication_seconds,
        cutover_seconds,
        expires_after_ready_seconds,
        fails_after_seconds,
    } = timeline;
    for (name, least, seconds) in [
        ("new_seconds", 0, *new_seconds),
        ("initial_lag_seconds", 0, *initial_lag_seconds),
        ("replication_seconds", 0, *replication_seconds),
        ("cutover_seconds", 0, *cutover_seconds),
        ("expires_after_ready_seconds", 1, *expires_after_ready_seconds),
        ("fails_after_seconds", 0, fails_after_seconds.unwrap_or(0)),
    ] {
        between(&format!("{path}.{name}"), seconds, least, LONGEST_SECONDS)?;
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

fn id<'a>(path: &str, id: &'a str, ids: &mut HashSet<&'a str>) -> Checked {
    if !crate::is_object_id(id) {
        refuse(path, format!("must be 24 lower-case hex digits, not {id:?}"))?;
    }
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
    use crate::scenario::{Access, DigestAlgorithm, ResponseProof};

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
    }

    #[test]
    fn a_scenario_survives_json() {
        let mut scenario = Scenario::default();
        scenario.projects[0].live_migrations[0].timeline.fails_after_seconds = Some(7);
        scenario.bearer_tokens[0].access = Access::OtherProject;
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
