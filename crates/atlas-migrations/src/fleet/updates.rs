//! [`FleetUpdates`]: the stream of a fleet.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use futures_util::stream::FuturesUnordered;

use super::handle::{FleetHandle, FleetStats, Request, Shared};
use super::schedule::{Schedule, Turn};
use crate::client::Client;
use crate::ids::LiveMigrationRef;
use crate::watch::poll::{self, PollResult, Sleep};
use crate::watch::{Update, WatchError};

/// The stream of observations of a fleet. [`Update::migration`] and [`WatchError::migration`] tell the migrations
/// apart.
///
/// A migration is removed after the update with a terminal status, and after a [final](WatchError::is_final) error.
/// The stream ends when no migration and no [`FleetHandle`] is left. It polls only while an item is awaited. Dropping
/// it ends all watches.
#[must_use = "migrations are polled only while an item is awaited"]
pub struct FleetUpdates {
    client: Client,
    concurrency: usize,
    schedule: Schedule,
    polls: FuturesUnordered<Pin<Box<dyn Future<Output = Finished> + Send>>>,
    /// A wait, and the time of the clock at which it ends.
    sleep: Option<(Duration, Sleep)>,
    shared: Arc<Shared>,
}

/// A finished poll.
type Finished = (Turn, PollResult);

/// An item of the stream.
type Item = Result<Update, WatchError>;

impl FleetUpdates {
    pub(super) fn new(client: &Client, concurrency: usize, schedule: Schedule) -> Self {
        Self {
            client: client.without_retries(),
            concurrency,
            schedule,
            polls: FuturesUnordered::new(),
            sleep: None,
            shared: Arc::default(),
        }
    }

    /// Adds a migration, unless it is watched already. Its first poll is due at once.
    pub fn add(&mut self, migration: impl Into<LiveMigrationRef>) {
        self.apply(Request::Add(migration.into()));
    }

    /// Removes a migration. The stream yields nothing more of it, unless it is added again.
    pub fn remove(&mut self, migration: impl Into<LiveMigrationRef>) {
        self.apply(Request::Remove(migration.into()));
    }

    /// Returns a handle that adds and removes migrations while the updates are awaited.
    pub fn handle(&self) -> FleetHandle {
        FleetHandle::new(&self.shared)
    }

    /// Returns the current figures of the fleet.
    pub fn stats(&self) -> FleetStats {
        self.shared.inbox().stats
    }

    /// Returns the next item, or `None` after the end of the fleet. Dropping the future loses no observation.
    ///
    /// # Errors
    ///
    /// Polls of one migration failed: see [`WatchError`]. The fleet continues with the others.
    pub async fn next(&mut self) -> Option<Result<Update, WatchError>> {
        std::future::poll_fn(|context| self.poll_update(context)).await
    }

    fn apply(&mut self, request: Request) {
        let now = self.client.clock().now();
        match request {
            Request::Add(migration) => self.schedule.add(migration, now),
            Request::Remove(migration) => self.schedule.remove(migration, now),
        }
        self.shared.inbox().stats.watched = self.schedule.len();
    }

    fn poll_update(&mut self, context: &mut Context<'_>) -> Poll<Option<Item>> {
        loop {
            let requests = self.shared.inbox().take_requests(context.waker());
            for request in requests {
                self.apply(request);
            }

            if let Poll::Ready(Some((turn, result))) = Pin::new(&mut self.polls).poll_next(context)
            {
                if let Some(item) = self.record(turn, result) {
                    return Poll::Ready(Some(item));
                }
                continue;
            }
            if self.start_polls() {
                continue;
            }
            let has_room = self.polls.len() < self.concurrency;
            if self.polls.is_empty()
                && self.schedule.len() == 0
                && !self.shared.inbox().has_handles()
            {
                return Poll::Ready(None);
            }
            let Some(wakes_at) = self.schedule.wakes_at().filter(|_| has_room) else {
                self.sleep = None;
                return Poll::Pending;
            };
            if self.sleep.as_ref().is_none_or(|(time, _)| *time != wakes_at) {
                let clock = self.client.clock();
                let wait = wakes_at.saturating_sub(clock.now());
                self.sleep = Some((wakes_at, poll::sleep(clock, wait)));
            }
            if let Some((_, sleep)) = &mut self.sleep {
                std::task::ready!(sleep.as_mut().poll(context));
                self.sleep = None;
            }
        }
    }

    /// Starts the polls that are due, within the concurrency. Returns whether it started any.
    fn start_polls(&mut self) -> bool {
        let (before, now) = (self.polls.len(), self.client.clock().now());
        while self.polls.len() < self.concurrency
            && let Some(turn) = self.schedule.next(now)
        {
            let poll = poll::poll(&self.client, turn.migration);
            self.polls.push(Box::pin(async move { (turn, poll.await) }));
        }
        self.shared.inbox().stats.in_flight = self.polls.len();
        self.polls.len() > before
    }

    fn record(&mut self, turn: Turn, result: PollResult) -> Option<Item> {
        let is_failed = result.outcome.is_err();
        let item = self.schedule.record(turn, result, self.client.clock().random());
        let mut inbox = self.shared.inbox();
        let stats = &mut inbox.stats;
        stats.watched = self.schedule.len();
        stats.in_flight = self.polls.len();
        stats.polls += 1;
        stats.failed_polls += u64::from(is_failed);
        item
    }
}

impl Stream for FleetUpdates {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Item>> {
        self.poll_update(context)
    }
}

impl Drop for FleetUpdates {
    fn drop(&mut self) {
        self.shared.inbox().end();
    }
}

impl fmt::Debug for FleetUpdates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FleetUpdates").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
