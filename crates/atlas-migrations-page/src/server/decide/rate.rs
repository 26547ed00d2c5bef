//! [`RateLimit`]: how often one reader may decide.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

/// The number of decisions of one reader within [`WINDOW`], at most.
pub const MAX_IN_WINDOW: usize = 30;
/// The time in which decisions are counted.
pub const WINDOW: Duration = Duration::from_mins(1);
/// The number of readers that are remembered, at most.
const MAX_READERS: usize = 1024;

/// Counts decisions.
#[derive(Debug, Default)]
pub struct RateLimit(HashMap<String, Vec<Instant>>);

impl RateLimit {
    /// Counts a decision of a reader.
    ///
    /// # Errors
    /// The reader decides too often. Returns how long to wait.
    pub fn count(&mut self, reader: &str, now: Instant) -> Result<(), Duration> {
        let is_recent = |at: &Instant| now.saturating_duration_since(*at) < WINDOW;
        if !self.0.contains_key(reader) && self.0.len() >= MAX_READERS {
            self.0.retain(|_, times| times.iter().any(is_recent));
            if self.0.len() >= MAX_READERS {
                return Err(WINDOW);
            }
        }
        let times = self.0.entry(reader.to_owned()).or_default();
        times.retain(is_recent);
        match times.first() {
            Some(first) if times.len() >= MAX_IN_WINDOW => {
                Err(WINDOW.saturating_sub(now.saturating_duration_since(*first)))
            }
            _ => {
                times.push(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_waits_after_too_many_decisions_and_others_do_not() {
        let (mut limit, start) = (RateLimit::default(), Instant::now());
        for _ in 0..MAX_IN_WINDOW {
            limit.count("mira", start).unwrap();
        }
        let wait = limit.count("mira", start + Duration::from_secs(20)).unwrap_err();
        assert_eq!(wait, Duration::from_secs(40));
        limit.count("jon", start).unwrap();
        limit.count("mira", start + WINDOW).unwrap();
    }

    #[test]
    fn the_number_of_readers_that_are_remembered_is_bounded() {
        let (mut limit, start) = (RateLimit::default(), Instant::now());
        for number in 0..MAX_READERS {
            limit.count(&number.to_string(), start).unwrap();
        }
        limit.count("one more", start).unwrap_err();
        limit.count("one more", start + WINDOW).unwrap();
        assert_eq!(limit.0.len(), 1);
    }
}
