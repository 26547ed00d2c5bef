//! What the state of a migration in Atlas says about a request whose response was lost.

use atlas_migrations::{LiveMigration, LiveMigrationId, LiveMigrationStatus};
use atlas_migrations_journal::event::{Event, EventRecord};
use serde_json::Value;

use crate::instant::utc;

/// How much the clocks of Atlas and of the journal may differ.
const CLOCK_TOLERANCE_MS: i64 = 5 * 60_000;

/// What the state of a migration says about its cutover.
#[derive(Debug, PartialEq, Eq)]
pub enum CutoverEvidence {
    /// The cutover took effect.
    TookEffect,
    /// The migration ended otherwise, so nothing follows any more.
    Ended,
    /// The migration replicates and is ready. Atlas accepts a cutover before it begins, so one look proves nothing.
    StillReady,
    /// The state says neither.
    Nothing,
}

/// Judges the state of a migration that was ready before its cutover.
pub fn cutover_evidence(job: &LiveMigration) -> CutoverEvidence {
    match (&job.status, job.ready_for_cutover, job.lag) {
        (Some(LiveMigrationStatus::Complete), ..)
        | (Some(LiveMigrationStatus::Working), Some(false), None) => CutoverEvidence::TookEffect,
        (Some(LiveMigrationStatus::Failed | LiveMigrationStatus::Expired), ..) => {
            CutoverEvidence::Ended
        }
        (Some(LiveMigrationStatus::Working), Some(true), Some(_)) => CutoverEvidence::StillReady,
        _ => CutoverEvidence::Nothing,
    }
}

/// Returns why a migration is not the one that a create request may have started, if something contradicts it.
pub fn why_other_migration(
    job: &LiveMigration,
    id: LiveMigrationId,
    request: Option<&Value>,
    intent_ms: i64,
) -> Option<String> {
    let requested = request.map(hosts_of).unwrap_or_default();
    if let Some(shown) = &job.migration_hosts
        && !requested.is_empty()
        && !shown.iter().any(|host| requested.contains(&host.as_str()))
    {
        let (shown, requested) = (shown.join(", "), requested.join(", "));
        return Some(format!("it runs on host {shown}, and the request named {requested}"));
    }
    let made_ms = made_ms(id).filter(|made| made.saturating_add(CLOCK_TOLERANCE_MS) < intent_ms)?;
    let (made, intent) = (utc(made_ms), utc(intent_ms));
    Some(format!("its ID is from {made}, and the request was not allowed before {intent}"))
}

/// Returns the create request that was planned last.
pub fn planned_request(records: &[EventRecord]) -> Option<&Value> {
    records.iter().rev().find_map(|record| match &record.event {
        Event::Planned(planned) => Some(&planned.request),
        _ => None,
    })
}

fn hosts_of(request: &Value) -> Vec<&str> {
    // The request, or what the hash of a request is made from.
    let body = request.get("body").unwrap_or(request);
    let hosts = body.get("migrationHosts").and_then(Value::as_array);
    hosts.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Returns when an ID was made: its first four bytes are the seconds since 1970.
fn made_ms(id: LiveMigrationId) -> Option<i64> {
    let seconds = i64::from_str_radix(id.to_string().get(..8)?, 16).ok()?;
    Some(seconds * 1000)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job(body: Value) -> LiveMigration {
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn a_cutover_took_effect_if_the_migration_is_complete_or_no_longer_ready_without_a_lag() {
        use CutoverEvidence::{Ended, Nothing, StillReady, TookEffect};
        for (body, expected) in [
            (json!({"status": "COMPLETE", "readyForCutover": false}), TookEffect),
            (json!({"status": "WORKING", "readyForCutover": false}), TookEffect),
            (json!({"status": "WORKING", "readyForCutover": false, "lagTimeSeconds": 5}), Nothing),
            (
                json!({"status": "WORKING", "readyForCutover": true, "lagTimeSeconds": 5}),
                StillReady,
            ),
            (json!({"status": "WORKING", "readyForCutover": true}), Nothing),
            (json!({"status": "WORKING"}), Nothing),
            (json!({"status": "FAILED"}), Ended),
            (json!({"status": "EXPIRED"}), Ended),
            (json!({"status": "LATER"}), Nothing),
        ] {
            assert_eq!(cutover_evidence(&job(body.clone())), expected, "{body}");
        }
    }

    #[test]
    fn another_host_and_an_earlier_id_contradict() {
        let id: LiveMigrationId = "6296fb4c7c7aa997cf94e9a8".parse().unwrap();
        let made = made_ms(id).unwrap();
        assert_eq!(utc(made), "2022-06-01T05:38:20Z");
        let request = json!({"migrationHosts": ["vm1"]});
        let shown = |hosts: &[&str]| {
            job(json!({"_id": id.to_string(), "status": "NEW", "migrationHosts": hosts}))
        };
        let why = |job: &LiveMigration, intent_ms| {
            why_other_migration(job, id, Some(&request), intent_ms)
        };
        assert_eq!(why(&shown(&["vm1"]), made), None);
        assert_eq!(why(&shown(&["vm1"]), made + CLOCK_TOLERANCE_MS), None);
        assert!(why(&shown(&["vm1"]), made + CLOCK_TOLERANCE_MS + 1).unwrap().contains("2022-06"));
        assert!(why(&shown(&["vm2"]), made).unwrap().contains("host vm2"));
    }
}
