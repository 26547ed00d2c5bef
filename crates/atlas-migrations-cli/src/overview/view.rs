//! [`MigrationView`]: one migration of the journal.

use std::time::Duration;

use atlas_migrations::{GroupId, LiveMigration, LiveMigrationId};
use atlas_migrations_journal::event::{Event, EventRecord};
use atlas_migrations_journal::state::{Conditions, Phase, StreamState, WaitsFor};
use atlas_migrations_journal::store::StreamRow;
use serde_json::Value;

use crate::error::CliError;
use crate::journal::{Directory, OpenJournal, ids_of};

/// How long Atlas accepts a cutover after a migration is ready.
const READY_TIME_MS: i64 = 120 * 3600 * 1000;

/// One migration of the journal, and what Atlas shows of it.
pub struct MigrationView {
    pub row: StreamRow,
    /// The name as the command line takes it.
    pub name: String,
    pub state: StreamState,
    pub source: Option<String>,
    pub destination: Option<String>,
    /// The first look that found it ready, if it is ready now, in milliseconds since 1970.
    pub ready_since_ms: Option<i64>,
    /// When it ended, in milliseconds since 1970.
    pub ended_ms: Option<i64>,
    /// What Atlas showed just now.
    pub fresh: Option<LiveMigration>,
    /// Why Atlas showed nothing.
    pub problem: Option<String>,
}

impl MigrationView {
    /// Reads a migration.
    pub async fn read(
        journal: &OpenJournal,
        directory: &Directory,
        row: &StreamRow,
    ) -> Result<Self, CliError> {
        let records = journal.store.read(row.id, 0).await?;
        let state = StreamState::fold(row.kind, &records);
        let (source, planned_destination) = clusters(&records);
        let destination = state.destination.as_deref().map(cluster_of).or(planned_destination);
        Ok(Self {
            name: directory.name_of(row),
            row: row.clone(),
            source,
            destination,
            ready_since_ms: ready_since(&records, &state),
            ended_ms: ended(&records),
            state,
            fresh: None,
            problem: None,
        })
    }

    /// Reads the events again, and keeps what Atlas showed.
    pub async fn reread(&mut self, journal: &OpenJournal) -> Result<(), CliError> {
        let records = journal.store.read(self.row.id, 0).await?;
        self.state = StreamState::fold(self.row.kind, &records);
        self.ready_since_ms = ready_since(&records, &self.state);
        self.ended_ms = ended(&records);
        Ok(())
    }

    /// Returns the IDs for calls to Atlas, unless the attempt ended or has no migration yet.
    pub fn live_ids(&self) -> Option<(GroupId, LiveMigrationId)> {
        if self.state.ended.is_some() { None } else { ids_of(&self.row).ok() }
    }

    pub fn phase(&self) -> Phase {
        self.state.phase()
    }

    /// Returns what it waits for, as far as the journal knows.
    pub fn waits_for(&self, now_ms: i64) -> WaitsFor {
        self.state.waits_for(&Conditions::new(now_ms))
    }

    /// Returns what it waits for, and who or what can end that, in one line.
    pub fn waits_for_text(&self, now_ms: i64) -> String {
        let name = &self.name;
        match (self.waits_for(now_ms), self.phase()) {
            (WaitsFor::Runner(_), _) if self.state.blocked.is_some() => "a person".to_owned(),
            // Nobody runs a migration that is not in a plan.
            (WaitsFor::Runner(_), Phase::Ready) if self.row.plan.is_none() => {
                format!("a person; `cutover {name}` cuts it over")
            }
            (WaitsFor::Runner(_), _) if self.row.plan.is_none() => {
                format!("a person; `create --name {name}` starts it")
            }
            (waits_for, _) => waits_for.to_string(),
        }
    }

    /// Returns the lag that was seen last.
    pub fn lag(&self) -> Option<Duration> {
        if self.state.ended.is_some() {
            return None;
        }
        match (&self.fresh, &self.state.look) {
            (Some(job), _) => job.lag,
            (None, look) => look.as_ref()?.lag_seconds.map(Duration::from_secs),
        }
    }

    /// Returns the latest time at which the migration expires, if it is ready.
    pub fn deadline_ms(&self) -> Option<i64> {
        (self.phase() != Phase::CuttingOver).then_some(())?;
        self.ready_since_ms?.checked_add(READY_TIME_MS)
    }

    /// Returns the time to the deadline.
    pub fn time_left(&self, now_ms: i64) -> Option<Duration> {
        let left = self.deadline_ms()?.saturating_sub(now_ms);
        Some(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
    }
}

/// Returns the first look of the current series of looks that found the migration ready.
fn ready_since(records: &[EventRecord], state: &StreamState) -> Option<i64> {
    if state.ended.is_some() {
        return None;
    }
    let mut since = None;
    for record in records.iter().filter(|record| record.attempt == state.attempt) {
        if let Event::Observed(observed) = &record.event {
            let is_ready = observed.ready == Some(true);
            since = is_ready.then(|| since.unwrap_or(observed.polled_ms));
        }
    }
    since
}

fn ended(records: &[EventRecord]) -> Option<i64> {
    let last = records.iter().rev().find(|record| matches!(record.event, Event::Ended(_)));
    last.map(|record| record.at_ms)
}

/// Returns the clusters of the last request.
fn clusters(records: &[EventRecord]) -> (Option<String>, Option<String>) {
    let request = records.iter().rev().find_map(|record| match &record.event {
        Event::Planned(planned) => Some(&planned.request),
        _ => None,
    });
    let cluster = |side: &str| {
        let name = request?.get(side)?.get("clusterName").and_then(Value::as_str)?;
        Some(name.to_owned())
    };
    (cluster("source"), cluster("destination"))
}

/// Returns the cluster of `project/cluster`.
fn cluster_of(destination: &str) -> String {
    destination.split_once('/').map_or(destination, |(_, cluster)| cluster).to_owned()
}
