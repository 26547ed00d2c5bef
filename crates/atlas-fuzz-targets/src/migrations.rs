//! What a person writes: identifiers, request files and plans.

use std::str::FromStr;

use atlas_migrations::{
    GroupId, LiveMigrationId, MigrationRequestJson, OrgId, SourceProjectId, ValidationId,
};
use atlas_migrations_journal::{AtlasId, EventId, Hash, JournalId, Location, Name, StreamId};
use atlas_migrations_plan::{Plan, Timestamp};

/// Parses a text as each kind of identifier. What is parsed is written as it was read, but for the case of a UUID.
pub(crate) fn identifiers(input: &[u8]) {
    fn round_trip<T: FromStr + ToString>(text: &str) {
        if let Ok(parsed) = text.parse::<T>() {
            assert!(parsed.to_string().parse::<T>().is_ok(), "{text:?}");
        }
    }
    let Ok(text) = str::from_utf8(input) else { return };
    round_trip::<GroupId>(text);
    round_trip::<LiveMigrationId>(text);
    round_trip::<OrgId>(text);
    round_trip::<SourceProjectId>(text);
    round_trip::<ValidationId>(text);
    round_trip::<AtlasId>(text);
    round_trip::<EventId>(text);
    round_trip::<Hash>(text);
    round_trip::<JournalId>(text);
    round_trip::<Name>(text);
    round_trip::<StreamId>(text);
    if let Err(error) = text.parse::<Location>() {
        assert!(!error.to_string().is_empty());
    }
}

/// Reads a migration request as JSON. A valid request is written as a valid request.
pub(crate) fn request_file(input: &[u8]) {
    let Ok(json) = serde_json::from_slice::<MigrationRequestJson>(input) else { return };
    match json.into_request() {
        Ok((group, request)) => {
            assert!(!format!("{request:?}").is_empty());
            let again = request.to_json(group).into_request();
            assert!(again.is_ok_and(|(project, _)| project == group));
        }
        Err(violations) => {
            assert!(
                !violations.to_string().chars().any(|shown| shown.is_control() && shown != '\n')
            );
        }
    }
}

/// Reads a plan file. A plan without mistakes has an order of all its cutovers; each mistake has a place and no control
/// character.
pub(crate) fn plan(input: &[u8]) {
    if let Ok(text) = str::from_utf8(input) {
        read_plan(text);
    }
}

fn read_plan(text: &str) {
    match Plan::parse("plan.yaml", text) {
        Ok(plan) => {
            assert_eq!(plan.cutover_order().len(), plan.migrations.len());
            assert_eq!(plan.hash(), plan.hash());
            for problem in plan.warnings(Timestamp::UNIX_EPOCH) {
                assert!(!problem.message.chars().any(char::is_control), "{problem:?}");
            }
        }
        Err(errors) => {
            let shown = errors.to_string();
            let is_safe = |shown: char| !shown.is_control() || shown == '\n';
            assert!(shown.chars().all(is_safe), "{shown:?}");
        }
    }
}

/// Reads the durations, windows and times of a plan: each line of the input is the value of one of them.
pub(crate) fn plan_values(input: &[u8]) {
    if let Ok(text) = str::from_utf8(input) {
        read_plan(&plan_with(text));
    }
}

/// Returns a plan with these values: the lag, the time of approvals, the days, times, zone and margin of a window, and the
/// ends of another one.
fn plan_with(lines: &str) -> String {
    let mut lines = lines.lines().map(|line| serde_json::Value::from(line).to_string());
    let mut next = || lines.next().unwrap_or_else(|| "\"\"".to_owned());
    let (lag, expires, day, from, to) = (next(), next(), next(), next(), next());
    let (zone, margin, start, end) = (next(), next(), next(), next());
    format!(
        "{{version: 1, name: p, project: 32b6e34b3d91647abb20e7b8, \
          defaults: {{source: {{project: 5f0a1b2c3d4e5f6071829304, authentication: managed}}, \
          migration_host: vm001.example.com}}, \
          cutover: {{max_lag: {lag}, approval_expires: {expires}, windows: [\
          {{days: [{day}], from: {from}, to: {to}, zone: {zone}, margin: {margin}}}, \
          {{from: {start}, to: {end}}}]}}, \
          migrations: [{{name: orders, source: {{cluster: a}}, destination: {{cluster: A}}}}]}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bug: the plan around the values has mistakes itself, so that the values are never used.
    #[test]
    fn good_values_give_a_plan_without_mistakes() {
        let values = include_str!("../../../fuzz/seeds/plan_values/weekend");
        let plan = plan_with(values);
        assert!(Plan::parse("plan.yaml", &plan).is_ok(), "{:?}", Plan::parse("plan.yaml", &plan));
    }
}
