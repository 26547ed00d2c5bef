//! Reads the conditions of cutovers.

use std::time::Duration;

use super::{
    cursor::Cursor,
    given::Given,
    values::{duration, integer, word},
    windows::windows,
};
use crate::{
    keys,
    policy::{CutoverOrder, CutoverPolicy, OnFailure},
    problem::Problem,
    window::Window,
};

const MAX_APPROVERS: u32 = 20;
const DAY: Duration = Duration::from_hours(24);

const HINTS: &[(&str, &str)] = &[
    ("order", "\"order\" is for all migrations; expected it in `cutover` of the plan"),
    ("on_failure", "\"on_failure\" is for all migrations; expected it in `cutover` of the plan"),
    ("approvers", "\"approvers\" is not a key of `cutover`; expected it one level up"),
];

/// Reads how many people approve.
pub(super) fn approvers(at: &Cursor<'_>) -> Option<u32> {
    let approvers = integer(at, 0..=MAX_APPROVERS)?;
    if approvers == 0 {
        at.note("the cutover needs no approval, because `approvers` is 0");
    }
    Some(approvers)
}

/// Reads `cutover` into a policy. The windows with their places are added to a list.
pub(super) fn cutover(
    at: &Cursor<'_>,
    keys: &[&str],
    policy: &mut CutoverPolicy,
    placed: &mut Vec<(Problem, Window)>,
) -> Option<()> {
    let fields = at.fields_with_hints(keys, HINTS, "conditions, such as {max_lag: 30s}")?;
    let found = Given::read(fields.get("windows"), windows);
    let max_lag =
        Given::read(fields.get("max_lag"), |at| duration(at, Duration::ZERO..=DAY, "30s"));
    let expires = Given::read(fields.get("approval_expires"), |at| {
        duration(at, Duration::from_mins(1)..=90 * DAY, "7d")
    });
    let order = Given::read(fields.get("order"), order);
    let on_failure = Given::read(fields.get("on_failure"), |at| {
        word(at, &[("stop", OnFailure::Stop), ("continue", OnFailure::Continue)])
    });
    if let Given::Value(found) = found {
        policy.windows = found.iter().map(|(_, window)| window.clone()).collect();
        placed.extend(found);
    }
    // What is wrong was reported, so that the plan is not used.
    policy.max_lag = max_lag.or_default(policy.max_lag)?;
    policy.approval_expires = expires.or_default(policy.approval_expires)?;
    policy.order = order.or_default(policy.order)?;
    policy.on_failure = on_failure.or_default(policy.on_failure)?;
    Some(())
}

fn order(at: &Cursor<'_>) -> Option<CutoverOrder> {
    const EXPECTED: &str = "sequence, together or {at_most: 2}";
    if at.is_mapping() {
        let fields = at.fields(keys::AT_MOST, EXPECTED)?;
        let limit = fields.require("at_most", "a whole number")?;
        return integer(&limit, 1..=1_000).map(CutoverOrder::AtMost);
    }
    match at.raw() {
        Some("sequence") => Some(CutoverOrder::Sequence),
        Some("together") => Some(CutoverOrder::Together),
        Some(word) => {
            at.unknown("unknown order", word, ["sequence", "together"], EXPECTED);
            None
        }
        None => {
            at.expected(EXPECTED);
            None
        }
    }
}
