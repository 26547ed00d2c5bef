//! [`Scene`]: what the view shows.

use atlas_migrations_board::{Board, LagPoint, Migration, Published, Times, events_of, lags};

use crate::looks::{Look, Looks};

/// What the view shows: plain data of one moment.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The migrations and the plans.
    pub board: &'a Board,
    /// What the board was made from.
    pub published: &'a Published,
    /// What this process saw itself.
    pub looks: &'a Looks,
    /// The present, and the zone of all times.
    pub times: &'a Times,
}

impl<'a> Scene<'a> {
    pub(crate) fn look(&self, migration: &Migration) -> Option<&'a Look> {
        self.looks.get(&migration.pointer.id)
    }

    /// Returns the recorded lags of the current attempt together with those that this process saw, in the order of time.
    pub(crate) fn lags(&self, migration: &Migration) -> Vec<LagPoint> {
        let stream = migration.pointer.id.parse().ok();
        let records =
            stream.map(|stream| events_of(&self.published.snapshot, stream)).unwrap_or_default();
        let mut lags = lags(records, migration.attempt);
        if let Some(look) = self.look(migration) {
            lags.extend(&look.lags);
        }
        lags.sort_unstable_by_key(|point| point.at_ms);
        lags
    }
}
