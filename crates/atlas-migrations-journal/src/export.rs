//! The journal as JSON lines: a copy for people and programs, and what saves a damaged one.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, Read, Write},
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    error::{Error, Result},
    event::{Actor, Event, EventRecord, StreamKind},
    ids::{EventId, JournalId, RunnerId, StreamId},
    name::Name,
    store::{ExportedStream, Store, StreamFilter, StreamRow},
};

/// The longest line of an export: a plan is the largest thing in one.
const MAX_LINE_BYTES: u64 = 4 << 20;

/// What was exported.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct ExportReport {
    /// How many streams were written.
    pub streams: u64,
    /// How many events were written.
    pub events: u64,
    /// How many streams or events cannot be read. Each has a line that says so.
    pub unreadable: u64,
}

/// What was imported.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct ImportReport {
    /// How many streams the input has.
    pub streams: u64,
    /// How many events were added. Events that were here already are not counted.
    pub added: u64,
    /// How many streams or events the export could not read.
    pub unreadable: u64,
}

/// One line of an export.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line {
    Journal { journal_id: JournalId, schema_version: i64, exported_ms: i64 },
    Stream(StreamLine),
    Event(EventLine),
    Unreadable { stream: Option<StreamId>, seq: Option<u64>, error: String },
}

#[derive(Debug, Deserialize, Serialize)]
struct StreamLine {
    id: StreamId,
    kind: StreamKind,
    scope: String,
    name: String,
    plan: Option<StreamId>,
    archived: bool,
    head: u64,
}

#[derive(Debug, Deserialize, Serialize)]
struct EventLine {
    stream: StreamId,
    seq: u64,
    event_id: EventId,
    #[serde(rename = "type")]
    event_type: String,
    v: u32,
    attempt: u32,
    at_ms: i64,
    actor: Actor,
    db_user: Option<String>,
    runner: Option<RunnerId>,
    body: Map<String, Value>,
}

/// Writes all streams and events as JSON lines. What cannot be read is skipped, with a line for each.
///
/// # Errors
/// Fails when the output cannot be written, or the list of streams cannot be read.
pub async fn export(store: &dyn Store, output: &mut (dyn Write + Send)) -> Result<ExportReport> {
    let mut report = ExportReport::default();
    let info = store.info().await?;
    let journal = Line::Journal {
        journal_id: info.journal_id,
        schema_version: info.schema_version,
        exported_ms: info.now_ms,
    };
    write_line(output, &journal)?;
    let filter = StreamFilter { archived: true, ..StreamFilter::default() };
    for row in store.streams(filter).await? {
        write_line(output, &Line::Stream(stream_line(&row)))?;
        report.streams += 1;
        match store.read(row.id, 0).await {
            Ok(records) => {
                for record in records {
                    write_line(output, &Line::Event(event_line(record)))?;
                    report.events += 1;
                }
            }
            Err(Error::Corrupt(_)) => export_one_by_one(store, &row, output, &mut report).await?,
            Err(error) => return Err(error),
        }
    }
    output.flush().map_err(|error| Error::file("write", "the export", error))?;
    Ok(report)
}

async fn export_one_by_one(
    store: &dyn Store,
    row: &StreamRow,
    output: &mut (dyn Write + Send),
    report: &mut ExportReport,
) -> Result<()> {
    for seq in 1..=row.head {
        let line = match store.read_one(row.id, seq).await {
            Ok(Some(record)) => {
                report.events += 1;
                Line::Event(event_line(record))
            }
            missing => {
                report.unreadable += 1;
                let error = missing
                    .err()
                    .map_or_else(|| "the event is missing".to_owned(), |error| error.to_string());
                Line::Unreadable { stream: Some(row.id), seq: Some(seq), error }
            }
        };
        write_line(output, &line)?;
    }
    Ok(())
}

