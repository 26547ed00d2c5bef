//! The rules of a cutover, as the plan in the journal has them.

use std::collections::BTreeMap;

use atlas_migrations_journal::{
    event::{Event, EventRecord},
    state::WindowView,
};
use atlas_migrations_plan::{
    Timestamp,
    window::{self, Window},
};
use serde_json::Value;

use crate::times::Times;

/// Windows that follow each other without a gap never close.
const FAR_MS: i64 = 366 * 86_400_000;

/// The rules of the cutover of one migration.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    windows: Vec<Window>,
    /// Whether there is a window that this version cannot read.
    has_unknown_window: bool,
    /// Whether no other cutover starts after a failure.
    pub stops_on_failure: bool,
}

/// Returns the rules of each migration of a plan, by name.
pub fn policies(plan: &[EventRecord]) -> BTreeMap<String, Policy> {
    let plan = plan.iter().rev().find_map(|record| match &record.event {
        Event::PlanStarted(started) => Some(&started.plan),
        Event::PlanChanged(changed) => Some(&changed.plan),
        _ => None,
    });
    let migrations = plan.and_then(|plan| plan.get("migrations")?.as_array());
    let named = |migration: &Value| {
        let name = migration.get("name")?.as_str()?.to_owned();
        Some((name, Policy::read(migration.get("policy")?)))
    };
    migrations.into_iter().flatten().filter_map(named).collect()
}

impl Policy {
    fn read(policy: &Value) -> Self {
        let given = policy.get("windows").and_then(Value::as_array);
        let read: Vec<_> = given.into_iter().flatten().map(Window::from_canonical).collect();
        Self {
            has_unknown_window: read.iter().any(Option::is_none),
            windows: read.into_iter().flatten().collect(),
            stops_on_failure: policy.get("on_failure").and_then(Value::as_str) == Some("stop"),
        }
    }

    /// Returns whether the cutover has to wait for a window.
    pub fn has_windows(&self) -> bool {
        self.has_unknown_window || !self.windows.is_empty()
    }

    /// Returns the window of the cutover at the present time.
    pub fn window(&self, times: &Times) -> WindowView {
        let now = now(times);
        if self.has_unknown_window {
            return WindowView::Opens("at a time that only the plan knows".to_owned());
        }
        if self.windows.is_empty() || window::is_open(&self.windows, now) {
            return WindowView::Open;
        }
        match window::next_opening(&self.windows, now) {
            Some(opens) => {
                let opens = opens.as_millisecond();
                let (at, left) = (times.moment(opens).text, times.ahead(opens));
                WindowView::Opens(format!("{at}, in {left}"))
            }
            None => WindowView::Over,
        }
    }

    /// Returns when the window that is open closes, in milliseconds since 1970. None if that is more than a year ahead.
    pub fn closes_ms(&self, times: &Times) -> Option<i64> {
        let closes_ms = window::closes_at(&self.windows, now(times))?.as_millisecond();
        (closes_ms.saturating_sub(times.now_ms) < FAR_MS).then_some(closes_ms)
    }
}

fn now(times: &Times) -> Timestamp {
    Timestamp::from_millisecond(times.now_ms).unwrap_or(Timestamp::MAX)
}
