//! The events and the exports of a journal.

use atlas_migrations_journal::{
    event::{Event, EventRecord, StreamKind},
    fuzzing,
    overview::{MigrationSummary, event_text},
    state::StreamState,
};
use serde_json::{Map, Value};

/// Reads the fields of an event. What is read is written as fields that give the same event.
pub(crate) fn event(input: &[u8]) {
    let Ok(mut json) = serde_json::from_slice::<Map<String, Value>>(input) else { return };
    let (Some(Value::String(name)), Some(Value::Object(fields))) =
        (json.remove("type"), json.remove("body"))
    else {
        return;
    };
    let version = json.get("v").and_then(Value::as_u64).and_then(|v| u32::try_from(v).ok());
    let event = Event::from_fields(&name, version.unwrap_or(1), &fields);
    let again = Event::from_fields(event.event_type(), event.version(), &event.to_fields());
    assert_eq!(again, event);
}

/// Reads an export, and adds the events of each stream up to its state.
pub(crate) fn export(input: &[u8]) {
    const NOW_MS: i64 = 1_796_504_400_000;
    for (row, records) in fuzzing::export(input) {
        records.iter().map(event_text).for_each(drop);
        let state = StreamState::fold(row.kind, &records);
        assert_eq!(state.head, records.last().map_or(0, |record: &EventRecord| record.seq));
        if row.kind == StreamKind::Migration {
            let summary = MigrationSummary::new(row, &records);
            assert!(!summary.waits_for_text("orders", NOW_MS).is_empty());
            let _ = (summary.lag(), summary.time_left(NOW_MS), summary.urgency(NOW_MS));
        }
    }
}
