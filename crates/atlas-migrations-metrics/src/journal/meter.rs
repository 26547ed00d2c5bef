//! [`JournalMeter`]: measures the appends of this process.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use atlas_migrations_journal::{AppendObserver, Error};

use crate::{
    exposition::{Exposition, Histogram},
    families,
};

/// The upper bounds of the buckets, in seconds: from a fast disk to a database that is about to time out.
const BOUNDS: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Why an event was not stored.
const REASONS: [&str; 9] = [
    "conflict",
    "refused",
    "busy",
    "unreachable",
    "disk_full",
    "read_only",
    "damaged",
    "ambiguous",
    "other",
];

/// The appends of this process. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct JournalMeter(Arc<Mutex<Appends>>);

#[derive(Debug, Default)]
struct Appends {
    /// How many took at most the bound, and more than the one before.
    counts: [u64; BOUNDS.len()],
    count: u64,
    sum: Duration,
    failures: BTreeMap<&'static str, u64>,
}

impl JournalMeter {
    /// Returns what a store calls after each append.
    pub fn observer(&self) -> AppendObserver {
        let meter = self.clone();
        AppendObserver::new(move |took, error| meter.record(took, error))
    }

    /// Counts an append. Only those that stored something are measured.
    pub fn record(&self, took: Duration, error: Option<&Error>) {
        let mut appends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = error {
            *appends.failures.entry(reason_of(error)).or_default() += 1;
            return;
        }
        let seconds = took.as_secs_f64();
        if let Some(place) = BOUNDS.iter().position(|bound| seconds <= *bound) {
            appends.counts[place] += 1;
        }
        appends.count += 1;
        appends.sum = appends.sum.saturating_add(took);
    }
}

impl Exposition {
    /// Adds the appends of this process. A reason without failures is 0, so that its first failure is an increase.
    #[allow(clippy::cast_precision_loss, reason = "2^53 appends do not happen")]
    pub fn add_appends(&mut self, meter: &JournalMeter) {
        let appends = meter.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut total = 0;
        let buckets = BOUNDS.iter().zip(appends.counts).map(|(bound, count)| {
            total += count;
            (*bound, total)
        });
        let buckets = buckets.collect();
        let (sum, count) = (appends.sum.as_secs_f64(), appends.count);
        self.set_histogram(&families::JOURNAL_APPENDS, Histogram { buckets, sum, count });
        for reason in REASONS {
            let count = appends.failures.get(reason).copied().unwrap_or(0);
            self.set(&families::JOURNAL_APPEND_FAILURES, &[reason], count as f64);
        }
    }
}

fn reason_of(error: &Error) -> &'static str {
    match error {
        Error::Conflict { .. } | Error::GateMoved { .. } | Error::SlotTaken => "conflict",
        // What the rules forbid, and what another process or a person did first.
        Error::Rejected(_)
        | Error::GateMissing
        | Error::FenceLost { .. }
        | Error::FenceMissing
        | Error::LeaseStale(_)
        | Error::UnknownRunner(_)
        | Error::NameTaken { .. }
        | Error::DestinationTaken { .. }
        | Error::DestinationCompleted { .. }
        | Error::MigrationTaken { .. }
        | Error::NoSuchStream(_)
        | Error::NotEnded(_) => "refused",
        Error::Busy(_) => "busy",
        Error::Unreachable(_) => "unreachable",
        Error::DiskFull(_) => "disk_full",
        Error::ReadOnly(_) | Error::Newer { .. } => "read_only",
        Error::Corrupt(_) | Error::HistoryLost { .. } | Error::NotAJournal(_) => "damaged",
        Error::Ambiguous { .. } => "ambiguous",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appends_are_counted_by_their_time_and_failures_by_their_reason() {
        let meter = JournalMeter::default();
        for ms in [1, 3, 40, 40, 60_000] {
            meter.record(Duration::from_millis(ms), None);
        }
        meter.record(Duration::from_secs(9), Some(&Error::DiskFull("/".to_owned())));
        let mut exposition = Exposition::new();
        exposition.add_appends(&meter);
        let text = exposition.to_text();
        for line in [
            "_duration_seconds_bucket{le=\"0.001\"} 1",
            "_duration_seconds_bucket{le=\"0.005\"} 2",
            "_duration_seconds_bucket{le=\"0.05\"} 4",
            "_duration_seconds_bucket{le=\"10\"} 4",
            "_duration_seconds_bucket{le=\"+Inf\"} 5",
            "_duration_seconds_sum 60.084",
            "_failures_total{reason=\"disk_full\"} 1",
            "_failures_total{reason=\"conflict\"} 0",
        ] {
            assert!(text.contains(&format!("{line}\n")), "{line}: {text}");
        }
    }
}
