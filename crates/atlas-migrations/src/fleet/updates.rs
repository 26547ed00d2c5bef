//! [`FleetUpdates`]: a fleet that is followed.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use futures_util::stream::FuturesUnordered;

use super::handle::{FleetHandle, FleetStats, Request, Shared};
use super::schedule::{Schedule, Turn};
use crate::watch::MigrationKey;
use crate::watch::poll::{self, Polled, Sleep};
use crate::{Client, GroupId, LiveMigrationId, Update, WatchError};

/// A fleet that is followed: a stream of what is seen of its migrations, each item with whose it is.
///
/// A migration leaves once it was seen at its end, and after an error that [is final](WatchError::is_final).
/// The stream ends when none is left and there is no [`FleetHandle`] through which another could join. Polls
/// are made only while somebody waits for the next item. Dropping it ends everything.
#[must_use = "migrations are followed only while somebody waits for their updates"]
pub struct FleetUpdates {
    client: Client,
    concurrency: usize,
    schedule: Schedule,
    polls: FuturesUnordered<Pin<Box<dyn Future<Output = Answered> + Send>>>,
    /// A wait, and the time of the clock at which it ends.
    sleep: Option<(Duration, Sleep)>,
    shared: Arc<Shared>,
}

/// A poll that has come to its end.
type Answered = (Turn, Polled);

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

    /// Has a migration followed, if it is not already. Its first poll is due at once.
    pub fn join(&mut self, group: &GroupId, id: &LiveMigrationId) {
        self.grant(Request::Join(MigrationKey { group: *group, id: *id }));
    }

    /// Lets a migration be: nothing more is told of it, unless it joins again.
    pub fn leave(&mut self, group: &GroupId, id: &LiveMigrationId) {
        self.grant(Request::Leave(MigrationKey { group: *group, id: *id }));
    }

    /// A handle by which migrations join and leave while the updates are waited for.
    pub fn handle(&self) -> FleetHandle {
        FleetHandle::new(&self.shared)
    }

    /// What the fleet has come to so far.
    pub fn stats(&self) -> FleetStats {
        self.shared.inbox().stats
    }

    /// What is seen next, and of which migration; none where the fleet is over.
    ///
    /// Dropped before its end it loses nothing.
    pub async fn next(&mut self) -> Option<(MigrationKey, Result<Update, WatchError>)> {
        std::future::poll_fn(|context| self.poll_update(context)).await
    }

    fn grant(&mut self, request: Request) {
        let now = self.client.clock().now();
        match request {
            Request::Join(key) => self.schedule.join(key, now),
            Request::Leave(key) => self.schedule.leave(&key, now),
        }
        self.shared.inbox().stats.watched = self.schedule.len();
    }

    fn poll_update(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<(MigrationKey, Result<Update, WatchError>)>> {
        loop {
            let requests = self.shared.inbox().requests(context.waker());
            for request in requests {
                self.grant(request);
            }

            if let Poll::Ready(Some((turn, polled))) = Pin::new(&mut self.polls).poll_next(context)
            {
                if let Some(told) = self.answered(turn, polled) {
                    return Poll::Ready(Some((turn.key, told)));
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

    /// Begins as many polls as there are due and as can be under way at once, and says whether any.
    fn start_polls(&mut self) -> bool {
        let (before, now) = (self.polls.len(), self.client.clock().now());
        while self.polls.len() < self.concurrency
            && let Some(turn) = self.schedule.next(now)
        {
            let answer = poll::ask(&self.client, turn.key);
            self.polls.push(Box::pin(async move { (turn, answer.await) }));
        }
        self.shared.inbox().stats.in_flight = self.polls.len();
        self.polls.len() > before
    }

    fn answered(&mut self, turn: Turn, polled: Polled) -> Option<Result<Update, WatchError>> {
        let is_failed = polled.outcome.is_err();
        let told = self.schedule.polled(turn, polled, self.client.clock().random());
        let mut inbox = self.shared.inbox();
        let stats = &mut inbox.stats;
        stats.watched = self.schedule.len();
        stats.in_flight = self.polls.len();
        stats.polls += 1;
        stats.failed_polls += u64::from(is_failed);
        told
    }
}

impl Stream for FleetUpdates {
    type Item = (MigrationKey, Result<Update, WatchError>);

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
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
