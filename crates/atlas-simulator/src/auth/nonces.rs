//! The challenges' nonces.
//!
//! A nonce says itself when it was made and that this simulator made it, so that one that nobody
//! answers takes up no memory. Those that a right digest came with are remembered, with the counts
//! that were used.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Refused;
use super::counts::Counts;
use crate::locked;

/// How many nonces are remembered. Beyond that the oldest are stale before their time.
const MOST_REMEMBERED: usize = 16 * 1024;

/// Makes nonces and takes them back.
#[derive(Debug)]
pub(super) struct Nonces {
    keys: RandomState,
    made: AtomicU64,
    lifetime: Duration,
    remembered: Mutex<Remembered>,
}

/// The nonces in use, by number.
#[derive(Debug, Default)]
struct Remembered {
    nonces: BTreeMap<u64, (Duration, Counts)>,
    /// Whatever has a smaller number is forgotten, and stale.
    first: u64,
}

/// What a nonce says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Made {
    number: u64,
    nanoseconds: u64,
}

impl Made {
    fn at(self) -> Duration {
        Duration::from_nanos(self.nanoseconds)
    }
}

impl Nonces {
    pub(super) fn new(lifetime: Duration) -> Self {
        Self {
            keys: RandomState::new(),
            made: AtomicU64::new(0),
            lifetime,
            remembered: Mutex::default(),
        }
    }

    /// 32 characters of the base64 alphabet, never the same twice.
    pub(super) fn fresh(&self, now: Duration) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let seal = self.keys.hash_one((number, nanoseconds));
        // Masked, so that one nonce looks as different from the next as the real ones do.
        let parts = [number ^ self.mask(seal, 0), nanoseconds ^ self.mask(seal, 1), seal];
        STANDARD.encode(parts.map(u64::to_be_bytes).as_flattened())
    }

    fn mask(&self, seal: u64, part: u8) -> u64 {
        self.keys.hash_one((seal, part))
    }

    /// What the nonce says, where this simulator made it.
    fn read(&self, nonce: &str) -> Option<Made> {
        let mut bytes = [0; 24];
        STANDARD.decode_slice(nonce, &mut bytes).ok().filter(|length| *length == bytes.len())?;
        let ([number, nanoseconds, seal], []) = bytes.as_chunks::<8>() else {
            return None;
        };
        let seal = u64::from_be_bytes(*seal);
        let made = Made {
            number: u64::from_be_bytes(*number) ^ self.mask(seal, 0),
            nanoseconds: u64::from_be_bytes(*nanoseconds) ^ self.mask(seal, 1),
        };
        (self.keys.hash_one((made.number, made.nanoseconds)) == seal).then_some(made)
    }

    /// Uses a nonce that a right digest came with, and the count of that digest where it has one.
    pub(super) fn take(
        &self,
        nonce: &str,
        count: Option<u32>,
        now: Duration,
    ) -> Result<(), Refused> {
        let made = self.read(nonce).ok_or(Refused::Stale)?;
        if self.is_aged(made.at(), now) {
            return Err(Refused::Stale);
        }
        let Some(count) = count else {
            return Ok(());
        };
        let mut remembered = locked(&self.remembered);
        remembered.forget(|at| self.is_aged(at, now));
        let counts = remembered.counts(made).ok_or(Refused::Stale)?;
        if counts.take(count) { Ok(()) } else { Err(Refused::Unknown) }
    }

    fn is_aged(&self, made: Duration, now: Duration) -> bool {
        now.saturating_sub(made) >= self.lifetime
    }
}

impl Remembered {
    /// Forgets the oldest nonces, as long as they are aged.
    fn forget(&mut self, is_aged: impl Fn(Duration) -> bool) {
        while let Some(oldest) = self.nonces.first_entry()
            && is_aged(oldest.get().0)
        {
            self.first = oldest.key() + 1;
            oldest.remove();
        }
    }

