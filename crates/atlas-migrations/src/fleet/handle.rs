//! [`FleetHandle`]: adds and removes migrations of a running fleet.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use crate::ids::LiveMigrationRef;

/// Adds and removes migrations while the updates of a fleet are awaited elsewhere. Clones are handles of the same
/// fleet. The fleet does not end while a handle exists.
#[derive(Clone)]
pub struct FleetHandle(Arc<HandleCount>);

/// The current figures of a fleet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetStats {
    /// The number of watched migrations.
    pub watched: usize,
    /// The number of polls in progress.
    pub in_flight: usize,
    /// The number of finished polls since the start, including failed ones.
    pub polls: u64,
    /// The number of failed polls since the start.
    pub failed_polls: u64,
}

/// What the handles and the stream of a fleet share.
#[derive(Debug, Default)]
pub(super) struct Shared(Mutex<Inbox>);

#[derive(Debug, Default)]
pub(super) struct Inbox {
    requests: Vec<Request>,
    waker: Option<Waker>,
    handles: usize,
    has_ended: bool,
    pub stats: FleetStats,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Request {
    Add(LiveMigrationRef),
    Remove(LiveMigrationRef),
}

/// Counts the handles of a fleet, without their clones.
struct HandleCount(Arc<Shared>);

impl FleetHandle {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        shared.inbox().handles += 1;
        Self(Arc::new(HandleCount(Arc::clone(shared))))
    }

    /// Adds a migration, unless it is watched already. Its first poll is due at once.
    pub fn add(&self, migration: impl Into<LiveMigrationRef>) {
        self.0.0.send(Request::Add(migration.into()));
    }

    /// Removes a migration. The stream yields nothing more of it, unless it is added again.
    pub fn remove(&self, migration: impl Into<LiveMigrationRef>) {
        self.0.0.send(Request::Remove(migration.into()));
    }

    /// Returns the current figures of the fleet.
    pub fn stats(&self) -> FleetStats {
        self.0.0.inbox().stats
    }
}

impl Drop for HandleCount {
    fn drop(&mut self) {
        self.0.change(|inbox| inbox.handles -= 1);
    }
}

impl Shared {
    pub(super) fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, request: Request) {
        self.change(|inbox| {
            if !inbox.has_ended {
                inbox.requests.push(request);
            }
        });
    }

    /// Changes the inbox and wakes its reader, which may read it before this returns.
    fn change(&self, change: impl FnOnce(&mut Inbox)) {
        let mut inbox = self.inbox();
        change(&mut inbox);
        let waker = inbox.waker.take();
        drop(inbox);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Inbox {
    /// Returns the requests so far, and registers whom to wake when more follow.
    pub(super) fn take_requests(&mut self, waker: &Waker) -> Vec<Request> {
        self.waker.get_or_insert_with(|| waker.clone()).clone_from(waker);
        std::mem::take(&mut self.requests)
    }

    pub(super) fn has_handles(&self) -> bool {
        self.handles > 0
    }

    /// Drops the requests, because nobody will read them anymore.
    pub(super) fn end(&mut self) {
        self.has_ended = true;
        self.requests = Vec::new();
        self.stats = FleetStats { watched: 0, in_flight: 0, ..self.stats };
    }
}

impl fmt::Debug for FleetHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FleetHandle").field(&self.stats()).finish()
    }
}
