//! [`RunMetrics`]: the state of a run for Prometheus.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use atlas_migrations::{Update, WatchError};
use atlas_migrations_board::{Board, Published, Reader, Times};
use atlas_migrations_metrics::{Exposition, JournalCounts, JournalMeter, PollLog, samples_of};
use atlas_migrations_runs::runner::poll_error_class;
use jiff::tz::TimeZone;
use tokio::sync::Mutex;

use crate::journal::OpenJournal;
use crate::metrics::MetricsSource;

/// How long a scrape waits for the journal, within the time that Prometheus waits for a scrape.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// The metrics of a run: what its journal says when it is scraped, and what its polls found. Clones share them.
#[derive(Clone)]
pub struct RunMetrics {
    plan: Arc<str>,
    seen: Arc<Mutex<Seen>>,
    polls: PollLog,
    meter: JournalMeter,
}

/// What was read of the journal.
struct Seen {
    reader: Reader,
    /// The last read that succeeded.
    published: Option<Published>,
    counts: JournalCounts,
}

impl RunMetrics {
    /// Creates the metrics of a run of a plan.
    pub fn new(journal: &OpenJournal, plan: String) -> Self {
        let reader = Reader::new(Arc::clone(&journal.store), READ_TIMEOUT);
        let seen = Seen { reader, published: None, counts: JournalCounts::default() };
        Self {
            plan: plan.into(),
            seen: Arc::new(Mutex::new(seen)),
            polls: PollLog::default(),
            meter: journal.meter.clone(),
        }
    }

    /// Counts a poll.
    pub fn record_poll(&self, poll: &Result<Update, WatchError>) {
        match poll {
            Ok(update) => {
                let since_1970 = update.observed_at.duration_since(SystemTime::UNIX_EPOCH);
                let at_ms = i64::try_from(since_1970.unwrap_or_default().as_millis());
                let id = update.migration.id.to_string();
                self.polls.succeeded(&id, at_ms.unwrap_or(i64::MAX), update.lag);
            }
            Err(error) => {
                self.polls.failed(&error.migration().id.to_string(), &poll_error_class(error));
            }
        }
    }
}

impl MetricsSource for RunMetrics {
    async fn text(&self) -> String {
        let mut exposition = Exposition::new();
        exposition.add_poll_errors(&self.polls);
        exposition.add_appends(&self.meter);
        let mut seen = self.seen.lock().await;
        let seen = &mut *seen;
        match seen.reader.read().await {
            Ok(published) => {
                seen.counts.observe(&published.snapshot);
                seen.published = Some(published);
            }
            Err(problem) => {
                if let Some(published) = &mut seen.published {
                    published.problem = Some(problem);
                }
            }
        }
        let Some(published) = &seen.published else {
            exposition.add_unreadable_journal();
            return exposition.to_text();
        };
        let times = Times::new(TimeZone::UTC, published.now_ms());
        let board = Board::new(published, Some(&self.plan), &times);
        for mut sample in samples_of(&board) {
            self.polls.complete(&mut sample);
            exposition.add_migration(&sample);
        }
        exposition.add_plans(&board);
        exposition.add_journal(published);
        exposition.add_counts(&seen.counts, times.now_ms);
        exposition.to_text()
    }
}
