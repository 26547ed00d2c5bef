//! [`Metrics`]: the state of the watched migrations for Prometheus.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use atlas_migrations::LiveMigrationStatus;
use atlas_migrations_board::Kind;
use atlas_migrations_metrics::{Exposition, JournalMeter, MigrationSample, PollCounts, PollLog};

use super::outcome::Outcome;
use super::watched_migration::{CutoverState, Phase, WatchedMigration};
use crate::metrics::MetricsSource;

/// How many polls fail before a migration counts as not seen, as in a run.
const NOT_SEEN_AFTER: u32 = 3;
/// A deadline that is nearer than this needs a person, as on the page.
const NEAR: Duration = Duration::from_hours(24);
/// How long Atlas accepts a cutover after a migration is ready.
const READY_TIME: Duration = Duration::from_hours(120);

/// The metrics of a watch. Clones share them.
#[derive(Clone)]
pub struct Metrics {
    samples: Arc<Mutex<BTreeMap<usize, MigrationSample>>>,
    polls: PollLog,
    meter: JournalMeter,
}

impl Metrics {
    /// Creates the metrics of a watch before its first poll.
    pub fn new(meter: JournalMeter) -> Self {
        Self { samples: Arc::default(), polls: PollLog::default(), meter }
    }

    /// Updates the metrics of a migration.
    pub fn update(&self, migration: &WatchedMigration) {
        let mut sample = sample_of(migration);
        let mut samples = self.lock();
        let errors = samples.get(&migration.index).and_then(|before| before.polls);
        let new_errors = migration.failed_polls - errors.map_or(0, |counts| counts.errors);
        if let Some(outage) = migration.outage.as_ref().filter(|_| new_errors > 0) {
            self.polls.failed(&sample.live_migration, &outage.class);
        }
        sample.polls = Some(PollCounts::new(migration.polls, migration.failed_polls));
        samples.insert(migration.index, sample);
    }

    fn exposition(&self) -> Exposition {
        let mut exposition = Exposition::new();
        for sample in self.lock().values() {
            exposition.add_migration(sample);
        }
        exposition.add_poll_errors(&self.polls);
        exposition.add_appends(&self.meter);
        exposition
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, MigrationSample>> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MetricsSource for Metrics {
    async fn text(&self) -> String {
        self.exposition().to_text()
    }
}

fn sample_of(migration: &WatchedMigration) -> MigrationSample {
    let (target, latest) = (&migration.target, migration.latest.as_ref());
    let mut sample = MigrationSample::new(&target.name);
    sample.plan = target.plan.clone().unwrap_or_default();
    sample.project = target.key.group.to_string();
    sample.live_migration = target.key.id.to_string();
    sample.state = state_of(migration);
    sample.lag_seconds = latest.and_then(|update| update.lag).map(|lag| lag.as_secs_f64());
    sample.last_success_ms = latest.map(|update| milliseconds(update.observed_at));
    if let Some(deadline) = latest.and_then(|update| update.deadline) {
        sample.earliest_deadline_ms = deadline.earliest.map(milliseconds);
        sample.latest_deadline_ms = Some(milliseconds(deadline.latest));
        let since = deadline.latest.checked_sub(READY_TIME);
        sample.ready_since_ms = since.map(milliseconds);
    }
    let is_near = migration.time_left().is_some_and(|left| left.shortest() < NEAR);
    let is_lost = matches!(migration.outcome, Some(Outcome::Error { .. }));
    sample.needs_person = is_near || is_lost || sample.state.is_some_and(Kind::needs_person);
    sample
}

/// Returns the state, or `None` before the first poll.
fn state_of(migration: &WatchedMigration) -> Option<Kind> {
    let is_unclear = matches!(migration.cutover, CutoverState::Unclear { .. });
    let outage = migration.outage.as_ref();
    let is_seen = outage.is_none_or(|outage| outage.failed_polls < NOT_SEEN_AFTER);
    Some(match (migration.phase(), migration.status()) {
        (Phase::Over, Some(LiveMigrationStatus::Complete)) => Kind::Complete,
        (Phase::Over, Some(LiveMigrationStatus::Failed)) => Kind::Failed,
        (Phase::Over, Some(LiveMigrationStatus::Expired)) => Kind::Expired,
        _ if is_unclear => Kind::Unclear,
        _ if !is_seen => Kind::NotSeen,
        (Phase::Unseen, _) => return None,
        (Phase::New | Phase::Replicating, _) => Kind::Replicating,
        (Phase::Ready, _) if migration.condition.is_some() => Kind::Waiting,
        (Phase::Ready, _) => Kind::Ready,
        (Phase::CuttingOver, _) => Kind::CuttingOver,
        (Phase::Over | Phase::Unknown, _) => Kind::Blocked,
    })
}

fn milliseconds(time: SystemTime) -> i64 {
    let since_1970 = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
}
