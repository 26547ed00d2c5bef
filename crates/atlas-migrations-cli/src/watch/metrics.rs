//! [`Metrics`]: the state of the migrations as Prometheus metrics.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use atlas_client_core::sanitize;
use atlas_migrations::{Clock, LiveMigrationStatus};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::cutover_condition::TimeLeft;
use super::watched_migration::WatchedMigration;

type Labels = Vec<(&'static str, String)>;

/// The metrics of all migrations. Clones share them.
#[derive(Clone)]
pub struct Metrics {
    clock: Arc<dyn Clock>,
    snapshots: Arc<Mutex<BTreeMap<usize, Snapshot>>>,
}

/// What the metrics report of a migration.
struct Snapshot {
    labels: Labels,
    polls: u64,
    failed_polls: u64,
    status: Option<String>,
    is_ready: Option<bool>,
    lag: Option<Duration>,
    /// The time that was left for the cutover at the last successful poll, and when that was.
    left: Option<(TimeLeft, Duration)>,
}

impl Metrics {
    pub fn new(clock: &Arc<dyn Clock>) -> Self {
        Self { clock: Arc::clone(clock), snapshots: Arc::default() }
    }

    /// Updates the metrics of a migration.
    pub fn update(&self, migration: &WatchedMigration) {
        let key = migration.target.key;
        let latest = migration.latest.as_ref();
        let snapshot = Snapshot {
            labels: vec![
                ("project_id", key.group.to_string()),
                ("live_migration_id", key.id.to_string()),
                ("name", migration.target.name.clone()),
            ],
            polls: migration.polls,
            failed_polls: migration.failed_polls,
            status: migration.status().map(LiveMigrationStatus::as_str).map(sanitize),
            is_ready: latest.map(|update| update.job.can_be_cut_over()),
            lag: latest.and_then(|update| update.lag),
            left: latest.and_then(TimeLeft::of).zip(migration.last_seen),
        };
        self.lock().insert(migration.index, snapshot);
    }

    /// Returns all metrics in the `OpenMetrics` text format.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let now = self.clock.now();
        let snapshots = self.lock();
        let mut registry = Registry::with_prefix("atlas_live_migration");
        let mut seconds = |name, help, value: &dyn Fn(&Snapshot) -> Option<Duration>| {
            let family = Family::<Labels, Gauge<f64, AtomicU64>>::default();
            for snapshot in snapshots.values() {
                if let Some(duration) = value(snapshot) {
                    family.get_or_create(&snapshot.labels).set(duration.as_secs_f64());
                }
            }
            registry.register_with_unit(name, help, Unit::Seconds, family);
        };
        let help = "Lag of the destination behind the source, if the service reports it";
        seconds("lag", help, &|snapshot| snapshot.lag);
        let left = |snapshot: &Snapshot| {
            snapshot.left.map(|(left, seen)| left.after(now.saturating_sub(seen)))
        };
        let help = "Lower bound of the time left for the cutover; absent if the migration was ready when first seen";
        seconds("time_to_deadline_at_least", help, &|snapshot| left(snapshot)?.at_least);
        let help = "Upper bound of the time left for the cutover; the migration may expire sooner";
        seconds("time_to_deadline_at_most", help, &|snapshot| Some(left(snapshot)?.at_most));

        let (status, ready) = <(Family<Labels, Gauge>, Family<Labels, Gauge>)>::default();
        let (polls, errors) = <(Family<Labels, Counter>, Family<Labels, Counter>)>::default();
        for snapshot in snapshots.values() {
            let labels = &snapshot.labels;
            if let Some(name) = &snapshot.status {
                status.get_or_create(&[&labels[..], &[("status", name.clone())]].concat()).set(1);
            }
            if let Some(is_ready) = snapshot.is_ready {
                ready.get_or_create(labels).set(is_ready.into());
            }
            polls.get_or_create(labels).inc_by(snapshot.polls);
            errors.get_or_create(labels).inc_by(snapshot.failed_polls);
        }
        registry.register("status", "1 for the current status", status);
        registry.register("ready_for_cutover", "Whether the migration is ready for cutover", ready);
        registry.register("polls", "Number of polls", polls);
        registry.register("poll_errors", "Number of failed polls", errors);
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, Snapshot>> {
        self.snapshots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
