//! [`MigrationSample`]: what a scrape tells of one migration.

use atlas_migrations_board::Kind;

use crate::{exposition::Exposition, families, family::Family};

/// What a scrape tells of one migration. What is not known is not exported. Times are in milliseconds since 1970.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MigrationSample {
    /// The name.
    pub name: String,
    /// The name of the plan; empty without a plan.
    pub plan: String,
    /// The project; empty if it is not known.
    pub project: String,
    /// The ID in Atlas; empty before it is known.
    pub live_migration: String,
    /// The state.
    pub state: Option<Kind>,
    /// Since when it is in its state.
    pub state_since_ms: Option<i64>,
    /// Whether nothing happens, or it expires, until a person acts.
    pub needs_person: bool,
    /// `source → destination`, and which start of the migration this is, from 1.
    pub clusters: Option<(String, u32)>,
    /// When it was first seen ready, while it is ready.
    pub ready_since_ms: Option<i64>,
    /// When it expires at the earliest, if it is ready and that is known.
    pub earliest_deadline_ms: Option<i64>,
    /// When it expires at the latest, if it is ready.
    pub latest_deadline_ms: Option<i64>,
    /// The lag that the last successful poll found.
    pub lag_seconds: Option<f64>,
    /// When a poll succeeded last.
    pub last_success_ms: Option<i64>,
    /// The polls, if this process polls.
    pub polls: Option<PollCounts>,
    /// The lag that the journal has, in seconds, and when it was seen.
    pub recorded_lag: Option<(u64, i64)>,
}

/// How often a migration was polled.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct PollCounts {
    /// All polls.
    pub polls: u64,
    /// The polls that failed.
    pub errors: u64,
}

impl PollCounts {
    /// Creates the counts.
    pub fn new(polls: u64, errors: u64) -> Self {
        Self { polls, errors }
    }
}

impl MigrationSample {
    /// Creates the sample of a migration of which nothing but the name is known.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

impl Exposition {
    /// Adds what is known of a migration.
    #[allow(clippy::cast_precision_loss, reason = "counts and lags stay below 2^53")]
    pub fn add_migration(&mut self, one: &MigrationSample) {
        let labels = [&*one.plan, &*one.name, &*one.project, &*one.live_migration];
        let with = |more: &[&str]| -> Vec<String> {
            labels.iter().chain(more).map(|label| (*label).to_owned()).collect()
        };
        let mut set = |family: &Family, more: &[&str], value: f64| {
            let labels = with(more);
            let labels: Vec<_> = labels.iter().map(String::as_str).collect();
            self.set(family, &labels, value);
        };
        for state in Kind::ALL.into_iter().filter(|_| one.state.is_some()) {
            set(&families::STATE, &[&state.code()], number(one.state == Some(state)));
        }
        set(&families::NEEDS_PERSON, &[], number(one.needs_person));
        if let Some((clusters, attempt)) = &one.clusters {
            set(&families::INFO, &[clusters, &attempt.to_string()], 1.0);
        }
        for (family, label, time) in [
            (&families::STATE_SINCE, None, one.state_since_ms),
            (&families::READY_SINCE, None, one.ready_since_ms),
            (&families::DEADLINE, Some("earliest"), one.earliest_deadline_ms),
            (&families::DEADLINE, Some("latest"), one.latest_deadline_ms),
            (&families::LAST_SUCCESS, None, one.last_success_ms),
            (&families::RECORDED_LAG_AT, None, one.recorded_lag.map(|(_, ms)| ms)),
        ] {
            if let Some(ms) = time {
                set(family, label.as_slice(), seconds(ms));
            }
        }
        if let Some(lag) = one.lag_seconds {
            set(&families::LAG, &[], lag);
        }
        if let Some((lag, _)) = one.recorded_lag {
            set(&families::RECORDED_LAG, &[], lag as f64);
        }
        if let Some(counts) = one.polls {
            set(&families::POLLS, &[], counts.polls as f64);
            set(&families::POLL_ERRORS, &[], counts.errors as f64);
        }
    }
}

fn number(value: bool) -> f64 {
    f64::from(u8::from(value))
}

/// Returns milliseconds as seconds.
#[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay below 2^53")]
pub(crate) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}
