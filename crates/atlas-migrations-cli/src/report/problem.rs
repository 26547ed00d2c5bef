//! Which events tell that something went wrong, and how an event is shown.

use atlas_migrations_journal::event::{
    EndResult, Event, EventRecord, HookResult, OutcomeResult, ValidationStatus,
};
use atlas_migrations_report::Entry;

use atlas_migrations_journal::overview::{event_text, without_repeated_looks};

/// Returns the events as the report shows them, without looks that found nothing new but another lag.
pub fn entries(records: &[EventRecord]) -> Vec<Entry> {
    let entry = |record: &EventRecord| {
        let mut entry = Entry::new(record.at_ms, record.seq, event_text(record), who(record));
        entry.attempt = record.attempt;
        entry.is_problem = is_problem(&record.event);
        entry
    };
    without_repeated_looks(records).into_iter().map(entry).collect()
}

/// Returns who wrote an event.
pub fn who(record: &EventRecord) -> String {
    match &record.db_user {
        Some(user) => format!("{} (database user {user})", record.actor),
        None => record.actor.to_string(),
    }
}

/// Returns whether something went wrong, or was found out about what went wrong.
fn is_problem(event: &Event) -> bool {
    match event {
        Event::Unclear(_)
        | Event::Resolved(_)
        | Event::PollsFailing(_)
        | Event::PollsBack(_)
        | Event::DeadlineNear(_)
        | Event::Vetoed(_)
        | Event::CutoverForgone(_)
        | Event::Retry(_)
        | Event::Unknown(_) => true,
        Event::Outcome(outcome) => outcome.late || outcome.result != OutcomeResult::Accepted,
        Event::Validated(validated) => validated.status != ValidationStatus::Success,
        Event::Observed(observed) => matches!(observed.status.as_str(), "FAILED" | "EXPIRED"),
        Event::HookEnded(hook) => !matches!(hook.result, HookResult::Ok | HookResult::NotYet),
        Event::Ended(ended) => ended.result != EndResult::Complete,
        _ => false,
    }
}
