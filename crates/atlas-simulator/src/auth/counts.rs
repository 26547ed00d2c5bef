//! Which counts of a nonce have been used.

use std::collections::VecDeque;

const BITS: u64 = u64::BITS as u64;
/// How many words are kept: counts may come in another order than they were made in, as long as
/// they are less than about 65,000 apart.
const MOST_WORDS: u64 = 1024;

/// A bit for each count from `first` on; all below are used. What is used without a gap needs no
/// memory.
#[derive(Debug)]
pub(super) struct Counts {
    first: u64,
    words: VecDeque<u64>,
}

impl Default for Counts {
    /// Only 0 is used, as counts begin with 1.
    fn default() -> Self {
        Self { first: 0, words: [1].into() }
    }
}

impl Counts {
    /// Uses a count and says whether that was its first use, or could have been.
    pub(super) fn take(&mut self, count: u32) -> bool {
        let Some(offset) = u64::from(count).checked_sub(self.first) else {
            return false;
        };
        self.forget((offset / BITS).saturating_sub(MOST_WORDS - 1));
        let offset = u64::from(count) - self.first;
        // Smaller than the number of words, so that nothing is lost.
        let index = usize::try_from(offset / BITS).unwrap_or(usize::MAX);
        if index >= self.words.len() {
            self.words.resize(index + 1, 0);
        }
        let (word, bit) = (&mut self.words[index], 1 << (offset % BITS));
        let fresh = *word & bit == 0;
        *word |= bit;
        let full = self.words.iter().take_while(|word| **word == u64::MAX).count();
        self.forget(full as u64);
        fresh
    }

    /// Counts all of the first words as used.
    fn forget(&mut self, words: u64) {
        self.first += words * BITS;
        let words = usize::try_from(words).unwrap_or(usize::MAX).min(self.words.len());
        self.words.drain(..words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_good_once_in_whatever_order() {
        let mut counts = Counts::default();
        assert!(!counts.take(0));
        for count in [1, 2, 5, 3, 4, 200, 64, 63, 65, 128, 127] {
            assert!(counts.take(count), "{count}");
        }
        for count in [1, 2, 5, 3, 4, 200, 64, 63, 65, 128, 127] {
            assert!(!counts.take(count), "{count}");
        }
        assert!(counts.take(199));
        assert!(counts.take(u32::MAX));
        assert!(!counts.take(u32::MAX));
    }

    #[test]
    fn a_count_far_behind_the_newest_is_refused_and_one_near_it_is_not() {
        let mut counts = Counts::default();
        assert!(counts.take(100_000));
        assert!(counts.take(100_000 - 65_000));
        assert!(!counts.take(1));
        assert!(!counts.take(100_000 - 65_600));
    }

    #[test]
    fn steady_use_needs_no_memory() {
        let mut counts = Counts::default();
        // Each pair the wrong way round.
        for count in (1..100_000).step_by(2) {
            assert!(counts.take(count + 1) && counts.take(count), "{count}");
            assert!(counts.words.len() <= 2, "{}", counts.words.len());
        }
        assert!(!counts.take(50_000));
    }

    #[test]
    fn memory_is_bounded_whatever_is_sent() {
        let mut counts = Counts::default();
        for count in (1..10_000_000).step_by(6_400) {
            assert!(counts.take(count));
        }
        assert!(counts.words.len() as u64 <= MOST_WORDS);
        assert!(counts.take(u32::MAX));
        assert!(counts.words.len() as u64 <= MOST_WORDS);
    }
}
