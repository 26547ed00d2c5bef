//! What a store holds besides its database.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_core::future::BoxFuture;

use super::{
    driver::{Access, Driver, Row, Tx},
    options::Options,
};
use crate::{
    error::{Error, Result},
    ids::{JournalId, RunnerId, StreamId},
    state::StreamState,
};

/// How often a short transaction is repeated when the database broke it off for another one.
pub(super) const WRITE_ATTEMPTS: u32 = 5;

#[derive(Debug)]
pub(crate) struct Core<D> {
    pub(crate) driver: D,
    pub(super) options: Options,
    pub(super) journal_id: JournalId,
    pub(super) schema_version: i64,
    /// The last states that were committed. A state whose head is the stream's is the stream's state.
    states: Mutex<HashMap<StreamId, Arc<StreamState>>>,
    /// The highest number of events that was seen committed.
    acknowledged: AtomicU64,
    /// What the journal showed when it showed less than that; 0 while it never did.
    lost: AtomicU64,
    /// When the lease of each runner of this process was renewed, since boot.
    renewed: Mutex<HashMap<RunnerId, Duration>>,
}

impl<D: Driver> Core<D> {
    pub(crate) fn new(
        driver: D,
        options: Options,
        journal_id: JournalId,
        schema_version: i64,
    ) -> Self {
        Self {
            driver,
            options,
            journal_id,
            schema_version,
            states: Mutex::default(),
            acknowledged: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            renewed: Mutex::default(),
        }
    }

    /// Runs statements in a transaction that reads. While the database cannot be reached it retries, a limited number of times.
    pub(super) async fn reading<T: Send>(
        &self,
        read: impl for<'a> Fn(&'a Self, &'a mut D::Tx) -> BoxFuture<'a, Result<T>> + Send + Sync,
    ) -> Result<T> {
        let mut attempt = 0;
        loop {
            let result = self.read_once(&read).await;
            attempt += 1;
            match result {
                Err(error)
                    if error.is_temporary() && attempt < self.options.read_retry.attempts =>
                {
                    tracing::debug!(%error, attempt, "reading the journal again");
                    tokio::time::sleep(self.options.read_retry.pause(attempt - 1)).await;
                }
                result => return result,
            }
        }
    }

    async fn read_once<T: Send>(
        &self,
        read: &(impl for<'a> Fn(&'a Self, &'a mut D::Tx) -> BoxFuture<'a, Result<T>> + Send + Sync),
    ) -> Result<T> {
        let mut tx = self.driver.begin(Access::Read).await?;
        let result = read(self, &mut tx).await;
        tx.rollback().await;
        result
    }

    /// Runs statements in a transaction that writes.
    pub(super) async fn writing<T: Send>(
        &self,
        write: impl for<'a> Fn(&'a Self, &'a mut D::Tx) -> BoxFuture<'a, Result<T>> + Send + Sync,
    ) -> Result<T> {
        let mut attempt = 0;
        loop {
            let mut tx = self.begin_write().await?;
            let result = match write(self, &mut tx).await {
                Ok(value) => tx.commit().await.map(|()| value),
                Err(error) => {
                    tx.rollback().await;
                    Err(error)
                }
            };
            attempt += 1;
            match result {
                Err(Error::Busy(_)) if attempt < WRITE_ATTEMPTS => {}
                result => return result,
            }
        }
    }

    pub(super) async fn begin_write(&self) -> Result<D::Tx> {
        match self.driver.read_only() {
            Some(why) => Err(Error::ReadOnly(why)),
            None => self.driver.begin(Access::Write).await,
        }
    }

    /// Returns the state of a stream up to a sequence, if this process knows it.
    pub(super) fn known_state(&self, stream: StreamId) -> Option<Arc<StreamState>> {
        lock(&self.states).get(&stream).cloned()
    }

    pub(super) fn remember_state(&self, stream: StreamId, state: Arc<StreamState>) {
        let mut states = lock(&self.states);
        if states.get(&stream).is_none_or(|known| known.head < state.head) {
            states.insert(stream, state);
        }
    }

    /// Returns how many events the journal must have by now. Ask before a transaction and check in it.
    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Acquire)
    }

    /// Notes how many events a committed transaction saw.
    pub(super) fn acknowledge(&self, events: u64) {
        self.acknowledged.fetch_max(events, Ordering::AcqRel);
    }

    /// Checks that the journal has at least the events that it had before.
    pub(super) fn check_history(&self, acknowledged: u64, found: u64) -> Result<()> {
        if found < acknowledged {
            self.lost.store(found.max(1), Ordering::Release);
            return Err(Error::HistoryLost { acknowledged, found });
        }
        Ok(())
    }

    /// Refuses intents once the journal showed less than it acknowledged.
    pub(super) fn refuse_after_loss(&self) -> Result<()> {
        match self.lost.load(Ordering::Acquire) {
            0 => Ok(()),
            found => Err(Error::HistoryLost { acknowledged: self.acknowledged(), found }),
        }
    }

    pub(super) fn note_renewal(&self, runner: RunnerId, at: Duration) {
        lock(&self.renewed).insert(runner, at);
    }

    pub(super) fn renewed_at(&self, runner: RunnerId) -> Option<Duration> {
        lock(&self.renewed).get(&runner).copied()
    }

    pub(super) fn forget_renewal(&self, runner: RunnerId) {
        lock(&self.renewed).remove(&runner);
    }
}

/// Reads one number.
pub(super) async fn number<T: Tx>(tx: &mut T, sql: &'static str) -> Result<u64> {
    match tx.rows(sql, Vec::new()).await?.first() {
        Some(row) => row.count(0),
        None => Err(empty_meta()),
    }
}

pub(super) fn empty_meta() -> Error {
    Error::Corrupt("the table `meta` is empty".to_owned())
}

/// A lock whose holder panicked still guards whole values.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
