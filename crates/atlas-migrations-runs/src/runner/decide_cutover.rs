//! Decides what happens to a migration that exists in Atlas, up to its cutover.

use atlas_migrations_journal::{
    event::{Action, Operation, Why},
    state::WaitsFor,
};
use atlas_migrations_plan::{CutoverPolicy, OnFailure, Timestamp, window};

use super::{
    facts::{Facts, Seen, Turn},
    next::Next,
    observe::earliest_expiry_ms,
    obstacle::obstacle,
};

/// How old the look may be on which a cutover is sent.
const FRESH_MS: i64 = 15_000;
/// How long a comparison of the clocks counts.
const CLOCK_CHECK_MS: i64 = 5 * 60_000;
/// How far the clocks may differ.
const MAX_SKEW_MS: i64 = 60_000;

pub(super) fn cutover(facts: &Facts<'_>) -> Next {
    let state = &facts.history.state;
    if state.slot(&Operation::Cutover).is_some() {
        return Next::Wait(WaitsFor::Completion);
    }
    if state.forgone {
        return Next::Wait(WaitsFor::Expiry);
    }
    if !state.look.as_ref().is_some_and(|look| look.ready) {
        return Next::Wait(WaitsFor::Ready);
    }
    let Some(policy) = facts.policy else {
        return Next::person(
            "it is not in the plan anymore; it is followed and never cut over".to_owned(),
        );
    };
    decisions_of_people(facts)
        .or_else(|| order_of_the_plan(facts, policy))
        .or_else(|| window_of_the_policy(facts, policy))
        .unwrap_or_else(|| last_checks(facts, policy))
}

/// Holds, vetoes, postponements and approvals.
fn decisions_of_people(facts: &Facts<'_>) -> Option<Next> {
    let (state, now_ms) = (&facts.history.state, facts.now_ms);
    if let Some(next) = obstacle(facts) {
        return Some(next);
    }
    if state.is_vetoed(now_ms) {
        return Some(Next::Wait(WaitsFor::Release));
    }
    let postponed = [state.postponed_until_ms, facts.plan.postponed_until_ms];
    if let Some(until_ms) = postponed.into_iter().flatten().max().filter(|until| now_ms < *until) {
        return Some(Next::Wait(WaitsFor::Postponement(until_ms)));
    }
    if let Some(refusal) = state.refusal.as_ref()
        && refusal.op == Operation::Cutover
        && !refusal.is_temporary()
    {
        let code = refusal.code.as_deref().unwrap_or("no code");
        return Some(Next::person(format!(
            "Atlas refused the cutover ({code}); correct the cause, then `cutover` sends it"
        )));
    }
    let action = Action::Cutover;
    let (have, need) =
        (state.valid_approvals(&action, now_ms).len(), state.needed_approvals(&action));
    (have < need).then_some(Next::Wait(WaitsFor::Approvals { action, have, need }))
}

fn order_of_the_plan(facts: &Facts<'_>, policy: &CutoverPolicy) -> Option<Next> {
    if let (OnFailure::Stop, Some(failed)) = (policy.on_failure, &facts.plan.failed) {
        return Some(Next::person(format!(
            "`{failed}` needs a decision and the plan stops at a failure; resolve or `retry` it"
        )));
    }
    match &facts.plan.turn {
        Turn::Now => None,
        Turn::After => Some(Next::Wait(WaitsFor::Turn)),
        Turn::Never(name) => Some(Next::person(format!(
            "`{name}` did not complete, and this migration comes after it; change the plan"
        ))),
    }
}

fn window_of_the_policy(facts: &Facts<'_>, policy: &CutoverPolicy) -> Option<Next> {
    if policy.windows.is_empty() || window::is_open(&policy.windows, facts.now()) {
        return None;
    }
    let expires_ms = earliest_expiry_ms(facts);
    Some(match window::next_opening(&policy.windows, facts.now()) {
        Some(opens)
            if expires_ms.is_some_and(|expires_ms| expires_ms <= opens.as_millisecond()) =>
        {
            Next::person(format!(
                "the migration can expire before the window opens {}; give the plan an earlier one",
                opening(policy, opens)
            ))
        }
        Some(opens) => Next::Wait(WaitsFor::Window(opening(policy, opens))),
        None => Next::person("the last window is over; give the plan a new one".to_owned()),
    })
}

/// Writes an opening in UTC and in the zone of its window.
fn opening(policy: &CutoverPolicy, opens: Timestamp) -> String {
    let zone = policy.windows.iter().find_map(|window| match window {
        window::Window::Weekly(weekly) if weekly.is_open(opens) => Some(weekly.zone().clone()),
        _ => None,
    });
    match zone {
        Some(zone) => {
            let local = opens.to_zoned(zone);
            format!("{} ({opens})", local.strftime("%a %Y-%m-%d %H:%M %Z"))
        }
        None => opens.to_string(),
    }
}

/// The clock, the look and the hooks, which are asked last and anew.
fn last_checks(facts: &Facts<'_>, policy: &CutoverPolicy) -> Next {
    let (memory, now_ms) = (facts.memory, facts.now_ms);
    if now_ms < memory.not_before_ms {
        return Next::Wait(WaitsFor::Runner("tries again soon"));
    }
    let is_fresh = |at_ms: i64| (0..=FRESH_MS).contains(&now_ms.saturating_sub(at_ms));
    let Some(seen) = memory.seen.as_ref().filter(|seen| is_fresh(seen.at_ms)) else {
        return Next::Look;
    };
    if !policy.windows.is_empty() {
        let checked = facts.clock.at_ms.map(|at_ms| now_ms.saturating_sub(at_ms));
        if !checked.is_some_and(|age| (0..=CLOCK_CHECK_MS).contains(&age)) {
            return Next::Look;
        }
        if facts.clock.database_skew_ms.abs() > MAX_SKEW_MS {
            return Next::person(format!(
                "the clocks of this machine and of the journal's database differ by {} s, so the window cannot be judged; set them",
                facts.clock.database_skew_ms.abs() / 1000
            ));
        }
        match facts.clock.skew_ms {
            Some(skew_ms) if skew_ms.abs() <= MAX_SKEW_MS => {}
            Some(skew_ms) => {
                return Next::person(format!(
                    "the clock of this machine differs by {} s from Atlas, so the window cannot be judged; set it",
                    skew_ms.abs() / 1000
                ));
            }
            None => {
                return Next::person(
                    "Atlas does not say the time, so the window cannot be judged".to_owned(),
                );
            }
        }
    }
    let lag = seen.lag_seconds.filter(|_| seen.ready);
    if lag.is_none_or(|seconds| seconds > policy.max_lag.as_secs()) {
        return Next::Wait(WaitsFor::Lag);
    }
    if memory.allowed_until_ms.is_none_or(|until_ms| now_ms >= until_ms) {
        return if now_ms < memory.ask_again_ms {
            Next::Wait(WaitsFor::Hook)
        } else {
            Next::AskHooks
        };
    }
    Next::CutOver(why(facts, policy, seen))
}

fn why(facts: &Facts<'_>, policy: &CutoverPolicy, seen: &Seen) -> Why {
    let mut why = Why::new();
    why.approvals = facts.history.state.valid_approvals(&Action::Cutover, facts.now_ms);
    why.window = window::closes_at(&policy.windows, facts.now())
        .map(|closes| format!("open until {closes}"));
    why.lag_seconds = seen.lag_seconds;
    why.looked_ms = Some(seen.at_ms);
    why
}
