//! The store over a database.

use std::{path::Path, sync::Arc};

use futures_core::future::BoxFuture;

use super::{core::Core, driver::Driver};
use crate::{
    error::{Error, Result},
    event::{EventRecord, NewEvent},
    ids::{EventId, RunnerId, StreamId},
    state::StreamState,
    store::{
        Append, Appended, Claim, Claimed, Delivery, ExportedStream, JournalInfo, Lease, NewRunner,
        NewStream, Store, StreamFilter, StreamRow, VerifyReport,
    },
};

/// A journal in a database. See [`SqliteStore`](crate::SqliteStore) and `PostgresStore`.
#[derive(Debug)]
pub struct SqlStore<D> {
    core: Arc<Core<D>>,
}

impl<D> Clone for SqlStore<D> {
    fn clone(&self) -> Self {
        Self { core: Arc::clone(&self.core) }
    }
}

impl<D: Driver> SqlStore<D> {
    pub(crate) fn new(core: Core<D>) -> Self {
        Self { core: Arc::new(core) }
    }

    /// Runs a call that stores an event as [`Self::in_task`] does. If the runtime ends, nobody knows whether it was stored.
    fn storing<F>(
        &self,
        event_id: EventId,
        call: impl FnOnce(Arc<Core<D>>) -> F,
    ) -> BoxFuture<'_, Result<Appended>>
    where
        F: Future<Output = Result<Appended>> + Send + 'static,
    {
        let core = Arc::clone(&self.core);
        let call = call(Arc::clone(&core));
        let observed = async move {
            let started = core.options.clock.since_boot();
            let result = call.await;
            if let Some(observer) = &core.options.append_observer {
                let took = core.options.clock.since_boot().saturating_sub(started);
                observer.observe(took, result.as_ref().err());
            }
            result
        };
        Box::pin(async move {
            match tokio::spawn(observed).await {
                Ok(result) => result,
                Err(error) => Err(Error::Ambiguous { event_id, detail: error.to_string() }),
            }
        })
    }

    /// Runs a call in a separate task: a caller that no longer waits does not drop it halfway.
    fn in_task<T, F>(&self, call: impl FnOnce(Arc<Core<D>>) -> F) -> BoxFuture<'_, Result<T>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let call = call(Arc::clone(&self.core));
        Box::pin(async move {
            match tokio::spawn(call).await {
                Ok(result) => result,
                Err(error) => {
                    Err(Error::Unreachable(format!("the task that writes ended: {error}")))
                }
            }
        })
    }
}

impl<D: Driver> Store for SqlStore<D> {
    fn info(&self) -> BoxFuture<'_, Result<JournalInfo>> {
        Box::pin(self.core.info())
    }

    fn create(&self, stream: NewStream, first: NewEvent) -> BoxFuture<'_, Result<Appended>> {
        self.storing(first.event_id, |core| async move { core.create(stream, first).await })
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended>> {
        self.storing(append.event.event_id, |core| async move { core.append(append).await })
    }

    fn read(&self, stream: StreamId, after_seq: u64) -> BoxFuture<'_, Result<Vec<EventRecord>>> {
        Box::pin(self.core.read(stream, after_seq))
    }

    fn read_one(&self, stream: StreamId, seq: u64) -> BoxFuture<'_, Result<Option<EventRecord>>> {
        Box::pin(self.core.read_one(stream, seq))
    }

    fn state(&self, stream: StreamId) -> BoxFuture<'_, Result<(StreamRow, StreamState)>> {
        Box::pin(self.core.state(stream))
    }

    fn streams(&self, filter: StreamFilter) -> BoxFuture<'_, Result<Vec<StreamRow>>> {
        Box::pin(self.core.streams(filter))
    }

    fn changes(&self, after_position: u64) -> BoxFuture<'_, Result<Vec<EventRecord>>> {
        Box::pin(self.core.changes(after_position))
    }

    fn register(&self, runner: NewRunner) -> BoxFuture<'_, Result<RunnerId>> {
        self.in_task(|core| async move { core.register(runner).await })
    }

    fn renew(&self, runner: RunnerId) -> BoxFuture<'_, Result<Lease>> {
        self.in_task(move |core| async move { core.renew(runner).await })
    }

    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<Claimed>> {
        self.in_task(|core| async move { core.claim(claim).await })
    }

    fn release(
        &self,
        runner: RunnerId,
        streams: Option<Vec<StreamId>>,
    ) -> BoxFuture<'_, Result<()>> {
        self.in_task(move |core| async move { core.release(runner, streams).await })
    }

    fn due_deliveries(
        &self,
        plan: Option<StreamId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Delivery>>> {
        Box::pin(self.core.due_deliveries(plan, limit))
    }

    fn put_delivery(&self, delivery: Delivery) -> BoxFuture<'_, Result<bool>> {
        self.in_task(|core| async move { core.put_delivery(delivery).await })
    }

    fn end_delivery(&self, delivery: Delivery) -> BoxFuture<'_, Result<bool>> {
        self.in_task(|core| async move { core.end_delivery(delivery).await })
    }

    fn forget_deliveries(&self, ended_before_ms: i64) -> BoxFuture<'_, Result<u64>> {
        self.in_task(move |core| async move { core.forget_deliveries(ended_before_ms).await })
    }

    fn archive(&self, stream: StreamId) -> BoxFuture<'_, Result<()>> {
        self.in_task(move |core| async move { core.archive(stream).await })
    }

    fn import(&self, stream: ExportedStream) -> BoxFuture<'_, Result<u64>> {
        self.in_task(|core| async move { core.import(stream).await })
    }

    fn verify(&self) -> BoxFuture<'_, Result<VerifyReport>> {
        Box::pin(self.core.verify())
    }

    fn quick_check(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.core.driver.quick_check())
    }

    fn backup<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.core.driver.backup(path))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.core.driver.close())
    }
}
