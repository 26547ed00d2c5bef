//! One poll of one migration.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use atlas_client_core::{Clock, Error, Metadata, RateLimit, Response};

use super::poll_interval::MAX_WAIT;
use crate::client::Client;
use crate::ids::LiveMigrationRef;
use crate::live_migration::LiveMigration;

/// A poll in progress.
pub(crate) type PollFuture = Pin<Box<dyn Future<Output = PollResult> + Send>>;

/// A wait in progress.
pub(crate) type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The result of a poll.
#[derive(Debug)]
pub(crate) struct PollResult {
    pub outcome: Result<LiveMigration, Error>,
    /// The rate limit that the response states.
    pub rate_limit: Option<RateLimit>,
    pub moment: Moment,
}

/// When a poll was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// When the request was sent, by the monotonic clock.
    pub requested: Duration,
    /// When the response was received, by the monotonic clock.
    pub received: Duration,
    /// When the response was received, by the system time. Only to show, not to calculate with.
    pub wall: SystemTime,
}

/// Polls a migration once.
pub(crate) fn poll(client: &Client, migration: LiveMigrationRef) -> PollFuture {
    let client = client.clone();
    Box::pin(async move {
        let requested = client.clock().now();
        let response = client.live_migration(migration.group, migration.id).send().await;
        let metadata = response.as_ref().ok().map(Response::metadata);
        let rate_limit = metadata.and_then(Metadata::rate_limit);
        let outcome = response.map(Response::into_value);
        let clock = client.clock();
        let moment = Moment { requested, received: clock.now(), wall: clock.wall() };
        PollResult { outcome, rate_limit, moment }
    })
}

/// Sleeps for a duration, but at most for [`MAX_WAIT`]. The future owns its clock.
pub(crate) fn sleep(clock: &Arc<dyn Clock>, duration: Duration) -> Sleep {
    let clock = Arc::clone(clock);
    Box::pin(async move { clock.sleep(duration.min(MAX_WAIT)).await })
}
