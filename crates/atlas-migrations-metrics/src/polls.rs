//! [`PollLog`]: counts polls.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    exposition::Exposition,
    families,
    migration::{MigrationSample, PollCounts},
};

/// The classes of errors of polls. What a server sends cannot add one.
pub const ERROR_CODES: [&str; 15] = [
    "timeout",
    "connect",
    "connection_lost",
    "http_400",
    "http_401",
    "http_403",
    "http_404",
    "http_429",
    "http_500",
    "http_502",
    "http_503",
    "http_504",
    "http_4xx",
    "http_5xx",
    "other",
];

/// The polls of this process. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct PollLog(Arc<Mutex<Polls>>);

#[derive(Debug, Default)]
struct Polls {
    /// By the ID in Atlas.
    migrations: HashMap<String, Polled>,
    errors: BTreeMap<&'static str, u64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Polled {
    counts: PollCounts,
    last_success_ms: Option<i64>,
    lag: Option<Duration>,
}

impl PollLog {
    /// Counts a poll that succeeded at a time, in milliseconds since 1970.
    pub fn succeeded(&self, live_migration: &str, at_ms: i64, lag: Option<Duration>) {
        let mut polls = self.lock();
        let polled = polls.of(live_migration);
        polled.counts.polls += 1;
        polled.last_success_ms = Some(at_ms);
        polled.lag = lag;
    }

    /// Counts a poll that failed, with the class of its error.
    pub fn failed(&self, live_migration: &str, class: &str) {
        let mut polls = self.lock();
        let polled = polls.of(live_migration);
        polled.counts.polls += 1;
        polled.counts.errors += 1;
        *polls.errors.entry(code_of(class)).or_default() += 1;
    }

    /// Adds to a sample what the polls of its migration found, if it was polled.
    pub fn complete(&self, sample: &mut MigrationSample) {
        if let Some(polled) = self.lock().migrations.get(&sample.live_migration) {
            sample.polls = Some(polled.counts);
            sample.last_success_ms = polled.last_success_ms;
            sample.lag_seconds = polled.lag.map(|lag| lag.as_secs_f64());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Polls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Polls {
    fn of(&mut self, live_migration: &str) -> &mut Polled {
        self.migrations.entry(live_migration.to_owned()).or_default()
    }
}

impl Exposition {
    /// Adds the errors of polls by their class. A class without errors is 0, so that its first error is an increase.
    #[allow(clippy::cast_precision_loss, reason = "2^53 polls do not happen")]
    pub fn add_poll_errors(&mut self, polls: &PollLog) {
        let polls = polls.lock();
        for code in ERROR_CODES {
            let count = polls.errors.get(code).copied().unwrap_or(0);
            self.set(&families::POLL_ERRORS_BY_CODE, &[code], count as f64);
        }
    }
}

/// Returns the code of a class of errors.
fn code_of(class: &str) -> &'static str {
    let known = ERROR_CODES.into_iter().find(|code| *code == class);
    known.unwrap_or_else(|| match class.strip_prefix("http_").and_then(|status| status.get(..1)) {
        Some("4") => "http_4xx",
        Some("5") => "http_5xx",
        _ => "other",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bug: a server that sends a new status each time makes a new series each time.
    #[test]
    fn the_classes_of_errors_are_bounded() {
        for (class, code) in [
            ("timeout", "timeout"),
            ("http_503", "http_503"),
            ("http_599", "http_5xx"),
            ("http_418", "http_4xx"),
            ("http_302", "other"),
            ("http_", "other"),
            ("http_\u{e4}", "other"),
            ("unexpected", "other"),
        ] {
            assert_eq!(code_of(class), code);
        }
    }

    #[test]
    fn a_poll_that_fails_keeps_the_last_success() {
        let (log, mut sample) = (PollLog::default(), MigrationSample::new("orders"));
        sample.live_migration = "6296".to_owned();
        log.complete(&mut sample);
        assert_eq!(sample.polls, None, "it was not polled");
        log.succeeded("6296", 5000, Some(Duration::from_secs(3)));
        log.failed("6296", "http_503");
        log.failed("other", "timeout");
        log.complete(&mut sample);
        assert_eq!(sample.polls, Some(PollCounts::new(2, 1)));
        assert_eq!((sample.last_success_ms, sample.lag_seconds), (Some(5000), Some(3.0)));
        let mut exposition = Exposition::new();
        exposition.add_poll_errors(&log);
        let text = exposition.to_text();
        for line in ["{code=\"timeout\"} 1", "{code=\"http_503\"} 1", "{code=\"http_429\"} 0"] {
            assert!(text.contains(line), "{text}");
        }
    }
}
