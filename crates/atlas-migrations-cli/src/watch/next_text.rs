//! What is expected next of a migration, for a line of text.

use std::time::Duration;

use atlas_migrations::Update;
use humantime::format_duration;

use super::cutover_condition::WaitingFor;
use super::outcome::Outcome;
use super::watched_migration::{CutoverState, Phase, WatchedMigration};
use crate::time_text::short;

/// The time left for a cutover at which it is a warning, and an alarm.
const WARNING_TIME: Duration = Duration::from_hours(24);
const ALARM_TIME: Duration = Duration::from_hours(2);

/// Returns what is expected next, or the outcome.
pub fn next_text(migration: &WatchedMigration) -> String {
    if let Some(outcome) = &migration.outcome
        && !matches!(outcome, Outcome::Ready)
    {
        let times = migration.first_seen.zip(migration.finished_at);
        let duration = times.map(|(first, last)| short(last.saturating_sub(first)));
        let after = duration.map(|duration| format!(" after {duration}")).unwrap_or_default();
        return format!("{}{after}", outcome.as_str());
    }
    if let Some(outage) = &migration.outage {
        let duration = short(migration.since(outage.since));
        let polls = if outage.failed_polls == 1 { "poll" } else { "polls" };
        return format!("no response {duration}, {} {polls}", outage.failed_polls);
    }
    if migration.cutover == CutoverState::Sending {
        return "sending the cutover".to_owned();
    }
    let Some(update) = &migration.latest else {
        return "first poll".to_owned();
    };
    match migration.phase() {
        Phase::Ready => ready_text(migration),
        Phase::Replicating => estimate_text(update, migration.time_since_poll()),
        Phase::Unknown => "unknown status".to_owned(),
        _ => migration.phase_text(),
    }
}

/// Returns what a cutover waits for, and the time that is left for it.
fn ready_text(migration: &WatchedMigration) -> String {
    let missing = match migration.waiting_for() {
        Some(WaitingFor::Lag { lag: Some(_), max }) => {
            format!(", lag above {}", format_duration(max))
        }
        Some(WaitingFor::Lag { lag: None, .. }) => ", lag unknown".to_owned(),
        Some(WaitingFor::Readiness) | None => String::new(),
    };
    let Some(left) = migration.time_left() else {
        let text = if missing.is_empty() { " for cutover" } else { &missing };
        return format!("ready{text}");
    };
    let at_most = if left.at_least.is_none() { "<" } else { "" };
    let left = left.shortest();
    let text = format!("ready{missing}, {at_most}{} left", short(left));
    match left {
        _ if left < ALARM_TIME => format!("!! {text}"),
        _ if left < WARNING_TIME => format!("! {text}"),
        _ => text,
    }
}

/// Returns when the migration is expected to be ready.
fn estimate_text(update: &Update, age: Duration) -> String {
    let Some(estimate) = update.estimate else {
        return match update.trend {
            Some(trend) if trend.low > 0.0 => "far from ready",
            Some(trend) if trend.high < 0.0 => "the lag grows",
            Some(_) => "the lag is constant",
            None => "too early to tell",
        }
        .to_owned();
    };
    let left = estimate.expected.saturating_sub(age);
    let margin = estimate.latest.saturating_sub(estimate.earliest) / 2;
    format!("ready in ~{} ±{}", short(left), short(margin))
}
