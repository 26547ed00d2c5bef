//! [`Updates`]: the stream of a watch.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;

use super::conditions::Condition;
use super::error::WatchError;
use super::options::WatchOptions;
use super::poll::{self, PollFuture, Sleep};
use super::tracker::{Step, Tracker};
use super::update::Update;
use crate::client::Client;
use crate::ids::LiveMigrationRef;

/// The stream of observations of one live migration.
///
/// It ends after the update with a terminal status, or after a [final](WatchError::is_final) error. It polls only
/// while an item is awaited. After a pause it polls once, and does not catch up on missed polls. The stream and
/// the futures of its methods can be dropped at any time. Dropping a future loses no observation.
#[must_use = "a migration is polled only while an item is awaited"]
pub struct Updates {
    client: Client,
    options: WatchOptions,
    tracker: Tracker,
    state: State,
}

enum State {
    /// The next poll is due at this time of the clock.
    Due(Duration),
    Waiting(Sleep),
    Polling(PollFuture),
    Ended,
}

impl Updates {
    pub(super) fn new(client: &Client, migration: LiveMigrationRef, options: WatchOptions) -> Self {
        let (client, state) = (client.without_retries(), State::Due(Duration::ZERO));
        Self { client, options, tracker: Tracker::new(migration), state }
    }

    /// Returns the next item, or `None` after the end of the watch.
    ///
    /// # Errors
    ///
    /// Polls failed: see [`WatchError`].
    pub async fn next(&mut self) -> Option<Result<Update, WatchError>> {
        std::future::poll_fn(|context| self.poll_update(context, self.options)).await
    }

    /// Returns the next observation that meets the condition. After the end of the watch, the last observation
    /// counts. The watch can continue afterwards.
    ///
    /// [`tokio::time::timeout`](https://docs.rs/tokio/latest/tokio/time/fn.timeout.html) can limit the wait.
    ///
    /// # Errors
    ///
    /// The migration ended and the condition is not met ([`WatchError::is_condition_unmet`]), or the watch
    /// ended because polls failed.
    pub async fn until(&mut self, mut condition: impl Condition) -> Result<Update, WatchError> {
        let options = self.options.emit_unchanged(true).emit_transient_errors(false);
        loop {
            let next = std::future::poll_fn(|context| self.poll_update(context, options)).await;
            let update = next.transpose()?.or_else(|| self.last().cloned());
            match update {
                Some(update) if condition(&update) => return Ok(update),
                update if matches!(self.state, State::Ended) => {
                    return Err(WatchError::condition_unmet(self.tracker.migration(), update));
                }
                _ => {}
            }
        }
    }

    /// Returns the last observation, if there is one.
    pub fn last(&self) -> Option<&Update> {
        self.tracker.last()
    }

    fn poll_update(
        &mut self,
        context: &mut Context<'_>,
        options: WatchOptions,
    ) -> Poll<Option<Result<Update, WatchError>>> {
        let clock = Arc::clone(self.client.clock());
        loop {
            match &mut self.state {
                State::Ended => return Poll::Ready(None),
                State::Due(due) => {
                    let wait = due.saturating_sub(clock.now());
                    self.state = if wait.is_zero() {
                        State::Polling(poll::poll(&self.client, self.tracker.migration()))
                    } else {
                        State::Waiting(poll::sleep(&clock, wait))
                    };
                }
                State::Waiting(sleep) => {
                    ready!(sleep.as_mut().poll(context));
                    self.state = State::Due(Duration::ZERO);
                }
                State::Polling(poll) => {
                    let result = ready!(poll.as_mut().poll(context));
                    let now = result.moment.received;
                    let Step { item, next } = self.tracker.record(result, &options, clock.random());
                    self.state = match next {
                        Some(wait) => State::Due(now.saturating_add(wait)),
                        None => State::Ended,
                    };
                    if item.is_some() {
                        return Poll::Ready(item);
                    }
                }
            }
        }
    }
}

impl Stream for Updates {
    type Item = Result<Update, WatchError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let options = self.options;
        self.poll_update(context, options)
    }
}

impl fmt::Debug for Updates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Updates")
            .field("migration", &self.tracker.migration())
            .field("last", &self.last())
            .finish_non_exhaustive()
    }
}
