//! [`WrongTokens`]: how often one address may send a wrong token.

use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use tokio::time::Instant;

/// The number of wrong tokens of one address within [`WINDOW`] that are compared, at most.
pub const MAX_IN_WINDOW: u32 = 10;
/// The time in which wrong tokens are counted.
pub const WINDOW: Duration = Duration::from_mins(1);
/// The number of addresses that are remembered, at most. All others count as one.
const MAX_ADDRESSES: usize = 1024;
/// The number of pairs of address and token that are known, at most. One more forgets the oldest.
const MAX_KNOWN: usize = 1024;

/// Counts wrong tokens.
///
/// An address that sent too many is refused for the rest of the window, whatever it sends, so that nobody learns a token by
/// trying. Who sent a right token from there before is let in: behind a proxy or a router, all readers have one address.
#[derive(Debug, Default)]
pub struct WrongTokens {
    /// How many, since when. `None` is the address of all that are not remembered.
    wrong: HashMap<Option<IpAddr>, (u32, Instant)>,
    /// Addresses, and the number of the token that was right.
    known: VecDeque<(IpAddr, usize)>,
}

/// What follows from a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    LetIn,
    Wrong,
    /// Too many were wrong. Has how long to wait.
    TooMany(Duration),
}

impl WrongTokens {
    /// Counts a token that an address sent. `right` is the number of the token that it is, if it is one.
    pub fn judge(&mut self, address: IpAddr, right: Option<usize>, now: Instant) -> Verdict {
        let address = network(address);
        if right.is_some_and(|token| self.known.contains(&(address, token))) {
            return Verdict::LetIn;
        }
        let is_recent = |since: &Instant| now.saturating_duration_since(*since) < WINDOW;
        let mut key = Some(address);
        if !self.wrong.contains_key(&key) && self.wrong.len() >= MAX_ADDRESSES {
            self.wrong.retain(|_, (_, since)| is_recent(since));
            if self.wrong.len() >= MAX_ADDRESSES {
                key = None;
            }
        }
        let counted = self.wrong.get(&key).copied().filter(|(_, since)| is_recent(since));
        let (count, since) = counted.unwrap_or((0, now));
        if count >= MAX_IN_WINDOW {
            let passed = now.saturating_duration_since(since);
            return Verdict::TooMany(WINDOW.saturating_sub(passed));
        }
        let Some(token) = right else {
            self.wrong.insert(key, (count + 1, since));
            return Verdict::Wrong;
        };
        if self.known.len() >= MAX_KNOWN {
            self.known.pop_front();
        }
        self.known.push_back((address, token));
        Verdict::LetIn
    }
}

/// Returns an address without what its holder chooses: a computer has 2⁶⁴ addresses of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_waits_after_too_many_wrong_tokens_and_others_do_not() {
        let (mut tokens, start) = (WrongTokens::default(), Instant::now());
        let guesser = ip("192.0.2.1");
        for _ in 0..MAX_IN_WINDOW {
            assert_eq!(tokens.judge(guesser, None, start), Verdict::Wrong);
        }
        let later = start + Duration::from_secs(20);
        // A right token is refused too: otherwise it could be found by trying.
        for right in [None, Some(0)] {
            let wait = Verdict::TooMany(Duration::from_secs(40));
            assert_eq!(tokens.judge(guesser, right, later), wait);
        }
        assert_eq!(tokens.judge(ip("192.0.2.2"), Some(0), later), Verdict::LetIn);
        assert_eq!(tokens.judge(guesser, Some(0), start + WINDOW), Verdict::LetIn);
    }

    #[test]
    fn a_reader_whose_token_was_right_before_stays_in_while_another_tries_from_the_same_address() {
        let (mut tokens, now) = (WrongTokens::default(), Instant::now());
        let proxy = ip("192.0.2.1");
        assert_eq!(tokens.judge(proxy, Some(3), now), Verdict::LetIn);
        for _ in 0..=MAX_IN_WINDOW {
            tokens.judge(proxy, None, now);
        }
        assert_eq!(tokens.judge(proxy, Some(3), now), Verdict::LetIn);
        assert!(matches!(tokens.judge(proxy, Some(4), now), Verdict::TooMany(_)));
    }

    #[test]
    fn one_computer_with_many_addresses_is_one() {
        let (mut tokens, now) = (WrongTokens::default(), Instant::now());
        for number in 0..MAX_IN_WINDOW {
            tokens.judge(ip(&format!("2001:db8::{number:x}")), None, now);
        }
        assert!(matches!(tokens.judge(ip("2001:db8::ffff"), None, now), Verdict::TooMany(_)));
        assert_eq!(tokens.judge(ip("2001:db8:0:1::1"), None, now), Verdict::Wrong);
        for _ in 0..MAX_IN_WINDOW {
            tokens.judge(ip("::ffff:192.0.2.1"), None, now);
        }
        assert!(matches!(tokens.judge(ip("192.0.2.1"), None, now), Verdict::TooMany(_)));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_forgotten() {
        let (mut tokens, start) = (WrongTokens::default(), Instant::now());
        let address = |number: usize| ip(&format!("10.0.{}.{}", number / 256, number % 256));
        for number in 0..MAX_ADDRESSES * 3 {
            tokens.judge(address(number), None, start);
            tokens.judge(ip("192.0.2.9"), Some(number), start);
        }
        assert_eq!((tokens.wrong.len(), tokens.known.len()), (MAX_ADDRESSES + 1, MAX_KNOWN));
        // All that are too many share one count.
        assert!(matches!(tokens.judge(ip("192.0.2.1"), None, start), Verdict::TooMany(_)));
        assert_eq!(tokens.judge(ip("192.0.2.1"), None, start + WINDOW), Verdict::Wrong);
        assert_eq!(tokens.wrong.len(), 1);
    }
}
