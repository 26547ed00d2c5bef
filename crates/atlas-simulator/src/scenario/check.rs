//! Reading a scenario and refusing what cannot be simulated.

use std::collections::HashSet;
use std::fmt;

use super::{BearerToken, LiveMigration, Project, RateLimit, Scenario, Timeline};

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
    // serde quotes the value that it did not expect, which could be a token.
    let problem = if path.starts_with("$.bearer_tokens") && !error.inner().is_syntax() {
        let (line, column) = (error.inner().line(), error.inner().column());
        format!(
            "must be as in [{{\"token\": \"…\", \"access\": \"member\"}}], \
             at line {line} column {column}"
        )
    } else {
        error.inner().to_string()
    };
    ScenarioError { path, problem }
}

pub(super) fn validate(scenario: &Scenario) -> Checked {
    let mut ids = HashSet::new();
    id("$.org_id", &scenario.org_id, &mut ids)?;
    for (index, entry) in scenario.projects.iter().enumerate() {
        project(&format!("$.projects[{index}]"), entry, &mut ids)?;
    }
    let mut tokens = HashSet::new();
    for (index, entry) in scenario.bearer_tokens.iter().enumerate() {
        bearer_token(&format!("$.bearer_tokens[{index}].token"), entry, &mut tokens)?;
    }
    rate_limit("$.rate_limits.group", scenario.rate_limits.group)
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

fn bearer_token<'a>(path: &str, token: &'a BearerToken, tokens: &mut HashSet<&'a str>) -> Checked {
    let token = token.token.as_str();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        refuse(path, "must be visible ASCII without spaces, and not empty")?;
    }
    if !tokens.insert(token) {
        refuse(path, "is there twice")?;
    }
    Ok(())
}

fn rate_limit(path: &str, limit: RateLimit) -> Checked {
    between(&format!("{path}.capacity"), limit.capacity, 1, u64::from(u32::MAX))?;
    between(&format!("{path}.refill"), limit.refill, 1, u64::from(u32::MAX))?;
    between(&format!("{path}.period_seconds"), limit.period_seconds, 1, LONGEST_SECONDS)
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
    use crate::scenario::Access;

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
        let json = serde_json::to_string(&scenario).unwrap();
        assert_eq!(Scenario::from_json(&json).unwrap(), scenario);
    }

    #[test]
    fn the_bearer_token_is_the_first_of_a_member() {
        let json = r#"{"bearer_tokens": [{"token": "a", "access": "no_role"},
            {"token": "b", "access": "member"}, {"token": "c", "access": "member"}]}"#;
        assert_eq!(Scenario::from_json(json).unwrap().bearer_token(), Some("b"));
        let json = r#"{"bearer_tokens": [{"token": "a", "access": "blocked_address"}]}"#;
        assert_eq!(Scenario::from_json(json).unwrap().bearer_token(), None);
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
        let tokens = r#"{"bearer_tokens": [{"token": "a"}, {"token": "a"}]}"#;
        let migration =
            |fields: &str| format!(r#"{{"projects": [{{"live_migrations": [{{{fields}}}]}}]}}"#);
        let long = migration(r#""timeline": {"cutover_seconds": 315360001}"#);
        let never = migration(r#""timeline": {"expires_after_ready_seconds": 0}"#);
        let limit = r#"{"rate_limits": {"group": {"period_seconds": 0}}}"#;
        for (json, start) in [
            (upper, "$.org_id: must be 24 lower-case hex digits"),
            (twice, "$.projects[1].id: 32b6e34b3d91647abb20e7b8 is there twice"),
            (again, "$.projects[0].live_migrations[1].id: 6296fb4c7c7aa997cf94e9a8 is there twice"),
            (tokens, "$.bearer_tokens[1].token: is there twice"),
            (
                &migration(r#""migration_host": """#),
                "$.projects[0].live_migrations[0].migration_host",
            ),
            (&long, "$.projects[0].live_migrations[0].timeline.cutover_seconds: must be from 0"),
            (&never, "$.projects[0].live_migrations[0].timeline.expires_after_ready_seconds: must"),
            (limit, "$.rate_limits.group.period_seconds: must be from 1"),
        ] {
            let error = refused(json);
            assert!(error.starts_with(start), "{error}");
        }
    }

    #[test]
    fn no_error_and_no_debug_form_shows_a_token() {
        for json in [
            r#"{"bearer_tokens": ["hush-1"]}"#,
            r#"{"bearer_tokens": "hush-1"}"#,
            r#"{"bearer_tokens": [{"token": "a", "access": "hush-1"}]}"#,
            r#"{"bearer_tokens": [{"token": "hush-1 "}]}"#,
            r#"{"bearer_tokens": [{"token": "hush-1"}, {"token": "hush-1"}]}"#,
        ] {
            let error = Scenario::from_json(json).unwrap_err();
            assert!(!format!("{error:?}").contains("hush"), "{error}");
            assert!(error.path().starts_with("$.bearer_tokens"), "{error}");
        }
        let scenario = Scenario::from_json(r#"{"bearer_tokens": [{"token": "hush"}]}"#).unwrap();
        assert!(!format!("{scenario:?}").contains("hush"));
    }
}
