//! The rules of a cutover, as the plan in the journal has them.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

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

/// The rules of the cutover of one migration, for one board.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    windows: Arc<Windows>,
    /// Whether no other cutover starts after a failure.
    pub stops_on_failure: bool,
}

/// Windows, and what they say at the present time. Hundreds of migrations of a plan have the same.
#[derive(Debug, Default)]
struct Windows {
    all: Vec<Window>,
    /// Whether there is a window that this version cannot read.
    has_unknown: bool,
    view: OnceLock<WindowView>,
    closes_ms: OnceLock<Option<i64>>,
}

/// Returns the rules of each migration of a plan, by name.
pub fn policies(plan: &[EventRecord]) -> BTreeMap<String, Policy> {
    let plan = plan.iter().rev().find_map(|record| match &record.event {
        Event::PlanStarted(started) => Some(&started.plan),
        Event::PlanChanged(changed) => Some(&changed.plan),
        _ => None,
    });
    let migrations = plan.and_then(|plan| plan.get("migrations")?.as_array());
    let mut known: Vec<(Option<&Value>, Arc<Windows>)> = Vec::new();
    let named = |migration| -> Option<(&str, &Value)> {
        let migration: &Value = migration;
        Some((migration.get("name")?.as_str()?, migration.get("policy")?))
    };
    let mut policies = BTreeMap::new();
    for (name, policy) in migrations.into_iter().flatten().filter_map(named) {
        let given = policy.get("windows");
        let windows = match known.iter().find(|(other, _)| *other == given) {
            Some((_, windows)) => Arc::clone(windows),
            None => {
                let windows = Arc::new(Windows::read(given));
                known.push((given, Arc::clone(&windows)));
                windows
            }
        };
        let stops_on_failure = policy.get("on_failure").and_then(Value::as_str) == Some("stop");
        policies.insert(name.to_owned(), Policy { windows, stops_on_failure });
    }
    policies
}

impl Windows {
    fn read(given: Option<&Value>) -> Self {
        let given = given.and_then(Value::as_array);
        let read: Vec<_> = given.into_iter().flatten().map(Window::from_canonical).collect();
        Self {
            has_unknown: read.iter().any(Option::is_none),
            all: read.into_iter().flatten().collect(),
            ..Self::default()
        }
    }

    fn view(&self, times: &Times) -> WindowView {
        let now = now(times);
        if self.has_unknown {
            return WindowView::Opens("at a time that only the plan knows".to_owned());
        }
        if self.all.is_empty() || window::is_open(&self.all, now) {
            return WindowView::Open;
        }
        match window::next_opening(&self.all, now) {
            Some(opens) => {
                let opens = opens.as_millisecond();
                let (at, left) = (times.moment(opens).text, times.ahead(opens));
                WindowView::Opens(format!("{at}, in {left}"))
            }
            None => WindowView::Over,
        }
    }

    fn closes_ms(&self, times: &Times) -> Option<i64> {
        let closes_ms = window::closes_at(&self.all, now(times))?.as_millisecond();
        (closes_ms.saturating_sub(times.now_ms) < FAR_MS).then_some(closes_ms)
    }
}

impl Policy {
    /// Returns whether the cutover has to wait for a window.
    pub fn has_windows(&self) -> bool {
        self.windows.has_unknown || !self.windows.all.is_empty()
    }

    /// Returns the window of the cutover at the present time, which is the same for all of a board.
    pub fn window(&self, times: &Times) -> WindowView {
        self.windows.view.get_or_init(|| self.windows.view(times)).clone()
    }

    /// Returns when the window that is open closes, in milliseconds since 1970. None if that is more than a year ahead.
    pub fn closes_ms(&self, times: &Times) -> Option<i64> {
        *self.windows.closes_ms.get_or_init(|| self.windows.closes_ms(times))
    }
}

fn now(times: &Times) -> Timestamp {
    Timestamp::from_millisecond(times.now_ms).unwrap_or(Timestamp::MAX)
}
