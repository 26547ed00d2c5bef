//! One poll of one migration.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use atlas_client_core::{Clock, Error, RateLimit};

use super::MigrationKey;
use super::pace::LONGEST;
use crate::{Client, LiveMigration};

/// A poll under way.
pub(crate) type Answer = Pin<Box<dyn Future<Output = Polled> + Send>>;

/// A wait under way.
pub(crate) type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What became of a poll.
#[derive(Debug)]
pub(crate) struct Polled {
    pub outcome: Result<LiveMigration, Error>,
    /// What the service says is left of its limit.
    pub rate_limit: Option<RateLimit>,
    pub moment: Moment,
}

/// When a poll was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// When it was asked for, by the monotonic clock.
    pub asked: Duration,
    /// When it was answered, by the same clock.
    pub now: Duration,
    /// The time of day at which it was answered: to be shown, not to be calculated with.
    pub wall: SystemTime,
}

/// Asks how a migration stands.
pub(crate) fn ask(client: &Client, key: MigrationKey) -> Answer {
    let client = client.clone();
    Box::pin(async move {
        let asked = client.clock().now();
        let answer = client.live_migration(&key.group, &key.id).send().await;
        let rate_limit = answer.as_ref().ok().and_then(|answer| answer.metadata().rate_limit());
        let outcome = answer.map(atlas_client_core::Response::into_value);
        let clock = client.clock();
        Polled {
            outcome,
            rate_limit,
            moment: Moment { asked, now: clock.now(), wall: clock.wall() },
        }
    })
}

/// A sleep that owns its clock, of at most [`LONGEST`].
pub(crate) fn sleep(clock: &Arc<dyn Clock>, duration: Duration) -> Sleep {
    let clock = Arc::clone(clock);
    Box::pin(async move { clock.sleep(duration.min(LONGEST)).await })
}
