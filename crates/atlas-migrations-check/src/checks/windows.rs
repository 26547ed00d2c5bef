//! Checks the conditions of cutovers: windows against the deadline, and approvals.

use atlas_migrations_journal::store::StoreKind;
use atlas_migrations_plan::{CutoverPolicy, Plan, Timestamp, window::next_opening};

use crate::report::{CheckResult, Group, Item};

const GROUP: Group = Group::Plan;
/// How long a migration can be ready before it expires.
const EXPIRES_HOURS: i64 = 120;
/// A window that opens nearer than this to the deadline leaves little room.
const NEAR_HOURS: i64 = 12;

/// Checks the windows and the approvals of each migration. Equal results of all migrations are one item.
pub(crate) fn windows(plan: &Plan, now: Timestamp, journal: Option<StoreKind>) -> Vec<Item> {
    let mut items = per_policy(plan, |policy| window(policy, now));
    // The plan itself warns of cutovers that nobody approves.
    if plan.migrations.iter().any(|migration| migration.policy.approvers > 0) {
        items.extend(per_policy(plan, |policy| approvers(policy, journal)));
    }
    items
}

fn per_policy(plan: &Plan, check: impl Fn(&CutoverPolicy) -> Item) -> Vec<Item> {
    let items: Vec<_> = plan
        .migrations
        .iter()
        .map(|migration| (&migration.name, check(&migration.policy)))
        .collect();
    match &items[..] {
        [(_, first), rest @ ..] if rest.iter().all(|(_, item)| item == first) => {
            vec![first.clone()]
        }
        _ => items.into_iter().map(|(name, item)| item.of(name)).collect(),
    }
}

/// A migration that becomes ready now expires in 120 hours. One that becomes ready later expires later, so that a window
/// which opens before that deadline is reached in time.
fn window(policy: &CutoverPolicy, now: Timestamp) -> Item {
    let item = |result, detail: &str| Item::new(GROUP, "window", result, detail);
    if policy.windows.is_empty() {
        return item(CheckResult::Pass, "the cutover may start at any time");
    }
    let Some(opening) = next_opening(&policy.windows, now) else {
        return item(CheckResult::Fail, "the only window has ended")
            .hint("change `cutover.windows` in the plan");
    };
    let hours = opening.duration_since(now).as_hours();
    let shown = format!("opens {}, in {hours} h", in_seconds(opening));
    if hours < EXPIRES_HOURS - NEAR_HOURS {
        item(CheckResult::Pass, &shown)
    } else if hours < EXPIRES_HOURS {
        item(
            CheckResult::Warn,
            &format!(
                "{shown}: a migration that is ready now expires less than {NEAR_HOURS} h after that"
            ),
        )
    } else {
        item(
            CheckResult::CannotTell,
            &format!("{shown}: a migration expires {EXPIRES_HOURS} h after it is ready, and when that is is not known"),
        )
        .hint("start so late that no migration is ready more than 120 h before the window")
    }
}

/// Returns the time in whole seconds: a window opens at a whole second, but it may be open now.
fn in_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn approvers(policy: &CutoverPolicy, journal: Option<StoreKind>) -> Item {
    let item = |result, detail: &str| Item::new(GROUP, "approvals", result, detail);
    match (policy.approvers, journal) {
        (0, _) => item(CheckResult::Warn, "nobody approves the cutover"),
        (1, _) => item(CheckResult::Pass, "1 person approves each cutover"),
        (count, Some(StoreKind::Sqlite)) => item(
            CheckResult::Fail,
            &format!(
                "{count} people approve each cutover, but an SQLite journal belongs to one person"
            ),
        )
        .hint("use a PostgreSQL journal, or `approvers: 1`"),
        (count, _) => item(CheckResult::Pass, &format!("{count} people approve each cutover")),
    }
}
