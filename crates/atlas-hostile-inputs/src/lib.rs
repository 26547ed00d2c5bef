//! Hostile inputs for the tests of this workspace's parsers: valid documents with edits that parsers get
//! wrong.
//!
//! [`check`] checks a property for many inputs. Without `HOSTILE_INPUT_SECONDS` in the environment the
//! number of inputs is fixed. With it, each property is checked for that many seconds, and the number of
//! inputs is printed:
//!
//! ```sh
//! HOSTILE_INPUT_SECONDS=600 cargo test --release --workspace hostile -- --nocapture --test-threads 2
//! ```

use std::fmt::Debug;
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestCaseResult, TestRunner};

/// The environment variable with the seconds to check each property.
const SECONDS: &str = "HOSTILE_INPUT_SECONDS";

/// The number of inputs if [`SECONDS`] is not set.
const INPUTS: u32 = 2_000;

/// Replacements for parts of a document.
const TOKENS: &[&str] = &[
    "",
    "null",
    "true",
    "0",
    "-0",
    "-1",
    "0.1",
    "1e400",
    "1e-400",
    "255",
    "65536",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999999999",
    "\"\"",
    "\"",
    "'",
    "\\",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    "{}",
    "[]",
    "[[",
    "]]",
    "{\"\":0}",
    ",",
    ":",
    "=",
    ";",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\x1b[31m",
    "\u{feff}",
    "\u{202e}",
    "\u{2028}",
    "ü",
    "%00",
    "%",
    "..",
    "/",
    "#",
    "- ",
    "&a ",
    "*a",
    "<<",
    "|",
    "~",
    "nan",
    "inf",
    "1d",
    "5s",
    "99999999999999999999y",
    "1970-01-01T00:00:00Z",
    "+262143-01-01T00:00:00Z",
    "Mon, 10 Aug 2026 03:04:05 GMT",
];

/// An edit of a document.
#[derive(Clone, Debug)]
enum Edit {
    /// Removes some bytes.
    Remove(Index, usize),
    /// Replaces some bytes by a token.
    Replace(Index, usize, &'static str),
    /// Repeats some bytes many times.
    Repeat(Index, usize, usize),
    /// Copies some bytes to another place.
    Copy(Index, Index, usize),
    /// Changes one byte.
    Byte(Index, u8),
    /// Removes the rest.
    Truncate(Index),
}

impl Edit {
    fn any() -> impl Strategy<Value = Self> {
        let place = any::<Index>;
        prop_oneof![
            (place(), 1..40_usize).prop_map(|(at, length)| Self::Remove(at, length)),
            (place(), 0..20_usize, select(TOKENS))
                .prop_map(|(at, length, token)| { Self::Replace(at, length, token) }),
            (place(), 1..20_usize, 1..300_usize)
                .prop_map(|(at, length, times)| { Self::Repeat(at, length, times) }),
            (place(), place(), 1..60_usize)
                .prop_map(|(from, to, length)| { Self::Copy(from, to, length) }),
            (place(), any::<u8>()).prop_map(|(at, byte)| Self::Byte(at, byte)),
            place().prop_map(Self::Truncate),
        ]
    }

    fn apply(&self, document: &mut Vec<u8>) {
        let at = |index: &Index| index.index(document.len() + 1);
        let end = |start: usize, length: usize| (start + length).min(document.len());
        match self {
            Self::Remove(index, length) => {
                let start = at(index);
                document.drain(start..end(start, *length));
            }
            Self::Replace(index, length, token) => {
                let start = at(index);
                document.splice(start..end(start, *length), token.bytes());
            }
            Self::Repeat(index, length, times) => {
                let start = at(index);
                let part = document[start..end(start, *length)].repeat(*times);
                document.splice(start..start, part);
            }
            Self::Copy(from, to, length) => {
                let (start, to) = (at(from), at(to));
                let part = document[start..end(start, *length)].to_vec();
                document.splice(to..to, part);
            }
            Self::Byte(index, byte) => {
                let start = at(index);
                if let Some(place) = document.get_mut(start) {
                    *place = *byte;
                }
            }
            Self::Truncate(index) => document.truncate(at(index)),
        }
    }
}

/// Generates documents: mostly one of `seeds` with up to eight edits, sometimes arbitrary bytes.
pub fn documents(seeds: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let edited = (select(seeds), vec(Edit::any(), 0..8)).prop_map(|(seed, edits)| {
        let mut document = seed.as_bytes().to_vec();
        for edit in &edits {
            edit.apply(&mut document);
        }
        document
    });
    prop_oneof![19 => edited, 1 => vec(any::<u8>(), 0..200)]
}

/// Checks a property for many inputs, and panics with the smallest input that fails.
///
/// # Panics
///
/// Panics if the property fails for an input.
#[allow(clippy::panic, clippy::print_stderr, reason = "it is used by tests")]
pub fn check<S: Strategy>(name: &str, inputs: &S, property: impl Fn(S::Value) -> TestCaseResult)
where
    S::Value: Debug,
{
    let seconds = std::env::var(SECONDS).ok().and_then(|text| text.parse().ok());
    let time = seconds.map(Duration::from_secs);
    let config = Config { cases: INPUTS, failure_persistence: None, ..Config::default() };
    let began = Instant::now();
    let mut executions = 0_u64;
    loop {
        let mut runner = TestRunner::new(config.clone());
        if let Err(error) = runner.run(inputs, &property) {
            panic!("{name}, after {executions} inputs: {error}");
        }
        executions += u64::from(INPUTS);
        match time {
            Some(time) if began.elapsed() < time => {}
            Some(_) => break eprintln!("{name}: {executions} inputs passed"),
            None => break,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "after 0 inputs")]
    fn a_failing_property_panics() {
        check("example", &documents(&["{\"a\": [1, 2, 3]}"]), |document| {
            prop_assert!(document.len() < 100, "a document grew");
            Ok(())
        });
    }
}
