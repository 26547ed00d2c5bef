//! [`MigrationSummary`]: what the events of one migration say, for a list.

use std::time::Duration;

use serde_json::Value;

use crate::{
    event::{Event, EventRecord},
    state::{Conditions, Phase, StreamState, WaitsFor},
    store::StreamRow,
};

/// How long Atlas accepts a cutover after a migration is ready.
const READY_TIME_MS: i64 = 120 * 3600 * 1000;
/// A runner polls at least this often, so a migration became ready at most this long before a runner saw it.
const RUNNER_GAP_MS: i64 = 60_000;

/// What the events of one migration say, for a list of migrations.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MigrationSummary {
    /// The stream.
    pub row: StreamRow,
    /// The state.
    pub state: StreamState,
    /// The source cluster, if the journal has the request.
    pub source: Option<String>,
    /// The destination cluster, if it is known.
    pub destination: Option<String>,
    /// The first look that found it ready, if it is ready now, in milliseconds since 1970.
    pub ready_since_ms: Option<i64>,
    /// When it expires at the earliest, if it is ready and a runner saw it before that, in milliseconds since 1970.
    pub earliest_expiry_ms: Option<i64>,
    /// When the last attempt ended, in milliseconds since 1970.
    pub ended_ms: Option<i64>,
    /// Since when it is in its phase, in milliseconds since 1970.
    pub phase_since_ms: Option<i64>,
}

impl MigrationSummary {
    /// Adds up all events of a migration.
    pub fn new(row: StreamRow, records: &[EventRecord]) -> Self {
        let mut state = StreamState::new(row.kind);
        let (mut phase, mut phase_since_ms) = (None, None);
        for record in records {
            state.apply(record);
            if phase != Some(state.phase()) {
                phase = Some(state.phase());
                phase_since_ms = Some(record.at_ms);
            }
        }
        let (source, planned_destination) = clusters(records);
        let destination = state.destination.as_deref().map(cluster_of).or(planned_destination);
        let ready = Readiness::of(records, &state);
        let (ready_since_ms, earliest_expiry_ms) = (ready.since_ms, ready.earliest_expiry_ms());
        let ended_ms = ended(records);
        Self {
            row,
            state,
            source,
            destination,
            ready_since_ms,
            earliest_expiry_ms,
            ended_ms,
            phase_since_ms,
        }
    }

    /// Returns the phase.
    pub fn phase(&self) -> Phase {
        self.state.phase()
    }

    /// Returns what it waits for, as far as the journal knows.
    pub fn waits_for(&self, now_ms: i64) -> WaitsFor {
        self.state.waits_for(&Conditions::new(now_ms))
    }

    /// Returns what it waits for, and who or what can end that, in one line. The name is as the command line takes it.
    pub fn waits_for_text(&self, name: &str, now_ms: i64) -> String {
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

    /// Returns the lag that was recorded last, unless the attempt ended.
    pub fn lag(&self) -> Option<Duration> {
        let look = self.state.look.as_ref().filter(|_| self.state.ended.is_none())?;
        look.lag_seconds.map(Duration::from_secs)
    }

    /// Returns the latest time at which the migration expires, in milliseconds since 1970, if it is ready.
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

/// The current series of looks that found the migration ready.
#[derive(Default)]
struct Readiness {
    since_ms: Option<i64>,
    /// Whether a runner looked at it before and found it not ready.
    is_start_seen: bool,
    /// What a runner announced.
    announced_ms: Option<i64>,
}

impl Readiness {
    fn of(records: &[EventRecord], state: &StreamState) -> Self {
        let mut ready = Self::default();
        if state.ended.is_some() {
            return ready;
        }
        let mut was_followed = false;
        for record in records.iter().filter(|record| record.attempt == state.attempt) {
            match &record.event {
                Event::Observed(observed) if observed.ready != Some(true) => {
                    ready = Self::default();
                    was_followed = record.runner.is_some();
                }
                Event::Observed(observed) if ready.since_ms.is_none() => {
                    ready.since_ms = Some(observed.polled_ms);
                    ready.is_start_seen = was_followed && record.runner.is_some();
                }
                Event::DeadlineNear(near) => ready.announced_ms = Some(near.earliest_ms),
                _ => {}
            }
        }
        ready
    }

    fn earliest_expiry_ms(&self) -> Option<i64> {
        let since_ms = self.since_ms?;
        let seen = self.is_start_seen.then_some(since_ms.saturating_add(READY_TIME_MS));
        self.announced_ms.or(seen.map(|ms| ms.saturating_sub(RUNNER_GAP_MS)))
    }
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