    /// The counts of a nonce; `None` where it is forgotten.
    fn counts(&mut self, made: Made) -> Option<&mut Counts> {
        let is_new = !self.nonces.contains_key(&made.number);
        if is_new && made.number >= self.first && self.nonces.len() >= MOST_REMEMBERED {
            let (oldest, _) = self.nonces.pop_first()?;
            self.first = oldest + 1;
        }
        if made.number < self.first {
            return None;
        }
        let (_, counts) =
            self.nonces.entry(made.number).or_insert_with(|| (made.at(), Counts::default()));
        Some(counts)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn nonces() -> Nonces {
        Nonces::new(MINUTE)
    }

    #[test]
    fn nonces_are_fresh_and_of_the_right_form() {
        let nonces = nonces();
        let fresh: HashSet<_> = (0..1000).map(|_| nonces.fresh(Duration::ZERO)).collect();
        assert_eq!(fresh.len(), 1000);
        for nonce in fresh {
            assert_eq!(nonce.len(), 32);
            let base64 = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
            assert!(nonce.chars().all(base64), "{nonce}");
        }
    }

    #[test]
    fn a_nonce_is_good_until_it_is_aged_and_each_count_once() {
        let (nonces, made) = (nonces(), Duration::from_secs(5));
        let (one, two) = (nonces.fresh(made), nonces.fresh(made));
        assert_eq!(nonces.take(&one, Some(1), made), Ok(()));
        assert_eq!(nonces.take(&one, Some(1), made), Err(Refused::Unknown));
        assert_eq!(nonces.take(&two, Some(1), made), Ok(()));
        let last = made + Duration::from_nanos(59_999_999_999);
        assert_eq!(nonces.take(&one, Some(3), last), Ok(()));
        assert_eq!(nonces.take(&one, Some(2), last), Ok(()));
        assert_eq!(nonces.take(&one, None, last), Ok(()));
        assert_eq!(nonces.take(&one, Some(4), made + MINUTE), Err(Refused::Stale));
        assert_eq!(nonces.take(&one, None, made + MINUTE), Err(Refused::Stale));
    }

    #[test]
    fn what_was_forgotten_is_stale_even_to_a_clock_read_earlier() {
        let nonces = nonces();
        let (old, young) = (nonces.fresh(Duration::ZERO), nonces.fresh(MINUTE));
        assert_eq!(nonces.take(&old, Some(1), Duration::ZERO), Ok(()));
        assert_eq!(nonces.take(&young, Some(1), MINUTE), Ok(()));
        assert_eq!(nonces.take(&old, Some(1), MINUTE / 2), Err(Refused::Stale));
    }

    #[test]
    fn a_nonce_of_another_make_is_stale() {
        let nonces = nonces();
        let foreign = super::tests::nonces().fresh(Duration::ZERO);
        let mut changed = nonces.fresh(Duration::ZERO).into_bytes();
        changed[3] = if changed[3] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        for nonce in [foreign.as_str(), changed.as_str(), "", "AAAA", "not base64"] {
            let taken = nonces.take(nonce, Some(1), Duration::ZERO);
            assert_eq!(taken, Err(Refused::Stale), "{nonce}");
        }
    }

    #[test]
    fn only_so_many_are_remembered_and_no_count_is_good_twice_for_that() {
        let nonces = nonces();
        let used: Vec<_> = (0..MOST_REMEMBERED).map(|_| nonces.fresh(Duration::ZERO)).collect();
        for nonce in &used {
            assert_eq!(nonces.take(nonce, Some(1), Duration::ZERO), Ok(()));
        }
        let one_more = nonces.fresh(Duration::ZERO);
        assert_eq!(nonces.take(&one_more, Some(1), Duration::ZERO), Ok(()));
        assert_eq!(locked(&nonces.remembered).nonces.len(), MOST_REMEMBERED);
        assert_eq!(nonces.take(&used[0], Some(1), Duration::ZERO), Err(Refused::Stale));
        assert_eq!(nonces.take(&used[0], Some(2), Duration::ZERO), Err(Refused::Stale));
        assert_eq!(nonces.take(&used[1], Some(1), Duration::ZERO), Err(Refused::Unknown));
        assert_eq!(nonces.take(&used[1], Some(2), Duration::ZERO), Ok(()));
    }

    #[test]
    fn nonces_that_nobody_answers_take_up_no_memory() {
        let nonces = nonces();
        for _ in 0..1000 {
            nonces.fresh(Duration::ZERO);
        }
        assert_eq!(locked(&nonces.remembered).nonces.len(), 0);
    }
}
