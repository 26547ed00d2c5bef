//! [`Metrics`]: the state of the migrations as Prometheus metrics.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use atlas_client_core::sanitize;
use atlas_migrations::{Clock, LiveMigrationRef, LiveMigrationStatus};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::cutover_condition::TimeLeft;
use super::watched_migration::WatchedMigration;

type Labels = Vec<(&'static str, String)>;
type Seconds = Family<Labels, Gauge<f64, AtomicU64>>;

/// The metrics of all migrations. Clones share them.
#[derive(Clone)]
pub struct Metrics(Arc<Mutex<Inner>>);

struct Inner {
    registry: Registry,
    clock: Arc<dyn Clock>,
    lag: Seconds,
    at_least: Seconds,
    at_most: Seconds,
    status: Family<Labels, Gauge>,
    ready: Family<Labels, Gauge>,
    polls: Family<Labels, Counter>,
    errors: Family<Labels, Counter>,
    migrations: HashMap<LiveMigrationRef, Reported>,
}

/// What the metrics report of a migration.
#[derive(Default)]
struct Reported {
    status: Option<String>,
    polls: u64,
    failed_polls: u64,
    labels: Labels,
    /// The time that was left for the cutover at the last successful poll, and when that was.
    left: Option<(TimeLeft, Duration)>,
}

impl Metrics {
    pub fn new(clock: &Arc<dyn Clock>) -> Self {
        let mut inner = Inner {
            registry: Registry::with_prefix("atlas_live_migration"),
            clock: Arc::clone(clock),
            lag: Seconds::default(),
            at_least: Seconds::default(),
            at_most: Seconds::default(),
            status: Family::default(),
            ready: Family::default(),
            polls: Family::default(),
            errors: Family::default(),
            migrations: HashMap::new(),
        };
        let registry = &mut inner.registry;
        for (name, family, help) in [
            (
                "lag",
                &inner.lag,
                "Lag of the destination behind the source, if the service reports it",
            ),
            (
                "time_to_deadline_at_least",
                &inner.at_least,
                "Lower bound of the time left for the cutover; absent if the migration was ready when first seen",
            ),
            (
                "time_to_deadline_at_most",
                &inner.at_most,
                "Upper bound of the time left for the cutover; the migration may expire sooner",
            ),
        ] {
            registry.register_with_unit(name, help, Unit::Seconds, family.clone());
        }
        registry.register("status", "1 for the current status", inner.status.clone());
        let help = "Whether the migration is ready for cutover";
        registry.register("ready_for_cutover", help, inner.ready.clone());
        registry.register("polls", "Number of polls", inner.polls.clone());
        registry.register("poll_errors", "Number of failed polls", inner.errors.clone());
        Self(Arc::new(Mutex::new(inner)))
    }

    /// Updates the metrics of a migration.
    pub fn update(&self, migration: &WatchedMigration) {
        self.lock().update(migration);
    }

    /// Returns all metrics in the `OpenMetrics` text format.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let inner = self.lock();
        let now = inner.clock.now();
        for reported in inner.migrations.values() {
            let left = reported.left.map(|(left, seen)| left.after(now.saturating_sub(seen)));
            let labels = &reported.labels;
            set_or_remove(&inner.at_least, labels, left.and_then(|left| left.at_least));
            set_or_remove(&inner.at_most, labels, left.map(|left| left.at_most));
        }
        let mut text = String::new();
        encode(&mut text, &inner.registry)?;
        Ok(text)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // After a panic, a counter may lack one update.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn set_or_remove(family: &Seconds, labels: &Labels, duration: Option<Duration>) {
    match duration {
        Some(duration) => {
            family.get_or_create(labels).set(duration.as_secs_f64());
        }
        None => {
            family.remove(labels);
        }
    }
}

impl Inner {
    fn update(&mut self, migration: &WatchedMigration) {
        let key = migration.target.key;
        let reported = self.migrations.entry(key).or_insert_with(|| {
            let labels = vec![
                ("project_id", key.group.to_string()),
                ("live_migration_id", key.id.to_string()),
                ("name", migration.target.name.clone()),
            ];
            Reported { labels, ..Reported::default() }
        });
        let labels = &reported.labels;
        self.polls.get_or_create(labels).inc_by(migration.polls - reported.polls);
        let failed_polls = migration.failed_polls - reported.failed_polls;
        self.errors.get_or_create(labels).inc_by(failed_polls);
        (reported.polls, reported.failed_polls) = (migration.polls, migration.failed_polls);
        let Some(update) = &migration.latest else {
            return;
        };
        set_or_remove(&self.lag, labels, update.lag);
        self.ready.get_or_create(labels).set(update.job.can_be_cut_over().into());
        reported.left = TimeLeft::of(update).zip(migration.last_seen);

        let status = migration.status().map(LiveMigrationStatus::as_str).map(sanitize);
        let with_status = |status: &String| [&labels[..], &[("status", status.clone())]].concat();
        if status != reported.status {
            if let Some(before) = &reported.status {
                self.status.remove(&with_status(before));
            }
            if let Some(status) = &status {
                self.status.get_or_create(&with_status(status)).set(1);
            }
            reported.status = status;
        }
    }
}
