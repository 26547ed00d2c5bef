//! [`FleetHandle`]: how migrations join a fleet and leave it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use crate::watch::MigrationKey;
use crate::{GroupId, LiveMigrationId};

/// How migrations join a fleet and leave it while its updates are waited for elsewhere. Clones are handles
/// on the same fleet, which does not end while there is one.
#[derive(Clone)]
pub struct FleetHandle(Arc<Guard>);

/// What a fleet has come to so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetStats {
    /// How many migrations it follows.
    pub watched: usize,
    /// How many polls are under way.
    pub in_flight: usize,
    /// How many polls were answered or failed, since the fleet began.
    pub polls: u64,
    /// How many of them failed.
    pub failed_polls: u64,
}

/// What handles and the fleet share.
#[derive(Debug, Default)]
pub(super) struct Shared(Mutex<Inbox>);

#[derive(Debug, Default)]
pub(super) struct Inbox {
    requests: Vec<Request>,
    waker: Option<Waker>,
    handles: usize,
    is_over: bool,
    pub stats: FleetStats,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Request {
    Join(MigrationKey),
    Leave(MigrationKey),
}

struct Guard(Arc<Shared>);

impl FleetHandle {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        shared.inbox().handles += 1;
        Self(Arc::new(Guard(Arc::clone(shared))))
    }

    /// Has a migration followed, if it is not already. Its first poll is due at once.
    pub fn join(&self, group: &GroupId, id: &LiveMigrationId) {
        self.0.0.ask(Request::Join(MigrationKey { group: *group, id: *id }));
    }

    /// Lets a migration be: nothing more is told of it, unless it joins again.
    pub fn leave(&self, group: &GroupId, id: &LiveMigrationId) {
        self.0.0.ask(Request::Leave(MigrationKey { group: *group, id: *id }));
    }

    /// What the fleet has come to so far.
    pub fn stats(&self) -> FleetStats {
        self.0.0.inbox().stats
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.change(|inbox| inbox.handles -= 1);
    }
}

impl Shared {
    pub(super) fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, request: Request) {
        self.change(|inbox| {
            if !inbox.is_over {
                inbox.requests.push(request);
            }
        });
    }

    /// Changes what is in the inbox and wakes who reads it, who may do so before this returns.
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
    /// What was asked for, and who to wake when more is.
    pub(super) fn requests(&mut self, waker: &Waker) -> Vec<Request> {
        self.waker.get_or_insert_with(|| waker.clone()).clone_from(waker);
        std::mem::take(&mut self.requests)
    }

    pub(super) fn has_handles(&self) -> bool {
        self.handles > 0
    }

    /// Nobody will ask for the requests any more.
    pub(super) fn end(&mut self) {
        self.is_over = true;
        self.requests = Vec::new();
        self.stats = FleetStats { watched: 0, in_flight: 0, ..self.stats };
    }
}

impl fmt::Debug for FleetHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FleetHandle").field(&self.stats()).finish()
    }
}
