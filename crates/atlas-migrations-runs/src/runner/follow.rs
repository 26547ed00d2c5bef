//! Looks at the migrations that this process works on.

use std::collections::HashMap;

use atlas_migrations::{
    Client, FleetHandle, FleetUpdates, LiveMigration, LiveMigrationRef, Update, WatchError,
    WatchOptions,
};
use atlas_migrations_journal::StreamId;

use super::{
    facts::{PollTrouble, Seen},
    member::Member,
    model::Model,
    settings::RunSettings,
    work::milliseconds,
};

/// How long a migration that could not be looked at for a long time is left alone.
const PAUSE_MS: i64 = 60_000;

/// The looks at all migrations of a run, within the rate limits of the service.
pub(super) struct Followed {
    updates: FleetUpdates,
    handle: FleetHandle,
    streams: HashMap<LiveMigrationRef, StreamId>,
    /// When a look that failed for good is tried again, in milliseconds since 1970.
    again_ms: HashMap<StreamId, i64>,
    /// The version of the model that the rest is made from.
    version: Option<u64>,
}

impl Followed {
    pub(super) fn new(client: &Client, settings: &RunSettings) -> Self {
        let mut options = WatchOptions::new().emit_unchanged(true).emit_transient_errors(true);
        if let Some(interval) = settings.poll_interval {
            options = options.poll_interval(interval);
        }
        let updates = client.fleet().options(options).updates();
        let handle = updates.handle();
        Self { updates, handle, streams: HashMap::new(), again_ms: HashMap::new(), version: None }
    }

    /// Follows what this process works on, and nothing else.
    pub(super) fn update(&mut self, model: &Model, now_ms: i64) {
        let is_due = self.again_ms.values().any(|again_ms| now_ms >= *again_ms);
        if self.version == Some(model.version) && !is_due {
            return;
        }
        self.version = Some(model.version);
        self.again_ms.retain(|_, again_ms| now_ms < *again_ms);
        let mut wanted = HashMap::new();
        for member in &model.members {
            let again_ms = self.again_ms.get(&member.stream).copied().unwrap_or(0);
            if let Some(migration) = migration_of(member).filter(|_| now_ms >= again_ms) {
                wanted.insert(migration, member.stream);
            }
        }
        for migration in self.streams.keys().filter(|known| !wanted.contains_key(known)) {
            self.handle.remove(*migration);
        }
        for migration in wanted.keys().filter(|known| !self.streams.contains_key(known)) {
            self.handle.add(*migration);
        }
        self.streams = wanted;
    }

    /// Returns the stream of a migration that is followed.
    pub(super) fn stream(&self, migration: &LiveMigrationRef) -> Option<StreamId> {
        self.streams.get(migration).copied()
    }

    /// Waits for the next look, and remembers it. It is safe to drop the future.
    pub(super) async fn next(&mut self) -> Option<Result<Update, WatchError>> {
        self.updates.next().await
    }

    /// Adds a look to what is known of its migration. Returns its place.
    pub(super) fn remember(
        &mut self,
        model: &mut Model,
        item: Result<Update, WatchError>,
        now_ms: i64,
    ) -> Option<usize> {
        let migration = match &item {
            Ok(update) => update.migration,
            Err(error) => error.migration(),
        };
        let stream = self.streams.get(&migration).copied()?;
        let place = model.place(stream)?;
        let memory = &mut model.members[place].memory;
        match item {
            Ok(update) => {
                let earliest = update.deadline.and_then(|deadline| deadline.earliest);
                let mut seen = seen(&update.job, milliseconds(update.observed_at));
                seen.earliest_expiry_ms = earliest.map(milliseconds);
                memory.seen = Some(seen);
                memory.end_trouble();
            }
            Err(error) => {
                let failing_ms = i64::try_from(error.failing_for().as_millis()).unwrap_or(0);
                memory.trouble = Some(PollTrouble {
                    since_ms: now_ms.saturating_sub(failing_ms),
                    class: poll_error_class(&error),
                    count: u64::from(error.failed_polls()),
                });
                if error.is_final() {
                    self.streams.remove(&migration);
                    self.again_ms.insert(stream, now_ms.saturating_add(PAUSE_MS));
                }
            }
        }
        Some(place)
    }
}

/// Returns what a response shows.
pub(super) fn seen(job: &LiveMigration, at_ms: i64) -> Seen {
    Seen {
        status: job.status.as_ref().map_or("UNKNOWN", |status| status.as_str()).to_owned(),
        ready: job.can_be_cut_over(),
        lag_seconds: job.lag.map(|lag| lag.as_secs()),
        at_ms,
        earliest_expiry_ms: None,
    }
}

/// Returns the migration to follow, if this process works on it and it has not ended.
fn migration_of(member: &Member) -> Option<LiveMigrationRef> {
    let state = &member.history.state;
    if member.fence.is_none() || state.ended.is_some() {
        return None;
    }
    let group = state.group_id.as_ref()?.as_str().parse().ok()?;
    let id = state.migration_id.as_ref()?.as_str().parse().ok()?;
    Some(LiveMigrationRef::new(group, id))
}

/// Returns a short word for the cause of failed polls: `http_` and the status, `timeout`, `connect`, `connection_lost` or
/// `unexpected`.
pub fn poll_error_class(error: &WatchError) -> String {
    let Some(error) = error.api_error() else { return "unexpected".to_owned() };
    match error.status() {
        Some(status) => format!("http_{}", status.as_u16()),
        None if error.is_timeout() => "timeout".to_owned(),
        None if error.is_connect() => "connect".to_owned(),
        None => "connection_lost".to_owned(),
    }
}
