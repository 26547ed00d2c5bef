//! [`Metrics`]: how the migrations stand, as Prometheus reads it.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use atlas_client_core::sanitize;
use atlas_migrations::{LiveMigrationStatus, MigrationKey};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::board::Row;

type Labels = Vec<(&'static str, String)>;
type Seconds = Family<Labels, Gauge<f64, AtomicU64>>;

/// How the migrations stand. Clones are of the same.
#[derive(Clone)]
pub struct Metrics(Arc<Mutex<Inner>>);

struct Inner {
    registry: Registry,
    lag: Seconds,
    left: Seconds,
    status: Family<Labels, Gauge>,
    ready: Family<Labels, Gauge>,
    polls: Family<Labels, Counter>,
    errors: Family<Labels, Counter>,
    migrations: HashMap<MigrationKey, Known>,
}

/// What was told of a migration before.
#[derive(Default)]
struct Known {
    status: Option<String>,
    polls: u64,
    failed_polls: u64,
    labels: Labels,
    /// When the time to cut over runs out, at the earliest that is known.
    deadline: Option<SystemTime>,
}

impl Metrics {
    pub fn new() -> Self {
        let (lag, left) = (Seconds::default(), Seconds::default());
        let (status, ready) = (Family::default(), Family::default());
        let (polls, errors) = (Family::default(), Family::default());
        let mut registry = Registry::with_prefix("atlas_live_migration");
        let seconds = || Unit::Seconds;
        let help = "How far the destination is behind the source, where the service says so";
        registry.register_with_unit("lag", help, seconds(), lag.clone());
        let help = "How long the migration can still be cut over before it expires";
        registry.register_with_unit("time_to_deadline", help, seconds(), left.clone());
        let help = "1 for the status that the migration has";
        registry.register("status", help, Family::clone(&status));
        let help = "Whether the migration can be cut over now";
        registry.register("ready_for_cutover", help, Family::clone(&ready));
        let help = "How many times the service was asked";
        registry.register("polls", help, Family::clone(&polls));
        let help = "How many times it gave no good answer";
        registry.register("poll_errors", help, Family::clone(&errors));
        let migrations = HashMap::new();
        let inner = Inner { registry, lag, left, status, ready, polls, errors, migrations };
        Self(Arc::new(Mutex::new(inner)))
    }

    /// Takes in how a migration stands now.
    pub fn update(&self, row: &Row) {
        self.inner().update(row);
    }

    /// All of it in the text format of `OpenMetrics`.
    pub fn text(&self, now: SystemTime) -> Result<String, fmt::Error> {
        let inner = self.inner();
        for known in inner.migrations.values() {
            match known.deadline {
                Some(deadline) => {
                    let left = deadline.duration_since(now).unwrap_or_default();
                    inner.left.get_or_create(&known.labels).set(left.as_secs_f64());
                }
                None => {
                    inner.left.remove(&known.labels);
                }
            }
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
        match update.lag.as_ref().map(Duration::as_secs_f64) {
            Some(lag) => {
                self.lag.get_or_create(labels).set(lag);
            }
            None => {
                self.lag.remove(labels);
            }
        }
        let is_ready = update.job.ready_for_cutover == Some(true);
        self.ready.get_or_create(labels).set(is_ready.into());
        let deadline = update.deadline;
        known.deadline = deadline.map(|deadline| deadline.earliest.unwrap_or(deadline.latest));

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
