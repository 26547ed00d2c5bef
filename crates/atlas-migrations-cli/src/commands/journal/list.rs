//! `atlas-migrations journal list`: lists the streams of the journal.

use atlas_migrations_journal::overview::event_text;
use atlas_migrations_journal::store::{StreamFilter, StreamRow};
use serde_json::{Value, json};

use crate::cli::{GlobalOptions, ListStreams};
use crate::error::CliError;
use crate::instant::utc;
use crate::journal::{Journal, OpenJournal, redactor};
use crate::output::show;
use crate::stream_lookup::qualified;
use crate::terminal::{Cell, table};

/// A stream and its last event.
struct Listed {
    row: StreamRow,
    at_ms: Option<i64>,
    last: String,
}

pub async fn run(
    global: &GlobalOptions,
    journal: &Journal,
    options: &ListStreams,
) -> Result<(), CliError> {
    let journal = journal.required(redactor(None, None)).await?;
    let mut filter = StreamFilter::default();
    filter.archived = options.all;
    let mut streams = Vec::new();
    for row in journal.store.streams(filter).await? {
        streams.push(listed(journal, row).await);
    }
    let json: Vec<_> = streams.iter().map(to_json).collect();
    show(global.output, &json, || {
        let rows: Vec<_> = streams.iter().map(cells).collect();
        table(["NAME", "KIND", "STATE", "ATTEMPT", "EVENTS", "LAST EVENT", "AT"], &rows)
    })
}

/// Reads the last event of a stream. A stream of a damaged journal is listed, too.
async fn listed(journal: &OpenJournal, row: StreamRow) -> Listed {
    match journal.store.read_one(row.id, row.head).await {
        Ok(Some(record)) => Listed { row, at_ms: Some(record.at_ms), last: event_text(&record) },
        Ok(None) => Listed { row, at_ms: None, last: "the last event is missing".to_owned() },
        Err(error) => Listed { row, at_ms: None, last: error.to_string() },
    }
}

fn cells(Listed { row, at_ms, last }: &Listed) -> [Cell; 7] {
    let state = if row.archived { "archived".to_owned() } else { row.phase.replace('_', " ") };
    [
        qualified(row).into(),
        row.kind.to_string().into(),
        state.into(),
        row.attempt.to_string().into(),
        row.head.to_string().into(),
        last.into(),
        at_ms.map_or_else(|| "-".to_owned(), utc).into(),
    ]
}

fn to_json(Listed { row, at_ms, last }: &Listed) -> Value {
    json!({
        "name": qualified(row),
        "kind": row.kind.as_str(),
        "stream": row.id.to_string(),
        "state": row.phase,
        "attempt": row.attempt,
        "events": row.head,
        "last_event": last,
        "last_event_at": at_ms.map(utc),
        "project_id": row.group_id,
        "live_migration_id": row.migration_id,
        "destination": row.destination,
        "archived": row.archived,
    })
}
