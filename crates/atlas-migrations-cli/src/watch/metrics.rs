//! [`Metrics`]: how the migrations stand, as Prometheus reads it.

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

use super::board::Row;
use super::waiting::TimeLeft;

type Labels = Vec<(&'static str, String)>;
type Seconds = Family<Labels, Gauge<f64, AtomicU64>>;

/// How the migrations stand. Clones are of the same.
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
    migrations: HashMap<LiveMigrationRef, Known>,
}

/// What was told of a migration before.
#[derive(Default)]
struct Known {
    status: Option<String>,
    polls: u64,
    failed_polls: u64,
    labels: Labels,
    /// How much time was left to cut it over when it was seen, and when that was.
    left: Option<(TimeLeft, Duration)>,
}

impl Metrics {
    pub fn new(clock: &Arc<dyn Clock>) -> Self {
        let (lag, at_least, at_most) = <(Seconds, Seconds, Seconds)>::default();
        let (status, ready) = (Family::default(), Family::default());
        let (polls, errors) = (Family::default(), Family::default());
        let mut registry = Registry::with_prefix("atlas_live_migration");
        let seconds = || Unit::Seconds;
        let help = "How far the destination is behind the source, where the service says so";
        registry.register_with_unit("lag", help, seconds(), lag.clone());
        let help = "Lower bound of the time that is left to cut the migration over; absent if the migration was \
                    ready when it was first seen";
        let name = "time_to_deadline_at_least";
        registry.register_with_unit(name, help, seconds(), at_least.clone());
        let help =
            "Upper bound of the time that is left to cut the migration over; it may expire sooner";
        let name = "time_to_deadline_at_most";
        registry.register_with_unit(name, help, seconds(), at_most.clone());
        let help = "1 for the status that the migration has";
        registry.register("status", help, Family::clone(&status));
        let help = "Whether the migration can be cut over now";
        registry.register("ready_for_cutover", help, Family::clone(&ready));
        let help = "How many times the service was asked";
        registry.register("polls", help, Family::clone(&polls));
        let help = "How many times it gave no good answer";
        registry.register("poll_errors", help, Family::clone(&errors));
        let migrations = HashMap::new();
        let clock = Arc::clone(clock);
        let inner = Inner {
            registry,
            clock,
            lag,
            at_least,
            at_most,
            status,
            ready,
            polls,
            errors,
            migrations,
        };
        Self(Arc::new(Mutex::new(inner)))
    }

    /// Takes in how a migration stands now.
    pub fn update(&self, row: &Row) {
        self.inner().update(row);
    }

    /// All of it in the text format of `OpenMetrics`.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let inner = self.inner();
        let now = inner.clock.now();
        for known in inner.migrations.values() {
            let left = known.left.map(|(left, seen)| left.after(now.saturating_sub(seen)));
            tell(&inner.at_least, &known.labels, left.and_then(|left| left.at_least));
            tell(&inner.at_most, &known.labels, left.map(|left| left.at_most));
        }
        let mut text = String::new();
        encode(&mut text, &inner.registry)?;
        Ok(text)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // What a panic left behind is counters that lack one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sets a duration, or takes it away where there is none.
fn tell(family: &Seconds, labels: &Labels, duration: Option<Duration>) {
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
    fn update(&mut self, row: &Row) {
        let key = row.target.key;
        let known = self.migrations.entry(key).or_insert_with(|| {
            let labels = vec![
                ("project_id", key.group.to_string()),
                ("live_migration_id", key.id.to_string()),
                ("name", row.target.name.clone()),
            ];
            Known { labels, ..Known::default() }
        });
        let labels = &known.labels;
        self.polls.get_or_create(labels).inc_by(row.polls - known.polls);
        self.errors.get_or_create(labels).inc_by(row.failed_polls - known.failed_polls);
        (known.polls, known.failed_polls) = (row.polls, row.failed_polls);
        let Some(update) = &row.seen else {
            return;
        };
        tell(&self.lag, labels, update.lag);
        self.ready.get_or_create(labels).set(update.job.can_be_cut_over().into());
        known.left = TimeLeft::of(update).zip(row.last_seen);

        let status = update.job.status.as_ref().map(LiveMigrationStatus::as_str).map(sanitize);
        let of_status = |status: &String| {
            let mut labels = labels.clone();
            labels.push(("status", status.clone()));
            labels
        };
        if status != known.status {
            if let Some(before) = &known.status {
                self.status.remove(&of_status(before));
            }
            if let Some(status) = &status {
                self.status.get_or_create(&of_status(status)).set(1);
            }
            known.status = status;
        }
    }
}
