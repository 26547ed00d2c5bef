//! Reads a scenario and refuses what cannot be simulated.

use std::collections::HashSet;

use self::checks::{Checked, MAX_SECONDS, ensure, in_range, unique_id};
use super::digest::DigestOptions;
use super::error::ScenarioError;
use super::fault_rule::{FaultRule, MAX_FAULT_RULES, TooManyFaultRules};
use super::json_error::parse_json;
use super::limits::{RateLimit, RequestLimit};
use super::model::Scenario;
use super::rules::SuccessStatuses;

mod checks;
mod credentials;
mod projects;

impl Scenario {
    /// Reads a scenario from JSON and validates it.
    ///
    /// # Errors
    ///
    /// The text is not JSON, has an unknown field, or describes something that cannot be simulated.
    /// The error names the place.
    pub fn from_json(json: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = parse_json(json.as_bytes())?;
        scenario.validate()?;
        Ok(scenario)
    }

    /// Validates a scenario that was built in code. Starting a simulator does so too.
    ///
    /// # Errors
    ///
    /// The scenario describes something that cannot be simulated. The error names the place as in
    /// the JSON form.
    pub fn validate(&self) -> Result<(), ScenarioError> {
        let mut seen = HashSet::new();
        unique_id("$.org_id", &self.org_id, &mut seen)?;
        for (index, id) in self.other_org_ids.iter().enumerate() {
            unique_id(&format!("$.other_org_ids[{index}]"), id, &mut seen)?;
        }
        for (index, project) in self.projects.iter().enumerate() {
            projects::project(&format!("$.projects[{index}]"), project, &mut seen)?;
        }
        projects::source_projects(&self.source_projects)?;
        projects::timeline("$.new_migrations", &self.new_migrations)?;
        let pending = self.validation_rules.pending_seconds;
        in_range("$.validation_rules.pending_seconds", pending, 0, MAX_SECONDS)?;
        success_statuses(self.success_statuses)?;
        credentials::validate(self)?;
        in_range("$.token_lifetime_seconds", self.token_lifetime_seconds, 1, MAX_SECONDS)?;
        digest(&self.digest)?;
        rate_limit("$.rate_limits.group", self.rate_limits.group)?;
        rate_limit("$.rate_limits.org", self.rate_limits.org)?;
        request_limit("$.rate_limits.token_endpoint", self.rate_limits.token_endpoint)?;
        fault_rules(&self.faults)
    }
}

fn digest(options: &DigestOptions) -> Checked {
    let lifetime = options.nonce_lifetime_seconds;
    in_range("$.digest.nonce_lifetime_seconds", lifetime, 0, MAX_SECONDS)?;
    let mut opaque = options.opaque.as_deref().unwrap_or_default().bytes();
    let is_visible = opaque.all(|byte| byte == b' ' || byte.is_ascii_graphic());
    ensure(is_visible, "$.digest.opaque", "must be visible ASCII")
}

fn rate_limit(path: &str, limit: RateLimit) -> Checked {
    in_range(format_args!("{path}.capacity"), limit.capacity, 1, u64::from(u32::MAX))?;
    in_range(format_args!("{path}.refill"), limit.refill, 1, u64::from(u32::MAX))?;
    in_range(format_args!("{path}.period_seconds"), limit.period_seconds, 1, MAX_SECONDS)
}

fn request_limit(path: &str, limit: RequestLimit) -> Checked {
    in_range(format_args!("{path}.requests"), limit.requests, 1, u64::from(u32::MAX))?;
    in_range(format_args!("{path}.period_minutes"), limit.period_minutes, 1, MAX_SECONDS / 60)
}

fn success_statuses(statuses: SuccessStatuses) -> Checked {
    let SuccessStatuses { link_token, validate, cutover } = statuses;
    for (name, status, [one, other]) in [
        ("link_token", link_token, [200, 201]),
        ("validate", validate, [200, 201]),
        ("cutover", cutover, [200, 202]),
    ] {
        let message = format!("must be {one} or {other}, not {status}");
        let holds = [one, other].contains(&status);
        ensure(holds, format_args!("$.success_statuses.{name}"), &message)?;
    }
    Ok(())
}

