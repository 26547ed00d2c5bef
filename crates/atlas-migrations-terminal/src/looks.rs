//! [`Looks`]: what this process saw itself and the journal does not have.

use std::collections::HashMap;

use atlas_migrations_board::{Board, LagPoint, Times};

/// The number of lags to keep of each migration. Beyond it, every second one is forgotten.
const MAX_LAGS: usize = 512;

/// When a migration is expected to be ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The most likely time, in milliseconds since 1970.
    pub expected_ms: i64,
    /// The earliest time, in milliseconds since 1970.
    pub earliest_ms: i64,
    /// The latest time, in milliseconds since 1970.
    pub latest_ms: i64,
}

/// What this process saw of each migration: more lags than the journal keeps, and what follows from them.
#[derive(Clone, Debug, Default)]
pub struct Looks(HashMap<String, Look>);

/// What this process saw of one migration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Look {
    pub(crate) lags: Vec<LagPoint>,
    pub(crate) estimate: Option<Estimate>,
    pub(crate) catch_up_rate: Option<f64>,
}

impl Looks {
    /// Adds a lag of the migration of a stream.
    pub fn add_lag(&mut self, stream: &str, point: LagPoint) {
        let lags = &mut self.of(stream).lags;
        if lags.len() >= MAX_LAGS {
            let mut is_kept = false;
            lags.retain(|_| {
                is_kept = !is_kept;
                is_kept
            });
        }
        lags.push(point);
    }

    /// Sets when the migration of a stream is expected to be ready, and how many seconds of lag it makes up per second.
    pub fn set_estimate(
        &mut self,
        stream: &str,
        estimate: Option<Estimate>,
        catch_up_rate: Option<f64>,
    ) {
        let look = self.of(stream);
        look.estimate = estimate;
        look.catch_up_rate = catch_up_rate;
    }

    /// Puts the newest lags into a board.
    pub fn apply(&self, board: &mut Board, times: &Times) {
        for migration in &mut board.migrations {
            let look = self.0.get(&migration.pointer.id);
            if let Some(point) = look.and_then(|look| look.lags.last()) {
                migration.update_lag(*point, times);
            }
        }
        board.sort();
    }

    fn of(&mut self, stream: &str) -> &mut Look {
        if !self.0.contains_key(stream) {
            self.0.insert(stream.to_owned(), Look::default());
        }
        self.0.entry(stream.to_owned()).or_default()
    }

    pub(crate) fn get(&self, stream: &str) -> Option<&Look> {
        self.0.get(stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_watch_keeps_its_first_and_last_lag_in_bounded_memory() {
        let mut looks = Looks::default();
        for at_ms in 0..100_000 {
            looks.add_lag("orders", LagPoint { at_ms, seconds: 1 });
        }
        let lags = &looks.get("orders").unwrap().lags;
        assert!((MAX_LAGS / 2..=MAX_LAGS).contains(&lags.len()), "{}", lags.len());
        assert_eq!((lags[0].at_ms, lags.last().unwrap().at_ms), (0, 99_999));
        assert!(lags.is_sorted_by_key(|point| point.at_ms));
    }
}
