//! Whether a plan allows the cutover of one of its migrations outside of a run.

use std::time::Duration;

use atlas_migrations::LiveMigration;
use atlas_migrations_journal::event::{Event, StreamKind};
use atlas_migrations_journal::state::StreamState;
use atlas_migrations_journal::store::{Store, StreamFilter, StreamRow};
use atlas_migrations_journal::{Error, StreamId};
use serde_json::Value;

/// The phases of a migration that is over.
const ENDED: [&str; 4] = ["complete", "failed", "expired", "forgone"];

/// What a plan says about a cutover now.
pub enum PlanVerdict {
    /// The plan allows it, as long as its gate is this one.
    Allowed { gate: u64 },
    /// The reason why not.
    Obstacle(String),
}

/// Checks what the journal knows of a plan: holds, failures, order and lag. Windows and hooks are for `run` alone.
pub async fn check_plan(
    store: &dyn Store,
    plan: StreamId,
    migration: &StreamRow,
    job: &LiveMigration,
) -> Result<PlanVerdict, Error> {
    // The gate is read first: the journal refuses the intent if something happens after that.
    let (row, _) = store.state(plan).await?;
    let records = store.read(plan, 0).await?;
    let state = StreamState::fold(StreamKind::Plan, &records);
    let now_ms = store.info().await?.now_ms;
    let document = records.iter().rev().find_map(|record| match &record.event {
        Event::PlanStarted(started) => Some(&started.plan),
        Event::PlanChanged(changed) => Some(&changed.plan),
        _ => None,
    });
    let mut filter = StreamFilter::default();
    filter.plan = Some(plan);
    let members = store.streams(filter).await?;
    let name = &row.name;
    let obstacle = of_the_plan(&state, now_ms)
        .or_else(|| of_the_document(document?, &migration.name, job))
        .or_else(|| of_the_order(document?, migration, &members));
    Ok(match (document, obstacle) {
        (None, _) => PlanVerdict::Obstacle(format!("the journal has no version of plan `{name}`")),
        (_, Some(obstacle)) => PlanVerdict::Obstacle(format!("plan `{name}`: {obstacle}")),
        (_, None) => PlanVerdict::Allowed { gate: row.gate },
    })
}

fn of_the_plan(plan: &StreamState, now_ms: i64) -> Option<String> {
    if plan.held.is_some() {
        return Some("it is held".to_owned());
    }
    plan.is_postponed(now_ms).then(|| "its cutovers are postponed".to_owned())
}

/// Returns what the policy of the migration has against a cutover now.
fn of_the_document(document: &Value, name: &str, job: &LiveMigration) -> Option<String> {
    let Some((_, policy)) = migration(document, name) else {
        return Some("the migration is not in it anymore".to_owned());
    };
    if list(&policy["windows"]).next().is_some() {
        return Some("it allows cutovers only in windows, which `run` watches".to_owned());
    }
    let asks = |hook: &&Value| list(&hook["on"]).any(|event| event == "before_cutover");
    if list(&document["hooks"]).any(|hook| asks(&hook)) {
        return Some("a hook is asked before a cutover, which `run` does".to_owned());
    }
    let Some(max) = policy["max_lag_ms"].as_u64().map(Duration::from_millis) else {
        return Some("this version does not understand its policy".to_owned());
    };
    match job.lag {
        Some(lag) if lag <= max => None,
        Some(lag) => Some(format!(
            "the lag is {} s, and at most {} s are allowed",
            lag.as_secs(),
            max.as_secs()
        )),
        None => Some("the lag is unknown, and the plan limits it".to_owned()),
    }
}

/// Returns which other migration of the plan is in the way.
fn of_the_order(document: &Value, row: &StreamRow, members: &[StreamRow]) -> Option<String> {
    let (index, policy) = migration(document, &row.name)?;
    let others = || members.iter().filter(|other| other.id != row.id);
    let phase_of =
        |name: &str| others().find(|other| other.name == name).map(|other| &*other.phase);
    let failed = others()
        .find(|other| ["failed", "expired", "unclear", "blocked"].contains(&other.phase.as_str()));
    if let (Some("stop"), Some(failed)) = (policy["on_failure"].as_str(), failed) {
        return Some(format!(
            "`{}` is {}, and a failure stops the others",
            failed.name, failed.phase
        ));
    }
    let is_sequence = policy["order"] == "sequence";
    let is_over = |name: &&str| phase_of(name).is_some_and(|phase| ENDED.contains(&phase));
    let mut names =
        list(&document["migrations"]).take(index).filter_map(|one| one["name"].as_str());
    let first = names.find(|name| is_sequence && !is_over(name));
    let mut after = list(&policy["after"]).filter_map(Value::as_str);
    if let Some(name) = first.or_else(|| after.find(|name| phase_of(name) != Some("complete"))) {
        return Some(format!("`{name}` comes first and is not over"));
    }
    let running = others().filter(|other| other.phase == "cutting_over").count();
    let limit = match &policy["order"] {
        Value::String(order) if order == "together" => return None,
        Value::String(order) if order == "sequence" => 1,
        order => match order["at_most"].as_u64().map(usize::try_from) {
            Some(Ok(limit)) => limit,
            _ => {
                return Some(
                    "this version does not understand the order of its cutovers".to_owned(),
                );
            }
        },
    };
    (running >= limit.max(1)).then(|| format!("{running} other cutovers run, and {limit} may"))
}

/// Returns the place and the policy of a migration.
fn migration<'a>(document: &'a Value, name: &str) -> Option<(usize, &'a Value)> {
    let mut migrations = list(&document["migrations"]).enumerate();
    let (index, found) = migrations.find(|(_, migration)| migration["name"] == name)?;
    Some((index, &found["policy"]))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