fn fault_rules(rules: &[FaultRule]) -> Checked {
    ensure(rules.len() <= MAX_FAULT_RULES, "$.faults", &TooManyFaultRules.to_string())?;
    for (index, rule) in rules.iter().enumerate() {
        let at = |message| ScenarioError::new(format_args!("$.faults[{index}]"), message);
        rule.validate().map_err(at)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::scenario::{Access, DigestAlgorithm, Fault, Role, Rspauth};

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
    fn omitted_fields_of_a_limit_have_the_defaults_of_its_owner() {
        let json = r#"{"rate_limits": {"group": {"refill": 1}, "org": {"refill": 1}}}"#;
        let limits = Scenario::from_json(json).unwrap().rate_limits;
        assert_eq!((limits.group.capacity, limits.group.refill), (1200, 1));
        assert_eq!((limits.org.capacity, limits.org.refill), (500, 1));
    }

    #[test]
    fn the_ready_migration_is_found_by_its_timeline() {
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
    fn a_scenario_round_trips_through_json() {
        let mut scenario = Scenario::default();
        scenario.projects[0].live_migrations[0].timeline.fails_after_seconds = Some(7);
        scenario.bearer_tokens[0].access = Access::OtherProject;
        scenario.bearer_tokens[0].role = Role::OrgMember;
        scenario.rate_limits.org.capacity = 1;
        scenario.api_keys[0].project_ids = Some(vec!["32b6e34b3d91647abb20e7b8".to_owned()]);
        scenario.digest.algorithm = DigestAlgorithm::Sha256Sess;
        scenario.digest.rspauth = Rspauth::Wrong;
        scenario.faults.push(FaultRule::new(Fault::StallBody).on_path("/x").times(2));
        let json = serde_json::to_string(&scenario).unwrap();
        assert_eq!(Scenario::from_json(&json).unwrap(), scenario);
    }

    #[test]
    fn unreadable_json_is_refused_with_its_path() {
        let deep = r#"{"projects": [{"live_migrations": [{"timeline": {"new_seconds": -1}}]}]}"#;
        for (json, start) in [
            ("", "$: EOF"),
            ("{} {}", "$: trailing characters"),
            (r#"{"organization": 1}"#, "$.organization: unknown field `organization`"),
            (r#"{"projects": [{"name": ""}]}"#, "$.projects[0].name: unknown field `name`"),
            (deep, "$.projects[0].live_migrations[0].timeline.new_seconds: invalid value"),
        ] {
            let error = refused(json);
            assert!(error.starts_with(start), "{error}");
        }
    }

    #[test]
    fn invalid_values_are_refused_with_their_path() {
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
            (upper, "$.org_id: must be 24 lowercase hex digits"),
            (twice, "$.projects[1].id: 32b6e34b3d91647abb20e7b8 appears twice"),
            (again, "$.projects[0].live_migrations[1].id: 6296fb4c7c7aa997cf94e9a8 appears twice"),
            (
                &migration(r#""migration_host": """#),
                "$.projects[0].live_migrations[0].migration_host",
            ),
            (&long, "$.projects[0].live_migrations[0].timeline.cutover_seconds: must be from 0"),
            (&never, "$.projects[0].live_migrations[0].timeline.expires_after_ready_seconds: must"),
            (limit, "$.rate_limits.group.period_seconds: must be from 1"),
            (tokens, "$.rate_limits.token_endpoint.requests: must be from 1"),
            (minutes, "$.rate_limits.token_endpoint.period_minutes: must be from 1"),
            (r#"{"other_org_ids": ["x"]}"#, "$.other_org_ids[0]: must be 24 lowercase"),
            (
                r#"{"other_org_ids": ["4888442a3354817a7320eb61"]}"#,
                "$.other_org_ids[0]: 4888442a3354817a7320eb61 appears twice",
            ),
            (
                r#"{"projects": [{"validations": [{}, {}]}]}"#,
                "$.projects[0].validations[1].id: 507f1f77bcf86cd799439011 appears twice",
            ),
            (
                &migration(r#""source_group_id": "x""#),
                "$.projects[0].live_migrations[0].source_group_id: must be 24 lowercase",
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
                "$.source_projects[1].id: 5f0a1b2c3d4e5f6071829304 appears twice",
            ),
            (
                r#"{"source_projects": [{"deployments": [{"cluster_id": "x"}]}]}"#,
                "$.source_projects[0].deployments[0].cluster_id: must be 24 lowercase",
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
                "$.faults[0]: unknown operation \"getNothing\"",
            ),
        ] {
            let error = refused(json);
            assert!(error.starts_with(start), "{error}");
        }
    }
}