/// Adds the streams and events of an export that are missing in a journal.
///
/// The time and the user of each event are kept; on PostgreSQL only the owner of the tables can do that. A stream stops
/// before its first event that the export could not read.
///
/// # Errors
/// Fails when a line is not of an export, or a stream here has other events.
pub async fn import(store: &dyn Store, input: &mut (dyn BufRead + Send)) -> Result<ImportReport> {
    let (streams, unreadable) = read_export(input)?;
    let mut report = ImportReport { unreadable, ..ImportReport::default() };
    for stream in streams {
        report.added += store.import(stream).await?;
        report.streams += 1;
    }
    Ok(report)
}

/// Returns the streams of an export, plans first, and the number of lines for what the export could not read.
///
/// # Errors
/// Fails when a line is not of an export.
pub(crate) fn read_export(input: &mut (dyn BufRead + Send)) -> Result<(Vec<ExportedStream>, u64)> {
    let mut unreadable = 0;
    let mut streams: Vec<ExportedStream> = Vec::new();
    let mut places: BTreeMap<StreamId, usize> = BTreeMap::new();
    for number in 1.. {
        let wrong = |why: String| Error::Import { line: number, why };
        let Some(text) = read_line(input).map_err(|error| wrong(error.to_string()))? else { break };
        if text.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))? {
            Line::Journal { .. } => {}
            Line::Unreadable { .. } => unreadable += 1,
            Line::Stream(line) => {
                // A name that is not a name would be one that no command can give.
                line.name.parse::<Name>().map_err(|error| wrong(error.to_string()))?;
                places.insert(line.id, streams.len());
                streams.push(ExportedStream { row: row_of(line), events: Vec::new() });
            }
            Line::Event(line) => {
                let place = places.get(&line.stream).and_then(|place| streams.get_mut(*place));
                let stream = place.ok_or_else(|| {
                    wrong(format!("stream {} has no line before this", line.stream))
                })?;
                let next = stream.events.last().map_or(1, |event: &EventRecord| event.seq + 1);
                if line.seq == next {
                    stream.events.push(record_of(line));
                } else if unreadable == 0 {
                    return Err(wrong(format!("event {} follows event {}", line.seq, next - 1)));
                }
            }
        }
    }
    // Plans first: migrations refer to them.
    streams.sort_by_key(|stream| stream.row.kind != StreamKind::Plan);
    Ok((streams, unreadable))
}

/// Reads one line, but no more than an export writes. Returns `None` at the end.
fn read_line(input: &mut (dyn BufRead + Send)) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let length = input.take(MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
    if line.last() != Some(&b'\n') && length as u64 == MAX_LINE_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too long"));
    }
    Ok((length > 0).then_some(line))
}

fn write_line(output: &mut (dyn Write + Send), line: &Line) -> Result<()> {
    let mut text =
        serde_json::to_string(line).map_err(|error| Error::Corrupt(error.to_string()))?;
    text.push('\n');
    output.write_all(text.as_bytes()).map_err(|error| Error::file("write", "the export", error))
}

fn stream_line(row: &StreamRow) -> StreamLine {
    StreamLine {
        id: row.id,
        kind: row.kind,
        scope: row.scope.clone(),
        name: row.name.clone(),
        plan: row.plan,
        archived: row.archived,
        head: row.head,
    }
}

fn row_of(line: StreamLine) -> StreamRow {
    StreamRow {
        scope: line.scope,
        plan: line.plan,
        head: line.head,
        archived: line.archived,
        ..StreamRow::in_memory(line.id, line.kind, line.name)
    }
}

fn event_line(record: EventRecord) -> EventLine {
    EventLine {
        stream: record.stream,
        seq: record.seq,
        event_id: record.event_id,
        event_type: record.event.event_type().to_owned(),
        v: record.event.version(),
        attempt: record.attempt,
        at_ms: record.at_ms,
        actor: record.actor,
        db_user: record.db_user,
        runner: record.runner,
        body: record.fields,
    }
}

fn record_of(line: EventLine) -> EventRecord {
    EventRecord {
        stream: line.stream,
        seq: line.seq,
        position: 0,
        event_id: line.event_id,
        attempt: line.attempt,
        at_ms: line.at_ms,
        actor: line.actor,
        db_user: line.db_user,
        runner: line.runner,
        event: Event::from_fields(&line.event_type, line.v, &line.body),
        fields: line.body,
    }
}
