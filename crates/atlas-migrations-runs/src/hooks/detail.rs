//! More about an event, in a few words.

use atlas_migrations_journal::event::{Event, Outcome};

/// Returns what an event says besides its type. The journal's texts are free of secrets.
pub(super) fn detail(event: &Event) -> Option<String> {
    match event {
        Event::Validated(validated) => validated.message.as_ref().map(ToString::to_string),
        Event::Outcome(outcome) => refusal(outcome),
        Event::Unclear(unclear) => {
            let mut text = format!("event {}, {}", unclear.intent_seq, unclear.reason);
            if let Some(detail) = &unclear.detail {
                text = format!("{text}: {detail}");
            }
            Some(text)
        }
        Event::Resolved(resolved) => {
            Some(format!("event {} {}, by {}", resolved.intent_seq, resolved.result, resolved.by))
        }
        Event::DeadlineNear(near) => Some(format!("{} h are left", near.hours_left)),
        Event::PollsFailing(failing) => {
            Some(format!("{} polls failed: {}", failing.count, failing.error_class))
        }
        Event::Ended(ended) => {
            ended.destination.as_ref().map(|destination| format!("destination {destination}"))
        }
        _ => None,
    }
}

fn refusal(outcome: &Outcome) -> Option<String> {
    let mut parts = Vec::new();
    parts.extend(outcome.status.map(|status| format!("HTTP {status}")));
    parts.extend(outcome.code.as_ref().map(ToString::to_string));
    parts.extend(outcome.detail.as_ref().map(ToString::to_string));
    (!parts.is_empty()).then(|| parts.join(", "))
}
