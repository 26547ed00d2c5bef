//! Reads the journal again and again, and publishes what it says.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use atlas_migrations_journal::{
    Error, JournalId, StreamId,
    event::{EventRecord, StreamKind},
    store::{Store, StreamFilter, StreamRow},
};
use tokio::time::timeout;

/// How often the streams are read although there is no new event: an archived stream has no event that says so.
const ROWS_INTERVAL: Duration = Duration::from_secs(2);

/// What the journal says at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The streams that are not archived.
    pub rows: Vec<StreamRow>,
    /// Their events, from the first to the last.
    pub events: BTreeMap<StreamId, Arc<Vec<EventRecord>>>,
    /// The position of the last event that was read. It goes back only if the journal is another one, or was restored.
    pub position: u64,
}

/// What is known of the journal.
#[derive(Clone, Debug)]
pub struct Published {
    /// What it said last.
    pub snapshot: Arc<Snapshot>,
    /// The time of the journal when it was read last, in milliseconds since 1970.
    pub read_ms: i64,
    /// When that was, by the clock of this process.
    pub read_at: Instant,
    /// Why it cannot be read now.
    pub problem: Option<String>,
}

impl Published {
    /// Returns the time now, by the clock of the journal, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        let passed = self.read_at.elapsed().as_millis();
        self.read_ms.saturating_add(i64::try_from(passed).unwrap_or(i64::MAX))
    }
}

/// Reads the journal, and remembers what it read.
#[derive(Debug)]
pub struct Reader {
    store: Arc<dyn Store>,
    timeout: Duration,
    journal_id: Option<JournalId>,
    position: u64,
    snapshot: Arc<Snapshot>,
    /// When the streams were read last.
    rows_read: Option<Instant>,
}

impl Reader {
    /// Creates a reader of a journal. One read takes at most the given time.
    pub fn new(store: Arc<dyn Store>, timeout: Duration) -> Self {
        let snapshot = Arc::default();
        Self { store, timeout, journal_id: None, position: 0, snapshot, rows_read: None }
    }

    /// Reads what is new.
    ///
    /// # Errors
    /// The journal cannot be read, or does not respond in time. What was read before is kept.
    pub async fn read(&mut self) -> Result<Published, String> {
        let limit = self.timeout;
        match timeout(limit, self.read_new()).await {
            Ok(result) => result.map_err(|error| error.to_string()),
            Err(_) => Err(format!("the journal does not respond within {} s", limit.as_secs())),
        }
    }

    async fn read_new(&mut self) -> Result<Published, Error> {
        let info = self.store.info().await?;
        if self.journal_id != Some(info.journal_id) || info.events < self.position {
            // Another journal, or one that was restored from a copy.
            self.journal_id = Some(info.journal_id);
            self.position = 0;
            self.snapshot = Arc::default();
        }
        let has_news = info.events != self.position;
        if has_news {
            // Until all is read, it is not read.
            self.rows_read = None;
            self.read_changes().await?;
        }
        if self.rows_read.is_none_or(|at| at.elapsed() >= ROWS_INTERVAL) {
            self.read_rows().await?;
            self.rows_read = Some(Instant::now());
        }
        Ok(Published {
            snapshot: Arc::clone(&self.snapshot),
            read_ms: info.now_ms,
            read_at: Instant::now(),
            problem: None,
        })
    }

    async fn read_rows(&mut self) -> Result<(), Error> {
        let rows = self.store.streams(StreamFilter::default()).await?;
        if rows != self.snapshot.rows {
            let snapshot = Arc::make_mut(&mut self.snapshot);
            let ids: HashSet<_> = rows.iter().map(|row| row.id).collect();
            snapshot.events.retain(|id, _| ids.contains(id));
            snapshot.rows = rows;
        }
        Ok(())
    }

    async fn read_changes(&mut self) -> Result<(), Error> {
        loop {
            let records = self.store.changes(self.position).await?;
            let Some(last) = records.last() else { return Ok(()) };
            self.position = last.position;
            let snapshot = Arc::make_mut(&mut self.snapshot);
            snapshot.position = last.position;
            for record in records {
                let events = snapshot.events.entry(record.stream).or_default();
                Arc::make_mut(events).push(record);
            }
        }
    }
}

/// Returns the events of a stream.
pub fn events_of(snapshot: &Snapshot, stream: StreamId) -> &[EventRecord] {
    snapshot.events.get(&stream).map_or(&[], |events| events.as_slice())
}

/// Returns the streams of a kind, of one plan if its name is given.
pub fn rows_of<'a>(
    snapshot: &'a Snapshot,
    kind: StreamKind,
    plan: Option<&'a str>,
) -> impl Iterator<Item = &'a StreamRow> {
    let plan_id = plan.map(|name| {
        snapshot
            .rows
            .iter()
            .find(|row| row.kind == StreamKind::Plan && row.name == name)
            .map(|row| row.id)
    });
    snapshot.rows.iter().filter(move |row| {
        row.kind == kind
            && plan_id.is_none_or(|plan| match kind {
                StreamKind::Plan => Some(row.id) == plan,
                _ => plan.is_some() && row.plan == plan,
            })
    })
}
