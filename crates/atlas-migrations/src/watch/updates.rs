//! [`Updates`]: a watch that goes on.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;

use super::poll::{self, Answer, Sleep};
use super::tracker::{Options, Step, Tracker};
use super::{MigrationKey, Update, WatchError};
use crate::Client;

/// A watch that goes on: a stream of what is seen of one migration.
///
/// It ends after the update that shows the migration at its end, or after an error that
/// [is final](WatchError::is_final). Polls are made only while somebody waits for the next item: where nobody
/// did for a while, one poll follows at once, and none is made up for. It can be dropped at any time, and so
/// can the futures that it hands out: nothing goes on then, and nothing that was seen is lost to the next.
#[must_use = "a migration is watched only while somebody waits for its updates"]
pub struct Updates {
    client: Client,
    options: Options,
    tracker: Tracker,
    state: State,
}

enum State {
    /// From this time of the clock a poll is to be made.
    Due(Duration),
    Waiting(Sleep),
    Asking(Answer),
    Over,
}

impl Updates {
    pub(super) fn new(client: &Client, key: MigrationKey, options: Options) -> Self {
        let (client, state) = (client.without_retries(), State::Due(Duration::ZERO));
        Self { client, options, tracker: Tracker::new(key), state }
    }

    /// What is seen next; none where the watch is over. Waits as [`Watch`](super::Watch) was told to.
    ///
    /// Dropped before its end it loses nothing.
    ///
    /// # Errors
    ///
    /// Polls failed: see [`WatchError`].
    pub async fn next(&mut self) -> Option<Result<Update, WatchError>> {
        std::future::poll_fn(|context| self.poll_update(context, self.options)).await
    }

    /// The next observation that meets the condition. Where the watch is over already, it is the last one
    /// that counts. Afterwards the watch can go on, or wait until something else.
    ///
    /// Dropped before its end it loses nothing, so that
    /// [`tokio::time::timeout`](https://docs.rs/tokio/latest/tokio/time/fn.timeout.html) can end it.
    ///
    /// # Errors
    ///
    /// The migration came to its end and the condition is not met ([`WatchError::is_unmet`]), or polls
    /// failed for good.
    pub async fn until(
        &mut self,
        mut condition: impl FnMut(&Update) -> bool + Send,
    ) -> Result<Update, WatchError> {
        let options = Options { each_poll: true, each_failure: false, ..self.options };
        loop {
            let next = std::future::poll_fn(|context| self.poll_update(context, options)).await;
            let update = next.transpose()?.or_else(|| self.last().cloned());
            match update {
                Some(update) if condition(&update) => return Ok(update),
                update if matches!(self.state, State::Over) => {
                    return Err(WatchError::unmet(*self.tracker.key(), update));
                }
                _ => {}
            }
        }
    }

    /// How the migration stood when it was last seen, where it was.
    pub fn last(&self) -> Option<&Update> {
        self.tracker.last()
    }

    fn poll_update(
        &mut self,
        context: &mut Context<'_>,
        options: Options,
    ) -> Poll<Option<Result<Update, WatchError>>> {
        let clock = Arc::clone(self.client.clock());
        loop {
            match &mut self.state {
                State::Over => return Poll::Ready(None),
                State::Due(due) => {
                    let wait = due.saturating_sub(clock.now());
                    self.state = if wait.is_zero() {
                        State::Asking(poll::ask(&self.client, *self.tracker.key()))
                    } else {
                        State::Waiting(poll::sleep(&clock, wait))
                    };
                }
                State::Waiting(sleep) => {
                    ready!(sleep.as_mut().poll(context));
                    self.state = State::Due(Duration::ZERO);
                }
                State::Asking(answer) => {
                    let polled = ready!(answer.as_mut().poll(context));
                    let now = polled.moment.now;
                    let Step { told, next } = self.tracker.polled(polled, &options, clock.random());
                    self.state = match next {
                        Some(wait) => State::Due(now.saturating_add(wait)),
                        None => State::Over,
                    };
                    if told.is_some() {
                        return Poll::Ready(told);
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
            .field("migration", self.tracker.key())
            .field("last", &self.last())
            .finish_non_exhaustive()
    }
}
