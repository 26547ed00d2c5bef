//! What was seen and is not in the journal yet.

use atlas_migrations_journal::event::{
    DeadlineNear, EndResult, Ended, Event, Observed, PollsBack, PollsFailing,
};

use super::facts::{Facts, Seen};

/// How many polls fail before that is recorded.
const FAILURES: u64 = 3;
/// How long a migration is ready before it expires.
const READY_MS: i64 = 120 * HOUR_MS;
const HOUR_MS: i64 = 3_600_000;
/// It may have become ready this long before that was seen.
const GAP_MS: i64 = 60_000;
/// The hours before the deadline that are announced.
const HOURS: [u32; 3] = [24, 4, 1];

/// Returns the next event that records something seen.
pub(super) fn what_to_record(facts: &Facts<'_>) -> Option<Event> {
    polls(facts)
        .or_else(|| facts.memory.seen.as_ref().and_then(|seen| change(facts, seen)))
        .or_else(|| end(facts))
        .or_else(|| deadline(facts))
}

fn polls(facts: &Facts<'_>) -> Option<Event> {
    let recorded = facts.history.state.polls_failing_since_ms;
    match (&facts.memory.trouble, recorded) {
        (Some(trouble), None) if trouble.count >= FAILURES => {
            let (since_ms, class) = (trouble.since_ms, trouble.class.clone());
            Some(PollsFailing::new(since_ms, class, trouble.count).into())
        }
        // A poll that came after the failures.
        (None, Some(since_ms))
            if facts.memory.seen.as_ref().is_some_and(|seen| seen.at_ms >= since_ms) =>
        {
            Some(PollsBack::new(since_ms, facts.memory.failed_polls.max(FAILURES)).into())
        }
        _ => None,
    }
}

fn change(facts: &Facts<'_>, seen: &Seen) -> Option<Event> {
    let state = &facts.history.state;
    state.migration_id.as_ref()?;
    let is_new = state.look.as_ref().is_none_or(|look| {
        // Another process may have looked later.
        let is_other = look.status != seen.status || look.ready != seen.ready;
        let is_lag_news = look.is_lag_news(seen.ready, seen.lag_seconds, seen.at_ms);
        look.polled_ms <= seen.at_ms && (is_other || is_lag_news)
    });
    is_new.then(|| {
        let mut observed = Observed::new(seen.status.clone(), seen.at_ms);
        observed.ready = Some(seen.ready);
        observed.lag_seconds = seen.lag_seconds;
        observed.into()
    })
}

fn end(facts: &Facts<'_>) -> Option<Event> {
    let state = &facts.history.state;
    let result = match state.look.as_ref().map(|look| look.status.as_str()) {
        Some("COMPLETE") => EndResult::Complete,
        Some("FAILED") => EndResult::Failed,
        Some("EXPIRED") if state.forgone => EndResult::Forgone,
        Some("EXPIRED") => EndResult::Expired,
        // Nothing was started.
        _ if state.forgone && state.migration_id.is_none() && state.undecided().is_none() => {
            EndResult::Forgone
        }
        _ => return None,
    };
    let mut ended = Ended::new(result);
    ended.destination.clone_from(&state.destination);
    Some(ended.into())
}

/// Returns when a ready migration expires at the earliest, in milliseconds since 1970.
pub(super) fn earliest_expiry_ms(facts: &Facts<'_>) -> Option<i64> {
    let ready_since_ms = facts.history.ready_since_ms?;
    let seen = facts.memory.seen.as_ref().and_then(|seen| seen.earliest_expiry_ms);
    Some(seen.unwrap_or_else(|| ready_since_ms.saturating_add(READY_MS - GAP_MS)))
}

fn deadline(facts: &Facts<'_>) -> Option<Event> {
    use atlas_migrations_journal::event::Operation;
    let earliest_ms = earliest_expiry_ms(facts)?;
    if facts.history.state.slot(&Operation::Cutover).is_some() {
        return None;
    }
    let left_ms = earliest_ms.saturating_sub(facts.now_ms);
    // The nearest one alone: what it overtakes is not news.
    let hours = HOURS.iter().rev().find(|hours| left_ms <= i64::from(**hours) * HOUR_MS)?;
    let announced = facts.history.deadlines.iter().any(|announced| announced <= hours);
    (!announced).then(|| DeadlineNear::new(*hours, earliest_ms).into())
}
