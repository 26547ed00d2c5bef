//! The interface that every store of a journal has.

mod request;
mod view;

use std::{fmt, path::Path};

use futures_core::future::BoxFuture;

pub use self::{
    request::{
        Append, Claim, Delivery, DeliveryState, Expected, Fence, NewRunner, NewStream, StreamFilter,
    },
    view::{
        Appended, Claimed, ExportedStream, JournalInfo, Lease, Problem, SendPermit, StoreKind,
        StreamRow, VerifyReport,
    },
};
use crate::{
    error::Result,
    event::{EventRecord, NewEvent},
    ids::{RunnerId, StreamId},
    state::StreamState,
};

/// A store of a journal: an append-only log of events per stream, and views over it.
///
/// All calls are safe to cancel: a call that writes goes on by itself, and its event has an identifier by which a second
/// call finds it.
pub trait Store: fmt::Debug + Send + Sync {
    /// Returns what the journal is and whether it can be written.
    fn info(&self) -> BoxFuture<'_, Result<JournalInfo>>;

    /// Creates a stream together with its first event.
    fn create(&self, stream: NewStream, first: NewEvent) -> BoxFuture<'_, Result<Appended>>;

    /// Appends one event.
    ///
    /// An intent needs the current head and fence; the cutover of a migration in a plan needs the plan's gate too. A fact
    /// is accepted from every process at any time. An event whose identifier is stored already has no effect: the call
    /// returns what was stored.
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended>>;

    /// Returns the events of a stream after a sequence.
    fn read(&self, stream: StreamId, after_seq: u64) -> BoxFuture<'_, Result<Vec<EventRecord>>>;

    /// Returns one event, if it is there. For journals that are damaged in places.
    fn read_one(&self, stream: StreamId, seq: u64) -> BoxFuture<'_, Result<Option<EventRecord>>>;

    /// Returns a stream and its state.
    fn state(&self, stream: StreamId) -> BoxFuture<'_, Result<(StreamRow, StreamState)>>;

    /// Returns streams.
    fn streams(&self, filter: StreamFilter) -> BoxFuture<'_, Result<Vec<StreamRow>>>;

    /// Returns the next events of all streams after a position, at most 1,000.
    fn changes(&self, after_position: u64) -> BoxFuture<'_, Result<Vec<EventRecord>>>;

    /// Registers this process as a runner.
    fn register(&self, runner: NewRunner) -> BoxFuture<'_, Result<RunnerId>>;

    /// Renews the lease of a runner.
    fn renew(&self, runner: RunnerId) -> BoxFuture<'_, Result<Lease>>;

    /// Claims streams that nobody works on, or whose runner is gone.
    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<Claimed>>;

    /// Gives streams back; all of them, and the registration too, if none is named.
    fn release(
        &self,
        runner: RunnerId,
        streams: Option<Vec<StreamId>>,
    ) -> BoxFuture<'_, Result<()>>;

    /// Returns the deliveries of hooks that are due, the oldest first: of the migrations of a plan, or of all.
    fn due_deliveries(
        &self,
        plan: Option<StreamId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Delivery>>>;

    /// Stores a new delivery, or one more try of it. Returns false, and stores nothing, if its number of tries is not the
    /// stored one plus one. A try that is stored before it is made, with a later time for the next one, belongs to its
    /// caller until that time.
    fn put_delivery(&self, delivery: Delivery) -> BoxFuture<'_, Result<bool>>;

    /// Stores the result of a try. Returns false, and stores nothing, if another try was stored since.
    fn end_delivery(&self, delivery: Delivery) -> BoxFuture<'_, Result<bool>>;

    /// Deletes the deliveries of streams that ended before a time, in milliseconds since 1970. Returns their number.
    fn forget_deliveries(&self, ended_before_ms: i64) -> BoxFuture<'_, Result<u64>>;

    /// Frees the name of a stream that ended.
    fn archive(&self, stream: StreamId) -> BoxFuture<'_, Result<()>>;

    /// Adds the events of an exported stream that are missing here. Returns how many were added.
    fn import(&self, stream: ExportedStream) -> BoxFuture<'_, Result<u64>>;

    /// Folds all events again and compares the result with what the tables say.
    fn verify(&self) -> BoxFuture<'_, Result<VerifyReport>>;

    /// Checks the database itself, in milliseconds.
    fn quick_check(&self) -> BoxFuture<'_, Result<()>>;

    /// Writes a copy of the journal into a new file. SQLite only.
    fn backup<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<()>>;

    /// Closes all connections and gives the locks of runners back.
    fn close(&self) -> BoxFuture<'_, ()>;
}
