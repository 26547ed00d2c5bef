//! The output of `list` and `status`.

use std::time::{Duration, UNIX_EPOCH};

use atlas_migrations_journal::overview::Urgency;
use atlas_migrations_journal::state::Phase;
use serde_json::{Value, json};

use super::view::MigrationView;
use crate::journal::project_of;
use crate::terminal::{CYAN, Cell, GREEN, Line, RED, YELLOW, optional, seconds, table};
use crate::time_text::{rfc3339, short};

/// Returns the table of `list`.
pub fn list_table(views: &[MigrationView], now_ms: i64) -> Vec<Line> {
    let rows: Vec<_> = views
        .iter()
        .map(|view| {
            [
                name(view),
                state(view, now_ms),
                waits_for(view, now_ms),
                seconds(view.lag()),
                // The migration was ready at some time before it was seen ready.
                optional(view.summary.time_left(now_ms).map(|left| format!("<{}", short(left)))),
                clusters(view).into(),
                optional(view.summary.row.migration_id.as_deref()),
            ]
        })
        .collect();
    let headings = ["NAME", "STATE", "WAITS FOR", "LAG", "DEADLINE", "SOURCE → DESTINATION", "ID"];
    table(headings, &rows)
}

/// Returns the table of `status`.
pub fn status_table(views: &[MigrationView], now_ms: i64) -> Vec<Line> {
    let row = |view| [name(view), state(view, now_ms), waits_for(view, now_ms)];
    let rows: Vec<_> = views.iter().map(row).collect();
    table(["NAME", "STATE", "WAITS FOR"], &rows)
}

/// Returns the JSON of `list` and `status`.
pub fn to_json(views: &[MigrationView], now_ms: i64) -> Value {
    views.iter().map(|view| entry(view, now_ms)).collect()
}

fn entry(view: &MigrationView, now_ms: i64) -> Value {
    let look = view.summary.state.look.as_ref();
    json!({
        "name": view.summary.row.name,
        "scope": view.summary.row.scope,
        "project_id": project_of(&view.summary.row),
        "live_migration_id": view.summary.row.migration_id,
        "attempt": view.summary.state.attempt,
        "state": view.summary.phase().as_str(),
        "waits_for": view.waits_for_text(now_ms),
        "status": look.map(|look| &look.status),
        "ready_for_cutover": look.map(|look| look.ready),
        "lag_seconds": view.lag().map(|lag| lag.as_secs()),
        "deadline_at_most": view.summary.deadline_ms().and_then(time),
        "source_cluster": view.summary.source,
        "destination_cluster": view.summary.destination,
        "archived": view.summary.row.archived,
        "refreshed": view.fresh.is_some(),
        "problem": view.problem,
    })
}

fn time(ms: i64) -> Option<String> {
    let since = Duration::from_millis(u64::try_from(ms).ok()?);
    rfc3339(UNIX_EPOCH.checked_add(since)?)
}

fn name(view: &MigrationView) -> Cell {
    let archived = if view.summary.row.archived { " (archived)" } else { "" };
    format!("{}{archived}", view.name).into()
}

fn state(view: &MigrationView, now_ms: i64) -> Cell {
    let color = match view.summary.urgency(now_ms) {
        Urgency::Unclear | Urgency::Failed | Urgency::Expired => RED,
        Urgency::DeadlineNear | Urgency::WaitsForPerson | Urgency::Ready => YELLOW,
        Urgency::Ended if view.summary.phase() == Phase::Complete => GREEN,
        _ => CYAN,
    };
    Cell::from(view.summary.phase().to_string()).styled(color)
}

fn waits_for(view: &MigrationView, now_ms: i64) -> Cell {
    view.waits_for_text(now_ms).into()
}

fn clusters(view: &MigrationView) -> String {
    let or_unknown = |name: &Option<String>| name.as_deref().unwrap_or("?").to_owned();
    match (&view.summary.source, &view.summary.destination) {
        (None, None) => "-".to_owned(),
        (source, destination) => {
            format!("{} → {}", or_unknown(source), or_unknown(destination))
        }
    }
}
