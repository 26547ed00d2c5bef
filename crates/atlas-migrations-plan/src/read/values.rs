//! Reads single values: text, numbers, durations, names, IDs, words.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr, time::Duration};

use super::{cursor::Cursor, near::any_of};
use crate::yaml::ScalarKind;

/// The longest text in bytes.
const MAX_TEXT: usize = 1024;

/// Reads text that is not empty, on one line.
pub(super) fn text(at: &Cursor<'_>, expected: &str) -> Option<String> {
    let text = match (at.kind(), at.raw()) {
        (Some(ScalarKind::Text), Some(text)) => text,
        (Some(ScalarKind::Number | ScalarKind::Bool(_)), _) => {
            at.expected(&format!("{expected}; put it into quotes if this is it"));
            return None;
        }
        _ => {
            at.expected(expected);
            return None;
        }
    };
    if text.trim().is_empty() {
        at.fail(format!("the text is empty; expected {expected}"));
    } else if text.len() > MAX_TEXT {
        at.fail(format!("the text has more than {MAX_TEXT} bytes; expected {expected}"));
    } else if text.chars().any(char::is_control) {
        at.fail(format!("the text has a line break or a control character; expected {expected}"));
    } else {
        return Some(text.to_owned());
    }
    None
}

/// Reads a name or an ID. Digits need no quotes.
pub(super) fn parsed<T: FromStr<Err: Display>>(at: &Cursor<'_>, expected: &str) -> Option<T> {
    let Some(text) = at.raw() else {
        at.expected(expected);
        return None;
    };
    text.parse().map_err(|error: T::Err| at.fail(error.to_string())).ok()
}

/// Reads `true` or `false`.
pub(super) fn boolean(at: &Cursor<'_>) -> Option<bool> {
    match at.kind() {
        Some(ScalarKind::Bool(value)) => Some(value),
        _ => {
            at.expected("true or false");
            None
        }
    }
}

/// Reads a whole number.
pub(super) fn integer(at: &Cursor<'_>, range: RangeInclusive<u32>) -> Option<u32> {
    let number = (at.kind() == Some(ScalarKind::Number)).then(|| at.raw()).flatten();
    let number = number.and_then(|text| text.parse().ok()).filter(|it| range.contains(it));
    if number.is_none() {
        at.expected(&format!("a whole number from {} to {}", range.start(), range.end()));
    }
    number
}

/// Reads a duration such as `30s`.
pub(super) fn duration(
    at: &Cursor<'_>,
    range: RangeInclusive<Duration>,
    example: &str,
) -> Option<Duration> {
    let text = (at.kind() == Some(ScalarKind::Text)).then(|| at.raw()).flatten();
    let duration = text.and_then(|text| humantime::parse_duration(text.trim()).ok());
    let in_range = duration.filter(|it| range.contains(it));
    if in_range.is_none() {
        let (from, to) = (range.start(), range.end());
        let (from, to) = (humantime::format_duration(*from), humantime::format_duration(*to));
        at.expected(&format!("a duration from {from} to {to}, such as {example}"));
    }
    in_range
}

/// Reads one of some words.
pub(super) fn word<T: Copy>(at: &Cursor<'_>, words: &[(&str, T)]) -> Option<T> {
    let names: Vec<_> = words.iter().map(|(name, _)| *name).collect();
    let expected = any_of(&names);
    let Some(text) = at.raw() else {
        at.expected(&expected);
        return None;
    };
    let found = words.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    if found.is_none() {
        at.unknown("unknown word", text, names, &expected);
    }
    found
}

/// Reads the name of an environment variable.
pub(super) fn variable(at: &Cursor<'_>) -> Option<String> {
    // The name is not shown: people write the secret itself here.
    let name = text(&at.clone().secret(), "the name of an environment variable")?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.starts_with(|first: char| first.is_ascii_digit());
    if !is_name {
        at.fail("not the name of an environment variable; expected letters, digits and `_`, such as ORDERS_PASSWORD");
    }
    is_name.then_some(name)
}

/// Reads a program and its arguments.
pub(super) fn argv(at: &Cursor<'_>) -> Option<Vec<String>> {
    const EXPECTED: &str =
        "a list of a program and its arguments, such as [./stop-writes.sh, --all]";
    let items = at.items(EXPECTED, 100)?;
    if items.is_empty() {
        at.fail(format!("the list is empty; expected {EXPECTED}"));
        return None;
    }
    let all = items.iter().enumerate().map(|(index, item)| match (item.kind(), item.raw()) {
        // An argument can be empty or have several lines.
        (Some(ScalarKind::Text), Some(text)) if index > 0 && !text.contains('\0') => {
            Some(text.to_owned())
        }
        _ => text(item, if index == 0 { "a program" } else { "an argument" }),
    });
    // All are read before the first that is wrong counts, so that all are reported.
    let all: Vec<_> = all.collect();
    all.into_iter().collect()
}
